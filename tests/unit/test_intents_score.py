"""The lead score is the sum of its points, and each point names what earned it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from intents.score import ScoreRule, ScoreRules, Signal, score, without

RULES = ScoreRules(
    rules=(
        ScoreRule(
            code="size_fits",
            kind="fit",
            points=20,
            because="{value} people: {text}",
            when_fact="team_size",
            at_least=10,
            at_most=500,
        ),
        ScoreRule(
            code="decides",
            kind="fit",
            points=10,
            because="{value}",
            when_fact="role",
            one_of=("Owner", "CEO"),
        ),
        ScoreRule(
            code="asked_price",
            kind="intent",
            points=15,
            because="asked about {name}",
            when_intent=("pricing",),
        ),
        ScoreRule(
            code="saw_prices",
            kind="intent",
            points=5,
            because="visited {name}",
            when_page="/pricing",
            times_at_most=2,
        ),
        ScoreRule(code="job_hunter", kind="fit", points=-30, because="looks for a job", when_intent=("job",)),
    )
)
PRICED = Signal("intent", "pricing", message_id="m1")
SIZED = Signal("fact", "team_size", 40, message_id="m2", text="about 40 of us")
VISIT = Signal("page", "/pricing/teams", page="/pricing/teams")


def test_fit_and_intent_are_separate_and_sum_exactly() -> None:
    found = score(RULES, [PRICED, SIZED, VISIT])

    assert (found.fit, found.intent, found.total) == (20, 20, 40)
    assert found.total == sum(point.points for point in found.points)


def test_each_point_names_its_words_and_where_they_stand() -> None:
    found = score(RULES, [SIZED, VISIT])

    assert [(p.because, p.message_id, p.page) for p in found.points] == [
        ("40 people: about 40 of us", "m2", None),
        ("visited /pricing/teams", None, "/pricing/teams"),
    ]


def test_a_rule_pays_as_often_as_it_says() -> None:
    assert score(RULES, [VISIT, VISIT, VISIT]).intent == 10
    assert score(RULES, [PRICED, PRICED]).intent == 15


def test_a_corrected_fact_replaces_what_was_said_before() -> None:
    corrected = Signal("fact", "team_size", 4, message_id="m3", text="sorry, 4")

    assert score(RULES, [SIZED, corrected]).fit == 0


def test_a_value_is_compared_without_regard_to_case() -> None:
    assert score(RULES, [Signal("fact", "role", "owner", message_id="m1")]).fit == 10
    assert score(RULES, [Signal("fact", "role", "planner", message_id="m1")]).fit == 0


@pytest.mark.parametrize("value", [None, "many", True, {"low": 20}])
def test_what_is_no_number_earns_nothing_where_a_number_is_wanted(value: object) -> None:
    assert score(RULES, [Signal("fact", "team_size", value, message_id="m1")]).fit == 0


def test_points_may_be_taken_off() -> None:
    assert score(RULES, [Signal("intent", "job", message_id="m1")]).total == -30


@given(
    st.lists(st.sampled_from([PRICED, SIZED, VISIT, Signal("intent", "job", message_id="m9")]), max_size=12),
    st.data(),
)
def test_deleting_a_message_takes_exactly_its_points(signals: list[Signal], data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(["m1", "m2", "m9"]))
    kept = [signal for signal in signals if signal.message_id != gone]

    whole, rest = score(RULES, signals), score(RULES, kept)

    assert whole.total == sum(point.points for point in whole.points)
    assert rest.total == sum(point.points for point in whole.points if point.message_id != gone)


@pytest.mark.parametrize(
    ("signals", "stage"),
    [
        ([], "research"),
        ([Signal("intent", "greeting")], "research"),
        ([PRICED], "evaluation"),
        ([PRICED, Signal("intent", "book_meeting")], "purchase"),
        ([Signal("intent", "bug_or_outage")], "support"),
        ([Signal("intent", "start_trial"), Signal("intent", "cancel_or_downgrade")], "at_risk"),
        ([PRICED, Signal("frustration", "frustration", 0.9)], "at_risk"),
        ([PRICED, Signal("frustration", "frustration", 0.3)], "evaluation"),
    ],
)
def test_the_latest_telling_signal_names_the_stage(signals: list[Signal], stage: str) -> None:
    assert score(RULES, signals).stage == stage


def test_a_rule_with_a_misspelled_condition_is_refused() -> None:
    with pytest.raises(ValidationError, match="when_intents"):
        ScoreRule.model_validate(
            {"code": "x", "kind": "fit", "points": 1, "because": "", "when_intents": ["pricing"]}
        )


def test_an_unsure_fact_waits_and_says_what_it_would_bring() -> None:
    unsure = Signal("fact", "team_size", 40, "m2", text="40 or so", confidence=0.7)

    found = score(RULES, [PRICED, unsure])

    assert (found.fit, found.total) == (0, 15)
    assert [(each.fact, each.value, each.points, each.message_id) for each in found.waiting] == [
        ("team_size", 40, 20, "m2")
    ]


def test_a_sure_fact_goes_on_paying_while_an_unsure_later_word_waits() -> None:
    unsure = Signal("fact", "team_size", 4, "m3", text="4?", confidence=0.5)

    found = score(RULES, [SIZED, unsure])

    assert found.fit == 20
    assert [each.points for each in found.waiting] == [-20]


def test_nothing_waits_once_it_was_said_clearly() -> None:
    unsure = Signal("fact", "team_size", 40, "m2", confidence=0.7)

    assert score(RULES, [unsure, SIZED]).waiting == ()


def test_of_two_stages_in_one_message_the_weightier_one_holds() -> None:
    signals = [
        Signal("intent", "cancel_or_downgrade", message_id="m1"),
        Signal("intent", "pricing", message_id="m1"),
    ]

    found = score(RULES, signals)

    assert (found.stage, found.stage_because, found.stage_message) == (
        "at_risk",
        "Wants to cancel or pay for less",
        "m1",
    )


def test_a_stage_without_a_telling_word_says_so() -> None:
    found = score(RULES, [VISIT])

    assert (found.stage, found.stage_message) == ("research", None)
    assert "reading" in found.stage_because


def test_removing_the_correction_brings_the_earlier_word_back() -> None:
    corrected = Signal("fact", "team_size", 4, message_id="m3", text="sorry, 4")

    assert score(RULES, without([SIZED, corrected], "m3")).points == score(RULES, [SIZED]).points


def test_the_value_stands_for_words_that_are_not_kept() -> None:
    """A remembered fact brings no words with it."""
    remembered = Signal("fact", "team_size", 40)

    (point,) = score(RULES, (remembered,)).points

    assert point.because == "40 people: 40"
