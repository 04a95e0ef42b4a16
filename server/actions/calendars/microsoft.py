"""A Microsoft 365 calendar, by Microsoft Graph (v1.0)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from server.actions.calendars.ical import told_of
from server.actions.calendars.ports import CalendarAway, CalendarEvent, CalendarRefused
from server.actions.calendars.rest import Answer, Endpoint, Line
from server.actions.calendars.spans import instant, merged
from server.actions.values import Interval

SCOPE_OF = "{origin}/.default"
_PUBLIC = "String {00020329-0000-0000-C000-000000000046} Name"
"""The set of named properties in which programs keep their own; so our events are found by uid."""
_UID, _SEQUENCE = f"{_PUBLIC} FrontdeskUid", f"{_PUBLIC} FrontdeskSequence"
_PREFER = {"Prefer": 'outlook.timezone="UTC", outlook.body-content-type="text", IdType="ImmutableId"'}
_FREE = {"free", "workingElsewhere"}
_SHOWN = "id,iCalUId,start,end,isAllDay,isCancelled,showAs,responseStatus"
_PAGE = "100"


@dataclass(frozen=True, slots=True)
class GraphManners:
    """What Graph's answers mean; `mailbox` and `app` are for the messages."""

    mailbox: str
    app: str

    def wants_patience(self, answer: Answer) -> bool:
        return answer.status == 403 and "Throttl" in _code(answer)

    def refused(self, answer: Answer) -> CalendarRefused:
        said = f"{_code(answer) or answer.status}"
        if answer.status == 401:
            return CalendarRefused(
                f"Microsoft refuses the tokens of app {self.app} ({said}); make a new client secret and put its value"
                " into FRONTDESK_CALENDAR_SECRETS"
            )
        if answer.status == 403:
            return CalendarRefused(
                f"the app {self.app} may not use the calendar of {self.mailbox} ({said}); grant it the application"
                " permission Calendars.ReadWrite with an administrator's consent, for this mailbox too where access"
                " is limited to some"
            )
        if answer.status == 404:
            return CalendarRefused(
                f"there is no mailbox {self.mailbox!r} with that calendar in Microsoft 365 ({said}); correct `mailbox`"
                " or `calendar` in the playbook"
            )
        return CalendarRefused(
            f"the Microsoft calendar of {self.mailbox} refuses what was asked ({said}); run `frontdesk calendars"
            " check`"
        )


class MicrosoftCalendar:
    """One mailbox's calendar: its own, or a further one by id."""

    def __init__(self, mailbox: str, zone: str, endpoint: Endpoint, *, calendar: str | None = None) -> None:
        self._zone, self._endpoint = zone, endpoint
        user = f"/users/{quote(mailbox, safe='@')}"
        self._home = f"{user}/calendars/{quote(calendar, safe='')}" if calendar else f"{user}/calendar"
        self._event = f"{user}/events"

    async def busy(self, window: Interval, *, ignoring: str | None = None) -> Sequence[Interval]:
        async with self._endpoint.open() as line:
            ours = [each["id"] for each in await self._ours(line, ignoring)] if ignoring else []
            params = {
                "startDateTime": _said(window.start), "endDateTime": _said(window.end),
                "$select": _SHOWN, "$top": _PAGE,
            }  # fmt: skip
            taken = [
                Interval(self._at(each, "start"), self._at(each, "end"))
                async for each in self._pages(line, f"{self._home}/calendarView", params)
                if _takes_time(each) and each["id"] not in ours and each.get("iCalUId") != (ignoring or "")
            ]
            return merged(taken, window)

    async def write(self, event: CalendarEvent) -> str:
        wanted = _body(event)
        async with self._endpoint.open() as line:
            for _ in range(2):
                stands = next(iter(await self._ours(line, event.uid)), None)
                if stands is None:
                    once = {
                        **wanted,
                        "transactionId": str(uuid5(NAMESPACE_URL, f"{event.uid}:{event.sequence}")),
                    }
                    made = await line.ask("POST", f"{self._home}/events", json=once, headers=_PREFER)
                    return f"{made.body['id']} {made.etag}".strip()
                if _kept(stands, _SEQUENCE) > event.sequence or self._is_same(stands, event):
                    return f"{stands['id']} {stands.get('@odata.etag', '')}".strip()
                changed = await line.ask(
                    "PATCH", f"{self._event}/{quote(stands['id'], safe='')}", json=wanted,
                    headers={**_PREFER, "If-Match": str(stands.get("@odata.etag", "*"))}, fine={404, 409, 412},
                )  # fmt: skip
                if changed.status < 300:
                    return f"{stands['id']} {changed.etag}".strip()
            raise CalendarAway(f"the event in {self._endpoint.name} is being changed by others; try again")

    async def remove(self, uid: str, reference: str | None = None) -> None:
        async with self._endpoint.open() as line:
            known = (reference or "").partition(" ")[0]
            if known and await self._deleted(line, known):
                return
            for each in await self._ours(line, uid):
                await self._deleted(line, each["id"])

    async def _deleted(self, line: Line, own: str) -> bool:
        path = f"{self._event}/{quote(own, safe='')}"
        answer = await line.ask("DELETE", path, headers=_PREFER, fine={404, 410})
        return answer.status == 204

    async def _ours(self, line: Line, uid: str) -> list[Mapping[str, Any]]:
        """The event that we wrote under a uid; none or one."""
        value = uid.replace("'", "''")
        params = {
            "$filter": f"singleValueExtendedProperties/Any(ep: ep/id eq '{_UID}' and ep/value eq '{value}')",
            "$expand": f"singleValueExtendedProperties($filter=id eq '{_SEQUENCE}')",
            "$select": "id,subject,body,start,end",
        }
        return [each async for each in self._pages(line, f"{self._home}/events", params)]

    async def _pages(
        self, line: Line, path: str, params: Mapping[str, str] | None
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Everything on all pages. A further page elsewhere is not asked for: it would get our token."""
        while path:
            page = await line.ask("GET", path, params=params, headers=_PREFER)
            for each in page.body.get("value", ()):
                yield each
            path, params = str(page.body.get("@odata.nextLink", "")), None
            if path and not path.startswith(self._endpoint.base + "/"):
                raise CalendarAway(f"{self._endpoint.name} names a further page at another address")

    def _at(self, each: Mapping[str, Any], name: str) -> datetime:
        """An instant; of an all-day event, which every zone has at its own midnight, a day on the rep's clock."""
        said = datetime.fromisoformat(each[name]["dateTime"])
        if each.get("isAllDay"):
            return instant(said.date(), self._zone)
        return said.replace(tzinfo=UTC)

    def _is_same(self, stands: Mapping[str, Any], event: CalendarEvent) -> bool:
        return (
            _kept(stands, _SEQUENCE) == event.sequence
            and stands.get("subject") == event.title
            and str(stands.get("body", {}).get("content", "")).strip() == told_of(event).strip()
            and (self._at(stands, "start"), self._at(stands, "end")) == (event.start, event.end)
        )


def _body(event: CalendarEvent) -> dict[str, Any]:
    """The event without attendees: Exchange would mail them an invitation of its own."""
    return {
        "subject": event.title,
        "body": {"contentType": "text", "content": told_of(event)},
        "start": {"dateTime": f"{event.start.astimezone(UTC):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        "end": {"dateTime": f"{event.end.astimezone(UTC):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        "showAs": "busy",
        "singleValueExtendedProperties": [
            {"id": _UID, "value": event.uid},
            {"id": _SEQUENCE, "value": str(event.sequence)},
        ],
    }


def _kept(stands: Mapping[str, Any], name: str) -> int:
    """A number that we keep with the event; -1 without it."""
    kept = stands.get("singleValueExtendedProperties", ())
    return next((int(each["value"]) for each in kept if each["id"].lower() == name.lower()), -1)


def _takes_time(each: Mapping[str, Any]) -> bool:
    declined = each.get("responseStatus", {}).get("response") == "declined"
    return not each.get("isCancelled") and each.get("showAs") not in _FREE and not declined


def _said(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _code(answer: Answer) -> str:
    error = answer.body.get("error", {})
    return str(error.get("code", "")) if isinstance(error, dict) else str(error)
