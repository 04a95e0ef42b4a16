"""What readers of the help panel said and did: votes on articles, steps done, announcements seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.store import touches
from server.store.event_tables import HostEvent
from server.store.help_tables import ArticleVote, HelpMark
from server.store.tables import Conversation, Visitor

Mark = Literal["step", "seen"]
_COMMENTS = 20


async def vote(
    session: AsyncSession, site: str, article: str, voter: str, value: str, comment: str, now: datetime
) -> bool:
    """Keep a reader's word about an article in the caller's transaction; their last one counts.

    Whether its comment is one that was not there before.
    """
    row = await session.get(ArticleVote, (site, article, voter))
    if row is None:
        row = ArticleVote(site=site, article=article, voter=voter, comment="")
        session.add(row)
    is_new = row.comment != comment
    row.value, row.comment, row.at = value, comment, now
    return is_new


async def vote_of(session: AsyncSession, site: str, article: str, voter: str) -> str | None:
    """What a reader said of an article."""
    row = await session.get(ArticleVote, (site, article, voter)) if voter else None
    return row.value if row else None


@dataclass(frozen=True, slots=True)
class Said:
    """A comment on an article, with its vote."""

    value: str
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Helpful:
    """What readers said of one article."""

    yes: int = 0
    no: int = 0
    comments: tuple[Said, ...] = ()

    @property
    def count(self) -> int:
        return self.yes + self.no


async def helpful(session: AsyncSession, site: str, article: str) -> Helpful:
    """Votes and the latest comments."""
    of = (ArticleVote.site == site, ArticleVote.article == article)
    counted = select(ArticleVote.value, func.count()).where(*of).group_by(ArticleVote.value)
    counts = dict((await session.execute(counted)).tuples().all())
    latest = select(ArticleVote).where(*of, ArticleVote.comment != "").order_by(ArticleVote.at.desc())
    said = tuple(
        Said(row.value, row.comment, row.at) for row in await session.scalars(latest.limit(_COMMENTS))
    )
    return Helpful(counts.get("yes", 0), counts.get("no", 0), said)


async def helpful_of(session: AsyncSession, site: str, articles: Collection[str]) -> Mapping[str, Helpful]:
    """Votes of several articles, without comments."""
    counted = (
        select(ArticleVote.article, ArticleVote.value, func.count())
        .where(ArticleVote.site == site, ArticleVote.article.in_(articles))
        .group_by(ArticleVote.article, ArticleVote.value)
    )
    found: dict[str, dict[str, int]] = {}
    for article, value, count in await session.execute(counted):
        found.setdefault(article, {})[value] = count
    return {article: Helpful(by.get("yes", 0), by.get("no", 0)) for article, by in found.items()}


async def marks(session: AsyncSession, site: str, who: str, kind: Mark) -> frozenset[str]:
    """Keys of what a reader did or has seen."""
    if not who:
        return frozenset()
    mine = select(HelpMark.key).where(HelpMark.site == site, HelpMark.who == who, HelpMark.kind == kind)
    return frozenset(await session.scalars(mine))


async def mark(session: AsyncSession, site: str, who: str, kind: Mark, key: str, now: datetime) -> None:
    """Keep it in the caller's transaction; again changes nothing."""
    if await session.get(HelpMark, (site, who, kind, key)) is None:
        session.add(HelpMark(site=site, who=who, kind=kind, key=key, at=now))


async def unmark(session: AsyncSession, site: str, who: str, kind: Mark, key: str) -> None:
    mine = (HelpMark.site == site, HelpMark.who == who, HelpMark.kind == kind, HelpMark.key == key)
    await session.execute(delete(HelpMark).where(*mine))


async def did(session: AsyncSession, site: str, who: str, names: Collection[str]) -> frozenset[str]:
    """Which of these the host page told of them, in any of their conversations."""
    kind, _, key = who.partition(":")
    if not key or not names:
        return frozenset()
    # What a member did in this browser is not the visitor's.
    owner = (
        (Conversation.member == key,)
        if kind == "member"
        else (Conversation.visitor == key, Conversation.member == "")
    )
    mine = (
        select(HostEvent.name)
        .join(Conversation, Conversation.id == HostEvent.conversation)
        .where(HostEvent.site == site, Conversation.site == site, *owner, HostEvent.name.in_(names))
    )
    return frozenset(await session.scalars(mine.distinct()))


async def lets_remember(session: AsyncSession, site: str, visitor: str) -> bool:
    """Whether a visitor allows to be recognised next time: what they said last."""
    said = (
        select(Conversation.consent)
        .where(Conversation.site == site, Conversation.visitor == visitor, Conversation.member == "")
        .order_by(Conversation.updated_at.desc())
        .limit(1)
    )
    consent = await session.scalar(said)
    if consent is None:
        row = await session.get(Visitor, visitor)
        consent = row.consent if row is not None and row.site == site else None
    return consent == "remembered"


async def held(session: AsyncSession, site: str, who: str) -> dict[str, list[dict[str, str]]]:
    """Everything that is kept of one reader, for them to take home; empty where nothing is."""
    votes = select(ArticleVote).where(ArticleVote.site == site, ArticleVote.voter == who)
    marked = select(HelpMark).where(HelpMark.site == site, HelpMark.who == who)
    found = {
        "votes": [
            {"article": row.article, "value": row.value, "comment": row.comment, "at": row.at.isoformat()}
            for row in await session.scalars(votes.order_by(ArticleVote.at, ArticleVote.article))
        ],
        "marks": [
            {"kind": row.kind, "key": row.key, "at": row.at.isoformat()}
            for row in await session.scalars(marked.order_by(HelpMark.at, HelpMark.kind, HelpMark.key))
        ],
    }
    return {name: rows for name, rows in found.items() if rows}


async def forget_reader(session: AsyncSession, site: str, who: str) -> None:
    """Everything that one reader said and did."""
    await session.execute(delete(ArticleVote).where(ArticleVote.site == site, ArticleVote.voter == who))
    await session.execute(delete(HelpMark).where(HelpMark.site == site, HelpMark.who == who))


async def forget_old(session: AsyncSession, site: str, now: datetime) -> None:
    """What was said and done long ago; a step that is done again is kept again."""
    for table in (ArticleVote, HelpMark):
        await session.execute(delete(table).where(table.site == site, table.at < now - touches.KEPT_FOR))
