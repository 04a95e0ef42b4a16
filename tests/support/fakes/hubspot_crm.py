"""HubSpot's CRM as our adapter meets it: private-app token and scopes, objects and search v3, associations v4,
properties, groups and pipelines v3, unique values, an index that lags, rate limits and error bodies.

Taken from: the models of hubspot-api-client 12 (every body), issues of HubSpot's clients (409 `Contact already
exists`, 429 `TEN_SECONDLY_ROLLING` with `policyName`, 403 `MISSING_SCOPES` with `requiredGranularScopes`), HubSpot's
changelog of July 2023 (`Property values were not valid: [...]`), its usage guidelines (limits and their headers, none
on searches) and public integrations (`PropertyValueCoordinates{...} on 7. 5 already has that value.`). Nobody says,
so these are guesses, on the harsh side: an archived record keeps its unique values; a PATCH to a taken address
answers as a POST does; `idProperty` of a property that is not unique is 400; a required property that is missing is
named under `context.properties`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from litestar import Litestar, Request, Response, delete, get, patch, post, put

from tests.support.fakes.hubspot_account import TYPES, pipelines
from tests.support.fakes.hubspot_records import PORTAL, HubSpotRecords, Said, group
from tests.support.fakes.served import Faults, Faulty

Asked: TypeAlias = Request[Any, Any, Any]
TOKEN = "pat-eu1-0000"
SCOPES = frozenset(
    f"crm.{part}.{plural}.{right}"
    for part in ("objects", "schemas")
    for plural in ("contacts", "companies", "deals")
    for right in ("read", "write")
)


class HubSpotFake(HubSpotRecords):
    """One account; `url` is set once it is served."""

    def __init__(self, *, lag_s: float = 30.0) -> None:
        self.faults = Faults()
        super().__init__(lag_s)
        self.url = ""
        self.scopes = set(SCOPES)
        self.per_ten_seconds: int | None = None
        self._asked: list[float] = []

    def clear(self) -> None:
        """A new account behind the same address."""
        super().clear()
        self.scopes = set(SCOPES)
        self.per_ten_seconds = None
        self._asked = []
        self.faults.waiting.clear()
        self.faults.asked.clear()

    # -- what it answers -------------------------------------------------------------------------------------

    def app(self) -> Litestar:
        objects, one = "/crm/v3/objects/{plural:str}", "/crm/v3/objects/{plural:str}/{id_:str}"
        tied = "/crm/v4/objects/{plural:str}/{id_:str}/associations/{other:str}"

        @get("/account-info/v3/details")
        async def account(request: Asked) -> Response[Any]:
            details = {"portalId": PORTAL, "accountType": "STANDARD", "uiDomain": "app-eu1.hubspot.com"}
            return self._done(request, "", lambda: details)

        @post(objects, status_code=201)
        async def create(request: Asked, plural: str) -> Response[Any]:
            body = await request.json()
            return self._done(request, plural, lambda: self._create(plural, body), 201)

        @get(one)
        async def read(request: Asked, plural: str, id_: str) -> Response[Any]:
            return self._done(request, plural, lambda: self._read(plural, id_, request.query_params))

        @patch(one)
        async def change(request: Asked, plural: str, id_: str) -> Response[Any]:
            body = await request.json()
            return self._done(request, plural, lambda: self._change(plural, id_, body))

        @delete(one, status_code=200)
        async def archive(request: Asked, plural: str, id_: str) -> Response[Any]:
            return self._done(request, plural, lambda: self._archive(plural, id_), 204)

        @post(f"{objects}/search", status_code=200)
        async def search(request: Asked, plural: str) -> Response[Any]:
            body = await request.json()
            return self._done(request, plural, lambda: self._search(plural, body))

        @post(f"{objects}/batch/read", status_code=200)
        async def batch(request: Asked, plural: str) -> Response[Any]:
            body = await request.json()
            return self._done(request, plural, lambda: self._batch(plural, body))

        @get(tied)
        async def ties(request: Asked, plural: str, id_: str, other: str) -> Response[Any]:
            return self._done(request, plural, lambda: self._tied(plural, id_, other, request.query_params))

        default = "/crm/v4/objects/{plural:str}/{id_:str}/associations/default/{other:str}/{to:str}"

        @put(default)
        async def tie(request: Asked, plural: str, id_: str, other: str, to: str) -> Response[Any]:
            return self._done(request, plural, lambda: self._tie(plural, id_, other, to))

        @delete(f"{tied}/{{to:str}}", status_code=200)
        async def untie(request: Asked, plural: str, id_: str, other: str, to: str) -> Response[Any]:
            return self._done(request, plural, lambda: self._untie(plural, id_, other, to), 204)

        records = [account, create, read, change, archive, search, batch, ties, tie, untie]
        return Litestar(
            [*records, *self._metadata()], middleware=[Faulty.of(self.faults)], openapi_config=None
        )

    def _metadata(self) -> list[Any]:
        about, schema = "/crm/v3/properties/{plural:str}", "schemas"

        @get(about)
        async def properties(request: Asked, plural: str) -> Response[Any]:
            every = list(self.defined[plural].values())
            return self._done(request, plural, lambda: {"results": every}, part=schema)

        @get(f"{about}/{{name:str}}")
        async def definition_of(request: Asked, plural: str, name: str) -> Response[Any]:
            return self._done(request, plural, lambda: self._definition(plural, name), part=schema)

        @post(about, status_code=201)
        async def define(request: Asked, plural: str) -> Response[Any]:
            body = await request.json()
            return self._done(request, plural, lambda: self._define(plural, body), 201, schema)

        @get(f"{about}/groups")
        async def groups(request: Asked, plural: str) -> Response[Any]:
            every = [group(name, label) for name, label in self.groups[plural].items()]
            return self._done(request, plural, lambda: {"results": every}, part=schema)

        @post(f"{about}/groups", status_code=201)
        async def make_group(request: Asked, plural: str) -> Response[Any]:
            body = await request.json()
            return self._done(request, plural, lambda: self._new_group(plural, body), 201, schema)

        @get("/crm/v3/pipelines/deals")
        async def lines(request: Asked) -> Response[Any]:
            return self._done(request, "deals", lambda: {"results": pipelines()})

        return [properties, definition_of, define, groups, make_group, lines]

    def _done(
        self, request: Asked, plural: str, work: Callable[[], Any], status: int = 200, part: str = "objects"
    ) -> Response[Any]:
        headers: dict[str, str] = {}
        try:
            self._known(request)
            if not request.url.path.endswith("/search"):
                headers = self._counted()
            if plural:
                self._allowed(request, plural, part)
            return Response(work(), status_code=status, headers=headers)
        except Said as said:
            return said.response

    def _known(self, request: Asked) -> None:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            told = (
                "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can"
            )
            told += " find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
            raise Said(401, "INVALID_AUTHENTICATION", told)

    def _counted(self) -> dict[str, str]:
        self._asked = [at for at in self._asked if at > self.now - 10] + [self.now]
        limit = self.per_ten_seconds or 190
        headers = {
            "X-HubSpot-RateLimit-Max": str(limit),
            "X-HubSpot-RateLimit-Remaining": str(max(limit - len(self._asked), 0)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
        }
        if self.per_ten_seconds is not None and len(self._asked) > self.per_ten_seconds:
            told = "You have reached your ten_secondly_rolling limit."
            more = {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING", "headers": headers}
            raise Said(429, "RATE_LIMITS", told, **more)
        return headers

    def _allowed(self, request: Asked, plural: str, part: str) -> None:
        reads = request.method == "GET" or request.url.path.endswith(("/search", "/batch/read"))
        if plural not in TYPES:
            raise Said(400, "VALIDATION_ERROR", f"Unable to infer object type from: {plural}")
        of = plural if plural in {"companies", "deals"} else "contacts"
        scope = f"crm.{part}.{of}.{'read' if reads else 'write'}"
        if scope not in self.scopes:
            told = "This app hasn't been granted all required scopes to make this call. Read more about required scopes"
            detail = {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": [scope]},
            }
            links = {"scopes": "https://developers.hubspot.com/scopes"}
            raise Said(
                403, "MISSING_SCOPES", f"{told} here: {links['scopes']}.", errors=[detail], links=links
            )
