"""What a visitor corrects in their own words moves points: reader's facts, decision and score together."""

from __future__ import annotations

from datetime import UTC, datetime

from intents.facts import find_facts
from intents.redaction import redact
from intents.score import Score
from intents.values import ReadingContext
from server.dialogue.decide import decide
from server.dialogue.values import State
from tests.support.dialogue import said

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def _say(text: str, state: State) -> tuple[State, Score]:
    facts = find_facts(redact(text), ReadingContext(now=NOW), ())
    decision = decide(said(text, state=state, facts=list(facts)))
    return decision.state, decision.score


def test_sorry_14_not_40_takes_back_the_points_for_40() -> None:
    state, before = _say("We are 40 people.", State())
    _, after = _say("sorry, 14 not 40", state)

    assert [point.code for point in before.points] == ["big"]
    assert [point.code for point in after.points] == []


def test_sorry_40_not_14_earns_them() -> None:
    state, before = _say("We are 14 people.", State())
    _, after = _say("sorry, 40 not 14", state)

    assert before.fit == 0
    assert [(point.code, point.because) for point in after.points] == [("big", "40")]


def test_of_two_numbers_the_one_that_is_named_is_set_right() -> None:
    state, _ = _say("We are 40 people.", State())
    state, _ = _say("We want 25 seats.", state)
    state, score = _say("sorry, 30 not 25", state)

    seats, size = state.known("seats"), state.known("team_size")
    assert seats is not None
    assert size is not None
    assert (seats.value, size.value) == (30, 40)
    assert [point.because for point in score.points] == ["40"]


def test_a_correction_of_nothing_that_was_said_waits() -> None:
    _, score = _say("sorry, 40 not 14", State())

    assert score.points == ()
    assert [(each.fact, each.points) for each in score.waiting] == [("team_size", 20)]
