"""A Google calendar, by its REST interface (v3)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from server.actions.calendars.ical import told_of
from server.actions.calendars.ports import CalendarAway, CalendarEvent, CalendarRefused
from server.actions.calendars.rest import Answer, Desk, Line
from server.actions.calendars.spans import instant, merged
from server.actions.values import Interval

SCOPE = "https://www.googleapis.com/auth/calendar"
_SLOW = {"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"}
_AT_ONCE = timedelta(days=31)
"""Free-busy questions about much longer stretches are refused."""
_LISTED = (
    "nextPageToken,timeZone,items(id,iCalUID,status,transparency,start,end,attendees(self,responseStatus))"
)
_SEQUENCE = "frontdeskSequence"


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

    def __init__(self, calendar: str, zone: str, desk: Desk) -> None:
        self._calendar, self._zone, self._desk = calendar, zone, desk
        self._events = f"/calendars/{quote(calendar, safe='')}/events"

    async def busy(self, window: Interval, *, ignoring: str | None = None) -> Sequence[Interval]:
        async with self._desk.open() as line:
            if ignoring is not None:
                return merged([each async for each in self._listed(line, window, ignoring)], window)
            taken: list[Interval] = []
            for part in _parts(window):
                taken += await self._free_busy(line, part)
            return merged(taken, window)

    async def write(self, event: CalendarEvent) -> str:
        own, wanted = _id(event.uid), self._body(event)
        async with self._desk.open() as line:
            quiet = {"sendUpdates": "none"}
            made = await line.ask("POST", self._events, params=quiet, json={"id": own, **wanted}, fine={409})
            if made.status != 409:
                return f"{own} {made.etag}".strip()
            # The id is taken for good, by the event itself or by its remains after it was deleted.
            for _ in range(2):
                stands = await line.ask("GET", f"{self._events}/{own}")
                if _is_later(stands.body, event) or _is_same(stands.body, wanted, self._zone):
                    return f"{own} {stands.etag}".strip()
                changed = await line.ask(
                    "PATCH", f"{self._events}/{own}", params=quiet, json=wanted,
                    headers={"If-Match": stands.etag or "*"}, fine={412},
                )  # fmt: skip
                if changed.status != 412:
                    return f"{own} {changed.etag}".strip()
            raise CalendarAway(f"the event in {self._desk.name} is being changed by others; try again")

    async def remove(self, uid: str, reference: str | None = None) -> None:
        own = (reference or "").partition(" ")[0] or _id(uid)
        async with self._desk.open() as line:
            path = f"{self._events}/{quote(own, safe='')}"
            await line.ask("DELETE", path, params={"sendUpdates": "none"}, fine={404, 410})

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
                raise CalendarAway(f"{self._desk.name} can not say now what is taken")
            raise self._desk.manners.refused(Answer(404, {"error": {"errors": errors}}))
        return [Interval(_read(each["start"]), _read(each["end"])) for each in told.get("busy", ())]

    async def _listed(self, line: Line, window: Interval, ignoring: str) -> Any:
        """What the events themselves take: only they say which of them is ours."""
        params = {
            "timeMin": _said(window.start), "timeMax": _said(window.end), "singleEvents": "true",
            "maxResults": "250", "fields": _LISTED,
        }  # fmt: skip
        while True:
            page = await line.ask("GET", self._events, params=params)
            for each in page.body.get("items", ()):
                if each.get("id") != _id(ignoring) and each.get("iCalUID") != ignoring and _takes_time(each):
                    zone = str(page.body.get("timeZone") or self._zone)
                    yield Interval(_at(each["start"], zone), _at(each["end"], zone))
            if not (further := page.body.get("nextPageToken")):
                return
            params["pageToken"] = str(further)

    def _body(self, event: CalendarEvent) -> dict[str, Any]:
        return {
            "summary": event.title,
            "description": told_of(event),
            "start": {"dateTime": _said(event.start), "timeZone": event.zone},
            "end": {"dateTime": _said(event.end), "timeZone": event.zone},
            "status": "confirmed",
            "transparency": "opaque",
            "extendedProperties": {"private": {"frontdeskUid": event.uid, _SEQUENCE: str(event.sequence)}},
        }


def _id(uid: str) -> str:
    """An id of our own, so that writing twice is writing once: Google takes 0-9 and a-v."""
    digest = hashlib.sha256(uid.encode()).digest()
    return base64.b32hexencode(digest).decode().rstrip("=").lower()


def _is_later(stands: Mapping[str, Any], event: CalendarEvent) -> bool:
    if stands.get("status") == "cancelled":
        return False
    kept = stands.get("extendedProperties", {}).get("private", {}).get(_SEQUENCE, "-1")
    return int(kept) > event.sequence


def _is_same(stands: Mapping[str, Any], wanted: Mapping[str, Any], zone: str) -> bool:
    return (
        all(stands.get(name) == wanted[name] for name in ("summary", "description", "status"))
        and all(_at(stands[name], zone) == _at(wanted[name], zone) for name in ("start", "end"))
        and stands.get("extendedProperties", {}).get("private", {}) == wanted["extendedProperties"]["private"]
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
