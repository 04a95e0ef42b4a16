"""The pages as routes of an application."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from server.errors import FrontdeskError
from server.pages.carts import CartPages
from server.pages.desk import PageDesk
from server.pages.meetings import MeetingPages
from server.pages.sorry import sorry_of
from server.pages.trials import TrialPages
from server.pages.unsubscribe import UnsubscribePages


def page_routes(pages: PageDesk) -> Sequence[ControllerRouterHandler]:
    """Routes under /meet, /trial, /cart and /unsubscribe, with their errors shown as pages."""

    def provide() -> PageDesk:
        return pages

    return [
        Router(
            path="/",
            route_handlers=[MeetingPages, TrialPages, CartPages, UnsubscribePages],
            dependencies={"pages": Provide(provide, sync_to_thread=False)},
            exception_handlers={FrontdeskError: sorry_of(pages)},
        )
    ]
