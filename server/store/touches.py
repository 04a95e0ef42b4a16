"""How often we turned to a person unasked: noted with what was done, counted before it is done again."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from server.store.tables import Touch

Kind = Literal["question", "proactive", "follow_up", "offer"]
Per = Literal["conversation", "person", "site"]
KEPT_FOR = timedelta(days=400)
"""Touches, shown messages and what was drawn: a year, and whoever returns a little later is still known."""


@dataclass(frozen=True, slots=True)
class Who:
    """A visitor, and the person behind them once their address is known; `conversation` is where they are now."""

    site: str
    visitor: str
    conversation: str
    person: str = ""
    """From `person_key`; the same person on another device has the same."""


@dataclass(frozen=True, slots=True)
class Touched:
    """One touch, as a value that decisions may read."""

    kind: Kind
    key: str
    at: datetime
    conversation: str


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `most` of a kind within a time; of one key when it is named."""

    kind: Kind
    most: int
    within: timedelta
    per: Per = "person"
    key: str = ""

    @property
    def why(self) -> str:
        what = f"{self.kind} {self.key!r}" if self.key else self.kind
        return f"{self.most} of {what} in {self.within} for one {self.per}"


def person_key(secret: str, site: str, address: str) -> str:
    """What stands for a mailbox in the table: nobody can tell whose it is without the secret; empty for no address."""
    local, at, domain = address.strip().casefold().rpartition("@")
    if not at:
        return ""
    # What follows a plus sign is the owner's own label, not another person.
    mailbox = f"touches\0{site}\0{local.partition('+')[0]}@{domain}"
    return hmac.new(secret.encode(), mailbox.encode(), hashlib.sha256).hexdigest()


async def note(session: AsyncSession, who: Who, kind: Kind, key: str, now: datetime) -> None:
    """Write it down in the caller's transaction, together with what it tells of."""
    session.add(
        Touch(
            id=str(uuid7()),
            site=who.site,
            visitor=who.visitor,
            person=who.person,
            conversation=who.conversation,
            kind=kind,
            key=key[:100],
            at=now,
        )
    )


async def note_within(
    session: AsyncSession, who: Who, kind: Kind, key: str, now: datetime, caps: Sequence[Cap]
) -> Cap | None:
    """Write it down unless a cap is reached, which is then returned; two at once can not both pass the last one."""
    await _queue(session, who, caps)
    for cap in caps:
        if await count(session, who, cap, now) >= cap.most:
            return cap
    await note(session, who, kind, key, now)
    return None


async def count(session: AsyncSession, who: Who, cap: Cap, now: datetime) -> int:
    """How many of what the cap counts there are already."""
    wanted = [Touch.site == who.site, Touch.at > now - cap.within]
    wanted.append(_of_kind(who, [cap.kind]) if cap.per == "person" else Touch.kind == cap.kind)
    if cap.key:
        wanted.append(Touch.key == cap.key)
    if cap.per == "conversation":
        wanted.append(Touch.conversation == who.conversation)
    elif cap.per == "person":
        wanted.append(_mine(who))
    return await session.scalar(select(func.count()).select_from(Touch).where(*wanted)) or 0


async def touched(
    session: AsyncSession, who: Who, since: datetime, kinds: Sequence[Kind] = ()
) -> tuple[Touched, ...]:
    """What this person got since then, in any conversation, oldest first."""
    wanted = [Touch.site == who.site, Touch.at > since, _mine(who)]
    if kinds:
        wanted.append(_of_kind(who, kinds))
    rows = await session.scalars(select(Touch).where(*wanted).order_by(Touch.at, Touch.id))
    return tuple(Touched(row.kind, row.key, row.at, row.conversation) for row in rows)  # type: ignore[arg-type]  # written from Kind only


async def recognise(session: AsyncSession, who: Who) -> None:
    """Let what the visitor got before their address was known count for the person."""
    if who.person:
        theirs = update(Touch).where(
            Touch.site == who.site, Touch.conversation == who.conversation, Touch.person == ""
        )
        await session.execute(theirs.values(person=who.person))


async def forget(session: AsyncSession, site: str, conversation: str) -> None:
    """An erased conversation leaves none."""
    await session.execute(delete(Touch).where(Touch.site == site, Touch.conversation == conversation))


async def forget_old(session: AsyncSession, site: str, now: datetime) -> None:
    """What no cap needs to count: `ever` means this long."""
    await session.execute(delete(Touch).where(Touch.site == site, Touch.at < now - KEPT_FOR))


def _mine(who: Who) -> ColumnElement[bool]:
    if not who.person:
        return Touch.visitor == who.visitor
    return or_(Touch.visitor == who.visitor, Touch.person == who.person)


def _of_kind(who: Who, kinds: Sequence[Kind]) -> ColumnElement[bool]:
    """Where two things can make a touch theirs, SQLite would rather read everybody's of the kind; so it can not."""
    column: ColumnElement[str] = Touch.kind + "" if who.person else Touch.kind.expression
    return column.in_(kinds)


async def _queue(session: AsyncSession, who: Who, caps: Sequence[Cap]) -> None:
    """Let whoever counts the same thing wait for us; SQLite has one writer at a time as it is."""
    if not caps or session.get_bind().dialect.name == "sqlite":
        return
    site = f"touches:{who.site}"
    # A visitor of whom one tab knows the address and another one does not is counted by both names.
    same = {f"{site}:{who.visitor}", f"{site}:{who.person or who.visitor}"}
    names: dict[Per, set[str]] = {
        "site": {site},
        "person": same,
        "conversation": {f"{site}:{who.conversation}"},
    }
    # Always in one order, so that two that need several do not wait for each other.
    for name in sorted(set().union(*(names[cap.per] for cap in caps))):
        await session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name}
        )
