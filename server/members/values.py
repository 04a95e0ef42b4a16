"""A signed-in user of the host application, as everything behind the token's check knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from server.errors import FrontdeskError


@dataclass(frozen=True, slots=True)
class Member:
    """One user. Personal details come from the token and are sealed before anything is stored."""

    site: str
    key: str
    """Keyed hash of the token's subject: the same on every device, and nobody's id elsewhere."""
    name: str
    email: str
    plan: str
    """Key of the plan in the playbook; empty when the token does not say."""
    features: frozenset[str]
    audience: tuple[str, ...]
    """Labels of documents that they may read, `public` among them."""
    expires_at: datetime
    """From then on they are nobody in particular, until a fresh token comes."""


class IdentityRefused(FrontdeskError):
    """The token does not say who somebody is; `code` is `identity_refused` or `identity_expired`."""


class Members(Protocol):
    """Reads identity tokens of every site."""

    def read(self, site: str, token: str, now: datetime) -> Member:
        """Raises `IdentityRefused` for a token that is expired, badly signed, or not for this site."""


def audience_of(member: Member | None, now: datetime) -> Sequence[str]:
    """What may be shown to whoever this is at this moment."""
    return ("public",) if member is None or now >= member.expires_at else member.audience
