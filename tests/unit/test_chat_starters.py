"""What the widget offers before anything was said."""

from __future__ import annotations

from typing import Any, cast

from server.chat.starters import Starters
from server.desk import Desk
from server.playbook import SiteRules

RULES: dict[str, Any] = {"name": "Acme", "accent": "#3650b8", "greeting": "Hello"}


class Pages:
    """A library that counts how often it is searched for questions."""

    def __init__(self) -> None:
        self.looked = 0
        self.number = 1

    def generation(self, _site: str) -> int:
        return self.number

    def starters(self, site: str) -> list[str]:
        self.looked += 1
        return [f"What does {site} cost?"]


class Table:
    """As much of a desk as starters need."""

    def __init__(self) -> None:
        self.library = Pages()

    async def in_thread(self, work: Any, *arguments: Any) -> Any:
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
