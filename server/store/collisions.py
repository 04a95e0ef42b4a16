"""Which failures of a transaction mean no more than that somebody else was quicker: taken again, it goes through."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, IntegrityError

from server.errors import Conflict

_SQLSTATES = frozenset({"40P01", "40001"})
"""PostgreSQL's deadlock and serialization failure: it undid all of ours so that another could go on."""


def is_collision(error: Exception) -> bool:
    """Whether the same thing, done again on what stands by now, may well succeed."""
    if isinstance(error, Conflict | IntegrityError):
        return True
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _SQLSTATES
