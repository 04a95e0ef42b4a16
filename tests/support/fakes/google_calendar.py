"""Google Calendar v3 as our adapter meets it: tokens, calendars, events, etags, pages, and its error bodies."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote
from uuid import uuid4
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from litestar import Litestar, Request, Response, delete, get, patch, post

from tests.support.fakes.served import Fault, Faults

Asked: TypeAlias = Request[Any, Any, Any]
Json: TypeAlias = dict[str, Any]
_SCOPE = "https://www.googleapis.com/auth/calendar"
_ID = re.compile(r"[a-v0-9]{5,1024}")


@dataclass
class Kept:
    """A calendar: its zone, who may change it, and its events by id."""

    zone: str
    shared_with: set[str]
    events: dict[str, Json] = field(default_factory=dict)


class GoogleFake:
    """The state of the fake; `url` is set once it is served."""

    def __init__(self) -> None:
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.account = "desk@fernway-meetings.iam.gserviceaccount.com"
        self.url = ""
        self.delegated = False
        self.page_size = 250
        self.faults = Faults()
        self.calendars: dict[str, Kept] = {}
        self._tokens: set[str] = set()
        self._etags = 0

    # -- what tests do ---------------------------------------------------------------------------------------

    def key(self) -> Json:
        """The service account's key file."""
        pem = self._private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return {
            "type": "service_account",
            "client_email": self.account,
            "private_key_id": "k1",
            "private_key": pem.decode(),
            "token_uri": f"{self.url}/token",
        }

    def calendar(self, zone: str = "Europe/Berlin", *, shared: bool = True) -> str:
        own = f"{uuid4().hex}@group.calendar.google.com"
        self.calendars[own] = Kept(zone, {self.account} if shared else set())
        return own

    def expire_tokens(self) -> None:
        self._tokens.clear()

    def put(self, calendar: str, event: Json) -> Json:
        """An event that the rep made in their own program."""
        return self._store(
            self.calendars[calendar], {"id": uuid4().hex.translate({ord(c): "a" for c in "wxyz"}), **event}
        )

    def touch(self, calendar: str) -> None:
        """The rep changes every event a little."""
        for each in self.calendars[calendar].events.values():
            each["etag"] = self._etag()

    def slow(
        self, *, reason: str = "rateLimitExceeded", status: int = 403, times: int = 1, retry_after: str = ""
    ) -> None:
        headers = {"Retry-After": retry_after} if retry_after else {}
        self.faults.waiting.append(
            Fault(
                status,
                _error(status, reason, "Rate Limit Exceeded", "usageLimits"),
                headers,
                times,
                "/calendar/",
            )
        )

    # -- what it answers -------------------------------------------------------------------------------------

    def app(self) -> Litestar:
        @post("/token", status_code=200)
        async def token(request: Asked) -> Response[Any]:
            return self._token(parse_qs((await request.body()).decode()))

        @post("/calendar/v3/freeBusy", status_code=200)
        async def free_busy(request: Asked) -> Response[Any]:
            return self._refusal(request) or self._free_busy(await request.json())

        @get("/calendar/v3/calendars/{calendar:str}/events")
        async def events(request: Asked, calendar: str) -> Response[Any]:
            return self._refusal(request, calendar) or self._list(
                self.calendars[unquote(calendar)], request.query_params
            )

        @post("/calendar/v3/calendars/{calendar:str}/events", status_code=200)
        async def insert(request: Asked, calendar: str) -> Response[Any]:
            return self._refusal(request, calendar) or self._insert(
                self.calendars[unquote(calendar)], await request.json()
            )

        @get("/calendar/v3/calendars/{calendar:str}/events/{event:str}")
        async def one(request: Asked, calendar: str, event: str) -> Response[Any]:
            return self._refusal(request, calendar) or self._one(self.calendars[unquote(calendar)], event)

        @patch("/calendar/v3/calendars/{calendar:str}/events/{event:str}")
        async def change(request: Asked, calendar: str, event: str) -> Response[Any]:
            return self._refusal(request, calendar) or self._patch(
                self.calendars[unquote(calendar)],
                event,
                await request.json(),
                request.headers.get("If-Match", "*"),
            )

        @delete("/calendar/v3/calendars/{calendar:str}/events/{event:str}", status_code=200)
        async def remove(request: Asked, calendar: str, event: str) -> Response[Any]:
            return self._refusal(request, calendar) or self._delete(self.calendars[unquote(calendar)], event)

        return Litestar([token, free_busy, events, insert, one, change, remove], openapi_config=None)

    def _token(self, form: dict[str, list[str]]) -> Response[Any]:
        if fault := self.faults.answer("POST", "/token"):
            return fault
        try:
            claims = jwt.decode(
                form["assertion"][0], RSAKey.import_key(self._private), algorithms=["RS256"]
            ).claims
        except (JoseError, ValueError):
            return _json(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
        if claims["iss"] != self.account or claims["aud"] != f"{self.url}/token" or claims["scope"] != _SCOPE:
            return _json(
                400, {"error": "invalid_grant", "error_description": "Invalid grant: account not found"}
            )
        if not claims["iat"] - 300 <= time.time() <= claims["exp"] <= claims["iat"] + 3600:
            told = (
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
            )
            return _json(400, {"error": "invalid_grant", "error_description": told})
        if claims.get("sub") and not self.delegated:
            told = "Client is unauthorized to retrieve access tokens using this method, or client not authorized."
            return _json(401, {"error": "unauthorized_client", "error_description": told})
        fresh = f"ya29.{uuid4().hex}"
        self._tokens.add(fresh)
        return _json(200, {"access_token": fresh, "expires_in": 3599, "token_type": "Bearer"})

    def _refusal(self, request: Asked, calendar: str | None = None) -> Response[Any] | None:
        if fault := self.faults.answer(request.method, request.url.path):
            return fault
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self._tokens:
            return _json(401, _error(401, "authError", "Invalid Credentials", "global"))
        kept = self.calendars.get(unquote(calendar or ""))
        if calendar is not None and (kept is None or self.account not in kept.shared_with):
            return _json(404, _error(404, "notFound", "Not Found", "global"))
        return None

    def _free_busy(self, asked: Json) -> Response[Any]:
        window = datetime.fromisoformat(asked["timeMin"]), datetime.fromisoformat(asked["timeMax"])
        told: Json = {}
        for item in asked["items"]:
            kept = self.calendars.get(item["id"])
            if kept is None or self.account not in kept.shared_with:
                told[item["id"]] = {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
                continue
            busy = sorted(
                (max(start, window[0]), min(end, window[1]))
                for each in _single(kept)
                if _counts(each)
                for start, end in [_span(each, kept.zone)]
                if start < window[1] and end > window[0]
            )
            told[item["id"]] = {"busy": [{"start": _z(start), "end": _z(end)} for start, end in busy]}
        return _json(
            200,
            {
                "kind": "calendar#freeBusy",
                "timeMin": asked["timeMin"],
                "timeMax": asked["timeMax"],
                "calendars": told,
            },
        )

    def _list(self, kept: Kept, params: Any) -> Response[Any]:
        every = list(_single(kept) if params.get("singleEvents") == "true" else kept.events.values())
        found = [each for each in every if each["status"] != "cancelled" and _within(each, kept.zone, params)]
        if wanted := params.get("privateExtendedProperty"):
            name, _, value = wanted.partition("=")
            found = [each for each in found if _private(each).get(name) == value]
        size = min(int(params.get("maxResults", 250)), self.page_size)
        first = int(params.get("pageToken", "0"))
        page: Json = {"kind": "calendar#events", "timeZone": kept.zone, "items": found[first : first + size]}
        if first + size < len(found):
            page["nextPageToken"] = str(first + size)
        return _json(200, page)

    def _insert(self, kept: Kept, event: Json) -> Response[Any]:
        if not _ID.fullmatch(event.get("id", "")):
            return _json(400, _error(400, "invalid", "Invalid resource id value.", "global"))
        if event["id"] in kept.events:
            return _json(409, _error(409, "duplicate", "The requested identifier already exists.", "global"))
        if event.get("attendees") and not self.delegated:
            told = "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority."
            return _json(403, _error(403, "forbiddenForServiceAccounts", told, "calendar"))
        return _json(200, self._store(kept, event))

    def _one(self, kept: Kept, event: str) -> Response[Any]:
        if event not in kept.events:
            return _json(404, _error(404, "notFound", "Not Found", "global"))
        return _json(200, kept.events[event])

    def _patch(self, kept: Kept, event: str, change: Json, match: str) -> Response[Any]:
        stands = kept.events.get(event)
        if stands is None:
            return _json(404, _error(404, "notFound", "Not Found", "global"))
        if stands["status"] == "cancelled":
            return _json(403, _error(403, "forbidden", "Forbidden", "global"))
        if match not in {"*", stands["etag"]}:
            return _json(412, _error(412, "conditionNotMet", "Precondition Failed", "global"))
        stands.update(change, etag=self._etag(), sequence=stands["sequence"] + 1)
        return _json(200, stands)

    def _delete(self, kept: Kept, event: str) -> Response[Any]:
        stands = kept.events.get(event)
        if stands is None:
            return _json(404, _error(404, "notFound", "Not Found", "global"))
        if stands["status"] == "cancelled":
            return _json(410, _error(410, "deleted", "Resource has been deleted", "global"))
        stands.update(status="cancelled", etag=self._etag())
        return Response(None, status_code=204)

    def _store(self, kept: Kept, event: Json) -> Json:
        whole = {
            "kind": "calendar#event",
            "etag": self._etag(),
            "status": "confirmed",
            "iCalUID": f"{event['id']}@google.com",
            "sequence": 0,
            **event,
        }
        kept.events[event["id"]] = whole
        return whole

    def _etag(self) -> str:
        self._etags += 1
        return f'"{3_400_000_000_000_000 + self._etags}"'


def _single(kept: Kept) -> Iterator[Json]:
    """Every event, a series as its occurrences; the fake knows `RRULE:FREQ=WEEKLY;COUNT=n`."""
    for each in kept.events.values():
        rule = re.search(r"COUNT=(\d+)", " ".join(each.get("recurrence", ())))
        for week in range(int(rule.group(1)) if rule else 1):
            yield {**each, "start": _later(each["start"], week), "end": _later(each["end"], week)}


def _later(at: Json, weeks: int) -> Json:
    """The same time of the wall clock some weeks on."""
    if weeks == 0:
        return at
    if "date" in at:
        return {"date": (date.fromisoformat(at["date"]) + timedelta(weeks=weeks)).isoformat()}
    zone = ZoneInfo(at.get("timeZone", "UTC"))
    local = datetime.fromisoformat(at["dateTime"])
    local = local.astimezone(zone) if local.tzinfo else local.replace(tzinfo=zone)
    return {**at, "dateTime": (local + timedelta(weeks=weeks)).isoformat()}


def _span(each: Json, zone: str) -> tuple[datetime, datetime]:
    def at(said: Json) -> datetime:
        if "date" in said:
            return datetime.combine(date.fromisoformat(said["date"]), clock(0), ZoneInfo(zone)).astimezone(
                UTC
            )
        read = datetime.fromisoformat(said["dateTime"])
        return (
            read if read.tzinfo else read.replace(tzinfo=ZoneInfo(said.get("timeZone", zone)))
        ).astimezone(UTC)

    return at(each["start"]), at(each["end"])


def _counts(each: Json) -> bool:
    declined = any(
        who.get("self") and who["responseStatus"] == "declined" for who in each.get("attendees", ())
    )
    return each["status"] != "cancelled" and each.get("transparency") != "transparent" and not declined


def _within(each: Json, zone: str, params: Any) -> bool:
    if "timeMin" not in params:
        return True
    start, end = _span(each, zone)
    return end > datetime.fromisoformat(params["timeMin"]) and start < datetime.fromisoformat(
        params["timeMax"]
    )


def _private(each: Json) -> Json:
    kept: Json = each.get("extendedProperties", {}).get("private", {})
    return kept


def _z(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _error(code: int, reason: str, message: str, domain: str) -> Json:
    errors = [{"domain": domain, "reason": reason, "message": message}]
    return {"error": {"errors": errors, "code": code, "message": message}}


def _json(status: int, body: Json) -> Response[Any]:
    return Response(json.dumps(body), status_code=status, media_type="application/json")
