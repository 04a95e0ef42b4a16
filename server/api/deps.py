"""What the REST API needs from the rest of the house, and who is calling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge import Library
from server.source_reads import SourceReads
from server.store.tables import ApiToken
from server.store.vault import Vault

Wait = Callable[[str], float]
"""Seconds until this caller may call again; 0 lets the call through and counts it."""


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
