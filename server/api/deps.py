"""What the REST API needs from the rest of the house, and who is calling."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge import Library
from server.actions.signing import Keys
from server.actions.values import Happening
from server.source_reads import SourceReads
from server.store.tables import ApiToken
from server.store.vault import Vault

Wait = Callable[[str], float]
"""Seconds until this caller may call again; 0 lets the call through and counts it."""


async def _nothing(_session: AsyncSession, _happening: Happening) -> None:
    """Where nobody keeps a CRM."""


async def _nothing_after(_session: AsyncSession) -> None:
    """Where the sweep starts what follows."""


@dataclass(frozen=True, slots=True)
class Told:
    """What other systems tell by signed webhook, and what follows from it."""

    keys_of: Callable[[str], Keys] = lambda _site: Keys()
    """What a site shares with its product."""
    stripe_secrets: tuple[str, ...] = field(default=(), repr=False)
    on_change: Callable[[AsyncSession, Happening], Awaitable[None]] = _nothing
    """Joins the transaction in which something is kept."""
    after_commit: Callable[[AsyncSession], Awaitable[None]] = _nothing_after


@dataclass(frozen=True, slots=True)
class ApiDeps:
    """Everything that the API touches."""

    writers: async_sessionmaker[AsyncSession]
    readers: async_sessionmaker[AsyncSession]
    library: Library
    vault: Vault
    reads: SourceReads
    clock: Callable[[], datetime]
    wait_for_token: Wait
    wait_for_address: Wait
    """Of callers without a token that counts."""
    told: Told = Told()
    write_locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    def one_writer(self, site: str) -> asyncio.Lock:
        """Held from the look at a version to the write that depends on it."""
        return self.write_locks.setdefault(site, asyncio.Lock())


@dataclass(frozen=True, slots=True)
class Caller:
    """The token that a call came with."""

    site: str
    name: str
    scopes: frozenset[str]

    @property
    def signature(self) -> str:
        """How deeds name it."""
        return f"token {self.name}"


def caller_of(token: ApiToken) -> Caller:
    """Who a token of the database is."""
    return Caller(token.site, token.name, frozenset(token.scopes.split()))
