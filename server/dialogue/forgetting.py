"""A conversation's state as if one message had never been written."""

from __future__ import annotations

from dataclasses import replace

from intents.score import without
from server.dialogue.prompts import OpenReading
from server.dialogue.values import State


def forget_message(state: State, message_id: str) -> State:
    """Without the facts and signals of the message, so that its points are gone and older words hold again.

    The last questions are kept without their messages; whichever of them may be this one goes.
    """
    facts = tuple(
        fact for fact in state.facts if fact.evidence is None or fact.evidence.message_id != message_id
    )
    asked = state.open
    if isinstance(asked, OpenReading) and asked.message == message_id:
        asked = None  # it holds the message's words
    return replace(
        state, facts=facts, signals=without(state.signals, message_id), questions=(), about=(), open=asked
    )
