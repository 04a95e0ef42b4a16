"""What a server does for every site in the background: one site that fails holds up no other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock, MagicMock

from crm_sync.deciding import lessons
from server.actions import forgetting as actions
from server.desk import Desk
from server.store import closing, doubts, events, groups, helped, nudges, touches
from server.wiring import life


class Shelves:
    """A library in which one site can not be loaded."""

    def __init__(self, broken: str) -> None:
        self.broken = broken
        self.loaded: list[str] = []

    async def refresh(self, site: str) -> int:
        if site == self.broken:
            raise ValueError(f"the index of {site!r} is torn")
        self.loaded.append(site)
        return 1

    async def forget_old(self, site: str, _: object) -> None:
        await self.refresh(site)


async def test_a_site_that_can_not_be_loaded_holds_up_no_other(monkeypatch: Any) -> None:
    shelves, said = Shelves("acme"), []
    note = SimpleNamespace(exception=lambda event, **about: said.append((event, about)))
    monkeypatch.setattr(life, "log", lambda: note)
    desk = SimpleNamespace(playbooks=SimpleNamespace(sites=("acme", "demo", "other")), library=shelves)

    await life._refresh(cast("Desk", desk))

    assert shelves.loaded == ["demo", "other"]
    assert said == [("site.not_loaded", {"site": "acme"})]


async def test_what_is_old_is_forgotten_of_every_site_whatever_becomes_of_another(monkeypatch: Any) -> None:
    shelves, said = Shelves("acme"), []
    note = SimpleNamespace(exception=lambda event, **about: said.append((event, about)))
    monkeypatch.setattr(life, "log", lambda: note)
    forgotten: list[str] = []
    for room in (touches, events, helped, nudges, closing, groups, actions, lessons):
        monkeypatch.setattr(room, "forget_old", AsyncMock())
    monkeypatch.setattr(
        doubts, "forget_old", AsyncMock(side_effect=lambda _, site, __: forgotten.append(site))
    )
    sites = SimpleNamespace(sites=("acme", "demo", "other"))
    writers = MagicMock(return_value=AsyncMock())
    desk = SimpleNamespace(playbooks=sites, library=shelves, clock=lambda: None, writers=writers)

    await life._forget_old(cast("Desk", desk))

    assert shelves.loaded == forgotten == ["demo", "other"]
    assert said == [("knowledge.not_forgotten", {"site": "acme"})]
