"""A real Chromium in front of a really served console."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from playwright.async_api import Page, async_playwright

from tests.support.console_world import PASSWORD, World

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync")  # fmt: skip


def chromium() -> str:
    """Where Chromium is; the test is skipped without one, except where that would hide a broken build."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    if os.environ.get("CI") == "true":
        pytest.fail("CI has no Chromium; install the package 'chromium'")
    pytest.skip("no Chromium found: install the package 'chromium' to run the browser tests")


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
    path = chromium()
    async with served(world) as address, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(QUIET))
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
