"""A source can not make the server ask what it must not: names, redirects, sizes and times are all held to."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from knowledge.sources.addresses import Resolve
from knowledge.sources.reaching import Limits, NotFetchedError, Reacher, Response, _gathered, _Unpacking
from tests.support.webserver import Reply, Server, serving


def resolving(*answers: Sequence[str]) -> Resolve:
    """A name server that may change its mind: one answer after the other, the last one for good."""
    waiting = list(answers)

    async def resolve_host(_host: str, _port: int) -> Sequence[str]:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return resolve_host


async def fetch(
    url: str,
    server: Server | None = None,
    *,
    allow_private: bool = True,
    resolve_host: Resolve | None = None,
    limits: Limits | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    reacher = Reacher(
        user_agent="Frontdesk/1",
        allow_private=allow_private,
        ports=frozenset({server.port} if server else ()),
        limits=limits,
        resolve_host=resolve_host or resolving(["127.0.0.1"]),
    )
    async with reacher:
        return await reacher.fetch(url, headers=headers)


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["93.184.216.34", "10.0.0.7"], ["::1"], ["169.254.169.254"]]
)
async def test_a_name_that_leads_inside_is_not_asked(found: list[str]) -> None:
    with serving({"/": "secret"}) as server, pytest.raises(NotFetchedError, match="leads to") as caught:
        await fetch(
            f"http://docs.example.com:{server.port}/",
            server,
            allow_private=False,
            resolve_host=resolving(found),
        )

    assert caught.value.why == "refused"
    assert server.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "localhost"])
async def test_other_spellings_of_this_machine_are_not_asked(host: str) -> None:
    from knowledge.sources.addresses import resolve

    with serving({"/": "secret"}) as server, pytest.raises(NotFetchedError):
        await fetch(f"http://{host}:{server.port}/", server, allow_private=False, resolve_host=resolve)

    assert server.asked == []


async def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_asked() -> None:
    asked: list[str] = []

    async def resolve_host(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with serving({"/": "words"}) as server:
        response = await fetch(f"http://docs.example.com:{server.port}/", server, resolve_host=resolve_host)

    assert response.body == b"words"
    assert asked == ["docs.example.com"]
    assert server.asked[0].headers["host"] == f"docs.example.com:{server.port}"


async def test_a_name_that_changes_its_mind_between_two_hops_is_caught_at_the_second() -> None:
    says = {"/": Reply(status=302, headers={"Location": "/next", "Connection": "close"}), "/next": "secret"}
    rebinding = resolving(["127.0.0.1"], ["169.254.169.254"])
    with serving(says) as server, pytest.raises(NotFetchedError, match=r"169\.254"):
        await fetch(f"http://docs.example.com:{server.port}/", server, resolve_host=rebinding)

    assert server.paths == ["/"]


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://user:secret@127.0.0.1/",
        "http://127.0.0.1:22/",
        "//0.0.0.0/",
    ],
)
async def test_a_redirect_to_where_nobody_may_go_is_not_followed(target: str) -> None:
    async def itself(host: str, _: int) -> Sequence[str]:
        return [host]

    away = Reply(status=302, headers={"Location": target})
    with serving({"/": away}) as server, pytest.raises(NotFetchedError) as caught:
        await fetch(f"{server.url}/", server, resolve_host=itself)

    assert caught.value.why == "refused"
    assert server.paths == ["/"]


async def test_redirects_come_to_an_end() -> None:
    again = Reply(status=302, headers={"Location": "/"})
    with serving({"/": again}) as server, pytest.raises(NotFetchedError, match="redirects"):
        await fetch(f"{server.url}/", server)

    assert len(server.asked) == 6


async def test_validators_are_not_carried_over_a_redirect_and_proxies_are_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    says = {"/": Reply(status=302, headers={"Location": "/b", "Set-Cookie": "a=1"}), "/b": "words"}
    with serving(says) as server:
        response = await fetch(f"{server.url}/", server, headers={"If-None-Match": '"x"'})

    assert response.url == f"{server.url}/b"
    assert "if-none-match" not in server.asked[1].headers
    assert "cookie" not in server.asked[1].headers


BOMB = gzip.compress(b"\0" * 3_000_000)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"x" * 200_000),
        Reply(BOMB, headers={"Content-Encoding": "gzip"}),
        Reply(zlib.compress(b"\0" * 3_000_000), headers={"Content-Encoding": "deflate"}),
    ],
)
async def test_a_body_is_given_up_once_it_is_too_long_however_it_is_packed(reply: Reply) -> None:
    with serving({"/": reply}) as server, pytest.raises(NotFetchedError, match="larger than"):
        await fetch(f"{server.url}/", server, limits=Limits(max_bytes=100_000))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"not gzip", headers={"Content-Encoding": "gzip"}),
        Reply(gzip.compress(b"words" * 100)[:-20], headers={"Content-Encoding": "gzip"}),
        Reply(b"x", headers={"Content-Encoding": "br"}),
        Reply(b"words", headers={"Content-Length": "50", "Connection": "close"}),
    ],
)
async def test_a_body_that_is_not_whole_is_no_document(reply: Reply) -> None:
    limits = Limits(read_s=0.3)
    with serving({"/": reply}) as server, pytest.raises(NotFetchedError):
        await fetch(f"{server.url}/", server, limits=limits)


async def test_packed_words_are_unpacked() -> None:
    with serving({"/": Reply(gzip.compress(b"words"), headers={"Content-Encoding": "gzip"})}) as server:
        response = await fetch(f"{server.url}/", server)

    assert response.body == b"words"


async def test_all_members_of_a_packed_body_are_unpacked() -> None:
    members = b"".join(gzip.compress(words) for words in (b"first ", b"", b"second ", b"third" * 30_000))
    with serving({"/": Reply(members, headers={"Content-Encoding": "gzip"})}) as server:
        response = await fetch(f"{server.url}/", server)

    assert response.body == b"first second " + b"third" * 30_000


@pytest.mark.parametrize("size", [1, 2, 7, 1_000])
async def test_members_are_found_however_the_network_cuts_them(size: int) -> None:
    packed = gzip.compress(b"first ") + gzip.compress(b"second")

    async def cut() -> AsyncIterator[bytes]:
        for at in range(0, len(packed), size):
            yield packed[at : at + size]

    assert await _gathered("https://example.com/", cut(), 100, _Unpacking()) == b"first second"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (gzip.compress(b"words") + gzip.compress(b"more words" * 50)[:-20], "before it was whole"),
        (gzip.compress(b"") * 1_001, "more than 1,000 parts"),
        (gzip.compress(b"x" * 60_000) * 2, "larger than"),
    ],
    # Named, because the bytes hold the time at which they were packed, and the workers must name a test alike.
    ids=["cut short", "too many", "too large"],
)
async def test_further_members_are_held_to_the_same_bounds(body: bytes, reason: str) -> None:
    packed = Reply(body, headers={"Content-Encoding": "gzip"})
    with serving({"/": packed}) as server, pytest.raises(NotFetchedError, match=reason):
        await fetch(f"{server.url}/", server, limits=Limits(max_bytes=100_000))


async def test_what_follows_a_packed_body_is_not_kept() -> None:
    tail = Reply(gzip.compress(b"words") + b"y" * 90_000, headers={"Content-Encoding": "gzip"})
    with serving({"/": tail}) as server:
        response = await fetch(f"{server.url}/", server, limits=Limits(max_bytes=100_000))

    assert response.body == b"words"


async def test_a_packed_body_that_unpacks_to_nothing_without_end_is_given_up() -> None:
    empty_block = b"\x00\x00\x00\xff\xff"
    endless = Reply(b"\x78\x9c" + empty_block * 40_000, headers={"Content-Encoding": "deflate"})
    with serving({"/": endless}) as server, pytest.raises(NotFetchedError, match="larger than"):
        await fetch(f"{server.url}/", server, limits=Limits(max_bytes=100_000))


async def test_a_server_that_never_answers_is_given_up() -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    listening = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    limits = Limits(whole_s=0.2)
    reacher = Reacher(user_agent="x", allow_private=True, ports=frozenset({port}), limits=limits)
    async with listening, reacher:
        with pytest.raises(NotFetchedError) as caught:
            await reacher.fetch(f"http://127.0.0.1:{port}/")

    assert caught.value.why == "transient"


async def test_a_name_that_does_not_resolve_may_do_so_later() -> None:
    async def nowhere(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(NotFetchedError, match="can not be resolved") as caught:
        await fetch("http://docs.example.com/", resolve_host=nowhere)

    assert caught.value.why == "transient"


async def test_a_first_address_without_answer_gives_way_to_the_second() -> None:
    with serving({"/": "words"}) as server:
        response = await fetch(
            f"http://docs.example.com:{server.port}/",
            server,
            resolve_host=resolving(["127.0.0.2", "127.0.0.1"]),
        )

    assert response.body == b"words"
