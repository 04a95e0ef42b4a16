"""Run the server: prepare what is missing, check the port, say where to look."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import UTC, datetime

import uvicorn

from server.app import MAX_WEBSOCKET_BYTES, create_app
from server.errors import FrontdeskError
from server.preparing import ingest_demo, prepare
from server.progress import Bar
from server.review.accounts import ensure_first_account
from server.settings import Settings
from server.store.engine import open_engine, open_sessions
from server.wiring import House, build, check_demo


def run(settings: Settings, tell: Callable[[str], None]) -> None:
    """Serve until interrupted; raises `FrontdeskError` when the port is taken."""
    _check_port(settings)
    if settings.demo:
        check_demo()
    prepare(settings, tell)
    if settings.demo:
        tell("Reading the demo company's documents")
        with Bar() as bar:
            asyncio.run(ingest_demo(settings, bar))
    password = asyncio.run(_first_password(settings))
    house = build(settings)
    app = create_app(settings, house)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        # Measured: 21 KB an idle connection; compression would cost more memory than it saves bytes.
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=MAX_WEBSOCKET_BYTES,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )
    server = Server(config, lambda: _announce(house, password, tell), house.desk.hub.close)
    server.run()


class Server(uvicorn.Server):
    """Says where to look once it listens, not before; and ends streams before it waits for requests to end."""

    def __init__(
        self, config: uvicorn.Config, announce: Callable[[], None], end_streams: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._announce = announce
        self._end_streams = end_streams

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)


def _announce(house: House, password: str | None, tell: Callable[[str], None]) -> None:
    settings, books = house.settings, house.desk.playbooks
    tell("")
    if settings.demo:
        tell(f"  Demo site     {settings.url}/")
        tell(f"  Help panel    {settings.url}/app")
    tell(f"  Rep console   {settings.url}/console")
    if password is not None:
        tell(f"                sign in as admin with {password}")
        tell("                (shown once; `frontdesk password admin` makes another)")
    for site in books.sites:
        if settings.demo and site == "demo":
            continue
        tell(
            f'  Site {site}: <script async src="{settings.url}/widget.js?site={site}" data-site="{site}"></script>'
        )
        origins = ", ".join(books.of(site).site.origins)
        tell(f"    on pages of: {origins or 'this server only; add yours to site.origins of its playbook'}")
        if not house.desk.library.generation(site):
            tell(f"    no documents yet: frontdesk ingest FOLDER --site {site}")
    if not books.sites:
        tell(
            f"  No sites yet: put a playbook at {settings.playbook_dir}/<site>.yaml (start from demo/starter.yaml)"
        )
    tell("")
    tell("Ready. Stop with Ctrl+C.")


def _check_port(settings: Settings) -> None:
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            why = f"port {settings.port} on {settings.host} can not be used ({error.strerror})"
            fix = f"choose another one: make run PORT={settings.port + 1}"
            raise FrontdeskError(f"{why}; {fix}", code="port_taken") from error


async def _first_password(settings: Settings) -> str | None:
    engine = open_engine(settings.database)
    try:
        async with open_sessions(engine)() as session:
            password = await ensure_first_account(session, datetime.now(UTC))
            await session.commit()
            return password
    finally:
        await engine.dispose()
