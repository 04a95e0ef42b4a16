"""Whether a message may be shown unasked: each check by itself, and the reasons it leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.dialogue.gate_rules import Exclusion, Region
from server.dialogue.policy import Policy
from server.dialogue.proactive import Moment, Past, Seen, Shown, Verdict, may_show
from server.dialogue.proactive_rules import Caps, ProactiveRule, ProactiveRules, When, is_quiet

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
RULE = ProactiveRule(
    key="prices",
    text="Shall I work it out?",
    why="You are on our price page.",
    when=When(pages=("/pricing",), seconds=20, scrolled=50),
    caps=Caps(),
)
RULES = ProactiveRules(rules=(RULE,), caps=Caps())
MOMENT = Moment(
    seen=Seen("/pricing", seconds=25, visits=1, scrolled=60),
    now=NOW,
    language="en",
    time_zone="Europe/Berlin",
    consent="conversation",
)


def verdict(
    moment: Moment = MOMENT,
    *,
    rules: ProactiveRules = RULES,
    policy: Policy = Policy(),  # noqa: B008  a frozen value
    **changed: object,
) -> Verdict:
    """What is decided when the rule differs by `changed`."""
    return may_show(rules, RULE.model_copy(update=changed), moment, policy)


def a_shown(key: str, **ago: float) -> Shown:
    return Shown(key, NOW - timedelta(**ago))


def test_when_everything_holds_it_is_shown_and_every_check_is_told() -> None:
    decided = verdict()

    assert decided.shows
    assert decided.reason == ""
    assert {"consent", "page", "seconds", "quiet_hours", "not_off"} <= {
        check.name for check in decided.checks
    }


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"consent": "necessary"}, "consent"),
        ({"group": "holdout"}, "group"),
        ({"mode": "help"}, "visitor"),
        ({"is_customer": True}, "visitor"),
        ({"seen": Seen("/docs", 25, 1, 60)}, "page"),
        ({"seen": Seen("/pricing", 19, 1, 60)}, "seconds"),
        ({"seen": Seen("/pricing", 25, 1, 40)}, "scrolled"),
        ({"is_busy": True}, "not_talking"),
        ({"past": Past(off=True)}, "not_off"),
        ({"past": Past(mine=(a_shown("other", minutes=3),))}, "apart"),
        ({"past": Past(dismissed_at=NOW - timedelta(days=13))}, "cool_down"),
    ],
)
def test_one_thing_that_does_not_hold_is_enough(changed: dict[str, object], reason: str) -> None:
    decided = verdict(replace(MOMENT, **changed))  # type: ignore[arg-type]

    assert not decided.shows
    assert decided.reason == reason


def test_what_is_just_reached_is_enough() -> None:
    assert verdict(replace(MOMENT, seen=Seen("/pricing", seconds=20, visits=1, scrolled=50))).shows


@pytest.mark.parametrize(
    ("rule", "moment", "shows"),
    [
        ({"languages": ("de",)}, {}, False),
        ({"languages": ("de", "en")}, {}, True),
        ({"zones": ("Europe/",)}, {}, True),
        ({"zones": ("America/New_York",)}, {}, False),
        ({"except_zones": ("Europe/Berlin",)}, {}, False),
        ({"except_zones": ("Europe/Ber",)}, {}, True),
        ({"except_pages": ("/pricing/team",)}, {}, True),
        ({"except_pages": ("/pricing",)}, {}, False),
        ({"min_score": 20}, {"score": 19}, False),
        ({"min_score": 20}, {"score": 20}, True),
        ({"business_hours": True}, {}, False),
        ({"business_hours": True}, {"is_open": True}, True),
        ({"pilot": True}, {}, False),
        ({"pilot": True}, {"group": "pilot"}, True),
        ({"consent": "remembered"}, {}, False),
        ({"consent": "remembered"}, {"consent": "remembered"}, True),
        ({"consent": "necessary"}, {"consent": "necessary"}, True),
        ({"when": When(visits=3)}, {}, False),
        ({"when": When(visits=3)}, {"seen": Seen("/", 20, 3)}, True),
        ({"when": When(leaving=True)}, {}, False),
        ({"when": When(leaving=True)}, {"seen": Seen("/", 20, leaving=True)}, True),
    ],
)
def test_what_a_rule_asks_for_is_heeded(
    rule: dict[str, object], moment: dict[str, object], shows: bool
) -> None:
    assert verdict(replace(MOMENT, **moment), **rule).shows is shows  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("caps", "ago", "shows"),
    [
        (Caps(per_person_day=1), {"hours": 23}, False),
        (Caps(per_person_day=1), {"hours": 25}, True),
        (Caps(per_person_week=1), {"days": 6}, False),
        (Caps(per_person_week=1), {"days": 8}, True),
        (Caps(per_person_ever=1), {"days": 900}, False),
        (Caps(per_person_day=2), {"hours": 2}, True),
        (Caps(per_person_day=0), {"days": 900}, False),
    ],
)
def test_caps_of_all_messages_count_every_message(caps: Caps, ago: dict[str, float], shows: bool) -> None:
    past = Past(mine=(a_shown("another", **ago),))
    rules = RULES.model_copy(update={"caps": caps})

    assert verdict(replace(MOMENT, past=past), rules=rules).shows is shows


def test_caps_of_one_message_count_only_that_one() -> None:
    past = Past(mine=(a_shown("another", hours=2),))

    assert verdict(replace(MOMENT, past=past), caps=Caps(per_person_ever=1)).shows
    again = replace(MOMENT, past=Past(mine=(a_shown("prices", days=300),)))
    assert verdict(again, caps=Caps(per_person_ever=1)).reason == "cap_person_ever"


def test_the_site_s_cap_counts_everybody() -> None:
    rules = RULES.model_copy(update={"caps": Caps(per_site_day=2)})
    full = replace(MOMENT, past=Past(site_today=("prices", "another")))

    assert verdict(full, rules=rules).reason == "cap_site_day"
    assert verdict(full, caps=Caps(per_site_day=2)).shows


@pytest.mark.parametrize(
    ("zone", "shows"), [("Europe/Berlin", True), ("Asia/Tokyo", True), ("America/Los_Angeles", False)]
)
def test_quiet_hours_are_those_of_the_visitor_s_own_clock(zone: str, shows: bool) -> None:
    # 10:00 UTC is 11:00 in Berlin, 19:00 in Tokyo and 02:00 in Los Angeles.
    rules = RULES.model_copy(update={"quiet_hours": "21:00-08:00"})

    assert verdict(replace(MOMENT, time_zone=zone), rules=rules).shows is shows


@pytest.mark.parametrize(
    ("span", "clock", "quiet"),
    [
        ("21:00-08:00", "21:00", True),
        ("21:00-08:00", "07:59", True),
        ("21:00-08:00", "08:00", False),
        ("12:00-13:00", "12:30", True),
        ("12:00-13:00", "13:00", False),
        (None, "03:00", False),
    ],
)
def test_quiet_hours_may_run_over_midnight(span: str | None, clock: str, quiet: bool) -> None:
    assert is_quiet(span, datetime.strptime(clock, "%H:%M").time()) is quiet  # noqa: DTZ007  a clock without a day


def test_a_region_may_want_none() -> None:
    policy = Policy(regions=(Region(key="eu", zones=("Europe/",), proactive=False),))

    assert verdict(policy=policy).reason == "region"
    assert verdict(replace(MOMENT, time_zone="Asia/Tokyo"), policy=policy).shows


@pytest.mark.parametrize(
    ("exclusions", "reason"),
    [
        (Exclusion(pages=("/pricing",)), "exclusions"),
        (Exclusion(pages=("/pric",)), ""),
        (Exclusion(languages=("en",)), "exclusions"),
        (Exclusion(stages=("engaged",)), "exclusions"),
        (Exclusion(pages=("/docs",), stages=("trial",), intents=("pricing",)), ""),
    ],
)
def test_the_playbook_s_exclusions_hold_for_messages_too(exclusions: Exclusion, reason: str) -> None:
    moment = replace(MOMENT, stage="engaged")

    assert verdict(moment, policy=Policy(exclusions=exclusions)).reason == reason


def test_customers_see_them_where_the_site_says_so() -> None:
    rules = RULES.model_copy(update={"customers": True})

    assert verdict(replace(MOMENT, mode="help", is_customer=True), rules=rules).shows
