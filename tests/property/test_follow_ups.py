"""Laws of follow-ups that hold whatever the values are."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.actions.follow_ups.composing import compose
from server.actions.follow_ups.linting import lint
from server.actions.follow_ups.standing import Situation, verdict
from server.actions.follow_ups.timing import is_allowed, next_allowed
from server.actions.follow_ups.values import (
    Evidence,
    Exchange,
    Grounds,
    Material,
    Rule,
    Source,
    Step,
    Terms,
    Words,
)

RULE = Rule("r", frozenset(), frozenset(), 0, (Step(timedelta(hours=24), "reply"),))
TERMS = Terms(
    rules=(RULE,), idle=timedelta(hours=4), permission=frozenset({"conversation"}), is_auto=False, auto_score=50,
    per_person_week=2, per_site_day=200, opens=time(8), closes=time(18), weekdays=frozenset({0, 1, 2, 3, 4}),
    languages=frozenset({"en", "de", "fr", "es", "ar"}), countries_excluded=frozenset({"AT"}),
    expires=timedelta(days=14), is_worded=False,
)  # fmt: skip
ZONES = sorted(available_timezones())
words = st.lists(
    st.sampled_from(
        ["the", "app", "keeps", "14", "days", "offline", "for", "crews", "and", "costs", "12", "EUR"]
    ),
    min_size=3,
)


@settings(max_examples=150, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    at=st.datetimes(datetime(2025, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_a_mail_goes_out_within_hours_and_weekdays_wherever_the_reader_is(zone: str, at: datetime) -> None:
    then = next_allowed(TERMS, at, zone)

    assert then >= at
    assert is_allowed(TERMS, then, zone)
    assert then.astimezone(ZoneInfo(zone)).weekday() < 5
    assert then - at < timedelta(days=4)


@settings(max_examples=150, deadline=None)
@given(
    situation=st.builds(
        Situation,
        exists=st.booleans(), in_product=st.booleans(), email=st.sampled_from(["", "[email_1]"]),
        consent=st.sampled_from(["necessary", "conversation"]), asked_for_mail=st.booleans(), refused=st.booleans(),
        language=st.sampled_from(["en", "pl"]), regions=st.sampled_from([frozenset(), frozenset({"AT"})]),
        with_person=st.booleans(), meeting=st.sampled_from(["none", "ahead", "held", "cancelled"]),
        settled=st.booleans(), went_on=st.booleans(), newer=st.booleans(),
    )
)  # fmt: skip
def test_a_mail_goes_on_only_when_nothing_speaks_against_it(situation: Situation) -> None:
    act = verdict(situation, TERMS, RULE).act

    if act == "go":
        assert situation.exists
        assert situation.email
        assert situation.consent == "conversation"
        assert not situation.refused
        assert not situation.with_person
        assert situation.meeting in {"none", "cancelled"}
    if situation.refused:
        assert act == "end"


@settings(max_examples=60, deadline=None)
@given(
    language=st.sampled_from(["en", "de", "fr", "es", "ar"]),
    lines=st.lists(words.map(" ".join), min_size=1, max_size=4, unique=True),
    quotes=st.sampled_from(["", ' called "Crew"', " of “Jobs”", " «le plan»"]),
    next_step=st.sampled_from(["book", "trial", "reply"]),
)
# Figures that look like a telephone number, as the company publishes its own.
@example(language="en", lines=["14 14 12 12"], quotes="", next_step="book")
def test_what_is_composed_passes_its_own_linter(
    language: str, lines: list[str], quotes: str, next_step: str
) -> None:
    text = "\n".join(f"{line}{quotes}." for line in lines)
    sources = tuple(
        Source(n, f"d{n}", "v", "Page", f"https://x.example/{n}", line)
        for n, line in enumerate(lines, start=1)
    )
    material = Material(
        language=language, company="Fernway", talked_on=date(2026, 3, 3),
        exchanges=tuple(
            Exchange("How long, and what for?", "Page", (Words(f"{line}{quotes}.", (n,)),))
            for n, line in enumerate(lines, start=1)
        ),
        sources=sources, step=0, next=next_step, link="https://www.fernway.example/book",  # type: ignore[arg-type]  # drawn
        open=("Can it fly?",), name="[person_1]",
    )  # fmt: skip

    draft = compose(material)

    assert draft is not None
    grounds = Grounds(
        language=language, company="Fernway",
        evidence=tuple(Evidence(each.n, "Page", each.url, text) for each in draft.sources), ours=draft.ours,
        asked=("How long, and what for?", "Can it fly?"), own=frozenset({"[person_1]"}),
        links=frozenset({material.link}),
    )  # fmt: skip
    assert lint(draft.body, grounds) == ()
