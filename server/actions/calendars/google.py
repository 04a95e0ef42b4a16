"""A Google calendar, by its REST interface (v3)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from server.actions.calendars.ical import told_of
from server.actions.calendars.ports import CalendarAway, CalendarEvent, CalendarRefused
from server.actions.calendars.rest import Answer, Endpoint, Line
from server.actions.calendars.spans import instant, merged
from server.actions.values import Interval

SCOPE = "https://www.googleapis.com/auth/calendar"
_SLOW = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"}
_AT_ONCE = timedelta(days=31)
"""Free-busy questions about much longer stretches are refused."""
_UID, _SEQUENCE = "frontdeskUid", "frontdeskSequence"
_LISTED = (
    "nextPageToken,timeZone,items(id,iCalUID,status,transparency,start,end,attendees(self,responseStatus),"
    f"extendedProperties/private/{_UID})"
)
_QUIET = {"sendUpdates": "none"}
_TRIES = 3
_LIVES = 5
"""How often a rep may delete the event by hand, and we write it anew."""


@dataclass(frozen=True, slots=True)
class GoogleManners:
    """What Google's answers mean; `calendar` and `account` are for the messages."""

    calendar: str
    account: str

    def wants_patience(self, answer: Answer) -> bool:
        return answer.status == 403 and _reason(answer) in _SLOW

    def refused(self, answer: Answer) -> CalendarRefused:
        said = f"{_reason(answer) or answer.status}"
        if answer.status == 401:
            return CalendarRefused(
                f"Google refuses the tokens of {self.account} ({said}); make its key anew and put it into"
                " FRONTDESK_CALENDAR_SECRETS"
            )
        if _reason(answer) in {"accessNotConfigured", "SERVICE_DISABLED"}:
            return CalendarRefused(
                f"the Calendar API is off in the Google project of {self.account}; enable it there"
            )
        if answer.status in {403, 404}:
            return CalendarRefused(
                f"{self.account} has no access to the Google calendar {self.calendar!r} ({said}); share the calendar"
                " with it to make changes to events, or correct `calendar` in the playbook"
            )
        return CalendarRefused(
            f"the Google calendar {self.calendar!r} refuses what was asked ({said}); run `frontdesk calendars check`"
        )


class GoogleCalendar:
    """One calendar, by its id."""

    def __init__(self, calendar: str, zone: str, endpoint: Endpoint) -> None:
        self._calendar, self._zone, self._endpoint = calendar, zone, endpoint
        self._events = f"/calendars/{quote(calendar, safe='')}/events"

    async def busy(self, window: Interval, *, ignoring: str | None = None) -> Sequence[Interval]:
        async with self._endpoint.open() as line:
            if ignoring is not None:
                return merged([each async for each in self._listed(line, window, ignoring)], window)
            taken: list[Interval] = []
            for part in _parts(window):
                taken += await self._free_busy(line, part)
            return merged(taken, window)

    async def write(self, event: CalendarEvent) -> str:
        wanted = self._body(event)
        async with self._endpoint.open() as line:
            for _ in range(_TRIES):
                stands = next(iter(await self._ours(line, event.uid)), None)
                if stands is None:
                    made = await self._made(line, event.uid, wanted)
                    if made.status != 409:
                        return _reference(made.body)
                    stands = made.body
                if _is_later(stands, event) or _is_same(stands, wanted, self._zone):
                    return _reference(stands)
                changed = await line.ask(
                    "PATCH", f"{self._events}/{stands['id']}", params=_QUIET, json=wanted,
                    headers={"If-Match": str(stands.get("etag", "*"))}, fine={404, 410, 412},
                )  # fmt: skip
                if changed.status < 300:
                    return _reference(changed.body)
            raise CalendarAway(f"the event in {self._endpoint.name} is being changed by others; try again")

    async def remove(self, uid: str, reference: str | None = None) -> None:
        async with self._endpoint.open() as line:
            known = (reference or "").partition(" ")[0]
            if known and await self._deleted(line, known):
                return
            for each in await self._ours(line, uid):
                await self._deleted(line, str(each["id"]))

    async def _deleted(self, line: Line, own: str) -> bool:
        path = f"{self._events}/{quote(own, safe='')}"
        answer = await line.ask("DELETE", path, params=_QUIET, fine={404, 410})
        return answer.status < 300

    async def _ours(self, line: Line, uid: str) -> list[Mapping[str, Any]]:
        """The event that stands under a uid; none or one."""
        params = {"privateExtendedProperty": f"{_UID}={uid}"}
        return [each async for each, _ in self._pages(line, params)]

    async def _made(self, line: Line, uid: str, wanted: Mapping[str, Any]) -> Answer:
        """A new event, or with status 409 the one that somebody made under its id a moment ago.

        The id of an event that was deleted stays taken, and what is left of it may not be changed: then the
        meeting gets its next id.
        """
        for life in range(_LIVES):
            own = _id(uid, life)
            made = await line.ask("POST", self._events, params=_QUIET, json={"id": own, **wanted}, fine={409})
            if made.status != 409:
                return made
            there = await line.ask("GET", f"{self._events}/{own}", fine={404, 410})
            if there.status == 200 and there.body.get("status") != "cancelled":
                return Answer(409, there.body)
        raise CalendarAway(f"{self._endpoint.name} takes no id for the event; try again")

    async def _pages(
        self, line: Line, params: Mapping[str, str]
    ) -> AsyncIterator[tuple[Mapping[str, Any], str]]:
        """Every event that is listed, with the zone of its calendar."""
        asked = {"maxResults": "250", **params}
        while True:
            page = await line.ask("GET", self._events, params=asked)
            for each in page.body.get("items", ()):
                yield each, str(page.body.get("timeZone") or self._zone)
            if not (further := page.body.get("nextPageToken")):
                return
            asked["pageToken"] = str(further)

    async def _free_busy(self, line: Line, part: Interval) -> list[Interval]:
        question = {
            "timeMin": _said(part.start),
            "timeMax": _said(part.end),
            "items": [{"id": self._calendar}],
        }
        answer = await line.ask("POST", "/freeBusy", json=question)
        told: Mapping[str, Any] = answer.body.get("calendars", {}).get(self._calendar, {})
        if errors := told.get("errors"):
            reason = str(errors[0].get("reason", ""))
            if reason in {"internalError", "backendError"}:
                raise CalendarAway(f"{self._endpoint.name} can not say now what is taken")
            raise self._endpoint.manners.refused(Answer(404, {"error": {"errors": errors}}))
        return [Interval(_read(each["start"]), _read(each["end"])) for each in told.get("busy", ())]

    async def _listed(self, line: Line, window: Interval, ignoring: str) -> AsyncIterator[Interval]:
        """What the events themselves take: only they say which of them is ours."""
        params = {
            "timeMin": _said(window.start), "timeMax": _said(window.end), "singleEvents": "true",
            "fields": _LISTED,
        }  # fmt: skip
        async for each, zone in self._pages(line, params):
            if ignoring not in {each.get("iCalUID"), _private(each).get(_UID)} and _takes_time(each):
                yield Interval(_at(each["start"], zone), _at(each["end"], zone))

    def _body(self, event: CalendarEvent) -> dict[str, Any]:
        return {
            "summary": event.title,
            "description": told_of(event),
            "start": {"dateTime": _said(event.start), "timeZone": event.zone},
            "end": {"dateTime": _said(event.end), "timeZone": event.zone},
            "status": "confirmed",
            "transparency": "opaque",
            "extendedProperties": {"private": {_UID: event.uid, _SEQUENCE: str(event.sequence)}},
        }


def _id(uid: str, life: int = 0) -> str:
    """An id of our own, so that writing twice is writing once: Google takes 0-9 and a-v."""
    digest = hashlib.sha256(f"{uid}/{life}".encode()).digest()
    return base64.b32hexencode(digest).decode().rstrip("=").lower()


def _reference(stands: Mapping[str, Any]) -> str:
    return f"{stands['id']} {stands.get('etag', '')}".strip()


def _private(stands: Mapping[str, Any]) -> Mapping[str, str]:
    kept: Mapping[str, str] = stands.get("extendedProperties", {}).get("private", {})
    return kept


def _is_later(stands: Mapping[str, Any], event: CalendarEvent) -> bool:
    return int(_private(stands).get(_SEQUENCE, "-1")) > event.sequence


def _is_same(stands: Mapping[str, Any], wanted: Mapping[str, Any], zone: str) -> bool:
    return (
        all(stands.get(name) == wanted[name] for name in ("summary", "description", "status"))
        and all(_at(stands[name], zone) == _at(wanted[name], zone) for name in ("start", "end"))
        and _private(stands) == wanted["extendedProperties"]["private"]
    )


def _takes_time(each: Mapping[str, Any]) -> bool:
    declined = any(
        who.get("self") and who.get("responseStatus") == "declined" for who in each.get("attendees", ())
    )
    return each.get("status") != "cancelled" and each.get("transparency") != "transparent" and not declined


def _parts(window: Interval) -> Iterator[Interval]:
    start = window.start
    while start < window.end:
        end = min(start + _AT_ONCE, window.end)
        yield Interval(start, end)
        start = end


def _at(said: Mapping[str, str], zone: str) -> datetime:
    """A time, or a day on the clock of the calendar's zone."""
    if "dateTime" in said:
        return instant(datetime.fromisoformat(said["dateTime"]), said.get("timeZone", zone))
    return instant(date.fromisoformat(said["date"]), zone)


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _said(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _reason(answer: Answer) -> str:
    """Google's one word for what is wrong."""
    error = answer.body.get("error", {})
    if not isinstance(error, dict):
        return str(error)
    first: Mapping[str, Any] = next(iter(error.get("errors", ())), {})
    return str(first.get("reason", error.get("status", "")))
