"""What can be booked, and with whom."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from server.actions.places import HolidayCalendar, ZoneName
from server.actions.site import MeetingCare, SiteCalendar
from server.actions.values import MeetingType, Rep, Schedule
from server.dialogue.policy import Key, Rules
from server.playbook.calendars import CalendarRules
from server.playbook.hours import DaysOff, Span, Weekday, days_of, stretches, week
from server.playbook.words import MeetingWords

ONE_TYPE = "demo"
"""The key of the type that the flat keys describe."""


class RepRules(Rules):
    """Somebody who takes meetings. Names of teams are fine."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=80)]
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    zone: ZoneName = "UTC"
    hours: dict[Weekday, tuple[Span, ...]]
    dates: dict[date, tuple[Span, ...]] = Field(default_factory=dict)
    """Days with other hours than their weekday's, holidays too; an empty list is a day off."""
    min_notice_hours: Annotated[int, Field(ge=0)] = 4
    horizon_days: Annotated[int, Field(ge=1, le=90)] = 21
    holidays: HolidayCalendar | None = None
    """Country (and region) whose public holidays are free, such as `DE` or `DE-BY`."""
    max_per_day: Annotated[int, Field(ge=1, le=48)] | None = None
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    """The rep's share of the meetings beside the others' weights."""
    calendar: CalendarRules | None = None
    """Their own calendar, which is read and written."""

    def rep(self, closed: frozenset[date] = frozenset()) -> Rep:
        country, _, region = (self.holidays or "").partition("-")
        schedule = Schedule(
            zone=self.zone,
            hours=week(self.hours),
            min_notice=timedelta(hours=self.min_notice_hours),
            horizon_days=self.horizon_days,
            holidays_country=country or None,
            holidays_region=region or None,
            dates={day: stretches(spans) for day, spans in self.dates.items()},
            closed=closed,
            max_per_day=self.max_per_day,
        )
        return Rep(self.key, self.name, self.email, schedule, self.weight)


class TypeRules(Rules):
    """One kind of meeting."""

    key: Key
    title: Annotated[str, Field(min_length=3, max_length=80)]
    minutes: Annotated[int, Field(ge=10, le=240)] = 30
    buffer_before: Annotated[int, Field(ge=0, le=120)] = 0
    buffer_after: Annotated[int, Field(ge=0, le=120)] = 10
    step: Annotated[int, Field(ge=5, le=240, multiple_of=5)] = 30
    """Slots begin every so many minutes of the rep's wall clock."""
    reps: tuple[Key, ...] = ()
    """Keys of the reps who hold it; everybody when left out."""
    intents: tuple[str, ...] = ()
    """What a visitor says that opens it."""
    plans: tuple[Key, ...] = ()
    """Keys of the plans for whose buyers it is."""


_FLAT = ("title", "minutes", "buffer_before", "buffer_after")


class MeetingRules(Rules):
    """What can be booked and with whom."""

    title: Annotated[str, Field(min_length=3, max_length=80)] = "Demo"
    minutes: Annotated[int, Field(ge=10, le=240)] = 30
    buffer_before: Annotated[int, Field(ge=0, le=120)] = 0
    buffer_after: Annotated[int, Field(ge=0, le=120)] = 10
    types: tuple[TypeRules, ...] = ()
    """Several kinds of meeting instead of the one above; the first is for everybody."""
    assignment: Literal["owner_first", "round_robin"] = "owner_first"
    """Who gets a meeting that several could hold: the account's owner, or always whoever has the least."""
    closed: tuple[DaysOff, ...] = ()
    """The company's own holidays: days, or `first/last`."""
    hold_minutes: Annotated[int, Field(ge=1, le=60)] = 10
    """How long a chosen time is kept while the visitor tells where the invitation goes."""
    confirm_within_hours: Annotated[int, Field(ge=1, le=24)] = 2
    """How long a booking waits for a rep's own calendar that does not answer."""
    reminders_hours: tuple[Annotated[int, Field(ge=1, le=168)], ...] = (24, 1)
    """How many hours ahead the visitor is reminded; an empty list reminds nobody."""
    reps: Annotated[tuple[RepRules, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_of_one_piece(self) -> MeetingRules:
        for what, keys in (
            ("rep", [rep.key for rep in self.reps]),
            ("type", [kind.key for kind in self.types]),
        ):
            if twice := sorted({key for key in keys if keys.count(key) > 1}):
                raise ValueError(f"{what} key {twice[0]!r} stands twice; give each {what} its own key")
        if self.types and (flat := next((name for name in _FLAT if name in self.model_fields_set), None)):
            raise ValueError(f"`{flat}` stands beside `types`; write it in each type")
        known = {rep.key for rep in self.reps}
        for kind in self.types:
            if gone := next((key for key in kind.reps if key not in known), None):
                raise ValueError(
                    f"type {kind.key!r} is held by {gone!r}; the reps are {', '.join(sorted(known))}"
                )
        return self

    def kinds(self) -> tuple[MeetingType, ...]:
        """What can be booked; the first is for everybody."""
        flat = TypeRules(key=ONE_TYPE, **{name: getattr(self, name) for name in _FLAT})
        return tuple(MeetingType(**kind.model_dump()) for kind in self.types or (flat,))

    def spoken(self, words: MeetingWords) -> MeetingRules:
        """The same with the titles of another language, as far as they are translated."""
        types = tuple(
            kind.model_copy(update={"title": words.types.get(kind.key, kind.title)}) for kind in self.types
        )
        return self.model_copy(update={"title": words.title or self.title, "types": types})

    def calendar(self) -> SiteCalendar:
        closed = days_of(self.closed)
        reps = tuple(rep.rep(closed) for rep in self.reps)
        care = MeetingCare(
            timedelta(minutes=self.hold_minutes),
            timedelta(hours=self.confirm_within_hours),
            tuple(timedelta(hours=hours) for hours in self.reminders_hours),
        )
        return SiteCalendar(reps, {kind.key: kind for kind in self.kinds()}, care, self.assignment)

    def named_intents(self) -> Iterator[tuple[tuple[int | str, ...], str]]:
        """Where an intent is named, and which."""
        for place, kind in enumerate(self.types):
            for name in kind.intents:
                yield ("meetings", "types", place, "intents"), name

    def unknown_plan(self, plans: Collection[str]) -> tuple[str, str] | None:
        """A type and the plan that it is for, which the catalogue does not hold."""
        return next(((kind.key, key) for kind in self.types for key in kind.plans if key not in plans), None)
