"""Which rep a lead goes to, as an operator writes it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from server.actions.places import ZoneName
from server.actions.values import Schedule
from server.dialogue.policy import Key, Rules
from server.dialogue.routing import RouteRule, RouteWhen
from server.playbook.hours import Span, Weekday, week
from server.playbook.meetings import RepRules


def _leave(text: str) -> str:
    first, _, last = text.partition("/")
    try:
        starts, ends = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise ValueError(
            f'{text!r} is no leave; write "2026-12-24/2026-12-31", or one day as "2026-12-24"'
        ) from None
    if ends < starts:
        raise ValueError(f"{text!r} ends before it begins; swap the days")
    return text


Problem = tuple[tuple[int | str, ...], str]
"""Where in the playbook, and what is wrong there with its fix."""
Leave = Annotated[str, BeforeValidator(str), AfterValidator(_leave)]


class RoutedRep(Rules):
    """Somebody who gets leads: one of `meetings.reps` by its key, or one of their own with a name."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    logins: tuple[str, ...] = ()
    """Accounts of the console that are this rep; without any, the one called like the key."""
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    per_day: Annotated[int, Field(ge=1)] | None = None
    owner: tuple[str, ...] = ()
    """What the CRM calls them as an owner, beside their key, name, address and logins."""
    away: tuple[Leave, ...] = ()
    zone: ZoneName | None = None
    hours: Mapping[Weekday, tuple[Span, ...]] = Field(default_factory=dict)
    """When leads may come where presence goes by hours; those of `meetings.reps` when none are written."""

    def accounts(self) -> tuple[str, ...]:
        return tuple(login.casefold() for login in self.logins) or (self.key,)

    def is_away(self, now: datetime, zone: str) -> bool:
        today = now.astimezone(ZoneInfo(zone)).date()
        for leave in self.away:
            first, _, last = leave.partition("/")
            if date.fromisoformat(first) <= today <= date.fromisoformat(last or first):
                return True
        return False

    def schedule(self, met: RepRules | None, zone: str) -> Schedule | None:
        """Their hours; None when none are written anywhere, and they are taken to be reachable."""
        if self.hours:
            return Schedule(zone=self.zone or (met.zone if met else zone), hours=week(self.hours))
        return met.rep().schedule if met else None


class RoutingRules(Rules):
    """Whom leads go to. Without it nobody in particular."""

    reps: Annotated[tuple[RoutedRep, ...], Field(min_length=1)]
    teams: Mapping[Key, Annotated[tuple[Key, ...], Field(min_length=1)]] = Field(default_factory=dict)
    rules: tuple[RouteRule, ...] = ()

    def problems(self, met: Collection[str], intents: Collection[str]) -> Iterator[Problem]:
        """Where something is named that is not there, with the fix. `met` are the keys of `meetings.reps`."""
        yield from self._of_reps(met)
        keys = [rep.key for rep in self.reps]
        for team, members in self.teams.items():
            if team in keys:
                yield ("routing", "teams", team), f"{team!r} is a rep; give the team another name"
            for at, member in enumerate(members):
                if member not in keys:
                    fix = _near(member, keys) or "list it in routing.reps"
                    yield ("routing", "teams", team, at), f"there is no rep {member!r}; {fix}"
        for place, rule in enumerate(self.rules):
            if rule.to not in keys and rule.to not in self.teams:
                fix = _near(rule.to, [*keys, *self.teams]) or "name one of routing.reps or routing.teams"
                yield ("routing", "rules", place, "to"), f"there is no rep or team {rule.to!r}; {fix}"
            yield from _of_when(rule.when, ("routing", "rules", place, "when"), intents)

    def _of_reps(self, met: Collection[str]) -> Iterator[Problem]:
        keys = [rep.key for rep in self.reps]
        logins: dict[str, str] = {}
        for place, rep in enumerate(self.reps):
            path = ("routing", "reps", place)
            if keys.index(rep.key) != place:
                yield (*path, "key"), f"rep {rep.key!r} stands twice; keep one"
            if rep.name is None and rep.key not in met:
                fix = _near(rep.key, met) or "give a name"
                yield (*path, "key"), f"{rep.key!r} is none of meetings.reps; {fix}"
            for login in rep.accounts():
                if logins.setdefault(login, rep.key) != rep.key:
                    yield (
                        (*path, "logins"),
                        f"login {login!r} is rep {logins[login]!r} already; remove it here",
                    )


def _of_when(when: RouteWhen, path: tuple[int | str, ...], intents: Collection[str]) -> Iterator[Problem]:
    written = when.model_fields_set
    if not written:
        yield path, "nothing must hold, so no rule below is ever reached; write a condition"
    if when.fact is None and written & {"one_of", "at_least", "at_most"}:
        yield path, "one_of, at_least and at_most are of a fact; name it in `fact`"
    for name in when.intents if intents else ():
        if name not in intents:
            fix = _near(name, intents) or "see intents/catalog/ for the names"
            yield (*path, "intents"), f"there is no intent {name!r}; {fix}"


def _near(name: str, known: Collection[str]) -> str:
    found = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {found[0]!r}?" if found else ""
