"""The three kinds of calendars behind one face, so that one suite tests what we promise of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

import httpx
from icalendar import Calendar as Ical

from server.actions.calendars.dav import CalDavCalendar, DavPlace
from server.actions.calendars.google import SCOPE, GoogleCalendar, GoogleManners
from server.actions.calendars.microsoft import GraphManners, MicrosoftCalendar
from server.actions.calendars.ports import Calendar
from server.actions.calendars.rest import Endpoint
from server.actions.calendars.tokens import AppRegistration, ServiceAccount
from tests.support.fakes.google_calendar import GoogleFake
from tests.support.fakes.microsoft_calendar import MicrosoftFake
from tests.support.fakes.served import served
from tests.support.radicale import PASSWORD, USER, Radicale, a_radicale

Mark = Literal["", "free", "cancelled", "declined", "tentative"]
REP = "ada@fernway.example"
NOBODY = "http://127.0.0.1:9"
"""Where nothing listens."""


async def no_sleep(_seconds: float) -> None:
    """Patience takes no time in a test."""


class Keeper(Protocol):
    """One rep's calendar somewhere, and what the rep does in it themselves."""

    calendar: Calendar

    def put(self, start: datetime, minutes: int, *, weeks: int = 1, mark: Mark = "", uid: str = "") -> None:
        """An event of the rep's own at a time of a zone's wall clock, perhaps every week."""
        ...

    def put_day(self, day: date) -> None: ...

    def touch(self) -> None:
        """The rep changes what we wrote a little, behind our back."""
        ...

    def standing(self) -> list[tuple[datetime, datetime, str]]:
        """What the calendar holds: start, end and title."""
        ...

    def wipe(self) -> None:
        """The rep deletes everything by hand."""
        ...

    def locked(self) -> Calendar:
        """The same calendar with a wrong secret."""
        ...

    def elsewhere(self) -> Calendar:
        """A calendar that is not there, or not for us."""
        ...

    def away(self) -> Calendar:
        """The same calendar behind a server that does not answer."""
        ...


def _local(start: datetime) -> str:
    return start.strftime("%Y%m%dT%H%M%S")


def _zone(start: datetime) -> str:
    assert isinstance(start.tzinfo, ZoneInfo)
    return start.tzinfo.key


@dataclass
class DavKeeper:
    """On a real Radicale server."""

    radicale: Radicale
    free_busy: bool = False
    zone: str = "Europe/Berlin"
    url: str = ""
    calendar: Calendar = field(init=False)

    def __post_init__(self) -> None:
        self.url = self.radicale.calendar()
        self.place = DavPlace(
            self.url,
            USER,
            PASSWORD,
            zone=self.zone,
            owner=REP,
            free_busy=self.free_busy,
            secret="ada_calendar",
        )
        self.calendar = self._of(self.place)

    def _of(self, place: DavPlace, timeout: float = 5) -> Calendar:
        return CalDavCalendar(place, clock=lambda: datetime.now(UTC), timeout=timeout)

    def put(self, start: datetime, minutes: int, *, weeks: int = 1, mark: Mark = "", uid: str = "") -> None:
        zone = _zone(start)
        lines = [
            f"DTSTART;TZID={zone}:{_local(start)}",
            f"DTEND;TZID={zone}:{_local(start + timedelta(minutes=minutes))}",
            "SUMMARY:Own",
        ]
        lines += [f"RRULE:FREQ=WEEKLY;COUNT={weeks}"] if weeks > 1 else []
        lines += {
            "": [],
            "free": ["TRANSP:TRANSPARENT"],
            "cancelled": ["STATUS:CANCELLED"],
            "tentative": ["STATUS:TENTATIVE"],
            "declined": ["ORGANIZER:mailto:x@y.example", f"ATTENDEE;PARTSTAT=DECLINED:mailto:{REP}"],
        }[mark]
        self.radicale.put(self.url, "\n".join(lines), uid)

    def put_day(self, day: date) -> None:
        self.radicale.put(
            self.url,
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}\nDTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}\nSUMMARY:Day",
        )

    def _hrefs(self) -> list[str]:
        found = httpx.request("PROPFIND", self.url, headers={"Depth": "1"}, auth=(USER, PASSWORD)).text
        return [f"{self.radicale.url}{href}" for href in re.findall(r"<href>([^<]+\.ics)</href>", found)]

    def touch(self) -> None:
        for href in self._hrefs():
            text = httpx.get(href, auth=(USER, PASSWORD)).text
            changed = text.replace("END:VEVENT", "LOCATION:Room 2\r\nEND:VEVENT")
            httpx.put(href, content=changed.encode(), auth=(USER, PASSWORD)).raise_for_status()

    def standing(self) -> list[tuple[datetime, datetime, str]]:
        read: Any = [Ical.from_ical(httpx.get(href, auth=(USER, PASSWORD)).text) for href in self._hrefs()]
        return sorted(
            (each.start.astimezone(UTC), each.end.astimezone(UTC), str(each["SUMMARY"]))
            for file in read
            for each in file.walk("VEVENT")
        )

    def wipe(self) -> None:
        for href in self._hrefs():
            httpx.delete(href, auth=(USER, PASSWORD)).raise_for_status()

    def locked(self) -> Calendar:
        return self._of(replace(self.place, password="wrong"))

    def elsewhere(self) -> Calendar:
        return self._of(replace(self.place, url=f"{self.radicale.url}/{USER}/nowhere/"))

    def away(self) -> Calendar:
        return self._of(replace(self.place, url=f"{NOBODY}/{USER}/work/"), timeout=1)


@dataclass
class GoogleKeeper:
    """On the fake of Google's interface."""

    fake: GoogleFake
    zone: str = "Europe/Berlin"
    calendar: Calendar = field(init=False)

    def __post_init__(self) -> None:
        self.id = self.fake.calendar(self.zone)
        self.calendar = self._of()

    def _of(
        self, key: dict[str, Any] | None = None, calendar: str = "", api: str = "", act_as: str | None = None
    ) -> Calendar:
        of = calendar or self.id
        tokens = ServiceAccount(key or self.fake.key(), SCOPE, act_as=act_as, secret="fernway_google")
        base = api or f"{self.fake.url}/calendar/v3"
        manners = GoogleManners(of, self.fake.account)
        endpoint = Endpoint(f"the Google calendar {of}", base, tokens, manners, timeout=5, sleep=no_sleep)
        return GoogleCalendar(of, self.zone, endpoint)

    def put(self, start: datetime, minutes: int, *, weeks: int = 1, mark: Mark = "", uid: str = "") -> None:
        end = start + timedelta(minutes=minutes)
        event: dict[str, Any] = {
            "summary": "Own",
            "start": {"dateTime": start.isoformat(), "timeZone": _zone(start)},
            "end": {"dateTime": end.isoformat(), "timeZone": _zone(start)},
        }
        event |= {"recurrence": [f"RRULE:FREQ=WEEKLY;COUNT={weeks}"]} if weeks > 1 else {}
        event |= {"iCalUID": uid} if uid else {}
        marks: dict[str, dict[str, Any]] = {
            "": {},
            "free": {"transparency": "transparent"},
            "cancelled": {"status": "cancelled"},
            "tentative": {"status": "tentative"},
            "declined": {"attendees": [{"email": REP, "self": True, "responseStatus": "declined"}]},
        }
        self.fake.put(self.id, {**event, **marks[mark]})

    def put_day(self, day: date) -> None:
        after = day + timedelta(days=1)
        self.fake.put(self.id, {"summary": "Day", "start": {"date": f"{day}"}, "end": {"date": f"{after}"}})

    def touch(self) -> None:
        self.fake.touch(self.id)

    def standing(self) -> list[tuple[datetime, datetime, str]]:
        return sorted(
            (_utc(each["start"]["dateTime"]), _utc(each["end"]["dateTime"]), each["summary"])
            for each in self.fake.calendars[self.id].events.values()
            if each["status"] != "cancelled"
        )

    def wipe(self) -> None:
        for each in self.fake.calendars[self.id].events.values():
            each["status"] = "cancelled"

    def locked(self) -> Calendar:
        return self._of({**self.fake.key(), "private_key": GoogleFake().key()["private_key"]})

    def elsewhere(self) -> Calendar:
        return self._of(calendar=self.fake.calendar(shared=False))

    def away(self) -> Calendar:
        return self._of({**self.fake.key(), "token_uri": f"{NOBODY}/token"}, api=NOBODY)

    def acting_as(self, address: str) -> Calendar:
        return self._of(act_as=address)


@dataclass
class MicrosoftKeeper:
    """On the fake of Microsoft Graph."""

    fake: MicrosoftFake
    zone: str = "Europe/Berlin"
    further: str | None = None
    calendar: Calendar = field(init=False)

    def __post_init__(self) -> None:
        self.mailbox = self.fake.mailbox()
        self.calendar = self._of()

    def _of(self, secret: str = "", mailbox: str = "", url: str = "") -> Calendar:
        of, root = mailbox or self.mailbox, url or self.fake.url
        tokens = AppRegistration(
            f"{root}/{self.fake.tenant}/oauth2/v2.0/token", self.fake.client_id, secret or self.fake.secret,
            f"{root}/.default", secret="fernway_microsoft",
        )  # fmt: skip
        manners = GraphManners(of, self.fake.client_id)
        endpoint = Endpoint(
            f"the Microsoft calendar of {of}", f"{root}/v1.0", tokens, manners, timeout=5, sleep=no_sleep
        )
        return MicrosoftCalendar(of, self.zone, endpoint, calendar=self.further)

    def put(self, start: datetime, minutes: int, *, weeks: int = 1, mark: Mark = "", uid: str = "") -> None:
        def at(moment: datetime) -> dict[str, str]:
            return {"dateTime": moment.strftime("%Y-%m-%dT%H:%M:%S.0000000"), "timeZone": _zone(start)}

        event: dict[str, Any] = {
            "subject": "Own", "start": at(start), "end": at(start + timedelta(minutes=minutes)), "_weekly": weeks,
        }  # fmt: skip
        event |= {"iCalUId": uid} if uid else {}
        marks: dict[str, dict[str, Any]] = {
            "": {},
            "free": {"showAs": "free"},
            "cancelled": {"isCancelled": True},
            "tentative": {"showAs": "tentative"},
            "declined": {"responseStatus": {"response": "declined", "time": "2026-03-01T00:00:00Z"}},
        }
        self.fake.put(self.mailbox, {**event, **marks[mark]})

    def put_day(self, day: date) -> None:
        def at(moment: date) -> dict[str, str]:
            return {"dateTime": f"{moment}T00:00:00.0000000", "timeZone": "UTC"}

        after = day + timedelta(days=1)
        self.fake.put(self.mailbox, {"subject": "Day", "isAllDay": True, "start": at(day), "end": at(after)})

    def touch(self) -> None:
        self.fake.touch(self.mailbox)

    def standing(self) -> list[tuple[datetime, datetime, str]]:
        return sorted(
            (
                _utc(each["start"]["dateTime"] + "+00:00"),
                _utc(each["end"]["dateTime"] + "+00:00"),
                each["subject"],
            )
            for each in self.fake.mailboxes[self.mailbox].events.values()
        )

    def wipe(self) -> None:
        self.fake.mailboxes[self.mailbox].events.clear()

    def locked(self) -> Calendar:
        return self._of(secret="the-id-instead")

    def elsewhere(self) -> Calendar:
        return self._of(mailbox=self.fake.mailbox(allowed=False))

    def away(self) -> Calendar:
        return self._of(url=NOBODY)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@dataclass
class Servers:
    """All three, running."""

    radicale: Radicale
    google: GoogleFake
    microsoft: MicrosoftFake

    def keeper(self, kind: str, zone: str = "Europe/Berlin") -> Keeper:
        match kind:
            case "caldav":
                return DavKeeper(self.radicale, zone=zone)
            case "google":
                return GoogleKeeper(self.google, zone=zone)
            case _:
                return MicrosoftKeeper(self.microsoft, zone=zone)


@contextmanager
def calendar_servers(folder: Path) -> Iterator[Servers]:
    with ExitStack() as stack:
        google, microsoft = GoogleFake(), MicrosoftFake()
        google.url = stack.enter_context(served(google.app()))
        microsoft.url = stack.enter_context(served(microsoft.app()))
        yield Servers(stack.enter_context(a_radicale(folder)), google, microsoft)
