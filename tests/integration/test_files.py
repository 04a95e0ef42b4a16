"""Files that visitors send: stored once and sealed, refused by their content, opened by their visitor and their rep."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.serving import Server, a_server
from tests.support.visitor import Visitor

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)
NOTE = b"It stops after step three, says the crew of Ada Lovelace."


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with a_server({"FRONTDESK_TURNS_PER_MINUTE": "1000"}) as running:
        yield running


async def attach(
    server: Server, visitor: Visitor, name: str, content: bytes, *, client_id: str, **other: str
) -> httpx.Response:
    """As the widget does it."""
    fields = {
        "site": "demo",
        "visitor_token": visitor.identity["visitor_token"],
        "conversation": visitor.identity["conversation"],
        "client_id": client_id,
        **other,
    }
    async with httpx.AsyncClient(base_url=server.url) as client:
        return await client.post("/v1/files", data=fields, files={"file": (name, content, "image/svg+xml")})


def on_disk(server: Server) -> list[Path]:
    return [path for path in (server.data_dir / "files").rglob("*") if path.is_file()]


async def logged(visitor: Visitor, client_id: str) -> dict[str, Any]:
    """The receipt, which comes with the log like all others."""
    while True:
        for frame in visitor.log:
            if frame.get("client_id") == client_id:
                return frame
        frame = await visitor.receive()


async def test_a_file_is_stored_once_sealed_logged_and_opened_and_the_assistant_says_that_it_can_not_read_it(
    server: Server,
) -> None:
    async with Visitor(server.url) as visitor:
        rules = visitor.identity["files"]
        sent = await attach(server, visitor, "crew\u202etxt.note", NOTE, client_id="file_0001")
        again = await attach(server, visitor, "crew.note", NOTE, client_id="file_0001")
        frame = await logged(visitor, "file_0001")
        while visitor.log[-1]["type"] != "done":
            await visitor.receive()
        second = await attach(server, visitor, "shot.png", PICTURE, client_id="file_0002")
        await logged(visitor, "file_0002")

    assert rules["when"] == "always"
    assert "text/plain" in rules["types"]
    assert (sent.status_code, again.status_code, second.status_code) == (201, 200, 201)
    assert again.json()["id"] == sent.json()["id"]
    [file] = frame["files"]
    assert (file["name"], file["type"], file["bytes"]) == ("crewtxt.note.txt", "text/plain", len(NOTE))
    said = json.dumps([each for each in visitor.log if each["type"] == "block"])
    assert said.count("can't read files") == 1, "a second file is not answered again"
    assert "Talk to a person" in said
    for path in on_disk(server):
        assert b"Ada" not in path.read_bytes()
    database = b"".join(path.read_bytes() for path in server.data_dir.glob("frontdesk.db*"))
    assert b"crewtxt" not in database, "its name is sealed as well"

    async with httpx.AsyncClient(base_url=server.url) as client:
        opened = await client.get(file["url"])
        forged = await client.get(file["url"][:-2] + "xx")
    assert opened.content == NOTE
    assert opened.headers["content-disposition"].startswith('attachment; filename="crewtxt.note.txt"')
    assert opened.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in opened.headers["content-security-policy"]
    assert forged.status_code == 404


async def test_what_is_refused_is_not_stored(server: Server) -> None:
    before = len(on_disk(server))
    async with Visitor(server.url) as visitor, Visitor(server.url) as other:
        svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
        refused = {
            "file_kind_refused": await attach(server, visitor, "drawing.png", svg, client_id="file_0010"),
            "file_too_large": await attach(
                server, visitor, "a.txt", b"x" * 10_490_000, client_id="file_0011"
            ),
            "not_found": await attach(
                server,
                visitor,
                "a.txt",
                NOTE,
                client_id="file_0012",
                conversation=other.identity["conversation"],
            ),
            "bad_frame": await attach(server, visitor, "a.txt", NOTE, client_id="short"),
            "file_damaged": await attach(server, visitor, "a.png", PICTURE[:40], client_id="file_0013"),
        }
        async with httpx.AsyncClient(base_url=server.url) as client:
            elsewhere = await client.post(
                "/v1/files",
                data={"site": "demo", "visitor_token": "x", "conversation": "x", "client_id": "file_0014"},
                files={"file": ("a.txt", NOTE)},
                headers={"origin": "https://elsewhere.example"},
            )

    assert {code: answer.json()["code"] for code, answer in refused.items()} == {
        code: code for code in refused
    }
    assert elsewhere.status_code == 403
    assert len(on_disk(server)) == before
    assert not [frame for frame in visitor.log if frame.get("files")]


async def test_no_more_than_the_playbook_allows(server: Server) -> None:
    async with Visitor(server.url) as visitor:
        answers = [
            await attach(server, visitor, "a.txt", NOTE, client_id=f"file_more_{n:02}") for n in range(11)
        ]

    assert [answer.status_code for answer in answers] == [201] * 10 + [409]
    assert answers[-1].json()["code"] == "too_many_files"


async def signed_in(server: Server) -> httpx.AsyncClient:
    client = httpx.AsyncClient(base_url=server.url, follow_redirects=True)
    page = await client.get("/console/sign-in")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    fields = {"login": "admin", "password": server.password, "csrf": token.group(1) if token else ""}
    await client.post("/console/sign-in", data=fields, headers={"origin": server.url})
    return client


async def test_a_rep_opens_it_which_is_written_down_and_deleting_the_message_takes_the_file_along(
    server: Server,
) -> None:
    async with Visitor(server.url) as visitor:
        sent = await attach(server, visitor, "crew.txt", NOTE, client_id="file_0020")
        frame = await logged(visitor, "file_0020")
        conversation = visitor.identity["conversation"]
    client = await signed_in(server)
    base = f"/console/site/demo/conversations/{conversation}"
    page = (await client.get(base)).text
    opened = await client.get(f"{base}/files/{sent.json()['id']}")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    erased = await client.post(f"{base}/messages/{frame['id']}/erase", data={"csrf": csrf.group(1)})
    gone = await client.get(f"{base}/files/{sent.json()['id']}")
    link = await client.get(frame["files"][0]["url"])
    await client.aclose()

    assert "crew.txt" not in page, "a name is sealed until somebody asks"
    assert "TXT" in page
    assert opened.content == NOTE
    assert "crew.txt" in opened.headers["content-disposition"]
    assert erased.status_code == 200
    assert (gone.status_code, link.status_code) == (404, 404)
    assert not [path for path in on_disk(server) if path.name == sent.json()["id"]]


async def test_a_person_who_writes_and_reads_is_told_to_the_visitor_and_the_other_way_round(
    server: Server,
) -> None:
    async with Visitor(server.url) as visitor:
        await visitor.say("What does the Team plan cost?")
        conversation = visitor.identity["conversation"]
        client = await signed_in(server)
        base = f"/console/site/demo/conversations/{conversation}"
        page = (await client.get(base)).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf is not None
        headers = {"x-csrf": csrf.group(1)}
        before = await client.post(f"{base}/typing", headers=headers)
        await client.post(f"{base}/take-over", headers=headers)
        await client.post(f"{base}/typing", headers=headers)
        seen, typing = await next_of(visitor, "seen"), await next_of(visitor, "typing")
        heard: list[str] = []
        async with client.stream("GET", f"{base}/signs", headers={"accept": "text/event-stream"}) as stream:
            lines = stream.aiter_lines()
            assert (await anext(lines)).startswith("retry:")
            await visitor.send({"type": "typing"})
            await visitor.send({"type": "seen", "up_to": 2})
            async with asyncio.timeout(20):
                while "data: 2" not in heard:
                    heard.append(await anext(lines))
        await client.aclose()

    assert before.status_code == 204
    assert typing["name"] == "Fernway"
    assert seen["up_to"] > 0
    assert "event: typing" in heard


async def next_of(visitor: Visitor, kind: str) -> dict[str, Any]:
    while True:
        frame = await visitor.receive()
        if frame["type"] == kind:
            return frame


async def test_what_is_held_of_a_visitor_names_their_files_and_erasing_it_takes_them_along(
    server: Server,
) -> None:
    async with Visitor(server.url) as visitor:
        sent = await attach(server, visitor, "crew.txt", NOTE, client_id="file_0030")
        await logged(visitor, "file_0030")
        mine = {name: visitor.identity[name] for name in ("visitor_token", "conversation")} | {"site": "demo"}
    async with httpx.AsyncClient(base_url=server.url) as client:
        held = (await client.post("/v1/mine/export", json=mine)).json()["conversations"][0]["files"][0]
        opened = await client.get(held["url"])
        await client.post("/v1/mine/erase", json=mine)
        gone = await client.get(held["url"])

    assert (held["mark"], held["size"], opened.content) == ("crew.txt", len(NOTE), NOTE)
    assert gone.status_code == 404
    assert not [path for path in on_disk(server) if path.name == sent.json()["id"]]


async def test_an_expired_link_is_renewed_for_its_visitor_and_for_nobody_else(server: Server) -> None:
    async with Visitor(server.url) as visitor, Visitor(server.url) as other:
        sent = await attach(server, visitor, "crew.txt", NOTE, client_id="file_0040")
        address = f"/v1/files/{sent.json()['id']}/link"
        fields = [
            {"site": "demo", **{name: each.identity[name] for name in ("visitor_token", "conversation")}}
            for each in (visitor, other)
        ]
        async with httpx.AsyncClient(base_url=server.url) as client:
            # Parts without a file name, as a browser's FormData sends them.
            renewed, refused = [
                await client.post(address, files={name: (None, value) for name, value in each.items()})
                for each in fields
            ]
            opened = await client.get(renewed.json()["url"])

    assert opened.content == NOTE
    assert refused.status_code == 404
