"""The help panel's API on a library of its own: readers with any labels, called over HTTP in the loop of the test."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

import knowledge.tables
import server.store.help_tables
import server.store.tables
from intents.redaction import redact
from knowledge.library import Library
from server.chat.limits import Limiter
from server.help.plain import plain_help_routes
from server.help.routes import HelpDoor, help_routes
from server.members.values import IdentityRefused, Member
from server.playbook import Playbook, Playbooks
from server.store.vault import Vault
from server.visitor_tokens import VisitorTokens
from tests.support.knowledge import NOW, WordEmbedder, write_pages

SITE = "demo"
SECRET = "desk-secret"
ORIGIN = "https://app.acme.example"
PLANS = ("starter", "business", "enterprise")


def page(title: str, body: str, *audience: str, **front: str) -> str:
    """A Markdown file for these labels."""
    head = {"title": title, **front, "audience": f"[{', '.join(audience or ('public',))}]"}
    return "---\n" + "".join(f"{name}: {value}\n" for name, value in head.items()) + f"---\n\n{body}\n"


class TokensAsTheyStand:
    """Takes a token for what it says: `{"sub": ..., "plan": ..., "audience": [...], "features": [...]}`."""

    async def read(self, site: str, token: str, now: datetime) -> Member:
        try:
            told = json.loads(token)
        except ValueError:
            raise IdentityRefused("it is no token") from None
        if told.get("expired"):
            raise IdentityRefused("it has expired", expired=True)
        return Member(
            site=site,
            key=told["sub"],
            name="Ada",
            email="ada@acme.example",
            plan=told.get("plan", ""),
            plan_name=told.get("plan", "").title(),
            company="Acme",
            features=frozenset(told.get("features", ())),
            audience=("public", "signed-in", *told.get("audience", ())),
            expires_at=now + timedelta(minutes=10),
        )


def member(sub: str = "ada", *audience: str, plan: str = "", features: Iterable[str] = ()) -> dict[str, str]:
    """The header of a signed-in user."""
    told = {"sub": sub, "plan": plan, "audience": list(audience), "features": list(features)}
    return {"authorization": f"Bearer {json.dumps(told)}"}


def visitor(name: str) -> dict[str, str]:
    """The header of a visitor whom we gave this token."""
    return {"x-frontdesk-visitor": VisitorTokens(SECRET).made(SITE, name)}


@dataclass
class HelpWorld:
    """An installation as far as the help panel sees it."""

    client: httpx.AsyncClient
    library: Library
    writers: async_sessionmaker[AsyncSession]
    vault: Vault
    now: datetime = field(default=NOW)

    async def get(self, path: str, headers: Mapping[str, str] | None = None, **query: str) -> httpx.Response:
        return await self.client.get(f"/v1/help/{SITE}{path}", headers=dict(headers or {}), params=query)

    async def post(
        self, path: str, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return await self.client.post(f"/v1/help/{SITE}{path}", headers=dict(headers or {}), json=body or {})

    async def id_of(self, title: str) -> str:
        """Of the article of that title, whoever may see it."""
        return next(
            one.id for one in await self.library.documents(SITE, audience=PLANS) if one.title == title
        )


async def _at_once(work: Any, *args: Any, **more: Any) -> Any:
    return work(*args, **more)


@asynccontextmanager
async def a_help_world(
    folder: Path,
    pages: Mapping[str, str],
    *,
    rules: Mapping[str, Any] | None = None,
    reads: int = 10_000,
    writes: int = 10_000,
) -> AsyncIterator[HelpWorld]:
    """With these pages, and this section `help` in the playbook."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'help.db'}")
    async with engine.begin() as connection:
        for base in (knowledge.tables.Base, server.store.tables.Base):
            await connection.run_sync(base.metadata.create_all)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    library = Library(sessions, WordEmbedder())
    await library.ingest(SITE, [write_pages(folder / "docs", pages)], base_url="/docs", now=NOW)
    book = Playbook.model_validate(
        {
            "version": 1,
            "site": {"name": "Acme", "origins": [ORIGIN]},
            "members": {"plans": {plan: {"name": plan.title()} for plan in PLANS}},
            "help": dict(rules or {}),
        }
    )
    numbers = iter(range(1_000_000))
    vault = Vault(sessions, SECRET)
    desk = SimpleNamespace(
        playbooks=Playbooks({SITE: book}),
        library=library,
        members=TokensAsTheyStand(),
        clock=lambda: NOW,
        readers=sessions,
        writers=sessions,
        vault=vault,
        secret=SECRET,
        new_id=lambda: f"id-{next(numbers)}",
        in_thread=_at_once,
        reader=SimpleNamespace(redact=redact, in_english=lambda text, _language: text),
    )
    door = HelpDoor(
        cast("Any", desk),
        lambda _site, origin: origin in {None, ORIGIN},
        Limiter(reads),
        Limiter(writes),
        Limiter(100_000),
    )
    plain = plain_help_routes(door, lambda _site: book.desk("http://help.test"))
    app = Litestar([*help_routes(door), *plain], openapi_config=None)
    transport = httpx.ASGITransport(app=cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url="http://help.test") as client:
        yield HelpWorld(client, library, sessions, vault)
    await engine.dispose()
