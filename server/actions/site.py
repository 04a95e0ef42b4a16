"""What an operator set up for one site, as the actions and pages need it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from server.actions.errors import SlotNotOffered
from server.actions.values import MeetingType, Rep


@dataclass(frozen=True, slots=True)
class SiteCalendar:
    """Whom one can meet at a site, and for what."""

    reps: tuple[Rep, ...]
    types: Mapping[str, MeetingType]

    def rep(self, key: str) -> Rep:
        found = next((rep for rep in self.reps if rep.key == key), None)
        if found is None:
            raise SlotNotOffered(f"{key!r} takes no meetings any more; please choose another time.")
        return found

    def type(self, key: str) -> MeetingType:
        if key not in self.types:
            raise SlotNotOffered(
                f"Meetings of kind {key!r} are not offered any more; please ask in the chat."
            )
        return self.types[key]


@dataclass(frozen=True, slots=True)
class SiteDesk:
    """One site's company and people. `accent` is a CSS colour, `home` where its site starts."""

    name: str
    accent: str
    home: str
    sales_email: str
    calendar: SiteCalendar = SiteCalendar((), {})


DeskOf = Callable[[str], SiteDesk]
"""The desk of a site by its key; raises `NotFound` for a site that does not exist."""
