"""Puts the API's routes together: one router under /v1/sites/{site}, guarded as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, Router, get
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from server.api import activations, documents, outcomes, sources
from server.api.access import build_guard
from server.api.bodies import MAX_BODY_BYTES
from server.api.deps import ApiDeps, Caller
from server.api.openapi import document
from server.api.problems import HANDLERS

_MAX_WEBHOOK_BYTES = 262_144
ROUTES: Sequence[ControllerRouterHandler] = (
    documents.put_document, documents.read_document, documents.list_documents, documents.delete_document,
    sources.list_sources, sources.read_source, sources.list_gaps,
    outcomes.tell_outcome, outcomes.take_back_outcome,
)  # fmt: skip


TOLD: Sequence[ControllerRouterHandler] = (activations.tell_activation, activations.tell_payment)
"""Shown by a signature over their body, not by a token."""


def api_routes(api: ApiDeps) -> Sequence[ControllerRouterHandler]:
    """The API's routes, to be mounted at the root of the application."""

    def the_api() -> ApiDeps:
        return api

    def the_caller(request: Request[Any, Any, Any]) -> Caller:
        caller = request.scope["state"]["caller"]
        assert isinstance(caller, Caller)
        return caller

    described = document()

    @get("/v1/openapi.json", include_in_schema=False, sync_to_thread=False)
    def openapi() -> Response[dict[str, Any]]:
        return Response(described, headers={"cache-control": "public, max-age=300"})

    return [
        openapi,
        Router(
            path="/v1/sites/{site:str}",
            route_handlers=list(ROUTES),
            guards=[build_guard(api)],
            dependencies={
                "api": Provide(the_api, sync_to_thread=False),
                "caller": Provide(the_caller, sync_to_thread=False),
            },
            exception_handlers=HANDLERS,
            include_in_schema=False,
            request_max_body_size=MAX_BODY_BYTES,
        ),
        Router(
            path="/v1/sites/{site:str}",
            route_handlers=list(TOLD),
            dependencies={"api": Provide(the_api, sync_to_thread=False)},
            exception_handlers=HANDLERS,
            include_in_schema=False,
            request_max_body_size=_MAX_WEBHOOK_BYTES,
        ),
    ]
