"""The web application: chat, pages, console, demo and what machines ask for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar, MediaType, Request, Response, get
from litestar.config.cors import CORSConfig
from litestar.exceptions import LitestarException, NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler, Scope
from sqlalchemy import text

from crm_sync import CrmError
from knowledge.errors import KnowledgeError
from server import aftermath, telemetry
from server.api.deps import ApiDeps, Told
from server.api.routes import api_routes
from server.chat.limits import Limiter
from server.chat.loader import Loaders
from server.chat.nudging import Nudging
from server.chat.own_data import OwnData, own_data_routes
from server.chat.reception import Reception
from server.chat.routes import chat_routes
from server.chat.tracking import Tracking
from server.chat.uploads import file_routes
from server.chat.widget_files import keep_varying, widget_routes
from server.closing import Closing
from server.consulting import look_for_page
from server.demo import PAGE_HEADERS, DemoSite, demo_routes
from server.demo_users import token_route
from server.errors import FrontdeskError
from server.filing import Filing
from server.floor import Floor
from server.following.reviewing import Reviewing
from server.help.plain import plain_help_routes
from server.help.routes import HelpDoor, help_routes
from server.members.signing import demo_key
from server.model_desk import ModelDesk, environment_of, keep_noticing, training_command
from server.pages.desk import PageDesk
from server.pages.reader import reader_routes
from server.pages.routes import page_routes
from server.review.console import review_routes
from server.review.deps import ConsoleDeps
from server.review.doors import doors_of
from server.review.hints import Live
from server.settings import Settings
from server.source_reads import SourceReads
from server.wiring import DEMO, REPOSITORY, House, build, catalogue_of, intent_folder, running

WIDGET = REPOSITORY / "widget" / "dist"
_ADDRESS_FACTOR = 20
"""How many busy visitors one network address may hold."""
_CALLS_PER_MINUTE = 600
"""Of the API, by one token."""
_REFUSALS_PER_MINUTE = 60
"""Of calls without a token that counts, by one address."""
_DUE_EVERY_S = 15.0
_FOLLOW_EVERY_S = 3.0
MAX_WEBSOCKET_BYTES = 1_048_576
"""A frame above the protocol's own limit gets an error frame; above this the connection is closed."""


def create_app(settings: Settings, house: House | None = None) -> Litestar:
    """The application of one installation; `preparing.prepare` must have made database and models."""
    house = house or build(settings)
    reception = Reception(
        house.desk,
        Floor(house.desk),
        limiter=Limiter(settings.turns_per_minute),
        addresses=Limiter(_ADDRESS_FACTOR * settings.turns_per_minute),
        may_embed=partial(_may_embed, house),
        nudging=Nudging(house.desk),
        tracking=Tracking(house.desk),
        closing=Closing(house.desk),
        filing=Filing(house.desk),
    )
    reads = SourceReads(house.desk.library, house.desk.clock)
    models = _models(house)
    help_door = HelpDoor.of(house.desk, partial(_may_embed, house))
    return Litestar(
        route_handlers=[
            *chat_routes(reception),
            *own_data_routes(_own_data(house, reception)),
            *file_routes(reception, reception.filing),
            *page_routes(_pages(house)),
            *reader_routes(house.desk.library.document, house.desk_of, house.desk.clock),
            *review_routes(_console(house, reception.floor, reads, models)),
            *api_routes(_api(house, reads)),
            *help_routes(help_door),
            *plain_help_routes(help_door, house.desk_of),
            *_machine_routes(house),
            *widget_routes(Loaders(WIDGET, house.desk.playbooks), house.desk.clock),
            *(_demo(house) if settings.demo else (_to_console,)),
        ],
        lifespan=[partial(_lifespan, house, reception, reads, models)],
        exception_handlers={
            FrontdeskError: _refusal,
            CrmError: _refusal,
            **({NotFoundException: partial(_no_page, DemoSite(DEMO))} if settings.demo else {}),
        },
        after_exception=[note_failure],
        before_send=[keep_varying],
        cors_config=CORSConfig(allow_origins=_origins(house), allow_methods=["GET", "POST"], max_age=600),
        openapi_config=OpenAPIConfig(
            title="Frontdesk", version="1", path="/schema", render_plugins=[JsonRenderPlugin()]
        ),
        request_max_body_size=4_194_304,
    )


@asynccontextmanager
async def _lifespan(
    house: House, reception: Reception, reads: SourceReads, models: ModelDesk, _app: Litestar
) -> AsyncIterator[None]:
    async with running(house):
        schedule = asyncio.create_task(_read_what_is_due(house, reads))
        following = asyncio.create_task(keep_noticing(models, _FOLLOW_EVERY_S))
        sweeping = asyncio.create_task(_sweep(reception.filing))
        try:
            yield
        finally:
            schedule.cancel()
            following.cancel()
            sweeping.cancel()
            # While the database and the threads are still there: what was taken is done.
            await reception.drain()
            await reads.stop()
            await models.stop()


async def _sweep(filing: Filing) -> None:
    """What a crash left of files, once at each start."""
    try:
        await filing.sweep()
    except Exception:  # noqa: BLE001  the next start tries again; the log says what it was
        telemetry.log().exception("chore.failed", chore="sweep_files")


async def _read_what_is_due(house: House, reads: SourceReads) -> None:
    """Sources with a schedule are read by whichever process comes first; the library's lease keeps others out."""
    while True:
        try:
            await reads.start_due(house.desk.playbooks.sites)
        except Exception:  # noqa: BLE001  the next round tries again; the log says what it was
            telemetry.log().exception("chore.failed", chore="read_what_is_due")
        await asyncio.sleep(_DUE_EVERY_S)


def _own_data(house: House, reception: Reception) -> OwnData:
    outbox = house.settings.data_dir / "outbox"
    return OwnData(house.desk, reception.floor, reception.may_embed, reception.wait_for_address, outbox)


def _may_embed(house: House, site: str, origin: str | None) -> bool:
    """Browsers send an origin with every websocket; programs need not."""
    rules = house.desk.playbooks.of(site).site
    own = urlsplit(house.settings.url)
    return origin is None or origin in rules.origins or origin == f"{own.scheme}://{own.netloc}"


def _origins(house: House) -> list[str]:
    books = house.desk.playbooks
    return sorted({origin for site in books.sites for origin in books.of(site).site.origins}) or ["null://"]


def _demo(house: House) -> list[ControllerRouterHandler]:
    """The demo company's site, and its product's own server, which says who is signed in."""
    desk = house.desk
    return [*demo_routes(DEMO), token_route(DEMO, demo_key(desk.secret), desk.clock)]


def _pages(house: House) -> PageDesk:
    desk = house.desk
    return PageDesk(
        sessions=desk.writers,
        links=desk.links,
        desk_of=house.desk_of,
        clock=desk.clock,
        on_change=partial(aftermath.tell_crm, desk),
        after_commit=partial(aftermath.start_what_follows, desk),
        language_of=desk.language_of,
        checkout_of=desk.checkout_of,
        look=partial(look_for_page, desk.busy_times),
    )


def _api(house: House, reads: SourceReads) -> ApiDeps:
    desk = house.desk
    tokens, addresses = Limiter(_CALLS_PER_MINUTE), Limiter(_REFUSALS_PER_MINUTE)
    return ApiDeps(
        writers=desk.writers,
        readers=desk.readers,
        library=desk.library,
        vault=desk.vault,
        reads=reads,
        clock=desk.clock,
        wait_for_token=lambda token: tokens.wait_s(token, time.monotonic()),
        wait_for_address=lambda address: addresses.wait_s(address, time.monotonic()),
        told=Told(
            house.sales.keys_of,
            house.sales.stripe_secrets,
            partial(aftermath.tell_crm, desk),
            partial(aftermath.start_what_follows, desk),
        ),
    )


def _models(house: House) -> ModelDesk:
    desk, settings = house.desk, house.settings
    return ModelDesk(
        intent_folder(settings),
        desk.reader,
        catalogue=partial(catalogue_of, settings),
        command=training_command(),
        environment=environment_of(settings),
        writers=desk.writers,
        sites=desk.playbooks.sites,
        clock=desk.clock,
    )


def _console(house: House, floor: Floor, reads: SourceReads, models: ModelDesk) -> ConsoleDeps:
    desk = house.desk
    return ConsoleDeps(
        writers=desk.writers,
        readers=desk.readers,
        vault=desk.vault,
        ledger=desk.ledger,
        library=desk.library,
        reads=reads,
        models=models,
        in_thread=desk.in_thread,
        floor=floor,
        start_delivery=lambda update: house.starter.deliveries([update]),
        clock=desk.clock,
        sites=desk.playbooks.sites,
        secure_cookies=house.settings.url.startswith("https://"),
        policy=desk.policy,
        follow_ups=Reviewing(desk, house.desk_of, house.starter.effects),
        proof=lambda site: desk.playbooks.of_or_default(site).brief.proof,
        outbox=house.settings.data_dir / "outbox",
        source_folders=house.settings.source_folders,
        calendar=lambda site: house.desk_of(site).calendar,
        doors=doors_of(house.settings),
        filing=Filing(desk),
        live=Live(desk.hub),
    )


@get("/", include_in_schema=False, status_code=303)
async def _to_console() -> Redirect:
    """Without a demo site there is nothing here but the way in."""
    return Redirect("/console", status_code=303)


def _machine_routes(house: House) -> list[ControllerRouterHandler]:
    @get("/healthz", media_type=MediaType.TEXT, include_in_schema=False)
    async def healthz() -> str:
        """The process answers."""
        return "ok"

    @get("/readyz", include_in_schema=False)
    async def readyz() -> Response[dict[str, Any]]:
        """The database answers, the indexes are in memory, durable work runs."""
        async with house.desk.readers() as session:
            await session.execute(text("SELECT 1"))
        is_ready = house.starter.running
        return Response({"ready": is_ready}, status_code=200 if is_ready else 503)

    @get("/metrics", media_type=MediaType.TEXT, include_in_schema=False)
    async def metrics() -> bytes:
        return telemetry.metrics()

    return [healthz, readyz, metrics]


def _no_page(site: DemoSite, request: Request[Any, Any, Any], error: NotFoundException) -> Response[Any]:
    """Whoever reads pages gets one; programs get JSON."""
    if "text/html" in request.headers.get("accept", ""):
        return Response(site.not_found(), status_code=404, media_type=MediaType.HTML, headers=PAGE_HEADERS)
    return Response({"code": "not_found", "message": error.detail}, status_code=404)


async def note_failure(error: Exception, scope: Scope) -> None:
    """Write down what nobody expected: the answer tells of it only that it happened."""
    if not isinstance(error, LitestarException | FrontdeskError | CrmError | KnowledgeError):
        # The route and not the address, which may carry what opens a door.
        telemetry.log().error("request.failed", route=str(scope.get("path_template", "")), exc_info=error)


def _refusal(_request: Request[Any, Any, Any], error: FrontdeskError | CrmError) -> Response[dict[str, str]]:
    status = getattr(error, "status", 400)
    return Response({"code": error.code, "message": str(error)}, status_code=status)
