"""Deleting a conversation, or one message of it: what is gone in every room, and what is said of the rest."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server.actions import handoff, outbox
from server.actions.mailbox import Mailbox
from server.actions.tables import EffectRow
from server.actions.values import Effect, EffectRequest, HandoffRequest, Mail, Presence
from server.erasing import Erased, erase_conversation, erase_message
from server.errors import FrontdeskError, NotFound
from server.floor import Floor, Joined
from server.frames import Hello, Rate, Say
from server.store import outcomes
from server.store.conversations import frames_after, load_talk
from server.striking import REMOVED
from server.turn import take_turn
from server.wiring import House, build, upgrade_database
from tests.support.models import an_installation
from tests.support.postgres import fresh_database
from tests.support.privacy import rows

MAIL = "zqwert@zqplm.example"
NONSENSE = "how do I varnish a submarine cable with zebra paint?"


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    if request.param == "sqlite":
        async for made in _a_house(tmp_path, ""):
            yield made
        return
    with fresh_database() as url:
        async for made in _a_house(tmp_path, url):
            yield made


async def _a_house(folder: Path, url: str) -> AsyncIterator[House]:
    settings = an_installation(folder)
    if url:
        settings = settings.model_copy(update={"database_url": url})
        await asyncio.to_thread(upgrade_database, settings)
    made = build(settings)
    await made.desk.library.refresh("demo")
    yield made
    made.desk.pool.shutdown()
    await made.engine.dispose()


async def join(house: House) -> Joined:
    hello = Hello(type="hello", site="demo", consent="conversation", time_zone="Europe/Berlin")
    return await Floor(house.desk).join(hello)


async def say(house: House, joined: Joined, text: str) -> str:
    """Its turn."""
    frame = Say(type="say", id=uuid.uuid4().hex, text=text)
    saved = await take_turn(house.desk, "demo", joined.conversation, frame)
    assert saved is not None
    return saved.turn


async def message_of(house: House, joined: Joined, words: str) -> str:
    for frame in await frames(house, joined):
        if words in str(frame.get("text", "")):
            return str(frame["id"])
    raise AssertionError(words)


async def frames(house: House, joined: Joined) -> list[dict[str, Any]]:
    async with house.desk.readers() as session:
        return await frames_after(session, house.desk.vault, "demo", joined.conversation, 0)


async def everything(house: House, *skip: str) -> str:
    return "\n".join(f"{name}: {row}" for name, row in await rows(house.desk.readers, skip))


async def erased(house: House, joined: Joined, message: str = "") -> Erased:
    now = house.desk.clock()
    async with house.desk.writers() as session:
        if message:
            gone = await erase_message(session, "demo", joined.conversation, message, by="ada", now=now)
        else:
            gone = await erase_conversation(session, "demo", joined.conversation, by="ada", now=now)
        await session.commit()
    return gone


async def a_full_conversation(house: House) -> Joined:
    """Facts, a sealed address, a gap, a rating with a doubt, an outcome, a hand-over with letters, CRM updates."""
    joined = await join(house)
    await say(house, joined, "we are 45 technicians in heating, what does Team cost?")
    turn = await say(house, joined, NONSENSE)
    rate = Rate(type="rate", id="rating-0001", turn=turn, value="down", reason="no help with varnish")
    await Floor(house.desk).rate(joined, rate)
    await say(house, joined, f"please let a person write to {MAIL}")
    async with house.desk.writers() as session:
        await outcomes.mark(session, "demo", joined.conversation, "won", by="rep", now=house.desk.clock())
        await session.commit()
    return joined


async def test_of_an_erased_conversation_nothing_is_left_but_that_it_was_erased(house: House) -> None:
    joined, other = await a_full_conversation(house), await join(house)
    await say(house, other, "What does Team cost?")
    before = await everything(house, "deeds")

    gone = await erased(house, joined)

    left = await everything(house, "deeds", "crm_audit", "crm_updates")
    assert "varnish" in before
    assert joined.conversation not in left
    assert joined.visitor not in left
    assert "varnish" not in left
    assert "45 technicians" not in left
    updates = [row for name, row in await rows(house.desk.readers, ()) if name == "crm_updates"]
    assert updates
    assert "technicians" not in "\n".join(updates)
    assert "[email_1]" not in "\n".join(updates)
    assert gone.details >= 1
    assert gone.crm_stopped or gone.crm_delivered
    assert other.conversation in left, "nobody else's is touched"
    deeds = [row for name, row in await rows(house.desk.readers, ()) if name == "deeds"]
    assert any("conversation_erased" in row and joined.conversation in row for row in deeds)
    assert not any("varnish" in row for row in deeds)
    assert (await house.desk.ledger.verify_audit("demo")).intact
    with pytest.raises(NotFound):
        await erased(house, joined)


async def test_a_letter_on_its_way_while_its_conversation_is_erased_is_not_kept(house: House) -> None:
    joined, desk = await join(house), house.desk
    folder = house.settings.data_dir / "outbox"
    mailbox = Mailbox(desk.writers, folder, sender="desk@fernway.example", clock=desk.clock)
    async with desk.writers() as session:
        told = EffectRequest("demo", joined.conversation, "letter", {}, "letter:1")
        effect = await outbox.enqueue(session, told, now=desk.clock())
        await session.commit()

    async def letter(doing: Effect) -> None:
        await erased(house, joined)
        await mailbox.send("demo", Mail(to=MAIL, subject="Hello", text="Hello"), key=doing.key)

    await outbox.run(desk.writers, {"letter": letter}, effect, clock=desk.clock)

    assert MAIL not in await everything(house)
    assert list(folder.iterdir()) == []


async def test_what_others_asked_as_well_is_still_a_gap_without_this_one(house: House) -> None:
    mine, theirs = await join(house), await join(house)
    for joined in (mine, theirs):
        await say(house, joined, NONSENSE)

    first = await erased(house, mine)
    counted = [row for name, row in await rows(house.desk.readers, ()) if name == "knowledge_gaps"]
    second = await erased(house, theirs)

    assert (first.gaps, second.gaps) == (0, 1)
    assert len(counted) == 1
    assert [row for name, row in await rows(house.desk.readers, ()) if name == "knowledge_gaps"] == []


async def test_an_erased_message_takes_its_words_its_facts_its_points_and_its_details_along(
    house: House,
) -> None:
    joined = await join(house)
    told = f"we are 45 zebra technicians, my mail is {MAIL}"
    await say(house, joined, told)
    await say(house, joined, "What does Team cost?")
    message = await message_of(house, joined, "45 zebra technicians")

    gone = await erased(house, joined, message)
    await say(house, joined, "and Business?")

    async with house.desk.readers() as session:
        talk = await load_talk(session, house.desk.vault, "demo", joined.conversation)
    assert gone.details == 1
    assert talk.details == {}
    assert talk.state.known("team_size") is None
    assert talk.state.known("email") is None
    assert not [signal for signal in talk.state.signals if signal.message_id == message]
    assert [frame["text"] for frame in await frames(house, joined) if frame["type"] == "message"] == [
        REMOVED,
        "What does Team cost?",
        "and Business?",
    ]
    assert "zebra" not in await everything(house)


async def test_an_erased_message_is_struck_where_people_and_queued_work_quote_it(house: House) -> None:
    joined = await join(house)
    await say(house, joined, "our zebra crane broke down again")
    now = house.desk.clock()
    async with house.desk.writers() as session:
        wish = HandoffRequest(
            site="demo", conversation=joined.conversation, reason="wants a person", summary="zebra crane"
        )
        await handoff.request(session, wish, presence=Presence(0, False), now=now, id="h-1")
        again = replace(wish, reason="says: our zebra crane broke down")
        asked = await handoff.request(session, again, presence=Presence(0, False), now=now, id="h-2")
        for note in ("visitor: our zebra crane broke", "call them at noon"):
            await handoff.note_step(session, "demo", joined.conversation, "assigned", now=now, note=note)
        payload = {"event": "handoff_asked", "handoff": "h-1", "reason": asked.reason}
        told = EffectRequest("demo", joined.conversation, "notice_slack", payload, "notice:1")
        await outbox.enqueue(session, told, now=now)
        await session.commit()

    await erased(house, joined, await message_of(house, joined, "zebra crane"))

    assert "zebra" not in await everything(house)
    async with house.desk.readers() as session:
        left = await handoff.load(session, "demo", "h-1")
        notes = [step.note for step in await handoff.steps(session, "demo", joined.conversation)]
        letters = await session.scalars(select(EffectRow).where(EffectRow.kind == "handoff_mail"))
        marks = [row.payload["mark"] for row in letters]
    assert left.reason == f"wants a person; {REMOVED}"
    assert notes == [REMOVED, "call them at noon"]
    assert handoff.mark_of(left) in marks, "the letter that waits still goes out"


async def test_a_detail_that_another_message_tells_as_well_stays_for_it(house: House) -> None:
    joined = await join(house)
    await say(house, joined, f"write to {MAIL}")
    await say(house, joined, f"really, {MAIL} is mine")
    message = await message_of(house, joined, "write to")

    gone = await erased(house, joined, message)

    assert gone.details == 0
    assert f"really, {MAIL} is mine" in [frame.get("text") for frame in await frames(house, joined)]


async def test_only_a_visitors_message_can_be_erased_alone(house: House) -> None:
    joined = await join(house)
    await Floor(house.desk).say_as_person("demo", joined.conversation, "ada", "Hello there")
    message = await message_of(house, joined, "Hello there")

    with pytest.raises(FrontdeskError, match="only a visitor's"):
        await erased(house, joined, message)
    with pytest.raises(NotFound, match="no message"):
        await erased(house, joined, "nothing")
