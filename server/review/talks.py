"""The conversations of a site as the console lists and opens them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import handoff
from server.actions.values import Handoff
from server.errors import NotFound
from server.store import closing
from server.store.tables import Conversation

LISTED = 60
WAITING = 100
"""So many of those who wait are listed at once."""


@dataclass(frozen=True, slots=True)
class Known:
    """A fact of the conversation's state, as JSON keeps it."""

    name: str
    value: Any
    how: str
    confidence: float
    quote: str


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation: how it stands, and what is known in it."""

    id: str
    last_words: str
    with_person: bool
    person: str | None
    """Login of who has taken it over."""
    person_wanted: bool
    consent: str
    locale: str
    time_zone: str
    mode: str
    pages: tuple[str, ...]
    facts: tuple[Known, ...]
    started_at: datetime
    updated_at: datetime
    head: int
    waits: Handoff | None = None
    """The hand-over, while nobody has come."""
    score: int | None = None
    """How the visitor found it, 5 is best; None while they did not say."""
    comment: str = ""
    """What they wrote to it, redacted."""

    @property
    def standing(self) -> str:
        """Who answers, and whether somebody is waited for: what the top of the page shows."""
        return f"{self.with_person}~{self.person or ''}~{self.waits.id if self.waits else self.person_wanted}"


async def latest(session: AsyncSession, site: str) -> Sequence[Talk]:
    """Those who wait for a person, whoever waits longest first; then what was said in last, newest first."""
    waiting = {each.conversation: each for each in await handoff.waiting(session, site, WAITING)}
    mine = select(Conversation).where(Conversation.site == site, Conversation.head > 0)
    queue = await session.scalars(mine.where(Conversation.id.in_(waiting)))
    rows = await session.scalars(
        mine.order_by(Conversation.updated_at.desc(), Conversation.id.desc()).limit(LISTED)
    )
    first = [_talk(row, waiting[row.id]) for row in queue]
    first = [talk for talk in first if not talk.with_person]
    first.sort(key=lambda talk: (talk.waits.created_at if talk.waits else talk.started_at, talk.id))
    shown = {talk.id for talk in first}
    return [*first, *(_talk(row) for row in rows if row.id not in shown)]


async def beyond(session: AsyncSession, site: str) -> int:
    """How many more wait than are listed."""
    return max(0, await handoff.how_many_wait(session, site) - WAITING)


async def one(session: AsyncSession, site: str, conversation: str) -> Talk:
    """The conversation; raises `NotFound`."""
    row = await session.get(Conversation, conversation)
    if row is None or row.site != site:
        raise NotFound(
            f"there is no conversation {conversation!r} at site {site!r}; it may have been deleted"
        )
    talk = _talk(row, await handoff.open_of(session, site, conversation))
    rated = await closing.rating(session, site, conversation)
    return replace(talk, score=rated.score, comment=rated.comment) if rated else talk


def _talk(row: Conversation, waits: Handoff | None = None) -> Talk:
    state = row.state
    questions = state.get("questions") or []
    return Talk(
        id=row.id,
        last_words=str(questions[-1]) if questions else "",
        with_person=bool(state.get("with_person")),
        person=state.get("person"),
        person_wanted=bool(state.get("person_wanted")),
        consent=row.consent,
        locale=row.locale,
        time_zone=row.time_zone,
        mode=row.mode,
        pages=tuple(state.get("pages") or ()),
        facts=_facts(state.get("facts") or []),
        started_at=row.created_at,
        updated_at=row.updated_at,
        head=row.head,
        waits=waits if waits is not None and waits.state in {"asked", "nobody"} else None,
    )


def _facts(stored: list[dict[str, Any]]) -> tuple[Known, ...]:
    """The latest word on each fact, in the order in which they were first learned."""
    latest_by_name = {
        str(fact.get("name")): Known(
            name=str(fact.get("name")),
            value=fact.get("value"),
            how=str(fact.get("how", "")),
            confidence=float(fact.get("confidence") or 0.0),
            quote=str((fact.get("evidence") or {}).get("quote", "")),
        )
        for fact in stored
    }
    return tuple(latest_by_name.values())
