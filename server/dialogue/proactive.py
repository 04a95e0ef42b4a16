"""Decide whether a message may be shown unasked. Pure: values in, a verdict with its reasons out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from server.dialogue.gate_rules import Exclusion, Stage, is_under, lies_in, region_of
from server.dialogue.known import Consent, allows
from server.dialogue.pilots import Group
from server.dialogue.policy import Policy
from server.dialogue.proactive_rules import (
    Caps,
    ProactiveRule,
    ProactiveRules,
    is_quiet,
)
from server.dialogue.values import Check

DAY, WEEK, EVER = timedelta(days=1), timedelta(days=7), timedelta(days=36_500)
APART = timedelta(minutes=10)
"""Two messages to one person are never closer: it keeps two tabs from showing the same moment twice."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the browser tells of the moment."""

    page: str
    """A path."""
    seconds: int = 0
    visits: int = 1
    scrolled: int = 0
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """One message that this person got, whichever way."""

    key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """What was shown before, and what became of it."""

    mine: tuple[Shown, ...] = ()
    site_today: tuple[str, ...] = ()
    """The messages of the last day to anybody, by key; read only where there is a cap."""
    dismissed_at: datetime | None = None
    """When this person last closed one unread."""
    off: bool = False
    """They want none ever again."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything that the verdict may depend on."""

    seen: Seen
    now: datetime
    language: str
    locale: str = ""
    time_zone: str = "UTC"
    consent: Consent = "necessary"
    mode: str = "chat"
    group: Group = ""
    stage: Stage = "new"
    is_customer: bool = False
    is_open: bool = False
    """Whether somebody of the company is in."""
    score: int = 0
    is_busy: bool = False
    """A conversation is going on, with us or with a person."""
    past: Past = Past()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether it may be shown, and each check that led there; the first that failed decides."""

    checks: tuple[Check, ...]

    @property
    def shows(self) -> bool:
        return all(check.passed for check in self.checks)

    @property
    def reason(self) -> str:
        """The name of the first check that failed; empty when it may be shown."""
        return next((check.name for check in self.checks if not check.passed), "")


def may_show(rules: ProactiveRules, rule: ProactiveRule, moment: Moment, policy: Policy) -> Verdict:
    """Whether this message may be shown to this person now."""
    return Verdict(
        (*_person(rules, rule, moment, policy), *_moment(rules, rule, moment), *_caps(rules, rule, moment))
    )


def _person(rules: ProactiveRules, rule: ProactiveRule, moment: Moment, policy: Policy) -> Iterator[Check]:
    allowed = allows(moment.consent, rule.consent)
    yield Check("consent", allowed, f"the visitor allowed {moment.consent!r}, it needs {rule.consent!r}")
    yield Check(
        "not_off", not moment.past.off, "the visitor wants none" if moment.past.off else "no objection"
    )
    group = moment.group != "holdout" and (moment.group == "pilot" or not rule.pilot)
    yield Check("group", group, f"in the group {moment.group or 'everybody'}")
    customer = moment.is_customer or moment.mode == "help"
    yield Check(
        "visitor",
        rules.customers or not customer,
        "a customer" if customer else "no customer that we know of",
    )
    spoken = not rule.languages or moment.language in rule.languages
    yield Check("language", spoken, f"reads {moment.language!r}")
    out = (*rules.except_zones, *rule.except_zones)
    here = (not rule.zones or lies_in(moment.time_zone, rule.zones)) and not lies_in(moment.time_zone, out)
    yield Check("zone", here, f"in {moment.time_zone}")
    region = region_of(policy.regions, moment.time_zone, moment.locale)
    yield Check(
        "region",
        region is None or region.proactive,
        f"in the region {region.key!r}" if region else "no region",
    )
    excluded = _excluded(moment, policy.exclusions, region.key if region else "")
    yield Check("exclusions", not excluded, excluded or "nothing of it holds")
    if rule.min_score is not None:
        enough = moment.score >= rule.min_score
        yield Check("score", enough, f"score {moment.score}, it needs {rule.min_score}")


def _excluded(moment: Moment, unless: Exclusion, region: str) -> str:
    """Which of the playbook's exclusions holds; of intents there are none before a word was said."""
    if is_under(moment.seen.page, *unless.pages):
        return f"page {moment.seen.page}"
    if region in unless.regions:
        return f"region {region}"
    if moment.language in unless.languages:
        return f"language {moment.language}"
    if moment.mode in unless.modes:
        return f"mode {moment.mode}"
    return f"stage {moment.stage}" if moment.stage in unless.stages else ""


def _moment(rules: ProactiveRules, rule: ProactiveRule, moment: Moment) -> Iterator[Check]:
    seen, when = moment.seen, rule.when
    page = not when.pages or is_under(seen.page, *when.pages)
    out = is_under(seen.page, *rules.except_pages, *rule.except_pages)
    yield Check("page", bool(page) and not out, f"on {seen.page}")
    yield Check("seconds", seen.seconds >= when.seconds, f"{seen.seconds} of {when.seconds} s")
    yield Check("visits", seen.visits >= when.visits, f"visit {seen.visits} of {when.visits}")
    if when.scrolled:
        yield Check("scrolled", seen.scrolled >= when.scrolled, f"saw {seen.scrolled} of {when.scrolled} %")
    if when.leaving:
        yield Check("leaving", seen.leaving, "is leaving" if seen.leaving else "stays")
    clock = moment.now.astimezone(ZoneInfo(moment.time_zone)).time()
    quiet = is_quiet(rules.quiet_hours, clock)
    yield Check("quiet_hours", not quiet, f"{clock:%H:%M} in {moment.time_zone}")
    if rule.business_hours:
        yield Check("business_hours", moment.is_open, "somebody is in" if moment.is_open else "nobody is in")
    yield Check(
        "not_talking",
        not moment.is_busy,
        "a conversation is going on" if moment.is_busy else "no conversation",
    )


def _caps(rules: ProactiveRules, rule: ProactiveRule, moment: Moment) -> Iterator[Check]:
    past, now = moment.past, moment.now
    if past.dismissed_at is not None and rules.cool_down_days:
        until = past.dismissed_at + timedelta(days=rules.cool_down_days)
        yield Check("cool_down", now >= until, f"one was closed on {past.dismissed_at:%Y-%m-%d}")
    latest = max((one.at for one in past.mine), default=None)
    yield Check(
        "apart",
        latest is None or now - latest >= APART,
        "the last one was a moment ago" if latest else "the first one",
    )
    for which, caps in (("all", rules.caps), (rule.key, rule.caps)):
        for limit in limits(caps):
            if limit.per_site:
                count = sum(which in ("all", key) for key in past.site_today)
            else:
                count = sum(which in ("all", one.key) and one.at > now - limit.within for one in past.mine)
            yield Check(f"cap_{limit.name}", count < limit.most, f"{count} of {limit.most} of {which}")


@dataclass(frozen=True, slots=True)
class Limit:
    """One cap."""

    name: str
    most: int
    within: timedelta
    per_site: bool = False


def limits(caps: Caps) -> tuple[Limit, ...]:
    """The caps that are set."""
    written = (
        ("person_day", caps.per_person_day, DAY, False),
        ("person_week", caps.per_person_week, WEEK, False),
        ("person_ever", caps.per_person_ever, EVER, False),
        ("site_day", caps.per_site_day, DAY, True),
    )
    return tuple(Limit(name, most, within, site) for name, most, within, site in written if most is not None)
