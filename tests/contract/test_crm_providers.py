"""What every CRM must do, whichever it is: write once per key, take back exactly, never over a person's edit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from crm_sync.ports import CrmProvider
from crm_sync.providers.webhook import WebhookCrm
from crm_sync.values import Order, Write
from tests.support.crm import NOW, SITE, TALK, Room, a_room, sqlite_url
from tests.support.crm_webhook import SECRET, Receiver
from tests.support.crm_worlds.registry import WORLDS, opened
from tests.support.postgres import fresh_database
from tests.support.remote_crm import RemoteWorld, a_remote_crm


class World(Protocol):
    """A provider and a look behind it."""

    @property
    def provider(self) -> CrmProvider: ...

    async def fields(self) -> dict[str, Any]: ...
    async def activities(self) -> list[str]: ...
    async def edit(self, name: str, value: Any) -> None: ...


@dataclass
class Builtin:
    provider: CrmProvider
    room: Room

    async def fields(self) -> dict[str, Any]:
        records = await self.room.crm.contacts(SITE, limit=10)
        views = [view for item in records for view in (item.contact, item.company, *item.deals) if view]
        return {f"{view.object}.{name}": value for view in views for name, value in view.fields.items()}

    async def activities(self) -> list[str]:
        records = await self.room.crm.contacts(SITE, limit=10)
        return [view.fields["subject"] for item in records for view in item.activities]

    async def edit(self, name: str, value: Any) -> None:
        record, field = name.split(".", 1)
        item = (await self.room.crm.contacts(SITE, limit=1))[0]
        view = {"contact": item.contact, "company": item.company, "deal": item.deals[0]}[record]
        assert view is not None
        await self.room.crm.edit(SITE, record, view.id, {field: value}, by="rep")


@dataclass
class Webhook:
    provider: CrmProvider
    receiver: Receiver

    async def fields(self) -> dict[str, Any]:
        return dict(self.receiver.fields)

    async def activities(self) -> list[str]:
        return list(self.receiver.activities.values())

    async def edit(self, name: str, value: Any) -> None:
        self.receiver.fields[name] = value


@asynccontextmanager
async def _builtin(url: str) -> AsyncIterator[World]:
    async with a_room(url) as room:
        yield Builtin(room.crm, room)


@asynccontextmanager
async def _remote(name: str, url: str) -> AsyncIterator[World]:
    async with opened(name) as behind, a_room(url) as room:
        yield RemoteWorld(await a_remote_crm(behind, room.sessions), behind)


HERE = ["builtin-sqlite", "builtin-postgresql", "webhook"]


@pytest.fixture(params=[*HERE, *sorted(WORLDS), "memory-postgresql"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    if request.param == "builtin-sqlite":
        async with _builtin(sqlite_url(tmp_path)) as made:
            yield made
    elif request.param == "builtin-postgresql":
        with fresh_database() as url:
            async with _builtin(url) as made:
                yield made
    elif request.param == "memory-postgresql":
        with fresh_database() as url:
            async with _remote("memory", url) as made:
                yield made
    elif request.param in WORLDS:
        async with _remote(request.param, sqlite_url(tmp_path)) as made:
            yield made
    else:
        receiver = Receiver()
        transport = httpx.ASGITransport(receiver.app())  # type: ignore[arg-type]  # two spellings of one protocol
        yield Webhook(WebhookCrm("http://crm.test/hook", [SECRET], transport=transport), receiver)


def an_order(key: str, *writes: Write, subject: str | None = None) -> Order:
    activity = (
        {"type": "note", "subject": subject, "body": "", "at": NOW.isoformat(), "url": None, "meeting": None}
        if subject
        else None
    )
    fields = [{"object": write.object, "name": write.name, "value": write.value} for write in writes]
    return Order(
        site=SITE,
        kind="contact.qualified",
        conversation=TALK,
        by="conversation",
        match=TALK,
        writes=writes,
        activity=activity,
        document={"idempotency_key": key, "fields": fields, "activity": activity},
        occurred_at=NOW,
    )


SEATS = Write("deal", "seats", 40)
PLAN = Write("deal", "plan", "Team")
FIRST, SECOND = "a" * 64, "b" * 64


async def test_an_order_is_written(world: World) -> None:
    await world.provider.apply(an_order(FIRST, SEATS, PLAN, subject="Asked for Team"), FIRST)

    assert await world.fields() == {"deal.seats": 40, "deal.plan": "Team"}
    assert await world.activities() == ["Asked for Team"]


async def test_the_same_key_again_changes_nothing_and_returns_the_first_effect(world: World) -> None:
    first = await world.provider.apply(an_order(FIRST, SEATS, subject="Note"), FIRST)
    await world.edit("deal.seats", 50)

    again = await world.provider.apply(an_order(FIRST, SEATS, subject="Note"), FIRST)

    assert again == first
    assert await world.fields() == {"deal.seats": 50}
    assert await world.activities() == ["Note"]


async def test_the_same_key_at_once_has_one_effect(world: World) -> None:
    orders = [world.provider.apply(an_order(FIRST, SEATS, subject="Note"), FIRST) for _ in range(5)]

    effects = await asyncio.gather(*orders)

    assert all(effect == effects[0] for effect in effects)
    assert await world.activities() == ["Note"]


async def test_two_orders_of_one_conversation_meet_in_one_record(world: World) -> None:
    await world.provider.apply(an_order(FIRST, SEATS), FIRST)
    await world.provider.apply(an_order(SECOND, PLAN), SECOND)

    assert await world.fields() == {"deal.seats": 40, "deal.plan": "Team"}


async def test_taking_back_restores_what_was_there(world: World) -> None:
    await world.provider.apply(an_order(FIRST, SEATS), FIRST)
    effect = await world.provider.apply(
        an_order(SECOND, Write("deal", "seats", 60), PLAN, subject="Grew"), SECOND
    )

    result = await world.provider.undo(SITE, effect, SECOND)

    assert result.outcome == "undone"
    assert await world.fields() == {"deal.seats": 40}
    assert await world.activities() == []


async def test_taking_back_after_an_edit_names_the_difference_and_touches_nothing(world: World) -> None:
    effect = await world.provider.apply(an_order(FIRST, SEATS, PLAN, subject="Note"), FIRST)
    await world.edit("deal.seats", 50)

    result = await world.provider.undo(SITE, effect, FIRST)

    found = [(item.object, item.field, item.wrote, item.found, item.before) for item in result.differences]
    assert result.outcome == "changed_since"
    assert found == [("deal", "seats", 40, 50, None)]
    assert await world.fields() == {"deal.seats": 50, "deal.plan": "Team"}
    assert await world.activities() == ["Note"]


async def test_taking_back_over_differences_that_were_seen_restores_what_was_there(world: World) -> None:
    await world.provider.apply(an_order(FIRST, SEATS), FIRST)
    effect = await world.provider.apply(
        an_order(SECOND, Write("deal", "seats", 60), PLAN, subject="Grew"), SECOND
    )
    await world.edit("deal.seats", 50)
    shown = await world.provider.undo(SITE, effect, SECOND)

    result = await world.provider.undo(SITE, effect, SECOND, seen=shown.differences)

    assert result.outcome == "undone"
    assert await world.fields() == {"deal.seats": 40}
    assert await world.activities() == []


async def test_taking_back_asks_again_when_something_else_changed_than_was_seen(world: World) -> None:
    effect = await world.provider.apply(an_order(FIRST, SEATS, PLAN, subject="Note"), FIRST)
    await world.edit("deal.seats", 50)
    shown = await world.provider.undo(SITE, effect, FIRST)
    await world.edit("deal.seats", 70)

    result = await world.provider.undo(SITE, effect, FIRST, seen=shown.differences)

    assert result.outcome == "changed_since"
    assert [item.found for item in result.differences] == [70]
    assert await world.fields() == {"deal.seats": 70, "deal.plan": "Team"}
    assert await world.activities() == ["Note"]


async def test_taking_back_twice_is_taking_back_once(world: World) -> None:
    effect = await world.provider.apply(an_order(FIRST, SEATS), FIRST)
    await world.provider.undo(SITE, effect, FIRST)
    await world.provider.apply(an_order(SECOND, SEATS), SECOND)

    again = await world.provider.undo(SITE, effect, FIRST)

    assert again.outcome == "undone"
    assert await world.fields() == {"deal.seats": 40}
