"""A fault that nobody expected stands in the log, with its route and not with its address."""

from __future__ import annotations

import structlog
from litestar import Litestar, get
from litestar.exceptions import NotFoundException
from litestar.testing import TestClient

from server.app import note_failure
from server.errors import NotFound


@get("/m/{token:str}", sync_to_thread=False)
def meeting(token: str) -> str:
    if token == "gone":
        raise NotFoundException
    if token == "unknown":
        raise NotFound("there is none")
    raise RuntimeError("broken")


def test_what_nobody_expected_is_logged_with_its_route_and_what_was_refused_is_not() -> None:
    app = Litestar([meeting], after_exception=[note_failure], openapi_config=None)

    with structlog.testing.capture_logs() as logged, TestClient(app, raise_server_exceptions=False) as http:
        for token in ("gone", "unknown", "opens-a-door"):
            http.get(f"/m/{token}")

    assert [(each["event"], each["route"]) for each in logged] == [("request.failed", "/m/{token}")]
    assert isinstance(logged[0]["exc_info"], RuntimeError)
