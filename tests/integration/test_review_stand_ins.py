"""Who is away names who decides for them; their changes become the stand-in's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.console_changes import Wanted, a_change
from tests.support.console_visit import attribute, shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


def day(days: int) -> str:
    return (NOW + timedelta(days=days)).date().isoformat()


async def test_a_rep_names_a_stand_in_whose_inbox_then_has_what_waits_for_the_rep(world: World) -> None:
    change = await a_change(world, Wanted(owner="rep"))

    async with visiting(world, "manager") as manager, visiting(world, "rep") as rep:
        before = shown(await manager.see("inbox?whose=mine")).select(".row-item")
        answer = await rep.press("stand-ins", to="manager", until=day(3))
        told = shown(await rep.see("password"))
        (named,) = await world.ledger.delegations(SITE, now=NOW)
        during = shown(await manager.see("inbox?whose=mine"))
        await rep.press(
            attribute(told, "#stand-ins .sessions form", "action").removeprefix(f"/console/site/{SITE}/")
        )

    assert answer.status_code == 303
    assert before == []
    assert (named.person, named.delegate, named.since) == ("rep", "manager", NOW)
    assert named.until.date().isoformat() == day(4), "the last day is part of it"
    assert words(told, "#stand-ins .sessions").startswith("manager for you")
    assert change in str(during.select_one(".row-item"))
    assert await world.ledger.delegations(SITE, now=NOW) == []


async def test_only_a_manager_names_and_ends_a_stand_in_for_somebody_else(world: World) -> None:
    async with visiting(world, "manager") as manager, visiting(world, "rep") as rep:
        refused = await rep.press("stand-ins", person="manager", to="rep", until=day(3))
        await manager.press("stand-ins", person="manager", to="rep", until=day(3))
        (own,) = await world.ledger.delegations(SITE, now=NOW)
        kept = await rep.press(f"stand-ins/{own.id}/end")
        named = await manager.press("stand-ins", person="rep", to="manager", since=day(1), until=day(3))
        listed = shown(await rep.see("password"))

    assert refused.status_code == 403
    assert kept.status_code == 404
    assert named.status_code == 303
    assert "named by manager" in words(listed, "#stand-ins")
    assert len(listed.select("#stand-ins .sessions form")) == 1, "only of what is one's own"
    assert len(await world.ledger.delegations(SITE, now=NOW)) == 2


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"to": "viewer", "until": "2999-01-01"}, "can not decide at this site"),
        ({"to": "manager", "until": ""}, "choose the last day"),
        ({"to": "manager", "until": "2020-01-01"}, "is over before it begins"),
        ({"to": "rep", "until": "2999-01-01"}, "can not stand in for themselves"),
    ],
)
async def test_what_can_not_be_is_refused_in_words(world: World, form: dict[str, str], why: str) -> None:
    async with visiting(world, "rep") as rep:
        answer = await rep.press("stand-ins", **form)

    assert answer.status_code in (400, 409)
    assert why in answer.text
    assert await world.ledger.delegations(SITE, now=NOW) == []
