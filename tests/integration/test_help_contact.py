"""A message to the team from inside the product: it reaches a person with where it was written, once, and sealed."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server.actions.tables import HandoffRow
from server.briefing import brief_of, brief_text
from server.erasing import erase_message
from server.floor import Floor, Joined
from server.frames import Contact, Hello, Page, Say
from server.members.values import Member
from server.store.conversations import frames_after
from server.turn import take_turn
from server.wiring import House, build
from tests.support.actions_world import MONDAY, Now
from tests.support.models import an_installation


class Signed:
    """Everybody with a token is Ada."""

    async def read(self, site: str, token: str, now: Any) -> Member:
        return Member(
            site, "ada", "Ada Byron", "ada@acme.example", "business", "Business", "Acme", frozenset(), ("public",),
            now + timedelta(hours=1),
        )  # fmt: skip


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = build(an_installation(tmp_path), clock=Now(MONDAY + timedelta(hours=1)))
    desk = replace(built.desk, members=Signed())
    await desk.library.refresh("demo")
    yield replace(built, desk=desk)
    built.desk.pool.shutdown()
    await built.engine.dispose()


async def a_reader(house: House, token: str | None = None) -> Joined:
    hello = Hello(type="hello", site="demo", mode="help", consent="conversation", identity=token)
    return await Floor(house.desk).join(hello)


def a_message(text: str) -> Contact:
    return Contact(
        type="contact",
        id=uuid.uuid4().hex,
        text=text,
        page=Page(url="https://app.acme.example/board/week?token=secret", title="Board"),
        app_version="4.2.1",
        last_error="TypeError at /jobs for ben@acme.example",
    )


async def _log(house: House, joined: Joined) -> list[dict[str, Any]]:
    async with house.desk.readers() as session:
        return await frames_after(session, house.desk.vault, "demo", joined.conversation, 0)


async def _handoffs(house: House, joined: Joined) -> list[HandoffRow]:
    async with house.desk.readers() as session:
        found = select(HandoffRow).where(HandoffRow.conversation == joined.conversation)
        return list(await session.scalars(found))


async def test_it_reaches_the_team_with_where_it_was_written_and_asks_a_member_for_nothing(
    house: House,
) -> None:
    joined = await a_reader(house, "token")
    message = a_message("The board stays empty. Can I book a demo of the fix next Tuesday?")

    await take_turn(house.desk, "demo", joined.conversation, message)
    await take_turn(house.desk, "demo", joined.conversation, message)

    log = await _log(house, joined)
    blocks = [frame["block"]["kind"] for frame in log if frame["type"] == "block"]
    said = [frame["text"] for frame in log if frame["type"] == "message"]
    [wish] = await _handoffs(house, joined)
    assert said == ["The board stays empty. Can I book a demo of the fix next Tuesday?"]
    assert "handoff" in blocks
    assert "form" not in blocks
    assert "slots" not in blocks
    assert wish.email
    for told in (
        "The board stays empty",
        "page: /board/week",
        "version: 4.2.1",
        "last error: TypeError at /jobs for [email_",
    ):
        assert told in wish.summary
    assert "secret" not in wish.summary
    assert "ben@acme.example" not in wish.summary
    async with house.desk.readers() as session:
        brief = await brief_of(session, house.desk.policy("demo"), "demo", joined.conversation)
        mail = await brief_text(house.desk, session, "demo", joined.conversation)
    assert brief is not None
    assert dict(brief.about)["version"] == "4.2.1"
    assert "Wrote from the product" in mail
    words = next(frame for frame in log if frame["type"] == "message")

    async with house.desk.writers() as session:
        await erase_message(
            session, "demo", joined.conversation, words["id"], by="ada", now=house.desk.clock()
        )
        await session.commit()

    [wish] = await _handoffs(house, joined)
    assert "4.2.1" not in wish.summary
    assert "TypeError" not in wish.summary
    async with house.desk.readers() as session:
        assert "4.2.1" not in await brief_text(house.desk, session, "demo", joined.conversation)


async def test_of_somebody_unknown_an_address_is_asked_and_in_a_talk_with_a_person_it_is_one_more_message(
    house: House,
) -> None:
    unknown = await a_reader(house)
    await take_turn(house.desk, "demo", unknown.conversation, a_message("Nothing loads."))
    kinds = [frame["block"]["kind"] for frame in await _log(house, unknown) if frame["type"] == "block"]
    assert kinds == ["handoff", "form"]

    joined = await a_reader(house, "token")
    await take_turn(
        house.desk,
        "demo",
        joined.conversation,
        Say(type="say", id=uuid.uuid4().hex, text="I want to talk to a person"),
    )
    await Floor(house.desk).take_over("demo", joined.conversation, "ada")
    before = len(await _log(house, joined))

    await take_turn(house.desk, "demo", joined.conversation, a_message("It happened again."))

    fresh = (await _log(house, joined))[before:]
    assert [frame["text"] for frame in fresh if frame["type"] == "message"] == ["It happened again."]
    assert all(frame["type"] == "message" for frame in fresh)
