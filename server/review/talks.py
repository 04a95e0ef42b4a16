"""The conversations of a site as the console lists and opens them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import NotFound
from server.store.tables import Conversation

LISTED = 60


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


async def latest(session: AsyncSession, site: str) -> Sequence[Talk]:
    """The conversations in which something was said, the last changed first."""
    rows = await session.scalars(
        select(Conversation)
        .where(Conversation.site == site, Conversation.head > 0)
        .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
        .limit(LISTED)
    )
    return [_talk(row) for row in rows]


async def one(session: AsyncSession, site: str, conversation: str) -> Talk:
    """The conversation; raises `NotFound`."""
    row = await session.get(Conversation, conversation)
    if row is None or row.site != site:
        raise NotFound(
            f"there is no conversation {conversation!r} at site {site!r}; it may have been deleted"
        )
    return _talk(row)


def _talk(row: Conversation) -> Talk:
    state = row.state
    questions = state.get("questions") or []
    return Talk(
        id=row.id,
        last_words=str(questions[-1]) if questions else "",
        with_person=bool(state.get("with_person")),
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
