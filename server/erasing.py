"""Delete a conversation, or one message of it, with everything that hangs on it: one transaction for all rooms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import forgetting as crm
from knowledge import forgetting as knowledge
from server.actions import forgetting as actions
from server.dialogue.forgetting import forget_message
from server.dialogue.prompts import OpenReading
from server.dialogue.values import State
from server.errors import FrontdeskError, NotFound
from server.moves.people import summary
from server.placeholders import PLACEHOLDER
from server.store import closing, doubts, events, files, groups, helped, members, nudges, outcomes, touches
from server.store.deeds import note_deed
from server.store.tables import Conversation, DecisionRow, Logged, Rating, Sealed, Unsealing, Visitor
from server.striking import REMOVED, struck_record, struck_reply

_STATE: TypeAdapter[State] = TypeAdapter(State)


@dataclass(frozen=True, slots=True)
class Erased:
    """What is gone, and what is elsewhere and was not touched."""

    conversation: str
    message: str = ""
    messages: int = 0
    details: int = 0
    gaps: int = 0
    crm_stopped: tuple[str, ...] = ()
    crm_delivered: tuple[str, ...] = ()
    """Updates that the CRM has: what they wrote stands there."""
    meetings: tuple[str, ...] = ()
    """Meetings that were still to come."""
    mails: tuple[str, ...] = ()
    """Files of letters, which the caller removes once this is committed."""
    files: tuple[str, ...] = ()
    """Files that the visitor sent, which the caller removes likewise."""


async def erase_conversation(
    session: AsyncSession, site: str, conversation: str, *, by: str, now: datetime
) -> Erased:
    """Delete it in the caller's transaction; raises `NotFound`."""
    row = await _locked(session, site, conversation)
    decided = await _decisions(session, site, conversation)
    told = await crm.forget_conversation(session, site, conversation, by=by, now=now)
    gaps = await knowledge.forget_conversation(session, site, conversation, _unanswered(decided, decided))
    done = await actions.forget_conversation(session, site, conversation, now=now)
    await doubts.forget(session, site, conversation)
    await outcomes.forget(session, site, conversation)
    await groups.forget(session, site, conversation)
    await nudges.forget(session, site, conversation)
    await touches.forget(session, site, conversation)
    await events.forget(session, site, conversation)
    await closing.forget(session, site, conversation)
    kept = await files.forget(session, site, conversation)
    counts: dict[str, int] = {}
    for table in (Logged, DecisionRow, Sealed, Unsealing, Rating):
        mine = delete(table).where(table.site == site, table.conversation == conversation)
        counts[table.__tablename__] = (await session.execute(mine)).rowcount  # type: ignore[attr-defined]  # a DELETE's result is a CursorResult
    await session.delete(row)
    await session.flush()
    if await members.forget_if_gone(session, site, row.member):
        await helped.forget_reader(session, site, f"member:{row.member}")
    others = select(Conversation.id).where(Conversation.site == site, Conversation.visitor == row.visitor)
    if await session.scalar(others.limit(1)) is None:
        await session.execute(delete(Visitor).where(Visitor.site == site, Visitor.id == row.visitor))
    if await session.scalar(others.where(Conversation.member == "").limit(1)) is None:
        await helped.forget_reader(session, site, f"visitor:{row.visitor}")
    await note_deed(session, site, by=by, act="conversation_erased", thing=conversation, now=now)
    return Erased(
        conversation, messages=counts["log"], details=counts["vault"], gaps=gaps, crm_stopped=told.stopped,
        crm_delivered=told.delivered, meetings=done.meetings, mails=done.mails, files=kept,
    )  # fmt: skip


async def erase_message(
    session: AsyncSession, site: str, conversation: str, message: str, *, by: str, now: datetime
) -> Erased:
    """Blank a visitor's message and forget what it told, in the caller's transaction; raises `NotFound`."""
    row = await _locked(session, site, conversation)
    said = await _said(session, site, conversation, message)
    # The name of a file is a detail like those in the words.
    named = [str(file["name"]) for file in said.body.get("files", ())]
    before = _STATE.validate_python(row.state)
    about = [value for _, value in before.about]
    words = " ".join(filter(None, (str(said.body["text"]), *named, *about)))
    said.body = {**said.body, "text": REMOVED, "files": []}
    kept = await files.forget(session, site, conversation, message)
    decided = await _decisions(session, site, conversation)
    mine = [each for each in decided if each.record.get("message") == message]
    gaps = await knowledge.forget_message(
        session, site, mine[0].turn if mine else "", _unanswered(mine, decided)
    )
    state = forget_message(before, message)
    if isinstance(state.open, OpenReading) and state.open.message == message:
        state = replace(state, open=None)
    row.state = _STATE.dump_python(state, mode="json")
    row.version += 1
    for each in decided:
        each.record = struck_record(each.record, message, words)
    for frame in await session.scalars(
        select(Logged).where(
            Logged.site == site,
            Logged.conversation == conversation,
            Logged.type == "block",
            Logged.at >= said.at,
        )
    ):
        frame.body = {**frame.body, "block": struck_reply(frame.body["block"], words)}
    turn = mine[0].turn if mine else None
    told = await crm.forget_message(session, site, conversation, message, turn)
    await actions.forget_words(session, site, conversation, summary(state), now=now, words=words)
    await doubts.forget_message(session, site, message)
    await session.flush()
    details = await _let_go(session, site, conversation, words, row.state)
    await note_deed(session, site, by=by, act="message_erased", thing=f"{message} of {conversation}", now=now)
    return Erased(
        conversation, message, 1, details, gaps, crm_stopped=told.stopped, crm_delivered=told.delivered, files=kept
    )  # fmt: skip


def remove_letters(outbox: Path, erased: Erased) -> None:
    """Remove the files of the letters, after the commit; those that a mail server took are not here."""
    for name in erased.mails:
        with suppress(FileNotFoundError):
            (outbox / name).unlink()


async def _let_go(
    session: AsyncSession, site: str, conversation: str, words: str, state: dict[str, Any]
) -> int:
    """Delete the details that only these words named; a meeting's address stays while the meeting does."""
    bodies = await session.scalars(
        select(Logged.body).where(
            Logged.site == site, Logged.conversation == conversation, Logged.type == "message"
        )
    )
    reasons = await session.scalars(
        select(Rating.reason).where(Rating.site == site, Rating.conversation == conversation)
    )
    rated = await closing.rating(session, site, conversation)
    still = [*(str(body["text"]) for body in bodies), *reasons, rated.comment if rated else "", str(state)]
    still.append(await actions.used(session, site, conversation))
    unused = set(PLACEHOLDER.findall(words)) - set(PLACEHOLDER.findall(" ".join(still)))
    for table in (Sealed, Unsealing):
        await session.execute(
            delete(table).where(
                table.site == site, table.conversation == conversation, table.placeholder.in_(unused)
            )
        )
    return len(unused)


async def _locked(session: AsyncSession, site: str, conversation: str) -> Conversation:
    row = await session.get(Conversation, conversation, with_for_update=True)
    if row is None or row.site != site:
        raise NotFound(
            f"there is no conversation {conversation!r} at site {site!r}; it may have been deleted"
        )
    return row


async def _said(session: AsyncSession, site: str, conversation: str, message: str) -> Logged:
    found = await session.scalar(
        select(Logged).where(
            Logged.site == site, Logged.conversation == conversation, Logged.message == message
        )
    )
    if found is None:
        raise NotFound(f"there is no message {message!r} in conversation {conversation!r}")
    if found.body.get("author") != "visitor":
        raise FrontdeskError(
            "only a visitor's message can be deleted; delete the conversation to delete the rest",
            code="not_the_visitors",
            status=409,
        )
    return found


async def _decisions(session: AsyncSession, site: str, conversation: str) -> list[DecisionRow]:
    mine = select(DecisionRow).where(DecisionRow.site == site, DecisionRow.conversation == conversation)
    return list(await session.scalars(mine.order_by(DecisionRow.at, DecisionRow.turn)))


def _unanswered(these: list[DecisionRow], talk: list[DecisionRow]) -> Iterator[list[str]]:
    """Each question that the documents did not answer, in the wordings that it may have been filed under."""
    for row in these:
        if not row.record.get("abstained"):
            continue
        before = talk[talk.index(row) - 1] if talk.index(row) else row
        texts = (row.record.get("searched_for"), row.record.get("said"), before.record.get("said"))
        yield [str(text) for text in texts if text]
