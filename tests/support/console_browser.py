"""A real Chromium in front of a really served console."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from playwright.async_api import Error, Page, async_playwright

from tests.support.browser import FLAGS, chromium, no_browser
from tests.support.console_world import PASSWORD, World


@asynccontextmanager
async def served(world: World) -> AsyncIterator[str]:
    """The console behind a port of its own; its address."""
    config = uvicorn.Config(world.app(), port=0, log_level="error", lifespan="off", ws="none")
    socket = config.bind_socket()
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[socket])
    running = asyncio.create_task(server.main_loop())
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        await server.shutdown(sockets=[socket])


@asynccontextmanager
async def browsing(
    world: World, login: str = "rep", *, width: int = 1280, troubles: list[str] | None = None
) -> AsyncIterator[Page]:
    """A page on which `login` is signed in; what the browser complains about goes into `troubles`."""
    complaints = troubles if troubles is not None else []
    async with served(world) as address, async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        except Error as error:
            no_browser(error)
        page = await browser.new_page(viewport={"width": width, "height": 844}, base_url=address)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        await page.clock.install()
        await page.goto("/console/sign-in")
        await page.fill("#login", login)
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await page.wait_for_selector(".queue")
        await page.wait_for_load_state()  # the keys work once the deferred scripts ran
        yield page
        await browser.close()
