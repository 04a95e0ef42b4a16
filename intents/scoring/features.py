"""The closed list of what a trained score may look at: the playbook's rules and named signals of business.

Nothing here says who somebody is. Names, addresses, phone numbers, the company's name, country, language, time zone and
mood are no features, a rule that rests on one of them is no feature either, and whatever is not listed is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from intents.scoring.rules import earned_by, latest_fact, number
from intents.scoring.values import Earned, PointKind, ScoreRule, ScoreRules, Signal

ASKED: Mapping[str, str] = {
    "pricing": "Asked about prices",
    "plan_limits": "Asked what a plan includes",
    "comparison": "Compared us with another product",
    "migration": "Asked how to move over",
    "proof_by_industry": "Asked who else uses it",
    "start_trial": "Asked for a trial",
    "extend_trial": "Asked for a longer trial",
    "buy_or_add_seats": "Wants to buy",
    "feature_question": "Asked what it can do",
    "integration_question": "Asked what it connects with",
    "security_compliance": "Asked about security",
    "book_meeting": "Asked for a demo or meeting",
    "move_meeting": "Moved a meeting",
    "cancel_meeting": "Cancelled a meeting",
    "talk_to_person": "Asked for a person",
    "bug_or_outage": "Reported that something does not work",
    "account_and_billing": "Asked about their account",
    "invoice": "Asked about an invoice",
    "cancel_or_downgrade": "Wants to cancel or pay for less",
    "partner": "Wants to be a partner",
    "job": "Looks for a job",
    "press": "Writes for the press",
}
"""The intents that may count. Those of privacy and of manners ("delete my data", "stop asking", "thanks") may not."""

ALLOWED_FACTS = (
    "team_size", "seats", "industry", "role", "timeline", "budget", "current_tool", "plan", "billing_period",
)  # fmt: skip
REFUSED_FACTS = (
    "person", "email", "email_kind", "phone", "company", "country", "language", "when", "meeting_length",
    "impossible_date", "past_date", "team_size_range", "use_case", "declined", "yes_no",
)  # fmt: skip
"""Who somebody is, where they live and how they speak, what stands for it, and what is no fact of business."""

TRADES = (
    "construction", "hvac", "plumbing", "electrical", "cleaning", "facility_management", "lift_maintenance", "solar",
    "security_services", "landscaping", "pest_control", "logistics", "manufacturing", "healthcare", "education",
    "finance", "retail", "hospitality", "real_estate", "telecoms", "utilities", "software", "legal", "agency",
    "consulting", "public_sector", "automotive", "agriculture", "nonprofit",
)  # fmt: skip
_SIZES = ((1, 9), (10, 19), (20, 49), (50, 199), (200, None))
_LEVELS: tuple[tuple[str, str, str], ...] = (
    (
        "executive",
        r"\bc[a-z]{1,2}o\b|chief|founder|owner|president|partner|managing director|\bvp\b",
        "Runs the company",
    ),
    ("head", r"\bhead\b|director", "Heads a department"),
    ("manager", r"manager|lead|supervisor|foreman", "Manages a team"),
    ("specialist", r"", "Works in the field"),
)
_URGENCIES = (
    ("now", r"\b(?:now|asap|at once|immediately|today|this week)\b", "Wants to start at once"),
    ("soon", r"month|quarter|weeks", "Wants to start within months"),
    ("later", r"later|year", "Wants to start later"),
)
_PAGES = (3, 6)
_PLACE = re.compile(r"^[a-z]{2}(?:[-_][a-z]{2})?$", re.IGNORECASE)
"""A segment of a path that may be a language or a country: such a page tells where somebody comes from."""


def features(rules: ScoreRules, signals: Sequence[Signal]) -> tuple[Earned, ...]:
    """What counts of these signals, each feature once, with the message or page that earned it."""
    found = [*_of_rules(rules, signals), *_asked(rules, signals), *_facts(signals), *_pages(signals)]
    return tuple({each.code: each for each in reversed(found)}.values())[::-1]


def may_count(rule: ScoreRule) -> bool:
    """Whether a model may learn from this rule: none of what it rests on says who somebody is."""
    if "__" in rule.code:
        return False  # so are the named features called
    facts = rule.when_fact is None or rule.when_fact in ALLOWED_FACTS
    segments = (rule.when_page or "").split("/")
    pages = not any(_PLACE.match(segment) for segment in segments)
    return facts and pages and all(name in ASKED for name in rule.when_intent)


def _of_rules(rules: ScoreRules, signals: Sequence[Signal]) -> list[Earned]:
    found = []
    for rule in rules.rules:
        if not may_count(rule):
            continue
        for time, earned in enumerate(earned_by(rule, signals), 1):
            found.append(
                Earned(repeated(rule.code, time), rule.kind, earned.because, earned.message_id, earned.page)
            )
    return found


def repeated(code: str, time: int) -> str:
    """The feature that a rule is when it pays for the first, second, … time."""
    return code if time == 1 else f"{code}__{time}"


def _asked(rules: ScoreRules, signals: Sequence[Signal]) -> list[Earned]:
    """Wishes of which no rule speaks; two lines on one wish, one up and one down, would explain nothing."""
    spoken_of = {name for rule in rules.rules if may_count(rule) for name in rule.when_intent}
    firsts = {each.name: each for each in reversed(signals) if each.kind == "intent" and each.name in ASKED}
    return [
        Earned(f"asked__{name}", "intent", words, firsts[name].message_id)
        for name, words in ASKED.items()
        if name in firsts and name not in spoken_of
    ]


def _facts(signals: Sequence[Signal]) -> list[Earned]:
    latest = {name: latest_fact(name, signals) for name in ALLOWED_FACTS}
    found: list[Earned] = []
    for name, signal in latest.items():
        if signal is None:
            continue
        told = _fact(name, signal.value)
        if told is not None:
            kind: PointKind = "intent" if name == "timeline" else "fit"
            found.append(Earned(told[0], kind, told[1], signal.message_id))
    return found


def _fact(name: str, value: Any) -> tuple[str, str] | None:
    """Code and words of the band that a fact falls into."""
    match name:
        case "team_size":
            return _size(number(value))
        case "industry":
            trade = str(value).casefold().replace(" ", "_")
            return (f"trade__{trade}", f"Trade: {trade.replace('_', ' ')}") if trade in TRADES else None
        case "role":
            level, _, words = next(each for each in _LEVELS if re.search(each[1], str(value).casefold()))
            return f"role__{level}", words
        case "timeline":
            return _urgency(value)
        case "budget":
            return "named__budget", "Named a budget"
        case "current_tool":
            return "named__tool", "Named the tool in use today"
        case _:
            return None


def _size(people: float) -> tuple[str, str] | None:
    for low, high in _SIZES:
        if people >= low and (high is None or people < high + 1):
            band = f"{low}_plus" if high is None else f"{low}_to_{high}"
            words = f"A team of {low} or more" if high is None else f"A team of {low} to {high}"
            return f"team__{band}", words
    return None


def _urgency(value: Any) -> tuple[str, str] | None:
    told = str(value.get("urgency") if isinstance(value, dict) else value).casefold()
    found = next((each for each in _URGENCIES if each[0] == told or re.search(each[1], told)), None)
    return (f"starts__{found[0]}", found[2]) if found else None


def _pages(signals: Sequence[Signal]) -> list[Earned]:
    visited = list(dict.fromkeys(each.name for each in signals if each.kind == "page"))
    return [
        Earned(f"pages__{count}", "intent", f"Looked at {count} pages or more", page=visited[count - 1])
        for count in _PAGES
        if len(visited) >= count
    ]


def named_codes() -> frozenset[str]:
    """Every code beside those of the playbook's rules."""
    sizes = {code for low, _ in _SIZES if (size := _size(low)) is not None for code in size[:1]}
    return frozenset(
        {f"asked__{name}" for name in ASKED}
        | sizes
        | {f"trade__{trade}" for trade in TRADES}
        | {f"role__{level}" for level, _, _ in _LEVELS}
        | {f"starts__{urgency}" for urgency, _, _ in _URGENCIES}
        | {"named__budget", "named__tool"}
        | {f"pages__{count}" for count in _PAGES}
    )
