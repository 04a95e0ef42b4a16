"""A calendar on a CalDAV server (RFC 4791), such as Nextcloud, Radicale, Fastmail or iCloud."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin
from xml.sax.saxutils import escape

from server.actions.calendars.ical import busy_in, busy_told, is_as_wanted, sequence_of, written
from server.actions.calendars.ports import CalendarAway, CalendarEvent, CalendarRefused
from server.actions.calendars.spans import merged
from server.actions.values import Interval

_DAV = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
_QUERY = (
    f"<C:calendar-query {_DAV}><D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter>"
    '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{what}</C:comp-filter></C:comp-filter>'
    "</C:filter></C:calendar-query>"
)
_UID_TAKEN = "{urn:ietf:params:xml:ns:caldav}no-uid-conflict"
_DAY = timedelta(days=1)
_DONE, _GONE = {200, 201, 204}, {404, 410}
_TRIES = 3
"""To make it, to change the one that stands, and once more when somebody else was faster."""


@dataclass(frozen=True, slots=True)
class DavPlace:
    """Where a calendar is and who opens it."""

    url: str
    user: str
    password: str = field(repr=False)
    calendar: str | None = None
    """The name to look for, when `url` is the server's and not the calendar's own."""
    zone: str = "UTC"
    """On whose clock all-day and floating events are read."""
    owner: str = ""
    """The rep's address: what they declined takes none of their time."""
    free_busy: bool = False
    secret: str = ""
    """The name of the secret, for the message when it is wrong."""


@dataclass(frozen=True, slots=True)
class _Kept:
    url: str
    etag: str | None
    text: str

    @property
    def reference(self) -> str:
        return f"{self.url} {self.etag or ''}".strip()


class CalDavCalendar:
    """One calendar; every call opens a connection of its own, so that any event loop may call."""

    def __init__(self, place: DavPlace, *, clock: Callable[[], datetime], timeout: float = 10) -> None:
        self._place, self._clock, self._timeout = place, clock, timeout
        self._found: str | None = None if place.calendar else _folder(place.url)

    async def busy(self, window: Interval, *, ignoring: str | None = None) -> Sequence[Interval]:
        async with self._open() as dav:
            url = await self._url(dav)
            if not self._place.free_busy:
                answer = await dav.report(url, _QUERY.format(what=_within(window, _DAY)), 1)
                if answer.status == 207:
                    texts = [
                        each.calendar_data for each in answer.parse_calendar_query() if each.calendar_data
                    ]
                    place = self._place
                    taken = busy_in(texts, window, place.zone, ignoring=ignoring, owner=place.owner)
                    return merged(taken, window)
                raise self._problem(answer.status, "read events")
            body = f"<C:free-busy-query {_DAV}>{_within(window)}</C:free-busy-query>"
            answer = await dav.report(url, body, 1)
            if answer.status != 200:
                raise self._problem(answer.status, "ask for busy stretches (free_busy: true)")
            return merged(busy_told(answer.raw), window)

    async def write(self, event: CalendarEvent) -> str:
        async with self._open() as dav:
            home = await self._url(dav)
            kept: _Kept | None = None
            for _ in range(_TRIES):
                if kept and (
                    sequence_of(kept.text, event.uid) > event.sequence or is_as_wanted(kept.text, event)
                ):
                    return kept.reference
                status, etag = await self._put(dav, home, event, kept)
                if status in _DONE:
                    return _Kept(kept.url if kept else home + _name(event.uid), etag, "").reference
                if status not in {409, 412, *_GONE}:
                    raise self._problem(status, "write an event")
                # It stands already, under our name or, from a mailed invitation, under another; or it just changed.
                kept = await self._find(dav, home, event.uid)
            raise CalendarAway(f"the event in {self._named} is being changed by others; try again")

    async def remove(self, uid: str, reference: str | None = None) -> None:
        async with self._open() as dav:
            home = await self._url(dav)
            known = (reference or "").partition(" ")[0]
            await self._delete(dav, known if known.startswith(home) else home + _name(uid))
            # A rep's program may keep it under another name, or a mailed invitation have made one.
            if (kept := await self._find(dav, home, uid)) is not None:
                await self._delete(dav, kept.url)

    # -- one request each ------------------------------------------------------------------------------------

    async def _put(
        self, dav: Any, home: str, event: CalendarEvent, kept: _Kept | None
    ) -> tuple[int, str | None]:
        from caldav.lib.error import AuthorizationError

        text = written(event, self._clock(), kept.text if kept else None)
        match = {"If-Match": kept.etag or "*"} if kept else {"If-None-Match": "*"}
        try:
            answer = await dav.put(
                kept.url if kept else home + _name(event.uid),
                text,
                {"Content-Type": "text/calendar; charset=utf-8", **match},
            )
        except AuthorizationError as error:
            if _UID_TAKEN in error.preconditions:  # RFC 4791 lets a server say so with 403 as well as 409
                return 409, None
            raise
        return answer.status, answer.headers.get("ETag")

    async def _find(self, dav: Any, home: str, uid: str) -> _Kept | None:
        match = f'<C:text-match collation="i;octet">{escape(uid)}</C:text-match>'
        what = f'<C:prop-filter name="UID">{match}</C:prop-filter>'
        answer = await dav.report(home, _QUERY.format(what=what), 1)
        if answer.status != 207:
            raise self._problem(answer.status, "look for an event")
        found = [
            _Kept(urljoin(home, str(each.href)), each.etag, each.calendar_data)
            for each in answer.parse_calendar_query()
            # Some servers match parts of a UID.
            if each.calendar_data
            and f"UID:{uid}" in each.calendar_data.replace("\r\n ", "").replace("\n ", "")
        ]
        ours = home + _name(uid)
        return next((each for each in found if each.url == ours), found[0] if found else None)

    async def _delete(self, dav: Any, url: str) -> None:
        answer = await dav.delete(url)
        if answer.status not in _DONE | _GONE:
            raise self._problem(answer.status, "delete an event")

    async def _url(self, dav: Any) -> str:
        if self._found is None:
            principal = await dav.get_principal()
            every = {
                await each.get_display_name(): str(each.url) for each in await dav.get_calendars(principal)
            }
            if self._place.calendar not in every:
                names = ", ".join(sorted(str(name) for name in every)) or "none"
                raise CalendarRefused(
                    f"{self._place.user!r} has no calendar {self._place.calendar!r} at {self._place.url}; there are"
                    f" {names}: correct `calendar` in the playbook"
                )
            self._found = _folder(every[self._place.calendar])
        return self._found

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Any]:
        from caldav.aio import AsyncDAVClient
        from caldav.lib import error
        from niquests.exceptions import RequestException, SSLError

        place = self._place
        try:
            async with (
                asyncio.timeout(self._timeout),
                AsyncDAVClient(
                    place.url, username=place.user, password=place.password, enable_rfc6764=False
                ) as dav,
            ):
                yield dav
        except TimeoutError:
            raise CalendarAway(f"{self._named} did not answer within {self._timeout:g} s") from None
        except error.RateLimitError as slow:
            after = timedelta(seconds=slow.retry_after_seconds) if slow.retry_after_seconds else None
            raise CalendarAway(f"{self._named} asks for patience", after=after) from slow
        except error.AuthorizationError as refused:
            raise self._problem(refused.status or 401, "open it") from refused
        except error.DAVError as strange:
            raise self._problem(strange.status or 500, "answer") from strange
        except SSLError as untrusted:
            raise CalendarRefused(
                f"the certificate of {self._named} is not trusted; mend it there, or the address in the playbook"
            ) from untrusted
        except (RequestException, OSError) as lost:
            raise CalendarAway(f"{self._named} can not be reached ({type(lost).__name__})") from lost

    @property
    def _named(self) -> str:
        return f"the CalDAV calendar {self._place.url}"

    def _problem(self, status: int, doing: str) -> CalendarAway | CalendarRefused:
        place = self._place
        if status == 401:
            return CalendarRefused(
                f"{self._named} refuses user {place.user!r} with this password; correct `user` in the playbook or"
                f" secret {place.secret!r} in FRONTDESK_CALENDAR_SECRETS (some servers want an app password)"
            )
        if status == 403:
            return CalendarRefused(
                f"{self._named} does not let {place.user!r} {doing}; share it with them to read and write"
            )
        if status in _GONE:
            return CalendarRefused(
                f"there is no calendar at {place.url}; correct `url` in the playbook, or name it in `calendar`"
            )
        if status in {400, 405, 415, 501}:
            return CalendarRefused(
                f"{self._named} can not {doing} (status {status}); is `url` that of a CalDAV calendar?"
            )
        if status == 507:
            return CalendarRefused(f"{self._named} is full; make room there")
        return CalendarAway(f"{self._named} failed to {doing} (status {status}); try again")


def _folder(url: str) -> str:
    return url if url.endswith("/") else url + "/"


def _name(uid: str) -> str:
    """The file of our event: a name that every server takes, the same each time."""
    return f"frontdesk-{hashlib.sha256(uid.encode()).hexdigest()[:32]}.ics"


def _within(window: Interval, wider: timedelta = timedelta(0)) -> str:
    start, end = window.start.astimezone(UTC) - wider, window.end.astimezone(UTC) + wider
    return f'<C:time-range start="{start:%Y%m%dT%H%M%SZ}" end="{end:%Y%m%dT%H%M%SZ}"/>'
