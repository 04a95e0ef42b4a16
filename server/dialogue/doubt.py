"""Whether a message may mean one of two things between which it matters, and whether the visitor may be asked. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from server.dialogue.prompts import OpenOffer, OpenQuestion, OpenReading
from server.dialogue.reading import (
    asks_why,
    fresh,
    has_answer,
    is_complaint,
    is_follow_up,
    is_information_question,
    is_misunderstood,
    names_nothing,
)
from server.dialogue.values import Case, Check, Chose, Said

CLEAR = 0.7
"""A reading at least this likely is taken as it is. Chosen on the golden set (`frontdesk eval escalation`): of the
messages that are asked about half would have been read wrong, and nearly all have what is meant among the
two; each step further asks about messages that were read right."""
_WORTH_NAMING = 0.1
"""How likely a second reading must be to be put to the visitor."""
_MOST_QUESTIONS = 2
"""In a conversation."""
OTHER = "other"
"""The value of "something else"."""
_OF_ITS_OWN = frozenset({"move_meeting", "cancel_meeting"})
"""Intents that do in their play what no other does."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two readings, the likelier one first."""

    first: str
    second: str
    chances: tuple[float, float]

    @property
    def why(self) -> str:
        return f"{self.first} {self.chances[0]:.2f}, {self.second} {self.chances[1]:.2f}"


_ANOTHER_TIME = re.compile(
    r"\b(move|shift|push|postpone|reschedul\w+|change|make (it|that)|instead|rather)\b", re.IGNORECASE
)
_ONE_MORE = re.compile(
    r"\b(another|second|one more|also|too) (demo|call|meeting|appointment)\b", re.IGNORECASE
)


def moves_meeting(case: Case) -> bool:
    """Whether, with a meeting booked, the message names another time for it ("make that friday")."""
    reading = case.reading
    if reading is None or case.state.meeting is None or case.state.open is not None:
        return False
    if not isinstance(case.event, Said) or len(reading.asked_for) > 1 or not _tells(case, "when"):
        return False
    if case.settled or has_answer(case) or _ONE_MORE.search(case.plain):
        return False
    is_put_off = bool(_ANOTHER_TIME.search(case.plain))
    near = {guess.name for guess in reading.intents if guess.probability >= _WORTH_NAMING}
    if case.wants("move_meeting"):
        return is_put_off or "book_meeting" not in near
    return is_put_off and "move_meeting" in near


def in_doubt(case: Case, clear: float = CLEAR) -> Doubt | None:
    """The two likeliest readings when it matters which one is meant; None when it is clear or makes no difference."""
    reading = case.reading
    if (
        not isinstance(case.event, Said)
        or reading is None
        or reading.is_answer
        or len(reading.asked_for) != 1
    ):
        return None
    if moves_meeting(case) or names_nothing(case.plain) or is_misunderstood(case) or is_complaint(case):
        return None
    if asks_why(case):
        return None
    if case.settled or has_answer(case) or is_follow_up(case.state, case.plain) or not _is_free(case):
        return None
    first = next((guess for guess in reading.intents if guess.name in reading.asked_for), None)
    if first is None or first.probability >= clear or not _has_name(case, first.name):
        return None
    opened = _opened(case, first.name)
    for guess in reading.intents:
        if guess.probability < _WORTH_NAMING or not _has_name(case, guess.name):
            continue
        if guess.name in _OF_ITS_OWN and case.state.meeting is None and not _tells(case, "when"):
            continue  # there is none to move or to cancel
        if _opened(case, guess.name) != opened:
            return Doubt(first.name, guess.name, (first.probability, guess.probability))
    return None


def hindrance(case: Case) -> str:
    """Why the visitor is not asked what is meant, in words for the record; empty when they may be asked."""
    state, limits = case.state, case.policy.limits
    if state.stop_asking:
        return "the visitor asked us to stop"
    if max(case.frustration, state.mood) > limits.quiet_above_frustration:
        return (
            f"frustration {max(case.frustration, state.mood):.2f}, limit {limits.quiet_above_frustration:.2f}"
        )
    if isinstance(state.open, OpenReading):
        return "the turn before asked already"
    if state.clarified >= _MOST_QUESTIONS:
        return f"asked {state.clarified} times in this conversation"
    return ""


def as_meant(case: Case) -> tuple[Case, Check | None]:
    """A choice between two readings is the earlier message, read as what was chosen; its facts and dates hold."""
    asked, read = case.state.open, case.reading
    if not isinstance(asked, OpenReading) or read is None:
        return case, None
    if isinstance(case.event, Chose):
        if case.event.prompt != asked.id or case.event.value not in asked.options:
            return case, None
        meant = case.event.value
        reading = replace(read, asked_for=(meant,), out_of_scope=False, facts=(), frustration=0.0)
        state = replace(case.state, open=None)
        case = replace(
            case,
            event=Said(asked.text),
            message_id=asked.message,
            reading=reading,
            state=state,
            settled=True,
        )
        return case, Check("clear", passed=True, why=f"the visitor chose {meant}")
    named = [name for name in read.asked_for if name in asked.options]
    if not isinstance(case.event, Said) or len(named) != 1:
        return case, None
    return replace(case, earlier=asked.message, settled=True), Check(
        "clear", passed=True, why=f"the visitor said {named[0]}"
    )


def _is_free(case: Case) -> bool:
    """Whether nothing is open that the message may belong to."""
    match case.state.open:
        case None | OpenOffer(what="handoff" | "book" | "trial") | OpenReading():
            return True
        case OpenQuestion(key=key):
            question = case.policy.question(key)
            return question is None or not _tells(case, question.fact)
        case _:
            return False


def _tells(case: Case, name: str) -> bool:
    """Whether the message tells the fact, be it learned already or not."""
    told = case.reading.facts if case.reading else ()
    return fresh(case, name) or any(fact.name == name for fact in told)


def _has_name(case: Case, intent: str) -> bool:
    meaning = case.meanings.get(intent)
    return meaning is not None and bool(meaning.label)


def _opened(case: Case, intent: str) -> str:
    """What follows from this reading: a play, or what only this intent does in it."""
    if intent == "move_meeting" and case.state.meeting is None and _tells(case, "when"):
        return case.opened_by(intent)  # nothing to move, but a time is named: times are offered
    if case.opened_by(intent) == "trial" and is_information_question(case):
        return "answer"  # "is there …?" is no wish for a trial, whatever it is read as
    return intent if intent in _OF_ITS_OWN else case.opened_by(intent)
