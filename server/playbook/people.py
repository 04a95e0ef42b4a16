"""Who is told when a person is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from server.actions.places import ZoneName
from server.dialogue.policy import Rules
from server.playbook.hours import Span, Weekday


class HandoffRules(Rules):
    """Who is told when a person is wanted, and when somebody is there."""

    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    zone: ZoneName = "UTC"
    hours: Mapping[Weekday, tuple[Span, ...]] = Field(default_factory=dict)
