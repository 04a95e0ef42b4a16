"""Whether a conversation may be followed up, and whether its mails go on: a decision over values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from server.actions.follow_ups.values import Rule, Terms


@dataclass(frozen=True, slots=True)
class Situation:
    """How things stand with a conversation and whoever is in it."""

    exists: bool = True
    in_product: bool = False
    email: str = ""
    """Placeholder of the address."""
    consent: str = "necessary"
    asked_for_mail: bool = False
    """They left their address so that an answer reaches them."""
    refused: bool = False
    language: str = "en"
    regions: frozenset[str] = frozenset()
    region_shut: bool = False
    """The playbook writes no follow-ups to where the visitor is (`regions`)."""
    with_person: bool = False
    meeting: Literal["none", "ahead", "held", "cancelled"] = "none"
    settled: bool = False
    """Somebody marked the lead as won or lost."""
    went_on: bool = False
    """The visitor wrote again."""
    held_out: bool = False
    """Drawn into the holdout, which gets nothing unasked."""
    newer: bool = False
    """The same person has a later conversation that is followed up."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the mails, and why."""

    act: Literal["go", "pause", "end"]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the conversation showed of its visitor."""

    intents: frozenset[str]
    plays: frozenset[str]
    score: int


def verdict(now: Situation, terms: Terms, rule: Rule | None) -> Verdict:
    """Whether the next mail may go: what ends it for good comes before what only makes it wait."""
    ends = (
        (not now.exists, "erased"),
        (rule is None, "rule_gone"),
        (now.refused, "unsubscribed"),
        (not now.email, "no_address"),
        (not _is_permitted(now, terms), "no_permission"),
        (now.in_product, "inside_the_product"),
        (now.held_out and not now.asked_for_mail, "held_out"),
        (now.settled, "settled"),
        (now.went_on, "conversation_went_on"),
        (now.newer, "newer_conversation"),
        (now.language not in terms.languages, "language_excluded"),
        (now.region_shut or bool(now.regions & terms.countries_excluded), "region_excluded"),
        (now.meeting == "held" and rule is not None and not rule.resumes_after_meeting, "meeting_held"),
    )
    if why := next((why for is_so, why in ends if is_so), ""):
        return Verdict("end", why)
    if now.with_person:
        return Verdict("pause", "with_person")
    if now.meeting == "ahead":
        return Verdict("pause", "meeting_booked")
    return Verdict("go")


def rule_for(shown: Shown, terms: Terms) -> Rule | None:
    """The first rule that the conversation meets."""
    return next((rule for rule in terms.rules if _fits(rule, shown)), None)


def _fits(rule: Rule, shown: Shown) -> bool:
    return (
        (not rule.intents or bool(rule.intents & shown.intents))
        and (not rule.plays or bool(rule.plays & shown.plays))
        and shown.score >= rule.score_at_least
    )


def _is_permitted(now: Situation, terms: Terms) -> bool:
    return now.consent in terms.permission or (now.asked_for_mail and "asked" in terms.permission)
