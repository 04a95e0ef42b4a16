"""Who may do what in the console: four roles, each holding all that the one before it may."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Role(IntEnum):
    """Ordered: a higher role may do everything that a lower one may."""

    VIEWER = 1
    """Looks at what carries no personal details: conversations, updates, decisions, figures."""
    REP = 2
    """Decides on CRM updates, talks to visitors, and sees personal details where the work needs them."""
    MANAGER = 3
    """Also changes what the assistant knows, and checks the audit trail."""
    ADMIN = 4
    """Also keeps the accounts."""

    @classmethod
    def named(cls, name: str) -> Role:
        """The role called `name`; raises `KeyError` for a name that is none."""
        return cls[name.upper()]

    @property
    def word(self) -> str:
        return self.name.lower()


ANYONE = "anyone"
"""Marks the few routes that need no sign-in."""


def needs(role: Role) -> dict[str, Any]:
    """The `opt` of a route that asks for at least `role`; a route without one is refused to everybody."""
    return {"console_role": role}


def open_to_all() -> dict[str, Any]:
    """The `opt` of a route that needs no sign-in."""
    return {"console_role": ANYONE}


POLLED = "console_polled"


def polled() -> dict[str, Any]:
    """The further `opt` of a route that pages ask by themselves: it keeps nobody signed in who went home."""
    return {POLLED: True}
