"""A member's earlier conversations, whichever device they were held on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.desk import Desk
from server.help.bodies import ConversationInfo, History
from server.help.readers import Reader, members_only
from server.placeholders import shown
from server.store.members import GOES_ON
from server.store.tables import Conversation, Logged

MOST = 50
_TITLE, _LAST = 90, 140


async def history(desk: Desk, reader: Reader) -> History:
    """The latest ones in which something was said, newest first, in the words that their visitor saw."""
    member = members_only(reader)
    mine = (
        select(Conversation)
        .where(
            Conversation.site == reader.site,
            Conversation.member == member.key,
            Conversation.head > 0,
        )
        .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
        .limit(MOST)
    )
    async with desk.readers() as session:
        rows = list(await session.scalars(mine))
        ids = [row.id for row in rows]
        first = await _frames(session, reader.site, ids, first=True)
        last = await _frames(session, reader.site, ids, first=False)
        told = []
        for row in rows:
            title, latest = first.get(row.id), last.get(row.id)
            details = await desk.vault.details(session, reader.site, row.id) if title or latest else {}
            told.append(
                ConversationInfo(
                    id=row.id,
                    title=_cut(_words(shown(title, details)), _TITLE) if title else "",
                    last=_cut(_words(shown(latest, details)), _LAST) if latest else "",
                    at=row.updated_at,
                    with_person=bool(row.state.get("with_person")),
                    is_open=bool(row.state.get("with_person")) or row.updated_at > reader.now - GOES_ON,
                )
            )
    return History(conversations=told)


async def _frames(
    session: AsyncSession, site: str, conversations: list[str], *, first: bool
) -> dict[str, dict[str, Any]]:
    """Of each conversation the first words of the visitor, or the last words of anybody."""
    place = func.min(Logged.seq) if first else func.max(Logged.seq)
    kinds = Logged.type == "message" if first else Logged.type.in_(("message", "block"))
    wanted = select(Logged.conversation, place.label("seq")).where(
        Logged.site == site, Logged.conversation.in_(conversations), kinds
    )
    if first:
        wanted = wanted.where(Logged.client_id.is_not(None))
    found = wanted.group_by(Logged.conversation).subquery()
    rows = await session.execute(
        select(Logged.conversation, Logged.body).join(
            found, (Logged.conversation == found.c.conversation) & (Logged.seq == found.c.seq)
        )
    )
    return dict(rows.tuples().all())


def _words(body: dict[str, Any]) -> str:
    """What a frame says, as far as one line can tell it."""
    block = body.get("block", body)
    text = block.get("text") or " ".join(str(line["text"]) for line in block.get("lines", ()))
    return " ".join(str(text).split())


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
