"""The real server over real websockets: the main job, resuming, bad input, plain HTTP."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from server.cli import main
from tests.support.serving import Server, a_server, eventually
from tests.support.visitor import Visitor, block, words


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with a_server({"FRONTDESK_TURNS_PER_MINUTE": "1000"}) as running:
        yield running


def rows(server: Server, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What the database holds."""
    with sqlite3.connect(f"file:{server.data_dir / 'frontdesk.db'}?mode=ro", uri=True) as database:
        return database.execute(query, values).fetchall()


def updates(server: Server, conversation: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Kind, status and document of the conversation's CRM updates."""
    found = rows(
        server,
        "select kind, status, document from crm_updates where conversation = ? order by created_at",
        conversation,
    )
    return [(kind, status, json.loads(document)) for kind, status, document in found]


async def test_a_question_gets_an_answer_whose_quotes_stand_in_the_documents(server: Server) -> None:
    async with Visitor(server.url) as visitor:
        reply = await visitor.say("What does the Team plan cost?")

    assert "12 EUR" in words(reply)
    for citation in block(reply, "sources")["citations"]:
        assert citation["passage"][citation["start"] : citation["end"]] == citation["quote"]
        assert citation["url"].startswith("/docs/")


async def test_what_the_documents_do_not_hold_is_not_invented(server: Server) -> None:
    async with Visitor(server.url) as visitor:
        reply = await visitor.say("Do you offer a HIPAA business associate agreement?")

    assert "isn't in our documentation" in words(reply)
    assert block(reply, "pages")["pages"]
    assert block(reply, "choices")["purpose"] == "offer"


async def test_a_demo_is_booked_and_reaches_the_crm_with_evidence(server: Server) -> None:
    async with Visitor(server.url) as visitor:
        await visitor.say("What does Team cost for about 40 people?")
        offered = block(await visitor.say("Can I see a demo next Tuesday afternoon?"), "slots")
        slot = offered["days"][0]["slots"][0]
        form = block(await visitor.choose(offered["prompt"], slot["value"], slot["label"]), "form")
        booked = block(await visitor.submit(form["prompt"], email="ada@example.com", name="Ada"), "meeting")
        conversation = visitor.identity["conversation"]

    assert booked["state"] == "confirmed"
    assert "Berlin" in booked["when"]
    assert "BEGIN:VCALENDAR" in server.get(booked["ics_url"].removeprefix(server.url))
    delivered = eventually(
        "the booking's update is delivered",
        lambda: [
            each for each in updates(server, conversation) if each[:2] == ("meeting.booked", "delivered")
        ],
    )
    assert isinstance(delivered, list)
    document = delivered[0][2]
    size = next(
        change
        for each in updates(server, conversation)
        for change in each[2]["fields"]
        if change["name"] == "team_size"
    )
    assert size["value"] == 40
    assert "40" in size["evidence"][0]["quote"]
    assert document["idempotency_key"]
    assert "ada@example.com" not in json.dumps(document)


async def test_consent_decides_what_reaches_the_crm_and_taking_it_back_stops_what_is_queued(
    server: Server,
) -> None:
    async with Visitor(server.url, consent="necessary") as reserved, Visitor(server.url) as open_hearted:
        await reserved.say("we are about 40 people using spreadsheets")
        await open_hearted.say("What does Team cost?")
        asked = await open_hearted.say("does it work offline?")
        # Free text that may or may not be a tool waits for a rep.
        await open_hearted.say("the old green binder" if asked else "")
        await open_hearted.send({"type": "consent", "id": "consent-0001", "level": "necessary"})
        await open_hearted.say("thanks")
        closed, opened = (visitor.identity["conversation"] for visitor in (reserved, open_hearted))

    assert updates(server, closed) == [], "under necessary consent a fact alone stays in the conversation"
    left = {status for kind, status, _ in updates(server, opened) if kind == "contact.qualified"}
    assert not left & {"pending", "awaiting_approval", "approved", "retrying"}


async def test_personal_details_stand_nowhere_but_in_the_vault_the_mailbox_and_the_crm(
    server: Server,
) -> None:
    address = "grace.hopper.test@example.com"
    async with Visitor(server.url) as visitor:
        await visitor.say(f"I want to try it, my address is {address}")
        echoed = [frame["text"] for frame in visitor.log if frame["type"] == "message"]
        conversation = visitor.identity["conversation"]

    assert address in echoed[0], "the visitor sees their own words"
    logged = rows(server, "select body from log where conversation = ?", conversation)
    decided = rows(server, "select record from decisions where conversation = ?", conversation)
    assert address not in json.dumps([*logged, *decided])
    assert "[email_1]" in json.dumps(logged)
    assert address not in "".join(server.output)


async def test_after_a_dropped_connection_nothing_is_missing_and_nothing_comes_twice(server: Server) -> None:
    visitor = Visitor(server.url)
    await visitor.connect()
    await visitor.say("What does Team cost?")
    await visitor.send({"type": "say", "id": "sent-before-drop", "text": "Does it work offline?"})
    await visitor.disconnect()

    await visitor.connect()
    await visitor.send({"type": "say", "id": "sent-before-drop", "text": "Does it work offline?"})
    await visitor.say("And on Android?")
    while [frame["type"] for frame in visitor.log].count("done") < 3:
        await visitor.receive()
    await visitor.disconnect()

    numbers = [frame["seq"] for frame in visitor.log]
    assert numbers == list(range(1, len(numbers) + 1))
    said = [frame["text"] for frame in visitor.log if frame.get("author") == "visitor"]
    assert said == ["What does Team cost?", "Does it work offline?", "And on Android?"]


async def test_two_tabs_see_one_conversation(server: Server) -> None:
    async with Visitor(server.url) as first:
        second = Visitor(server.url)
        second.identity = first.identity
        await second.connect()

        await first.say("What does Team cost?")
        while second.seen < first.seen:
            await second.receive()
        await second.disconnect()

    assert second.log == first.log


async def test_a_conversation_that_is_erased_from_the_command_line_takes_no_further_word(
    server: Server,
) -> None:
    async with Visitor(server.url) as visitor, Visitor(server.url) as other:
        await visitor.say("What does the Team plan cost for zebras?")
        talk = visitor.identity["conversation"]
        refused = await erase(server, talk, "--site", "elsewhere", "--yes")
        declined = await erase(server, talk, given="n\n")
        assert rows(server, "select 1 from conversations where id = ?", talk)

        gone = await erase(server, talk, "--yes", "--json")
        [told] = await visitor.say("and a second zebra?")
        after = await other.say("What does the Team plan cost?")

    assert (refused.exit_code, declined.exit_code, gone.exit_code) == (1, 1, 0)
    assert talk in refused.stderr
    assert json.loads(gone.stdout)["conversation"] == talk
    assert (told["type"], told["code"]) == ("error", "not_found")
    assert "12 EUR" in words(after)
    assert rows(server, "select 1 from conversations where id = ?", talk) == []
    assert rows(server, "select 1 from log where body like '%zebra%'") == []


async def erase(server: Server, talk: str, *more: str, given: str = "") -> Result:
    """What `frontdesk conversation erase` says while the server runs."""
    arguments = ["conversation", "erase", talk, *more, "--data-dir", str(server.data_dir)]
    if "--site" not in more:
        arguments += ["--site", "demo"]
    return await asyncio.to_thread(CliRunner().invoke, main, arguments, input=given)


async def test_somebody_elses_conversation_can_not_be_joined(server: Server) -> None:
    async with Visitor(server.url) as owner:
        await owner.say("What does Team cost?")
        thief = Visitor(server.url)
        thief.identity = {**owner.identity, "visitor_token": "forged"}

        welcome = await thief.connect()
        await thief.disconnect()

    assert welcome["conversation"] != owner.identity["conversation"]
    assert thief.log == []


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "bad_json"),
        (b"\x00\xff", "binary_refused"),
        (json.dumps({"type": "say", "id": "frame-0001", "text": ""}), "empty"),
        (json.dumps({"type": "say", "id": "frame-0001", "text": "x" * 100_000}), "too_large"),
        (json.dumps({"type": "dance"}), "unknown_frame"),
        ("{" * 500, "bad_json"),
    ],
)
async def test_bad_frames_get_an_error_and_the_connection_lives(
    server: Server, raw: str | bytes, code: str
) -> None:
    async with Visitor(server.url) as visitor:
        await visitor.send(raw)
        refused = await visitor.receive()
        reply = await visitor.say("What does Team cost?")

    assert (refused["type"], refused["code"]) == ("error", code)
    assert "12 EUR" in words(reply)


async def test_a_flood_is_slowed_down_and_everybody_else_is_served(server: Server) -> None:
    async with Visitor(server.url) as flooding, Visitor(server.url) as calm:
        for count in range(300):
            await flooding.send({"type": "say", "id": f"flood-{count:06}", "text": "hi"})
        reply = await calm.say("What does Team cost?")
        received = [await flooding.receive() for _ in range(300)]

    assert "12 EUR" in words(reply)
    refused = [frame for frame in received if frame["type"] == "error"]
    assert refused
    assert {frame["code"] for frame in refused} == {"too_fast"}
    assert all(frame["retry_after_s"] > 0 and frame["client_id"] for frame in refused)


async def test_a_page_of_another_origin_may_not_hold_the_widget(server: Server) -> None:
    visitor = Visitor(server.url)

    answer = await visitor.connect(origin="https://evil.example")

    assert (answer["type"], answer["code"]) == ("error", "origin_refused")


async def test_an_unknown_site_is_refused_with_its_name(server: Server) -> None:
    visitor = Visitor(server.url, site="nowhere")

    answer = await visitor.connect()

    assert (answer["type"], answer["code"]) == ("error", "unknown_site")


async def test_a_tag_without_a_site_is_told_to_the_operator_as_that(server: Server) -> None:
    answer = await Visitor(server.url, site="").connect()

    assert answer["code"] == "unknown_site"
    await asyncio.to_thread(
        eventually, "the log names data-site", lambda: "write data-site" in "".join(server.output)
    )


async def test_the_same_turn_is_reachable_over_plain_http(server: Server) -> None:
    body = {
        "hello": {"type": "hello", "site": "demo"},
        "frame": {"type": "say", "id": uuid.uuid4().hex, "text": "What does Team cost?"},
    }

    frames = await asyncio.to_thread(posted, server, body)

    assert [frame["type"] for frame in frames][:2] == ["welcome", "message"]
    assert frames[-1]["type"] == "done"
    assert "12 EUR" in words([frame["block"] for frame in frames if frame["type"] == "block"])
    again = {
        **body,
        "hello": {
            **body["hello"],
            "conversation": frames[0]["conversation"],
            "visitor_token": frames[0]["visitor_token"],
        },
    }
    repeated = await asyncio.to_thread(posted, server, again)
    assert repeated[1:] == frames[1:], "the same frame again is answered once"


@pytest.mark.parametrize("follow", ["stream", "next"])
async def test_over_plain_http_news_come_live(server: Server, follow: str) -> None:
    async with Visitor(server.url) as visitor, httpx.AsyncClient(timeout=30) as http:
        identity = {key: visitor.identity[key] for key in ("conversation", "visitor_token")}
        body = {"hello": {"type": "hello", "site": "demo", **identity}, "follow": follow}
        async with http.stream("POST", f"{server.url}/v1/messages", json=body) as answer:
            lines = (line async for line in answer.aiter_lines() if line.startswith("data: "))
            assert json.loads((await anext(lines))[6:])["type"] == "welcome"

            await visitor.say("What does Team cost?")
            heard = json.loads((await anext(lines))[6:])

            assert (heard["type"], heard["text"]) == ("message", "What does Team cost?")
            if follow == "next":
                assert [json.loads(line[6:])["type"] async for line in lines][-1] == "done", (
                    "it ends with the news"
                )


async def test_bad_http_bodies_are_refused_with_a_code(server: Server) -> None:
    for body, code in ((b"{}", "bad_frame"), (b"nonsense", "bad_frame"), (b"x" * 200_000, "too_large")):
        with pytest.raises(urllib.error.HTTPError) as refused:
            await asyncio.to_thread(raw_post, server, body)
        assert refused.value.code == 400
        assert json.loads(refused.value.read())["code"] == code


def test_machines_find_health_readiness_metrics_and_the_api_description(server: Server) -> None:
    assert server.get("/healthz") == "ok"
    assert json.loads(server.get("/readyz")) == {"ready": True}
    assert "frontdesk_turns_total" in server.get("/metrics")
    assert "/v1/messages" in json.loads(server.get("/schema/openapi.json"))["paths"]


def posted(server: Server, body: dict[str, Any]) -> list[dict[str, Any]]:
    text = raw_post(server, json.dumps(body).encode())
    return [
        json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")
    ]


def raw_post(server: Server, body: bytes) -> str:
    request = urllib.request.Request(f"{server.url}/v1/messages", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        text: str = answer.read().decode()
        return text
