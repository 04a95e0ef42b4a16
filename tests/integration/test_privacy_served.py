"""What a served installation writes beside its tables: the durable work's own database, its logs, its files."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.support.privacy import Searched, Told
from tests.support.serving import Server, a_server
from tests.support.visitor import Visitor, block

MAIL = Told("email", "zqwert5bn@zqplm4ws.example", ("zqwert5bn", "zqplm4ws"))
CALL = Told("phone", "+49 30 901820447", digits="4930901820447")
ELSEWHERE = ("outbox", "frontdesk.db", "models")
"""Sent letters, which hold addresses; the tables, of which every row is searched in another test; models."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with a_server({"FRONTDESK_LOG_LEVEL": "debug"}) as running:
        yield running


@pytest.mark.timeout(240)
async def test_neither_durable_work_nor_logs_nor_files_hold_what_a_visitor_told(server: Server) -> None:
    async with Visitor(server.url) as visitor:
        await visitor.say(f"call me on {CALL.written}")
        offered = block(await visitor.say("Can I see a demo next week?"), "slots")
        slot = offered["days"][0]["slots"][0]
        form = block(await visitor.choose(offered["prompt"], slot["value"], slot["label"]), "form")
        booked = block(await visitor.submit(form["prompt"], email=MAIL.written), "meeting")
        server.get(booked["manage_url"].removeprefix(server.url))
        refused = refusal_of(f"{server.url}/v1/sites/demo/documents/{MAIL.written}")
    server.stop()

    files = [
        file
        for file in server.data_dir.rglob("*")
        if file.is_file() and not file.relative_to(server.data_dir).parts[0].startswith(ELSEWHERE)
    ]
    texts = [(file.name, file.read_bytes().decode(errors="ignore")) for file in files]
    texts.append(("log", "".join(server.output)))

    assert "workflows.db" in {file.name for file in files}
    assert booked["state"] == "confirmed"
    assert MAIL.written not in refused
    for name, words in texts:
        found = [told.kind for told in (MAIL, CALL) if Searched(words).holds(told)]
        assert found == [], f"{found} in {name}"


def refusal_of(url: str) -> str:
    """What the API says to a call without a token."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url, timeout=20)
    return refused.value.read().decode()
