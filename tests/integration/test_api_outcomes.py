"""Other systems tell what became of leads, by conversation or by the address that was given there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.api.deps import ApiDeps
from server.store import outcomes
from server.store.deeds import deeds
from server.store.vault import Vault
from tests.support.api_world import AT, calling
from tests.support.console_seed import a_conversation
from tests.support.console_world import NOW, SITE, World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path, accounts=False)
    yield world
    await world.close()


async def _kinds(world: World, conversation: str) -> list[str]:
    async with world.desk.readers() as session:
        return [row.kind for row in await outcomes.of(session, SITE, conversation)]


async def test_the_same_outcome_told_twice_is_kept_once(world: World) -> None:
    conversation = await a_conversation(world)
    body = {"conversation": conversation, "kind": "won", "at": (NOW - timedelta(days=1)).isoformat()}
    async with calling(world, ["outcomes:write"]) as api:
        first = await api.post(f"{AT}/outcomes", json=body)
        second = await api.post(f"{AT}/outcomes", json=body)

    assert (first.status_code, first.json()["result"]) == (201, "created")
    assert (second.status_code, second.json()["result"]) == (200, "unchanged")
    assert await _kinds(world, conversation) == ["won"]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "2100-01-01T00:00:00Z"])
async def test_a_moment_that_can_not_be_is_refused_by_its_field(world: World, at: str) -> None:
    body = {"conversation": await a_conversation(world), "kind": "won", "at": at}
    async with calling(world, ["outcomes:write"]) as api:
        told = await api.post(f"{AT}/outcomes", json=body)

    assert told.status_code == 422
    assert told.json()["errors"][0]["field"] == "at"


async def test_of_two_that_exclude_each_other_the_later_stands(world: World) -> None:
    conversation = await a_conversation(world)
    async with calling(world, ["outcomes:write"]) as api:
        await api.post(f"{AT}/outcomes", json={"conversation": conversation, "kind": "won"})
        lost = await api.post(f"{AT}/outcomes", json={"conversation": conversation, "kind": "lost"})

    assert (lost.status_code, lost.json()["result"]) == (200, "changed")
    assert await _kinds(world, conversation) == ["lost"]


async def test_an_address_finds_the_conversation_in_which_it_was_given(world: World) -> None:
    await a_conversation(world, 1)
    conversation = await a_conversation(world, 2)
    async with calling(world, ["outcomes:write"]) as api:
        told = await api.post(f"{AT}/outcomes", json={"email": "Ada2@Example.com", "kind": "meeting_held"})
        stranger = await api.post(f"{AT}/outcomes", json={"email": "nobody@example.com", "kind": "won"})

    assert (told.status_code, told.json()["conversation"]) == (201, conversation)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "not_found")
    assert "nobody@example.com" not in stranger.text


async def test_nobody_waits_to_write_while_addresses_are_looked_through(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = await a_conversation(world, 2)
    seen: list[bool] = []
    look = Vault._holding

    def watched(vault: Vault, *given: Any) -> list[str]:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        seen.extend(lock.locked() for lock in world_locks)
        return look(vault, *given)

    world_locks: list[asyncio.Lock] = []
    one_writer = ApiDeps.one_writer

    def noted(api: ApiDeps, site: str) -> asyncio.Lock:
        world_locks.append(one_writer(api, site))
        return world_locks[-1]

    monkeypatch.setattr(Vault, "_holding", watched)
    monkeypatch.setattr(ApiDeps, "one_writer", noted)
    async with calling(world, ["outcomes:write"]) as api:
        for _ in range(2):  # the second finds the lock of the first
            told = await api.post(f"{AT}/outcomes", json={"email": "ada2@example.com", "kind": "won"})

    assert told.json()["conversation"] == conversation
    assert seen == [False]


async def test_what_was_told_wrongly_is_taken_back_and_stands_in_the_audit_trail(world: World) -> None:
    conversation = await a_conversation(world)
    async with calling(world, ["outcomes:write"]) as api:
        await api.post(f"{AT}/outcomes", json={"conversation": conversation, "kind": "won"})
        gone = await api.delete(f"{AT}/outcomes/{conversation}/won")
        again = await api.delete(f"{AT}/outcomes/{conversation}/won")
    async with world.desk.readers() as session:
        acts = [(deed.act, deed.by) for deed in await deeds(session, SITE)]

    assert (gone.status_code, again.status_code) == (204, 404)
    assert await _kinds(world, conversation) == []
    assert acts == [("outcome_withdrawn", "token tests"), ("outcome_marked", "token tests")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"conversation": "c", "kind": "ghosted"}, "kind"),
        ({"kind": "won"}, "body"),
        ({"conversation": "c", "email": "ada@example.com", "kind": "won"}, "body"),
        ({"conversation": "c", "kind": "won", "at": (NOW + timedelta(days=1)).isoformat()}, "at"),
        ({"conversation": "c", "kind": "won", "name": "Ada"}, "name"),
    ],
)
async def test_what_can_not_be_is_refused_by_field(world: World, body: dict[str, str], field: str) -> None:
    async with calling(world, ["outcomes:write"]) as api:
        refused = await api.post(f"{AT}/outcomes", json=body)

    assert (refused.status_code, refused.json()["code"]) == (422, "bad_field")
    assert refused.json()["errors"][0]["field"] == field


async def test_the_conversation_of_another_site_is_not_found(world: World) -> None:
    conversation = await a_conversation(world, site="other")
    async with calling(world, ["outcomes:write"]) as api:
        told = await api.post(f"{AT}/outcomes", json={"conversation": conversation, "kind": "won"})

    assert told.status_code == 404


async def test_a_token_without_the_scope_tells_nothing(world: World) -> None:
    conversation = await a_conversation(world)
    async with calling(world, ["knowledge:read"]) as api:
        told = await api.post(f"{AT}/outcomes", json={"conversation": conversation, "kind": "won"})

    assert (told.status_code, told.json()["code"]) == (403, "missing_scope")
    assert await _kinds(world, conversation) == []


async def test_outcomes_go_with_their_conversation(world: World) -> None:
    conversation, other = await a_conversation(world, 1), await a_conversation(world, 2)
    async with world.desk.writers() as session:
        for each in (conversation, other):
            await outcomes.mark(session, SITE, each, "won", by="rep", now=NOW)
        await outcomes.forget(session, SITE, conversation)
        await session.commit()

    assert (await _kinds(world, conversation), await _kinds(world, other)) == ([], ["won"])
