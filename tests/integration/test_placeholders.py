"""What looks like a placeholder and is none: in documents, in a playbook, in a colleague's words."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from knowledge.values import Answer, Line, PutDocument, Sentences
from server.actions import outbox
from server.app import create_app
from server.dialogue.blocks import TextBlock
from server.floor import Floor, Joined
from server.frames import Choose, Hello, Say, Submit
from server.moves.answering import blocks
from server.placeholders import PLACEHOLDER, harmless, shown
from server.store.conversations import frames_after
from server.turn import take_turn
from server.wiring import DEMO, House, build
from tests.support.models import an_installation
from tests.support.privacy import rows

MAIL = "zqwert@zqplm.example"
APART = "[\N{WORD JOINER}email_1]"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Its documents and its playbook hold what looks like a sealed address."""
    playbooks = tmp_path / "playbooks"
    playbooks.mkdir()
    demo = (DEMO / "playbooks" / "demo.yaml").read_text(encoding="utf-8")
    assert "title: Fernway demo" in demo
    demo = demo.replace("title: Fernway demo", 'title: "Fernway demo [email_1]"', 1)
    (playbooks / "demo.yaml").write_text(demo, encoding="utf-8")
    changed = {"demo": False, "playbooks": playbooks}
    made = build(an_installation(tmp_path / "data").model_copy(update=changed))
    library, now = made.desk.library, made.desk.clock()
    words = "The zebra export writes [email_1] where the zebra address of a customer was."
    await library.put_document("demo", PutDocument("zebra", "Zebra export [email_1]", words), now=now)
    await library.refresh("demo")
    yield made
    made.desk.pool.shutdown()
    await made.engine.dispose()


async def do(house: House, joined: Joined, frame: Say | Choose | Submit) -> list[dict[str, Any]]:
    """All frames so far."""
    await take_turn(house.desk, "demo", joined.conversation, frame)
    async with house.desk.readers() as session:
        return await frames_after(session, house.desk.vault, "demo", joined.conversation, 0)


def says(words: str) -> Say:
    return Say(type="say", id=uuid.uuid4().hex, text=words)


async def joined_with_address(house: House) -> Joined:
    hello = Hello(type="hello", site="demo", consent="conversation", time_zone="Europe/Berlin")
    joined = await Floor(house.desk).join(hello)
    await do(house, joined, says(f"my mail is {MAIL}"))
    return joined


async def test_a_quoted_document_is_shown_as_it_stands_to_one_whose_address_it_seems_to_name(
    house: House,
) -> None:
    joined = await joined_with_address(house)

    frames = await do(house, joined, says("what does the zebra export write for a customer address?"))

    replied = json.dumps([frame for frame in frames if frame["type"] == "block"], ensure_ascii=False)
    assert "The zebra export writes [email_1]" in replied
    assert MAIL not in replied
    assert frames[0]["text"] == f"my mail is {MAIL}", "their own words are filled in"


async def test_a_colleague_who_types_a_placeholder_says_just_that(house: House) -> None:
    joined = await joined_with_address(house)

    await Floor(house.desk).say_as_person("demo", joined.conversation, "ada", "we store it as [email_1]")
    frames = await do(house, joined, says("ok"))

    assert "we store it as [email_1]" in [frame.get("text") for frame in frames]


async def test_a_meetings_title_is_filled_in_neither_in_chat_nor_letters_nor_pages_nor_the_crm(
    house: House,
) -> None:
    joined = await joined_with_address(house)
    frames = await do(house, joined, says("can I see a demo next week?"))
    offered = next(
        frame["block"] for frame in reversed(frames) if frame.get("block", {}).get("kind") == "slots"
    )
    slot = offered["days"][0]["slots"][0]
    pick = Choose(
        type="choose", id=uuid.uuid4().hex, prompt=offered["prompt"], value=slot["value"], label=slot["label"]
    )
    frames = await do(house, joined, pick)
    booked = next(
        frame["block"] for frame in reversed(frames) if frame.get("block", {}).get("kind") == "meeting"
    )
    await deliver(house)
    transport = httpx.ASGITransport(app=create_app(house.settings, house))  # type: ignore[arg-type]  # Litestar is ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as browser:
        page = (await browser.get(booked["manage_url"])).text
        calendar = (await browser.get(booked["ics_url"])).text
    kept = await rows(house.desk.readers, ())

    notes = "\n".join(row for name, row in kept if name == "crm_activities")
    mails = [row for name, row in kept if name == "mails"]
    assert booked["title"] == f"Fernway demo {APART}"
    assert f"Fernway demo {APART}" in notes
    assert mails
    assert all(f"Fernway demo {APART}" in row for row in mails)
    assert f"Fernway demo {APART}" in page
    for words in (booked["title"], notes, page, calendar.replace("\r\n ", "")):
        assert f"demo {MAIL}" not in words
    assert not any(f"demo {MAIL}" in row for row in mails)


async def deliver(house: House) -> None:
    desk, handlers = house.desk, house.handlers
    async with desk.readers() as session:
        effects = await outbox.due(session, now=desk.clock())
    for effect in effects:
        await outbox.run(desk.writers, handlers, effect, clock=desk.clock)
    while waiting := await desk.ledger.due(desk.clock()):
        for update in waiting:
            await desk.ledger.deliver(update, now=desk.clock())


def test_words_without_a_source_that_are_not_ours_hold_no_placeholder() -> None:
    answer = Answer(
        question="",
        parts=(Sentences((Line("Write to [email_1].", ()), Line("[email_1] it says.", (1,)))),),
        citations=(), abstained=False, confidence=1.0, nearest=(), found=(), searched_for="",
        generation=1, timings_ms={},
    )  # fmt: skip

    (said,) = blocks(answer)

    assert isinstance(said, TextBlock)
    frame = {"type": "block", "block": said.model_dump(mode="json")}
    lines = shown(frame, {"[email_1]": MAIL})["block"]["lines"]
    assert [line["text"] for line in lines] == [f"Write to {APART}.", "[email_1] it says."]


def test_harmless_words_look_alike_and_hold_nothing_to_fill_in() -> None:
    made = harmless({"a": ["mail [email_1]", 3], "b": None})

    assert made == {"a": [f"mail {APART}", 3], "b": None}
    assert not PLACEHOLDER.search(str(made))
