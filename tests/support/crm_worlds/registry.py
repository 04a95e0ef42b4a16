"""Every vendor that the common suites run over: one line each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from tests.support.crm_worlds import BackendWorld, hubspot, memory, pipedrive, salesforce

WORLDS: dict[str, Callable[[], AbstractAsyncContextManager[BackendWorld]]] = {
    "memory": memory.world,
    "hubspot": hubspot.world,
    "pipedrive": pipedrive.world,
    "salesforce": salesforce.world,
}


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[BackendWorld]:
    async with WORLDS[name]() as world:
        yield world
