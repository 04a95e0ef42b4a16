"""Whose lead it is: the owner in the CRM first, then the operator's rules, then turns by weight. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from pydantic import Field

from server.dialogue.policy import Key, Rules

How = Literal["owner", "rule", "turn", "transfer"]
EVERYBODY = "*"
"""The pool of a lead that no rule names a team for."""


class RouteWhen(Rules):
    """What must hold of a lead; all that is written must."""

    fact: Key | None = None
    one_of: tuple[str, ...] = ()
    """Values of the fact, whatever their case; without any, it only has to be known."""
    at_least: float | None = None
    at_most: float | None = None
    score_at_least: Annotated[int, Field(ge=0)] | None = None
    intents: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    """Countries such as `DE`, or the first part of a time zone such as `Europe`."""
    plans: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    """Of the e-mail address."""


class RouteRule(Rules):
    """Leads for which `when` holds go to a rep or a team."""

    when: RouteWhen
    to: Key
    because: Annotated[str, Field(min_length=3, max_length=120)]
    """Shown to the rep."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rep as they stand now."""

    key: str
    name: str
    weight: int = 1
    called: tuple[str, ...] = ()
    """What the CRM may call them as an owner, in lower case."""
    is_free: bool = True
    """Could take it right now."""
    is_off: bool = False
    """On leave: gets nothing but what they own."""
    today: int = 0
    """Leads that they got today."""
    per_day: int | None = None

    @property
    def is_full(self) -> bool:
        return self.per_day is not None and self.today >= self.per_day


@dataclass(frozen=True, slots=True)
class Lead:
    """What a route may depend on."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    score: int = 0
    intents: frozenset[str] = frozenset()
    language: str = ""
    country: str = ""
    zone: str = ""
    domain: str = ""
    owner: str = ""
    """As the CRM has it; empty when it names none."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way: what was looked at, and what came of it."""

    what: str
    said: str


Credits = Mapping[str, Mapping[str, int]]
"""By pool and rep: how far each is in taking turns."""


@dataclass(frozen=True, slots=True)
class Routed:
    """Whose it is, how that was found, and the credits after it."""

    rep: str | None
    how: How | None
    trace: tuple[Step, ...]
    credits: Credits


def route(
    lead: Lead,
    candidates: Sequence[Candidate],
    rules: Sequence[RouteRule],
    teams: Mapping[str, Sequence[str]],
    credits: Credits,  # noqa: A002
) -> Routed:
    """The same values give the same rep. Nobody gets more than their cap a day but by owning the contact."""
    steps: list[Step] = []
    if lead.owner:
        called = lead.owner.strip().casefold()
        owner = next((rep for rep in candidates if called in rep.called), None)
        if owner is not None:
            there = "" if owner.is_free else ", who is not there now"
            return Routed(
                owner.key, "owner", (Step("owner", f"The CRM names {owner.name} as owner{there}"),), credits
            )
        steps.append(Step("owner", "The CRM names an owner who is no rep of the playbook"))
    else:
        steps.append(Step("owner", "The CRM names no owner"))
    by_key = {rep.key: rep for rep in candidates}
    for number, rule in enumerate(rules, start=1):
        if not holds(rule.when, lead):
            continue
        pool = [by_key[key] for key in teams.get(rule.to, (rule.to,)) if key in by_key]
        chosen, said, after = _take_turn(pool, rule.to, credits)
        steps.append(Step(f"rule {number}", f"{rule.because}: {said}"))
        if chosen is not None:
            return Routed(chosen.key, "rule", tuple(steps), after)
    chosen, said, after = _take_turn(candidates, EVERYBODY, credits)
    steps.append(Step("turn", said))
    return Routed(chosen.key if chosen else None, "turn" if chosen else None, tuple(steps), after)


def _take_turn(
    pool: Sequence[Candidate],
    name: str,
    credits: Credits,  # noqa: A002
) -> tuple[Candidate | None, str, Credits]:
    """Smooth weighted round-robin among those who are free, or among all who are not on leave when nobody is.

    Only those who could have got it earn credit: who comes back from leave is not flooded.
    """
    able = [rep for rep in pool if not rep.is_off and not rep.is_full]
    free = [rep for rep in able if rep.is_free]
    among = free or able
    if not among:
        return None, _why_nobody(pool), credits
    held = dict(credits.get(name, {}))
    for rep in among:
        held[rep.key] = held.get(rep.key, 0) + rep.weight
    chosen = max(among, key=lambda rep: held[rep.key])  # of equals the one who is named first
    held[chosen.key] -= sum(rep.weight for rep in among)
    others = f" of {len(among)}" if len(among) > 1 else ""
    said = f"{chosen.name}, whose turn it is{others}" if len(among) > 1 else chosen.name
    if not free:
        said += "; nobody is there now"
    known = {rep.key for rep in pool}
    kept = {key: credit for key, credit in held.items() if key in known}
    return chosen, said, {**credits, name: kept}


def _why_nobody(pool: Sequence[Candidate]) -> str:
    if not pool:
        return "nobody is there to give it to"
    off, full = sum(rep.is_off for rep in pool), sum(rep.is_full and not rep.is_off for rep in pool)
    return f"nobody can take it: {off} on leave, {full} with as many as they take a day"


def holds(when: RouteWhen, lead: Lead) -> bool:
    """Whether all that is written holds of the lead."""
    tests = (
        when.fact is None or _fits(when, lead.facts.get(when.fact)),
        when.score_at_least is None or lead.score >= when.score_at_least,
        not when.intents or bool(lead.intents & set(when.intents)),
        not when.languages or lead.language in when.languages,
        not when.places or any(_is_in(lead, place) for place in when.places),
        not when.plans or _one_of(lead.facts.get("plan"), when.plans),
        not when.domains or _one_of(lead.domain, when.domains),
    )
    return all(tests)


def _fits(when: RouteWhen, value: Any) -> bool:
    if value is None:
        return False
    if when.one_of and not _one_of(value, when.one_of):
        return False
    if when.at_least is None and when.at_most is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return (when.at_least is None or value >= when.at_least) and (
        when.at_most is None or value <= when.at_most
    )


def _one_of(value: Any, wanted: Sequence[str]) -> bool:
    return value is not None and _plain(value) in {_plain(each) for each in wanted}


def _plain(value: Any) -> str:
    """Values that are read stand with underscores, those that are chosen as the operator writes them."""
    return str(value).casefold().replace("_", " ").strip()


def _is_in(lead: Lead, place: str) -> bool:
    wanted = place.casefold()
    zone = lead.zone.casefold()
    return lead.country.casefold() == wanted or zone == wanted or zone.startswith(f"{wanted}/")


def country_of(locale: str) -> str:
    """The country of a locale such as `de-AT`; empty when it names none."""
    parts = locale.replace("_", "-").split("-")
    return next((part.upper() for part in parts[1:] if len(part) == 2 and part.isalpha()), "")


def with_today(rep: Candidate, today: int) -> Candidate:
    """The rep with what they got today."""
    return replace(rep, today=today)
