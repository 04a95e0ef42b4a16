"""Pipedrive's API as our adapter meets it: v2 with cursors and strict bodies, v1 for notes, tokens, both rate limits.

Taken from: Pipedrive's API reference and generated client (paths, parameters, bodies, `x-token-cost`), its pages on
responses, statuses and rate limits, its migration guide to v2, and reports of what it answers (`'person_id' is a
read-only field`). Nobody says, so these are guesses: a record marked as deleted is read with `is_deleted` and refuses
changes with 404; the search lags 30 s; a 429 for the day's budget carries the headers of a window that is not used up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from litestar import Litestar, Request, Response, delete, get, patch, post, put

from tests.support.fakes.pipedrive_store import FIELDS, PLURALS, Kept, PipedriveStore, Said
from tests.support.fakes.served import Faults, Faulty

Asked: TypeAlias = Request[Any, Any, Any]
TOKEN = "0123456789abcdef0123456789abcdef01234567"
_COSTS = {"GET": 1, "POST": 5, "PATCH": 5, "PUT": 10, "DELETE": 3}


class PipedriveFake(PipedriveStore):
    """One company account; `url` is set once it is served."""

    def __init__(self, *, lag_s: float = 30.0) -> None:
        self.faults = Faults()
        self.url = ""
        super().__init__(lag_s)

    def clear(self) -> None:
        """A new account behind the same address."""
        super().clear()
        self.is_admin = True
        self.per_two_seconds = 20_000
        self.budget: float = 30_000_000
        self.blocked = False
        self._asked: list[float] = []
        self.faults.waiting.clear()
        self.faults.asked.clear()

    def app(self) -> Litestar:
        return Litestar(
            [*self._records(), *self._notes(), *self._about()],
            middleware=[Faulty.of(self.faults)],
            openapi_config=None,
        )

    def _records(self) -> list[Any]:
        every, one = "/api/v2/{plural:str}", "/api/v2/{plural:str}/{id_:int}"

        @get(every)
        async def listed(request: Asked, plural: str) -> Response[Any]:
            return self._done(request, lambda: self._list(plural, dict(request.query_params)), cost=10)

        @post(every, status_code=200)
        async def create(request: Asked, plural: str) -> Response[Any]:
            body = await request.json()
            return self._done(request, lambda: {"data": self._create(plural, body)}, 201)

        @get(f"{every}/search")
        async def search(request: Asked, plural: str) -> Response[Any]:
            return self._done(request, lambda: self.search(plural, dict(request.query_params)), cost=20)

        @get(one)
        async def read(request: Asked, plural: str, id_: int) -> Response[Any]:
            return self._done(request, lambda: {"data": self.read(plural, id_) | self._counts(plural, id_)})

        @patch(one)
        async def change(request: Asked, plural: str, id_: int) -> Response[Any]:
            body = await request.json()
            return self._done(request, lambda: {"data": self.change(plural, id_, body)})

        @delete(one, status_code=200)
        async def remove(request: Asked, plural: str, id_: int) -> Response[Any]:
            return self._done(request, lambda: {"data": self.delete(plural, id_)})

        return [listed, create, search, read, change, remove]

    def _notes(self) -> list[Any]:
        every, one = "/api/v1/notes", "/api/v1/notes/{id_:int}"

        @get(every)
        async def listed(request: Asked) -> Response[Any]:
            return self._done(request, lambda: self._list_notes(dict(request.query_params)), cost=20)

        @post(every, status_code=201)
        async def create(request: Asked) -> Response[Any]:
            body = await request.json()
            return self._done(request, lambda: {"data": self._note(body)}, 201, cost=10)

        @put(one)
        async def change(request: Asked, id_: int) -> Response[Any]:
            body = await request.json()
            return self._done(request, lambda: {"data": self._change_note(id_, body)})

        @delete(one, status_code=200)
        async def remove(request: Asked, id_: int) -> Response[Any]:
            return self._done(
                request, lambda: {"data": bool(self._change_note(id_, {"active_flag": False}))}, cost=6
            )

        return [listed, create, change, remove]

    def _about(self) -> list[Any]:
        @get("/api/v1/users/me")
        async def me(request: Asked) -> Response[Any]:
            told = {"company_name": "Fernway", "company_domain": "fernway", "is_admin": self.is_admin}
            return self._done(request, lambda: {"data": told})

        @get("/api/v2/stages")
        async def stages(request: Asked) -> Response[Any]:
            return self._done(request, lambda: self.page(self.stages, dict(request.query_params)), cost=5)

        return [me, stages]

    # -- what is done ----------------------------------------------------------------------------------------

    def _list(self, plural: str, query: dict[str, str]) -> dict[str, Any]:
        if plural in FIELDS:
            return self.page(self.fields[plural], query)
        return self.listed(plural, query)

    def _create(self, plural: str, body: dict[str, Any]) -> dict[str, Any]:
        if plural not in FIELDS:
            return self.create(plural, body)
        if not self.is_admin:
            raise Said(403, "Forbidden: you do not have permission to add fields")
        return self.make_field(plural, body)

    def _counts(self, plural: str, id_: int) -> dict[str, int]:
        """Counted a while later than written, as far as anybody knows: zero here."""
        return (
            {"notes_count": 0, "activities_count": 0, "email_messages_count": 0} if plural in PLURALS else {}
        )

    def _list_notes(self, query: dict[str, str]) -> dict[str, Any]:
        start, limit = int(query.get("start", 0)), int(query.get("limit", 100))
        rows = list(self.living("notes").values())[::-1]
        for name in ("person_id", "org_id", "deal_id"):
            if name in query:
                rows = [row for row in rows if str(row.get(name)) == query[name]]
        more = start + limit < len(rows)
        pagination = {"start": start, "limit": limit, "more_items_in_collection": more}
        if more:
            pagination["next_start"] = start + limit
        # v1 says null where there is nothing.
        return {"data": rows[start : start + limit] or None, "additional_data": {"pagination": pagination}}

    def _note(self, body: dict[str, Any]) -> dict[str, Any]:
        if not body.get("content"):
            raise Said(400, "Content is required")
        if not any(body.get(name) for name in ("person_id", "org_id", "deal_id", "lead_id")):
            raise Said(400, "One of deal_id, person_id, org_id, lead_id is required")
        self._next += 1
        self.rows["notes"][self._next] = Kept({"id": self._next, "active_flag": True, **body})
        return self.rows["notes"][self._next].row

    def _change_note(self, id_: int, body: dict[str, Any]) -> dict[str, Any]:
        row = self.read("notes", id_)
        if not row["active_flag"]:
            raise Said(404, "Note not found")
        row |= body
        return row

    # -- who may, and how often ------------------------------------------------------------------------------

    def _done(
        self, request: Asked, work: Callable[[], dict[str, Any]], status: int = 200, cost: int | None = None
    ) -> Response[Any]:
        if self.blocked:
            return Response("<html>Error 1015</html>", status_code=403, media_type="text/html")
        try:
            self._known(request)
            headers = self._counted(_COSTS[request.method] if cost is None else cost)
            return Response({"success": True, **work()}, status_code=status, headers=headers)
        except Said as said:
            return said.response

    def _known(self, request: Asked) -> None:
        if request.headers.get("x-api-token") != TOKEN:
            raise Said(401, "unauthorized access", errorCode=401)

    def _counted(self, cost: int) -> dict[str, str]:
        self._asked = [at for at in self._asked if at > self.now - 2] + [self.now]
        left = self.per_two_seconds - len(self._asked)
        headers = {
            "x-ratelimit-limit": str(self.per_two_seconds),
            "x-ratelimit-remaining": str(max(left, 0)),
            "x-ratelimit-reset": "2",
        }
        if left < 0 or self.budget < cost:
            raise Said(429, "request over limit", headers=headers)
        self.budget -= cost
        return headers
