"""Follow-ups when something happens in between: erased while drafted, refused by the mail server, one that breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server.actions import outbox
from server.actions.errors import NoUseTrying
from server.actions.follow_ups import cadences, refusals
from server.actions.follow_ups.tables import CadenceRow, FollowUpRow
from server.erasing import erase_conversation
from server.following import drafting, rounds
from server.following.drafting import draft
from server.following.gathering import gather
from server.following.sending import FollowUpPost
from tests.support.follow_up_world import OFFLINE, PRICE, SITE, World, a_world


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
    """Let it happen while a draft is being written."""

    async def gathered(*args: Any, **settings: Any) -> Any:
        found = await gather(*args, **settings)
        await happens()
        return found

    monkeypatch.setattr(drafting, "gather", gathered)


async def test_what_is_erased_while_it_is_drafted_does_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(tmp_path) as world:
        conversation = await world.talk(PRICE)

        async def erase() -> None:
            async with world.desk.writers() as session:
                await erase_conversation(session, SITE, conversation, by="admin", now=world.clock())
                await session.commit()

        meanwhile(monkeypatch, erase)

        made = await world.later(hours=24)

        async with world.desk.readers() as session:
            assert list(await session.scalars(select(FollowUpRow))) == []
        assert made == []


async def test_who_unsubscribes_while_a_draft_is_written_is_in_no_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(tmp_path, send="auto", auto_score=0) as world:
        await world.talk(PRICE)

        async def refuse() -> None:
            async with world.desk.writers() as session:
                [cadence] = await cadences.due(session, SITE, now=world.clock())
                await refusals.refuse(
                    session, SITE, person=cadence.person, conversation="", how="link", now=world.clock()
                )
                await session.commit()

        meanwhile(monkeypatch, refuse)

        made = await world.later(hours=24)

        async with world.desk.readers() as session:
            assert list(await session.scalars(select(FollowUpRow))) == []
        assert made == []


class _Refusing:
    async def send(self, site: str, mail: Any, *, key: str) -> None:
        raise NoUseTrying("no such mailbox", code="refused")


async def test_a_mail_that_nobody_takes_ends_its_cadence(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.talk(PRICE)
        [made] = await world.later(hours=24)
        await world.approve(made)

        await _tried(world)
        await _tried(world)

        assert await world.state(made) == ("stopped", "not_delivered")
        async with world.desk.readers() as session:
            [cadence] = await session.scalars(select(CadenceRow))
            assert (cadence.state, cadence.why) == ("ended", "not_delivered")


async def _tried(world: World) -> None:
    """Every effect that is due, with a mail server that takes nothing."""

    async def unseal(site: str, conversation: str, text: str) -> str:
        return await world.desk.vault.unseal(site, conversation, text, by="follow-up", now=world.clock())

    post = FollowUpPost(world.desk, world.desk_of, _Refusing(), unseal)
    async with world.desk.readers() as session:
        due = await outbox.due(session, now=world.clock())
    for each in due:
        await outbox.run(world.desk.writers, post.handlers(), each, clock=world.clock)


async def test_a_conversation_that_can_not_be_drafted_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_world(tmp_path) as world:
        broken = await world.talk(PRICE)
        await world.talk(OFFLINE, address="bo@solar.example")

        async def drafted(desk: Any, desk_of: Any, cadence: Any, *rest: Any, **settings: Any) -> Any:
            if cadence.conversation == broken:
                raise RuntimeError("a page in an odd shape")
            return await draft(desk, desk_of, cadence, *rest, **settings)

        monkeypatch.setattr(rounds, "draft", drafted)

        made = await world.later(hours=24)

        assert [each.email for each in made] == ["[email_1]"]
        assert made[0].conversation != broken
