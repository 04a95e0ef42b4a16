"""Laws of the lead score, over any rules, any signals and any trained points."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from intents.score import Score, ScoreModel, ScoreRule, ScoreRules, Signal, score, without
from intents.scoring.features import ALLOWED_FACTS, ASKED, REFUSED_FACTS, features, may_count, named_codes
from server.dialogue.decide import score_of
from server.dialogue.forgetting import forget_message
from server.dialogue.policy import Policy
from server.dialogue.prompts import OpenReading
from server.dialogue.values import Evidence, Known, State

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PATHS = (
    "/",
    "/pricing",
    "/pricing/teams",
    "/docs",
    "/security",
    "/de/pricing",
    "/customers",
    "/status",
    "/about",
)
FACTS = (*ALLOWED_FACTS, *REFUSED_FACTS)
INTENTS = (*ASKED, "thanks", "data_request", "stop_asking")
IDS = st.sampled_from(["m1", "m2", "m3", "m4"])
VALUES = st.one_of(
    st.integers(-5, 900), st.sampled_from(["hvac", "Owner", "head of IT", "this month", "DE", "de", "[person_1]", ""]),
    st.fixed_dictionaries({"urgency": st.sampled_from(["now", "soon", "later", "none"]), "by": st.none()}),
    st.fixed_dictionaries({"amount": st.integers(0, 9_000)}), st.none(), st.booleans(),
)  # fmt: skip
SIGNALS = st.lists(
    st.one_of(
        st.builds(Signal, st.just("intent"), st.sampled_from(INTENTS), message_id=IDS),
        st.builds(
            Signal, st.just("fact"), st.sampled_from(FACTS), VALUES, IDS, text=st.text(max_size=5),
            confidence=st.floats(0, 1),
        ),
        st.sampled_from(PATHS).map(lambda path: Signal("page", path, page=path)),
        st.builds(Signal, st.just("frustration"), st.just("frustration"), st.floats(0, 1), IDS),
    ),
    max_size=14,
)  # fmt: skip
RULES = st.lists(
    st.builds(
        ScoreRule,
        code=st.sampled_from(["a", "b", "c", "team__1_to_9"]),
        kind=st.sampled_from(["fit", "intent"]),
        points=st.integers(-50, 50),
        because=st.sampled_from(["{text}", "{value} {", "words"]),
        when_intent=st.lists(st.sampled_from(INTENTS), max_size=2).map(tuple),
        when_fact=st.none() | st.sampled_from(FACTS),
        when_page=st.none() | st.sampled_from(PATHS),
        at_least=st.none() | st.integers(0, 50),
        times_at_most=st.integers(1, 3),
    ),
    max_size=5,
).map(lambda rules: ScoreRules(rules=tuple(rules)))
TABLES = st.dictionaries(
    st.sampled_from(sorted({*named_codes(), "a", "b", "c", "a__2"})), st.integers(-40, 40)
)


def a_model(rules: ScoreRules, points: dict[str, int]) -> ScoreModel:
    return ScoreModel(
        version="v1", site="demo", conditions=rules.conditions(), base=-1.5, points=points, leads=100, came=30,
        until=NOW, trained_at=NOW,
    )  # fmt: skip


SCORERS = st.tuples(RULES, st.none() | TABLES).map(
    lambda made: (made[0], None if made[1] is None else a_model(made[0], made[1]))
)
Scorer = tuple[ScoreRules, ScoreModel | None]


@given(SCORERS, SIGNALS)
def test_every_score_is_exactly_the_sum_of_its_listed_points(scorer: Scorer, signals: list[Signal]) -> None:
    found = score(scorer[0], signals, scorer[1])

    assert found.total == sum(point.points for point in found.points) == found.fit + found.intent
    assert found.fit == sum(point.points for point in found.points if point.kind == "fit")


@given(SCORERS, SIGNALS)
def test_every_point_names_the_message_or_the_page_that_earned_it(
    scorer: Scorer, signals: list[Signal]
) -> None:
    messages = {signal.message_id for signal in signals} - {None}
    pages = {signal.page for signal in signals} - {None}

    for point in score(scorer[0], signals, scorer[1]).points:
        assert (point.message_id in messages) != (point.page in pages)


@given(SCORERS, SIGNALS, IDS)
def test_deleting_a_message_is_as_if_it_had_never_been_written(
    scorer: Scorer, signals: list[Signal], gone: str
) -> None:
    never = [signal for signal in signals if signal.message_id != gone]
    rest = score(scorer[0], without(signals, gone), scorer[1])

    assert rest == score(scorer[0], never, scorer[1])
    assert gone not in _messages(rest)


@given(SCORERS, SIGNALS, IDS)
def test_a_state_that_forgets_a_message_holds_nothing_of_it(
    scorer: Scorer, signals: list[Signal], gone: str
) -> None:
    pages = tuple(signal.name for signal in signals if signal.kind == "page")
    told = tuple(signal for signal in signals if signal.kind != "page")
    facts = tuple(
        Known(each.name, each.value, "said", 0.9, Evidence(str(each.message_id), each.text, 0, 1))
        for each in told
        if each.kind == "fact"
    )
    asked = OpenReading("p", ("pricing", "demo"), "how much is it", gone)
    state = State(facts=facts, signals=told, pages=pages, questions=("how much is it",), open=asked)

    after = forget_message(state, gone)
    rest = score_of(Policy(score=scorer[0], score_model=scorer[1]), after, "conversation")

    assert gone not in repr(after)
    assert "how much" not in repr(after)
    assert gone not in _messages(rest)


@given(SCORERS, SIGNALS)
def test_what_waits_earns_nothing_and_says_what_it_would_change(
    scorer: Scorer, signals: list[Signal]
) -> None:
    found = score(scorer[0], signals, scorer[1])
    sure = [signal for signal in signals if signal.confidence >= 0.8]

    assert found.points == score(scorer[0], sure, scorer[1]).points
    assert all(each.points and each.confidence < 0.8 for each in found.waiting)


@given(RULES, TABLES, SIGNALS)
def test_who_somebody_is_changes_nothing_of_what_a_model_sees(
    rules: ScoreRules, points: dict[str, int], signals: list[Signal]
) -> None:
    plain = [
        each for each in signals if each.kind not in ("fact", "frustration") or each.name in ALLOWED_FACTS
    ]
    model = a_model(rules, points)

    assert score(rules, signals, model).points == score(rules, plain, model).points


@given(RULES, SIGNALS)
def test_every_feature_is_a_rule_that_may_count_or_stands_in_the_closed_list(
    rules: ScoreRules, signals: list[Signal]
) -> None:
    allowed = {rule.code for rule in rules.rules if may_count(rule)} | named_codes()

    for each in features(rules, signals):
        code, _, time = each.code.partition("__")
        assert each.code in allowed or (code in allowed and time.isdecimal())


def _messages(found: Score) -> set[str | None]:
    return {
        *(point.message_id for point in found.points),
        *(each.message_id for each in found.waiting),
        found.stage_message,
    }
