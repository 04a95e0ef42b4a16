"""An admin deletes in the console, and reads what is left to look after elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.console_seed import a_conversation, an_update
from tests.support.console_visit import shown, visiting, words
from tests.support.console_world import World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def test_an_admin_deletes_a_conversation_and_only_an_admin_sees_the_button(world: World) -> None:
    talk = await a_conversation(world)
    await an_update(world, talk)

    async with visiting(world, "manager") as visit:
        page = await visit.see(f"conversations/{talk}")
        refused = await visit.press(f"conversations/{talk}/erase")
    assert "Delete conversation" not in page.text
    assert refused.status_code == 403
    async with visiting(world, "admin") as visit:
        page = await visit.see(f"conversations/{talk}")
        told = await visit.press(f"conversations/{talk}/erase")
        gone = await visit.see(f"conversations/{talk}")
        audit = await visit.see("audit")

    assert "Delete conversation" in page.text
    assert "Conversation deleted" in words(shown(told))
    assert "2 CRM updates that had not left were stopped" in words(shown(told))
    assert gone.status_code == 404
    assert talk in audit.text


async def test_an_admin_deletes_one_message_and_the_conversation_stays(world: World) -> None:
    talk = await a_conversation(world)

    async with visiting(world, "admin") as visit:
        told = await visit.press(f"conversations/{talk}/messages/m-00000000-b/erase")
        page = await visit.see(f"conversations/{talk}")

    assert "2 sealed details" in words(shown(told))
    assert "You can reach me at" not in page.text
    assert "(removed)" in page.text
