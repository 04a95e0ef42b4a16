"""What an erased conversation or message takes along of its follow-ups. The wish for none outlives both."""

from __future__ import annotations

from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.follow_ups import cadences, queue
from server.actions.follow_ups.tables import CadenceRow, FollowUpRow, RefusalRow
from server.actions.follow_ups.values import KIND, Content
from server.striking import struck_text

_CONTENT: TypeAdapter[Content] = TypeAdapter(Content)


async def forget_conversation(session: AsyncSession, site: str, conversation: str) -> list[str]:
    """Delete the drafts and cadences; the keys of the mails that went out, whose letters go too."""
    # The cadences first: whoever is about to lay a draft into one of them has its lock, or finds it gone.
    ended = delete(CadenceRow).where(CadenceRow.site == site, CadenceRow.conversation == conversation)
    await session.execute(ended)
    mine = select(FollowUpRow.id).where(FollowUpRow.site == site, FollowUpRow.conversation == conversation)
    keys = [f"{KIND}:{each}" for each in await session.scalars(mine)]
    drafts = delete(FollowUpRow).where(FollowUpRow.site == site, FollowUpRow.conversation == conversation)
    await session.execute(drafts)
    # The conversation is gone, so nobody can be written to about it; the hash of the address stays.
    about = delete(RefusalRow).where(
        RefusalRow.site == site, RefusalRow.who == f"conversation:{conversation}"
    )
    await session.execute(about)
    return keys


async def forget_words(
    session: AsyncSession, site: str, conversation: str, words: str, *, now: datetime
) -> None:
    """A message was taken back: what was drafted from it is dropped, and what went out keeps no words here."""
    await cadences.end_all(session, site, conversation=conversation, why="message_erased", now=now)
    await queue.stop_open(session, site, conversation=conversation, why="message_erased", now=now)
    mine = select(FollowUpRow).where(FollowUpRow.site == site, FollowUpRow.conversation == conversation)
    for row in await session.scalars(mine.execution_options(populate_existing=True)):
        row.body, row.content = "", _CONTENT.dump_python(Content(()), mode="json")
        row.subject, row.why = struck_text(row.subject, words), struck_text(row.why, words)
    await session.flush()
