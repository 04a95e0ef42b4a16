"""The whole server on PostgreSQL: only the URL differs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres import fresh_database
from tests.support.serving import Server, a_server
from tests.support.visitor import Visitor, block, words


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with fresh_database() as url, a_server({"FRONTDESK_DATABASE_URL": url}) as running:
        yield running


@pytest.mark.timeout(240)
async def test_ask_book_kill_and_resume_on_postgresql(server: Server) -> None:
    visitor = Visitor(server.url)
    await visitor.connect()
    answered = await visitor.say("What does the Team plan cost?")
    offered = block(await visitor.say("Can I see a demo next week?"), "slots")
    slot = offered["days"][0]["slots"][0]
    form = block(await visitor.choose(offered["prompt"], slot["value"], slot["label"]), "form")

    server.kill()
    server.start()
    await visitor.disconnect()
    await visitor.connect()
    booked = block(await visitor.submit(form["prompt"], email="ada@example.com"), "meeting")
    await visitor.disconnect()

    assert "12 EUR" in words(answered)
    assert booked["state"] == "confirmed"
    numbers = [frame["seq"] for frame in visitor.log]
    assert numbers == list(range(1, len(numbers) + 1))
