"""The meetings' part of an installation: what does their effects, and their chores."""

from __future__ import annotations

from functools import partial

from server import aftermath
from server.actions import holds, zone_rules
from server.actions.meeting_effects import MeetingRoom
from server.actions.ports import Mailer, Unseal
from server.actions.site import DeskOf
from server.desk import Desk


def meeting_room(desk: Desk, mailer: Mailer, unseal: Unseal, desk_of: DeskOf) -> MeetingRoom:
    """What does the effects of meetings besides their plain mails."""
    return MeetingRoom(
        sessions=desk.writers,
        calendars=desk.calendars,
        mailer=mailer,
        unseal=unseal,
        links=desk.links,
        desk_of=desk_of,
        clock=desk.clock,
        language_of=desk.language_of,
        on_change=partial(aftermath.tell_crm, desk),
        after_commit=partial(aftermath.start_what_follows, desk),
    )


async def sweep_holds(desk: Desk) -> None:
    """Free the times that nobody came back for; whoever books one of them first does so without waiting for this."""
    async with desk.writers.begin() as session:
        await holds.sweep(session, now=desk.clock())


async def check_zones(desk: Desk) -> None:
    """Flag meetings whose clocks other rules of time zones have changed, and tell their reps."""
    for site in desk.playbooks.sites:
        async with desk.writers.begin() as session:
            await zone_rules.flag(session, site, now=desk.clock())
        await aftermath.start_what_follows(desk, session)
