"""The door for files: what is refused before anything of a file is read."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from litestar import Litestar, Request, Response
from litestar.testing import TestClient

from server.chat.limits import AtOnce
from server.chat.reception import Reception
from server.chat.uploads import file_routes
from server.errors import FrontdeskError
from server.filing import Filing


def _refusal(_request: Request[Any, Any, Any], error: FrontdeskError) -> Response[dict[str, str]]:
    return Response({"code": error.code}, status_code=error.status)


def test_one_file_more_than_an_address_may_send_at_once_is_refused_before_it_is_read() -> None:
    uploads = AtOnce(1)
    reception = cast("Reception", SimpleNamespace(uploads=uploads, wait_for_address=lambda _address: 0.0))
    app = Litestar(
        file_routes(reception, cast("Filing", None)), exception_handlers={FrontdeskError: _refusal}
    )

    with TestClient(app) as client, uploads.one("testclient"):
        full = client.post("/v1/files", content=b"nothing of a form")
    with TestClient(app) as client:
        free = client.post("/v1/files", content=b"nothing of a form")

    assert (full.status_code, full.json()["code"]) == (429, "too_fast")
    assert (free.status_code, free.json()["code"]) == (400, "bad_frame")
