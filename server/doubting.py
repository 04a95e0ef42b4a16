"""Which messages a person should look at: the reading was close, or the visitor did not like what came of it."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from intents.values import Understanding
from server.desk import Desk
from server.dialogue.prompts import OpenReading
from server.dialogue.values import Chose, Filled, Said
from server.placeholders import PLACEHOLDER
from server.store import doubts
from server.store.tables import DecisionRow
from server.thinking import Thought

# Chosen on the golden set: of 474 messages these two list 59, among them 25 of the 36 that are misread.
_AHEAD = 0.5
"""By how much the weakest wish that was read is likelier than the likeliest that was not."""
_OFF_THE_EDGE = 0.3
"""How far the scope score has to be from where a message begins to be none of these."""
_WORD = re.compile(r"[^\W\d_]{2,}")


def is_unsure(reading: Understanding) -> bool:
    """Whether the reading could as well have been another one."""
    if reading.is_answer or not _WORD.search(PLACEHOLDER.sub("", reading.redacted.text)):
        return False
    if abs(reading.scope_score) < _OFF_THE_EDGE:
        return True
    if reading.out_of_scope:
        return False
    read = [guess.probability for guess in reading.intents if guess.name in reading.asked_for]
    rest = [guess.probability for guess in reading.intents if guess.name not in reading.asked_for]
    return bool(read) and min(read) - max(rest, default=0.0) < _AHEAD


async def note_unsure(desk: Desk, session: AsyncSession, thought: Thought, now: datetime) -> None:
    """File the message of this turn when its reading was close."""
    reading, talk = thought.case.reading, thought.talk
    if reading is None or not isinstance(thought.case.event, Said) or talk.state.with_person:
        return
    if not is_unsure(reading):
        return
    await doubts.note(
        session,
        talk.site,
        talk.id,
        thought.case.message_id,
        thought.words,
        reading.language,
        {guess.name: guess.probability for guess in reading.intents},
        "unsure",
        desk.new_id(),
        now,
    )


async def note_chosen(desk: Desk, session: AsyncSession, thought: Thought, now: datetime) -> None:
    """File the earlier message with what the visitor says that it means, when we had to ask them."""
    case, talk, asked = thought.case, thought.talk, thought.talk.state.open
    if not isinstance(asked, OpenReading) or case.reading is None or talk.state.with_person:
        return
    meant = [name for name in case.reading.asked_for if name in asked.options]
    if len(meant) != 1 or isinstance(case.event, Filled) or not _is_their_word(thought):
        return
    await doubts.note(
        session,
        talk.site,
        talk.id,
        asked.message,
        asked.text,
        case.reading.language,
        {guess.name: guess.probability for guess in case.reading.intents},
        "chosen",
        desk.new_id(),
        now,
        label=meant[0],
        by="visitor",
    )


def _is_their_word(thought: Thought) -> bool:
    """Whether the visitor picked a reading, or named it clearly: a model's decision is nobody's word."""
    if isinstance(thought.case.event, Chose):
        return True
    by_a_model = thought.choice is not None and not thought.choice.failed
    return thought.case.reading is not None and not by_a_model and not is_unsure(thought.case.reading)


async def note_rated(
    session: AsyncSession, site: str, conversation: str, turn: str, *, new_id: str, now: datetime
) -> None:
    """File the message that the turn answered: the visitor says that it did not help."""
    row = await session.get(DecisionRow, turn)
    if row is None or row.site != site or row.conversation != conversation:
        return
    await note_decided(session, row, "rated", new_id=new_id, now=now)


async def forget_rated(session: AsyncSession, site: str, conversation: str, turn: str) -> None:
    """The visitor took their thumb down back, before anybody looked at the message."""
    row = await session.get(DecisionRow, turn)
    if row is not None and row.site == site and row.conversation == conversation:
        await doubts.forget_rated(session, site, str(row.record["message"]))


async def note_decided(
    session: AsyncSession,
    row: DecisionRow,
    why: doubts.Why,
    *,
    new_id: str,
    now: datetime,
    label: str | None = None,
    by: str | None = None,
) -> bool:
    """File the message of a decision record as it was read then; a click or a form has no reading to be wrong."""
    record = row.record
    guesses = {str(each["name"]): float(each["probability"]) for each in record.get("intents", ())}
    if not guesses:
        return False
    return await doubts.note(
        session,
        row.site,
        row.conversation,
        str(record["message"]),
        str(record["said"]),
        str(record.get("language", "und")),
        guesses,
        why,
        new_id,
        now,
        label,
        by,
    )
