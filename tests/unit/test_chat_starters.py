"""What the widget offers before anything was said."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from server.chat.starters import Starters
from server.desk import Desk
from server.playbook.words import SiteRules

RULES: dict[str, Any] = {"name": "Acme", "accent": "#3650b8", "greeting": "Hello"}


class Pages:
    """A library that counts how often it is searched for questions."""

    def __init__(self) -> None:
        self.looked = 0
        self.number = 1
        self.is_broken = False

    def generation(self, _site: str) -> int:
        return self.number

    def starters(self, site: str) -> list[str]:
        self.looked += 1
        if self.is_broken:
            raise RuntimeError("the index can not be read")
        return [f"What does {site} cost?"]


class Table:
    """As much of a desk as starters need."""

    def __init__(self) -> None:
        self.library = Pages()

    async def in_thread(self, work: Any, *arguments: Any) -> Any:
        await asyncio.sleep(0)
        return work(*arguments)


async def test_the_playbooks_own_questions_come_first() -> None:
    table = Table()
    rules = SiteRules(**RULES, starters=("How do refunds work?",), help_starters=("How do I invite a crew?",))
    starters = Starters()

    chat = await starters.of(cast("Desk", table), "acme", rules, "chat")
    help_panel = await starters.of(cast("Desk", table), "acme", rules, "help")

    assert list(chat) == ["How do refunds work?"]
    assert list(help_panel) == ["How do I invite a crew?"]
    assert table.library.looked == 0


async def test_without_them_the_pages_are_asked_once_a_generation() -> None:
    table, rules, starters = Table(), SiteRules(**RULES), Starters()
    desk = cast("Desk", table)

    first = await starters.of(desk, "acme", rules, "chat")
    await starters.of(desk, "acme", rules, "help")
    looked = table.library.looked
    table.library.number = 2
    await starters.of(desk, "acme", rules, "chat")

    assert list(first) == ["What does acme cost?"]
    assert looked == 1
    assert table.library.looked == 2


async def test_all_who_open_the_widget_at_once_wait_for_one_search() -> None:
    table, rules, starters = Table(), SiteRules(**RULES), Starters()
    desk = cast("Desk", table)

    got = await asyncio.gather(*(starters.of(desk, "acme", rules, "chat") for _ in range(40)))

    assert table.library.looked == 1
    assert {tuple(each) for each in got} == {("What does acme cost?",)}


async def test_a_visitor_who_leaves_does_not_stop_the_search_for_the_others() -> None:
    table, rules, starters = Table(), SiteRules(**RULES), Starters()
    desk = cast("Desk", table)
    leaves = asyncio.create_task(starters.of(desk, "acme", rules, "chat"))
    stays = asyncio.create_task(starters.of(desk, "acme", rules, "chat"))
    await asyncio.sleep(0)

    leaves.cancel()

    assert list(await stays) == ["What does acme cost?"]
    assert table.library.looked == 1


async def test_a_search_that_failed_is_made_again_for_the_next_visitor() -> None:
    table, rules, starters = Table(), SiteRules(**RULES), Starters()
    desk = cast("Desk", table)
    table.library.is_broken = True
    with pytest.raises(RuntimeError):
        await starters.of(desk, "acme", rules, "chat")

    table.library.is_broken = False

    assert list(await starters.of(desk, "acme", rules, "chat")) == ["What does acme cost?"]
