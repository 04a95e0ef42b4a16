"""What can be booked, and with whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from server.actions.places import HolidayCalendar, ZoneName
from server.actions.values import Rep, Schedule
from server.dialogue.policy import Key, Rules
from server.playbook.hours import Span, Weekday, week


class RepRules(Rules):
    """Somebody who takes meetings. Names of teams are fine."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=80)]
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    zone: ZoneName = "UTC"
    hours: dict[Weekday, tuple[Span, ...]]
    min_notice_hours: Annotated[int, Field(ge=0)] = 4
    horizon_days: Annotated[int, Field(ge=1, le=90)] = 21
    holidays: HolidayCalendar | None = None
    """Country (and region) whose public holidays are free, such as `DE` or `DE-BY`."""

    def rep(self) -> Rep:
        country, _, region = (self.holidays or "").partition("-")
        schedule = Schedule(
            zone=self.zone,
            hours=week(self.hours),
            min_notice=timedelta(hours=self.min_notice_hours),
            horizon_days=self.horizon_days,
            holidays_country=country or None,
            holidays_region=region or None,
        )
        return Rep(self.key, self.name, self.email, schedule)


class MeetingRules(Rules):
    """What can be booked and with whom."""

    title: Annotated[str, Field(min_length=3, max_length=80)] = "Demo"
    minutes: Annotated[int, Field(ge=10, le=240)] = 30
    buffer_before: Annotated[int, Field(ge=0, le=120)] = 0
    buffer_after: Annotated[int, Field(ge=0, le=120)] = 10
    reps: Annotated[tuple[RepRules, ...], Field(min_length=1)]
