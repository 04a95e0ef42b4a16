"""kill -9 in the middle of things: after a restart nothing is missing, nothing is doubled, nothing is forgotten."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.serving import Server, a_server, eventually
from tests.support.visitor import Visitor, block

pytestmark = pytest.mark.slow

# Seconds between sending and the kill: before the turn is read, while it is thought about, around its commit, and
# while what follows it is under way.
MOMENTS = (0.0, 0.02, 0.05, 0.12, 0.4)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with a_server({"FRONTDESK_TURNS_PER_MINUTE": "1000"}) as running:
        yield running


def rows(server: Server, query: str, *values: object) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{server.data_dir / 'frontdesk.db'}?mode=ro", uri=True) as database:
        return database.execute(query, values).fetchall()


async def restart(server: Server) -> None:
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


async def resume(visitor: Visitor, *unanswered: dict[str, Any]) -> None:
    """Come back as the widget does: say what was seen, send again what was not answered, read until it is."""
    await visitor.disconnect()
    await visitor.connect()
    for frame in unanswered:
        await visitor.send(frame)
    wanted = {frame["id"] for frame in unanswered}
    while True:
        answered = {frame.get("client_id") for frame in visitor.log}
        if wanted <= answered and visitor.log[-1]["type"] == "done":
            return
        await visitor.receive()


def assert_whole(visitor: Visitor) -> None:
    numbers = [frame["seq"] for frame in visitor.log]
    assert numbers == list(range(1, len(numbers) + 1)), "each frame once, in order, none missing"


@pytest.mark.timeout(300)
async def test_killed_in_the_middle_of_an_answer_the_conversation_is_whole_after_a_restart(
    server: Server,
) -> None:
    visitor = Visitor(server.url)
    await visitor.connect()

    for count, moment in enumerate(MOMENTS[:4], start=1):
        frame = {"type": "say", "id": f"question-{count:04}", "text": "What does the Team plan cost?"}
        await visitor.send(frame)
        await asyncio.sleep(moment)
        await restart(server)
        await resume(visitor, frame)
        assert_whole(visitor)

    await visitor.disconnect()
    said = [frame["client_id"] for frame in visitor.log if frame.get("author") == "visitor"]
    assert said == [f"question-{count:04}" for count in range(1, 5)]
    assert [frame["type"] for frame in visitor.log].count("done") == 4


@pytest.mark.timeout(400)
async def test_killed_in_the_middle_of_a_booking_there_is_one_meeting_one_update_and_one_mail_each(
    server: Server,
) -> None:
    conversations = []
    for count, moment in enumerate(MOMENTS):
        visitor = Visitor(server.url)
        await visitor.connect()
        offered = block(await visitor.say("Can I book a demo next week?"), "slots")
        slot = offered["days"][0]["slots"][count % len(offered["days"][0]["slots"])]
        form = block(await visitor.choose(offered["prompt"], slot["value"], slot["label"]), "form")
        address = {"email": f"ada.{count}@example.com", "name": "Ada"}
        frame = {"type": "submit", "id": f"booking-{count:04}", "prompt": form["prompt"], "fields": address}

        await visitor.send(frame)
        await asyncio.sleep(moment)
        await restart(server)
        await resume(visitor, frame)

        assert_whole(visitor)
        assert visitor.log[-2]["block"]["state"] == "confirmed"
        conversations.append(visitor.identity["conversation"])
        await visitor.disconnect()

    for conversation in conversations:
        assert_booked_once(server, conversation)


def assert_booked_once(server: Server, conversation: str) -> None:
    """One meeting, one delivered update, a mail for either side, one entry in the CRM's timeline."""
    booked = "select id from meetings where conversation = ? and state = 'confirmed'"
    ((meeting,),) = rows(server, booked, conversation)
    updates = "select status from crm_updates where conversation = ? and kind = 'meeting.booked'"
    mails = "select count(*) from mails where key like ?"

    eventually(
        "the update is delivered",
        lambda: rows(server, updates, conversation) == [("delivered",)],
        within_s=60,
    )
    eventually(
        "both sides have their mail",
        lambda: rows(server, mails, f"meeting:{meeting}:%") == [(2,)],
        within_s=60,
    )
    activities = rows(server, "select meeting from crm_activities where type = 'meeting'")
    told = [json.loads(meeting_json)["ref"] for (meeting_json,) in activities]
    assert told.count(meeting) == 1
