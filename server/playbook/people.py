"""Who is told when a person is wanted, and of what else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from server.actions.notices import Channel, Event, Plan
from server.actions.places import ZoneName
from server.dialogue.policy import Rules
from server.playbook.hours import Span, Weekday


class HandoffRules(Rules):
    """Who is told when a person is wanted, and when somebody is there."""

    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    zone: ZoneName = "UTC"
    hours: Mapping[Weekday, tuple[Span, ...]] = Field(default_factory=dict)
    presence: Literal["console", "hours"] = "console"
    """Somebody is there when a rep's console is open and says so, or whenever it is within the hours."""
    wait_minutes: Annotated[int, Field(ge=1, le=60)] = 5
    """Once nobody has come for so long, the visitor is told."""


class NoticeRules(Rules):
    """What the team's chat and the webhook are told; their addresses stand in the file of notices."""

    events: tuple[Event, ...] = ("handoff_asked", "nobody_there", "hot_lead", "update_overdue")
    hot_lead_at: Annotated[int, Field(ge=1)] = 60
    personal: bool = False
    """Whether the visitor's words and details may stand in them."""
    per_hour: Annotated[int, Field(ge=1, le=1000)] = 20
    """What is more is told in one notice at the end of the hour."""

    def plan(self, channels: tuple[Channel, ...]) -> Plan:
        """What is told, where there is somewhere to tell it."""
        return Plan(frozenset(self.events), channels, self.per_hour, self.hot_lead_at)
