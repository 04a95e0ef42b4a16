"""Microsoft Graph's calendar as our adapter meets it: app tokens, views, pages, change keys, and its error bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

from litestar import Litestar, Request, Response, delete, get, patch, post

from tests.support.fakes.served import Fault, Faults

Asked: TypeAlias = Request[Any, Any, Any]
Json: TypeAlias = dict[str, Any]
_FILTER = re.compile(r"singleValueExtendedProperties/Any\(ep: ep/id eq '(.+?)' and ep/value eq '(.*)'\)")
_EXPAND = re.compile(r"singleValueExtendedProperties\(\$filter=id eq '(.+?)'\)")
_STALE = "The send or update operation could not be performed because the change key passed in the request"


@dataclass
class Mailbox:
    """A mailbox's calendar."""

    allowed: bool = True
    events: dict[str, Json] = field(default_factory=dict)


class MicrosoftFake:
    """The state of the fake; `url` is set once it is served."""

    def __init__(self) -> None:
        self.url = ""
        self.tenant, self.client_id, self.secret = "fernway.example", "8f7a-client", "p8Q~value"
        self.page_size = 100
        self.faults = Faults()
        self.mailboxes: dict[str, Mailbox] = {}
        self._tokens: set[str] = set()
        self._ended: set[str] = set()
        self._keys = 0

    # -- what tests do ---------------------------------------------------------------------------------------

    def mailbox(self, *, allowed: bool = True) -> str:
        address = f"{uuid4().hex[:8]}@fernway.example"
        self.mailboxes[address] = Mailbox(allowed)
        return address

    def expire_tokens(self) -> None:
        self._ended |= self._tokens
        self._tokens.clear()

    def put(self, mailbox: str, event: Json) -> Json:
        """An event that the rep made in Outlook."""
        return self._store(self.mailboxes[mailbox], event)

    def touch(self, mailbox: str) -> None:
        for each in self.mailboxes[mailbox].events.values():
            each["@odata.etag"] = self._etag()

    def slow(self, *, times: int = 1, retry_after: str = "1") -> None:
        body = _error("ApplicationThrottled", "Application is over its MailboxConcurrency limit.")
        self.faults.waiting.append(Fault(429, body, {"Retry-After": retry_after}, times, "/v1.0/"))

    # -- what it answers -------------------------------------------------------------------------------------

    def app(self) -> Litestar:
        @post("/{tenant:str}/oauth2/v2.0/token", status_code=200)
        async def token(request: Asked, tenant: str) -> Response[Any]:
            return self._token(tenant, parse_qs((await request.body()).decode()))

        @get(
            [
                "/v1.0/users/{mailbox:str}/calendar/calendarView",
                "/v1.0/users/{mailbox:str}/calendars/c1/calendarView",
            ]
        )
        async def view(request: Asked, mailbox: str) -> Response[Any]:
            return self._refusal(request, mailbox) or self._view(self.mailboxes[mailbox], request)

        @get(["/v1.0/users/{mailbox:str}/calendar/events", "/v1.0/users/{mailbox:str}/calendars/c1/events"])
        async def events(request: Asked, mailbox: str) -> Response[Any]:
            return self._refusal(request, mailbox) or self._find(self.mailboxes[mailbox], request)

        @post(
            ["/v1.0/users/{mailbox:str}/calendar/events", "/v1.0/users/{mailbox:str}/calendars/c1/events"],
            status_code=201,
        )
        async def create(request: Asked, mailbox: str) -> Response[Any]:
            return self._refusal(request, mailbox) or self._create(
                self.mailboxes[mailbox], await request.json()
            )

        @patch("/v1.0/users/{mailbox:str}/events/{event:str}")
        async def change(request: Asked, mailbox: str, event: str) -> Response[Any]:
            return self._refusal(request, mailbox) or self._patch(
                self.mailboxes[mailbox], event, await request.json(), request.headers.get("If-Match", "*")
            )

        @delete("/v1.0/users/{mailbox:str}/events/{event:str}", status_code=200)
        async def remove(request: Asked, mailbox: str, event: str) -> Response[Any]:
            return self._refusal(request, mailbox) or self._delete(self.mailboxes[mailbox], event)

        return Litestar([token, view, events, create, change, remove], openapi_config=None)

    def _token(self, tenant: str, form: dict[str, list[str]]) -> Response[Any]:
        if fault := self.faults.answer("POST", "/token"):
            return fault
        if tenant != self.tenant:
            told = f"AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
            return _json(400, {"error": "invalid_request", "error_description": told, "error_codes": [90002]})
        if form["client_secret"] != [self.secret]:
            told = (
                "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the"
                f" client secret value, not the client secret ID, for a secret added to app '{self.client_id}'. Trace"
                " ID: 0000"
            )
            return _json(
                401, {"error": "invalid_client", "error_description": told, "error_codes": [7000215]}
            )
        assert form["scope"] == [f"{self.url}/.default"]
        assert form["grant_type"] == ["client_credentials"]
        fresh = f"eyJ0{uuid4().hex}"
        self._tokens.add(fresh)
        return _json(
            200, {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": fresh}
        )

    def _refusal(self, request: Asked, mailbox: str) -> Response[Any] | None:
        if fault := self.faults.answer(request.method, request.url.path):
            return fault
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self._ended:
            return _json(
                401, _error("InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
            )
        if token not in self._tokens:
            return _json(401, _error("InvalidAuthenticationToken", "Access token is empty."))
        if mailbox not in self.mailboxes:
            return _json(404, _error("ErrorInvalidUser", f"The requested user '{mailbox}' is invalid."))
        if not self.mailboxes[mailbox].allowed:
            return _json(
                403, _error("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
            )
        return None

    def _view(self, kept: Mailbox, request: Asked) -> Response[Any]:
        first = datetime.fromisoformat(request.query_params["startDateTime"])
        last = datetime.fromisoformat(request.query_params["endDateTime"])
        found = [each for each in _single(kept) if _at(each["start"]) < last and _at(each["end"]) > first]
        return self._page(sorted(found, key=lambda each: _at(each["start"])), request)

    def _find(self, kept: Mailbox, request: Asked) -> Response[Any]:
        found = list(kept.events.values())
        if wanted := request.query_params.get("$filter"):
            asked = _FILTER.fullmatch(wanted)
            if asked is None:
                return _json(400, _error("BadRequest", "Invalid filter clause"))
            name, value = asked.group(1), asked.group(2).replace("''", "'")
            found = [each for each in found if _extended(each).get(name, "").lower() == value.lower()]
        return self._page(found, request)

    def _page(self, found: list[Json], request: Asked) -> Response[Any]:
        params = dict(request.query_params)
        size = min(int(params.get("$top", "10")), self.page_size)
        first = int(params.get("$skip", "0"))
        value = [self._shown(each, request) for each in found[first : first + size]]
        page: Json = {"@odata.context": f"{self.url}/v1.0/$metadata#events", "value": value}
        if first + size < len(found):
            further = urlencode({**params, "$skip": str(first + size)})
            page["@odata.nextLink"] = f"{self.url}{request.url.path}?{further}"
        return _json(200, page)

    def _shown(self, each: Json, request: Asked) -> Json:
        """What was selected, on the clock and in the form that `Prefer` asks for."""
        prefer = request.headers.get("Prefer", "")
        zone = re.search(r'outlook\.timezone="(.+?)"', prefer)
        shown = {
            name: value
            for name, value in each.items()
            if name not in {"singleValueExtendedProperties", "_weekly"}
        }
        if not each["isAllDay"]:
            for name in ("start", "end"):
                shown[name] = _on(_at(each[name]), zone.group(1) if zone else "UTC")
        content = each["body"]["content"]
        is_text = 'outlook.body-content-type="text"' in prefer
        shown["body"] = {
            "contentType": "text" if is_text else "html",
            "content": content if is_text else f"<html><body>{content}</body></html>",
        }
        if wanted := request.query_params.get("$select"):
            shown = {
                name: value for name, value in shown.items() if name in {*wanted.split(","), "@odata.etag"}
            }
        if expanded := _EXPAND.fullmatch(request.query_params.get("$expand", "")):
            name = expanded.group(1)
            if name in _extended(each):
                shown["singleValueExtendedProperties"] = [{"id": name, "value": _extended(each)[name]}]
        return shown

    def _create(self, kept: Mailbox, event: Json) -> Response[Any]:
        same = next(
            (
                each
                for each in kept.events.values()
                if each.get("transactionId") == event.get("transactionId", "-")
            ),
            None,
        )
        # A repeated transaction id answers as the first time did, and makes nothing.
        return _json(201, same or self._store(kept, event))

    def _patch(self, kept: Mailbox, event: str, change: Json, match: str) -> Response[Any]:
        stands = kept.events.get(event)
        if stands is None:
            return _json(404, _error("ErrorItemNotFound", "The specified object was not found in the store."))
        if match not in {"*", stands["@odata.etag"]}:
            return _json(
                412,
                _error(
                    "ErrorIrresolvableConflict",
                    f"{_STALE} does not match the current change key for the item.",
                ),
            )
        stands.update(change)
        stands["@odata.etag"] = self._etag()
        return _json(200, stands)

    def _delete(self, kept: Mailbox, event: str) -> Response[Any]:
        if kept.events.pop(event, None) is None:
            return _json(404, _error("ErrorItemNotFound", "The specified object was not found in the store."))
        return Response(None, status_code=204)

    def _store(self, kept: Mailbox, event: Json) -> Json:
        own = f"AAkALg{uuid4().hex}=="
        whole = {
            "id": own,
            "@odata.etag": self._etag(),
            "iCalUId": f"040000008200E00074C5B7101A82E008{uuid4().hex}".upper(),
            "isAllDay": False,
            "isCancelled": False,
            "showAs": "busy",
            "body": {"contentType": "text", "content": ""},
            "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
            **event,
        }
        kept.events[own] = whole
        return whole

    def _etag(self) -> str:
        self._keys += 1
        return f'W/"DwAAABYAAAA{self._keys}"'


def _single(kept: Mailbox) -> Iterator[Json]:
    """Every event, a weekly series as its occurrences on the wall clock it was made on."""
    for each in kept.events.values():
        for week in range(each.get("_weekly", 1)):
            yield {**each, "start": _later(each["start"], week), "end": _later(each["end"], week)}


def _later(at: Json, weeks: int) -> Json:
    moved = datetime.fromisoformat(at["dateTime"]) + timedelta(weeks=weeks)
    return {**at, "dateTime": moved.strftime("%Y-%m-%dT%H:%M:%S.0000000")}


def _at(said: Json) -> datetime:
    return datetime.fromisoformat(said["dateTime"]).replace(tzinfo=ZoneInfo(said["timeZone"])).astimezone(UTC)


def _on(at: datetime, zone: str) -> Json:
    return {"dateTime": at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M:%S.0000000"), "timeZone": zone}


def _extended(each: Json) -> dict[str, str]:
    return {kept["id"]: kept["value"] for kept in each.get("singleValueExtendedProperties", ())}


def _error(code: str, message: str) -> Json:
    inner = {"date": "2026-03-02T07:00:00", "request-id": "r", "client-request-id": "c"}
    return {"error": {"code": code, "message": message, "innerError": inner}}


def _json(status: int, body: Json) -> Response[Any]:
    return Response(json.dumps(body), status_code=status, media_type="application/json")
