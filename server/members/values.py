"""A signed-in user of the host application, as everything behind the token's check knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from server.errors import FrontdeskError

_LONGEST_TOKEN = 8_192


@dataclass(frozen=True, slots=True)
class Member:
    """One user. Personal details come from the token and are sealed before anything is stored."""

    site: str
    key: str
    """Keyed hash of the token's subject: the same on every device, and nobody's id elsewhere."""
    name: str = field(repr=False)
    email: str = field(repr=False)
    plan: str
    """Key of the plan in the playbook; empty when the token does not say."""
    plan_name: str
    """The plan as the company writes it; as the token says it where the playbook does not know it."""
    company: str
    features: frozenset[str]
    audience: tuple[str, ...]
    """Labels of documents that they may read, `public` among them."""
    expires_at: datetime
    """From then on they are nobody in particular, until a fresh token comes."""


class IdentityRefused(FrontdeskError):
    """The token does not say who somebody is; `code` is `identity_refused` or `identity_expired`."""

    code = "identity_refused"
    status = 401

    def __init__(self, why: str, *, expired: bool = False) -> None:
        """`why` is for the operator's log and command line: a visitor, or a forger, is not told."""
        words = (
            "Your sign-in has run out; sign in again." if expired else "Your sign-in could not be checked."
        )
        super().__init__(words, code="identity_expired" if expired else None)
        self.why = why


class Members(Protocol):
    """Reads identity tokens of every site."""

    async def read(self, site: str, token: str, now: datetime) -> Member:
        """Raises `IdentityRefused` for a token that is expired, badly signed, or not for this site."""


class Nobody:
    """Where no site has keys: no token says anything."""

    async def read(self, site: str, token: str, now: datetime) -> Member:  # noqa: ARG002
        raise IdentityRefused("there are no keys; write them into the file of FRONTDESK_MEMBER_KEYS")


def bearer_of(header: str) -> str | None:
    """The token of an `Authorization` header; None without one. Raises `IdentityRefused` for what is none."""
    if not header:
        return None
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > _LONGEST_TOKEN:
        raise IdentityRefused("the header is not `Authorization: Bearer <token>`")
    return token


async def member_of(members: Members, site: str, token: str | None, now: datetime) -> Member | None:
    """Who comes with this token; nobody in particular without one. Raises `IdentityRefused`."""
    return None if token is None else await members.read(site, token, now)


def face_of(member: Member | None, now: datetime) -> tuple[str, str] | None:
    """Name and plan as they are greeted; None for nobody in particular."""
    return None if member is None or now >= member.expires_at else (member.name, member.plan_name)


def audience_of(member: Member | None, now: datetime) -> Sequence[str]:
    """What may be shown to whoever this is at this moment."""
    return ("public",) if member is None or now >= member.expires_at else member.audience
