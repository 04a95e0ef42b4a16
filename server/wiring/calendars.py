"""The reps' own calendars: which they are stands in the playbooks, what opens them in the secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from server.actions.calendars import microsoft
from server.actions.calendars.dav import CalDavCalendar, DavPlace
from server.actions.calendars.google import SCOPE, GoogleCalendar, GoogleManners
from server.actions.calendars.microsoft import GraphManners, MicrosoftCalendar
from server.actions.calendars.ports import Calendar, CalendarAway, CalendarEvent, CalendarRefused, Calendars
from server.actions.calendars.rest import Endpoint
from server.actions.calendars.secrets import Secrets
from server.actions.calendars.tokens import AppRegistration, ServiceAccount
from server.actions.values import Interval
from server.playbook import Playbooks
from server.playbook.calendars import CalDavRules, GoogleRules, MicrosoftRules
from server.playbook.meetings import RepRules


class KeptCalendars:
    """The calendars that the playbooks name; each is made once, with its tokens, until its rules or secret change."""

    def __init__(
        self, playbooks: Playbooks, secrets: Secrets, clock: Callable[[], datetime], *, timeout: float = 10
    ) -> None:
        self._playbooks, self._secrets, self._clock, self._timeout = playbooks, secrets, clock, timeout
        self._made: dict[tuple[str, str], tuple[Any, Calendar]] = {}

    def of(self, site: str, rep: str) -> Calendar | None:
        rules = next((each for each in reps_of(self._playbooks, site) if each.key == rep), None)
        if rules is None or rules.calendar is None:
            return None
        name = rules.calendar.secret or rep
        is_google = isinstance(rules.calendar, GoogleRules)
        secret = self._secrets.key(name) if is_google else self._secrets.text(name)
        made_of = (rules, secret)
        before = self._made.get((site, rep))
        if before is None or before[0] != made_of:
            before = self._made[site, rep] = (made_of, self._make(rules, name, secret))
        return before[1]

    def _make(self, rep: RepRules, name: str, secret: Any) -> Calendar:
        match rep.calendar:
            case CalDavRules() as rules:
                place = DavPlace(
                    url=rules.url,
                    user=rules.user,
                    password=secret,
                    calendar=rules.calendar,
                    zone=rep.zone,
                    owner=rep.email,
                    free_busy=rules.free_busy,
                    secret=name,
                )
                return CalDavCalendar(place, clock=self._clock, timeout=self._timeout)
            case GoogleRules() as rules:
                calendar = rules.calendar or rep.email
                account = ServiceAccount(secret, SCOPE, act_as=rules.act_as, secret=name)
                manners = GoogleManners(calendar, str(secret["client_email"]))
                endpoint = Endpoint(
                    f"the Google calendar {calendar}", rules.api, account, manners, self._timeout
                )
                return GoogleCalendar(calendar, rep.zone, endpoint)
            case MicrosoftRules() as rules:
                return self._microsoft(rep, rules, name, secret)
            case None:
                raise AssertionError("asked for only where the playbook names one")

    def _microsoft(self, rep: RepRules, rules: MicrosoftRules, name: str, secret: str) -> Calendar:
        mailbox = rules.mailbox or rep.email
        parts = urlsplit(rules.api)
        app = AppRegistration(
            f"{rules.login}/{rules.tenant}/oauth2/v2.0/token",
            rules.client_id,
            secret,
            microsoft.SCOPE_OF.format(origin=f"{parts.scheme}://{parts.netloc}"),
            secret=name,
        )
        manners = GraphManners(mailbox, rules.client_id)
        endpoint = Endpoint(f"the Microsoft calendar of {mailbox}", rules.api, app, manners, self._timeout)
        return MicrosoftCalendar(mailbox, rep.zone, endpoint, calendar=rules.calendar)


def reps_of(playbooks: Playbooks, site: str) -> Sequence[RepRules]:
    meetings = playbooks.of_or_default(site).meetings
    return meetings.reps if meetings else ()


@dataclass(frozen=True, slots=True)
class CalendarCheck:
    """What became of trying one rep's calendar."""

    site: str
    rep: str
    kind: str
    """`built-in` where the rep has no other."""
    ok: bool
    detail: str


_AHEAD = timedelta(days=14)
_FAR = timedelta(days=365)


async def check_calendars(
    calendars: Calendars, playbooks: Playbooks, sites: Iterable[str], now: datetime, *, write: bool = False
) -> list[CalendarCheck]:
    """Try every rep's calendar, and with `write` put an event into it a year ahead and take it out again."""
    return list(
        await asyncio.gather(
            *(
                _checked(calendars, site, rep, now, write=write)
                for site in sites
                for rep in reps_of(playbooks, site)
            )
        )
    )


async def _checked(
    calendars: Calendars, site: str, rep: RepRules, now: datetime, *, write: bool
) -> CalendarCheck:
    kind = rep.calendar.kind if rep.calendar else "built-in"
    try:
        calendar = calendars.of(site, rep.key)
        if calendar is None:
            return CalendarCheck(site, rep.key, kind, ok=True, detail="hours and holidays of the playbook")
        busy = await calendar.busy(Interval(now, now + _AHEAD))
        detail = f"read: {len(busy)} busy stretches in {_AHEAD.days} days"
        if write:
            start = (now + _FAR).replace(minute=0, second=0, microsecond=0)
            uid = f"check-{rep.key}@{site}.frontdesk"
            end = start + timedelta(minutes=10)
            event = CalendarEvent(uid, "Frontdesk calendar check", start, end, rep.zone)
            await calendar.remove(uid, await calendar.write(event))
            detail += "; wrote an event and removed it"
    except (CalendarAway, CalendarRefused) as problem:
        return CalendarCheck(site, rep.key, kind, ok=False, detail=str(problem))
    return CalendarCheck(site, rep.key, kind, ok=True, detail=detail)
