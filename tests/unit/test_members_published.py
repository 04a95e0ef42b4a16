"""Keys that a host application publishes: fetched seldom, believed for minutes, never instead of a check."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import Key, OctKey

from server.members import published as published_module
from server.members.published import AGAIN_S, KEEP_S, REFRESH_S, Published, fetched, keys_in
from server.members.reading import SignedMembers
from server.members.values import IdentityRefused
from tests.support.members import NOW, a_pair, jwks, members_with, token

URL = "https://app.acme.example/jwks.json"


class HostApplication:
    """Publishes keys, and counts how often they are asked for."""

    def __init__(self, **keys: Key) -> None:
        self.keys = keys
        self.asked = 0
        self.fails = False
        self.now = 1_000.0

    async def fetch(self, url: str) -> bytes:
        assert url == URL
        self.asked += 1
        await asyncio.sleep(0)
        if self.fails:
            raise httpx.ConnectError("away")
        return jwks(**self.keys)

    def members(self, file: Path) -> SignedMembers:
        published = Published(self.fetch, monotonic=lambda: self.now)
        return members_with(file, published, demo={"jwks_url": URL})


@pytest.fixture(scope="module")
def pairs() -> dict[str, Key]:
    return {"old": a_pair("ES256")[0], "new": a_pair("ES256")[0], "rsa": a_pair("RS256")[0]}


async def is_let_in(members: SignedMembers, key: Key, kid: str, alg: str = "ES256") -> bool:
    try:
        await members.read("demo", token(key, alg=alg, header={"kid": kid} if kid else {}), NOW)
    except IdentityRefused:
        return False
    return True


async def test_published_keys_are_fetched_once_for_many_users(tmp_path: Path, pairs: dict[str, Key]) -> None:
    host = HostApplication(old=pairs["old"], rsa=pairs["rsa"])
    members = host.members(tmp_path / "members.yaml")

    let_in = await asyncio.gather(*(is_let_in(members, pairs["old"], "old") for _ in range(20)))

    assert all(let_in)
    assert await is_let_in(members, pairs["rsa"], "", "RS256")
    assert host.asked == 1


async def test_a_new_key_is_found_when_it_first_signs_and_forgeries_ask_once_a_minute_at_most(
    tmp_path: Path, pairs: dict[str, Key]
) -> None:
    host = HostApplication(old=pairs["old"])
    members = host.members(tmp_path / "members.yaml")
    assert await is_let_in(members, pairs["old"], "old")

    host.keys = {"old": pairs["old"], "new": pairs["new"]}
    too_soon = await is_let_in(members, pairs["new"], "new")
    host.now += AGAIN_S
    then = await is_let_in(members, pairs["new"], "new")
    for kid in range(20):
        assert not await is_let_in(members, pairs["new"], f"unknown-{kid}")

    assert (too_soon, then) == (False, True)
    assert host.asked == 2


async def test_a_withdrawn_key_stops_working_when_the_keys_are_asked_for_again(
    tmp_path: Path, pairs: dict[str, Key]
) -> None:
    host = HostApplication(old=pairs["old"], new=pairs["new"])
    members = host.members(tmp_path / "members.yaml")
    assert await is_let_in(members, pairs["old"], "old")

    host.keys = {"new": pairs["new"]}
    host.now += REFRESH_S

    assert not await is_let_in(members, pairs["old"], "old")
    assert await is_let_in(members, pairs["new"], "new")


async def test_a_host_that_is_away_is_believed_for_ten_minutes_and_then_nobody_is_let_in(
    tmp_path: Path, pairs: dict[str, Key]
) -> None:
    host = HostApplication(old=pairs["old"])
    members = host.members(tmp_path / "members.yaml")
    assert await is_let_in(members, pairs["old"], "old")

    host.fails = True
    host.now += REFRESH_S
    while_away = await is_let_in(members, pairs["old"], "old")
    host.now += KEEP_S - REFRESH_S
    too_long = await is_let_in(members, pairs["old"], "old")
    host.fails = False
    host.now += AGAIN_S
    back = await is_let_in(members, pairs["old"], "old")

    assert (while_away, too_long, back) == (True, False, True)


async def test_who_never_answers_is_not_waited_for_long(
    tmp_path: Path, pairs: dict[str, Key], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published_module, "_TIMEOUT_S", 0.05)

    async def never(_url: str) -> bytes:
        await asyncio.Event().wait()
        return b""

    members = members_with(tmp_path / "members.yaml", Published(never), demo={"jwks_url": URL})

    async with asyncio.timeout(5):
        assert not await is_let_in(members, pairs["old"], "old")


def test_only_public_signing_keys_of_known_kinds_are_taken(pairs: dict[str, Key]) -> None:
    good = pairs["old"].as_dict(private=False)
    listed: list[Any] = [
        {**good, "kid": "good"},
        {**good, "kid": "for-encrypting", "use": "enc"},
        {**good, "kid": "other-algorithm", "alg": "ES384"},
        {**pairs["new"].as_dict(private=True), "kid": "private"},
        {**OctKey.generate_key(256).as_dict(private=True), "kid": "secret"},
        {"kty": "EC", "kid": "broken"},
        "nonsense",
        None,
    ]

    assert [key.kid for key in keys_in(json.dumps({"keys": listed}).encode())] == ["good"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"keys": 1}', b"\xff", b"[" * 100_000])
def test_what_is_no_set_of_keys_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whatever of it: it is caught as such
        keys_in(body)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(302, headers={"location": "https://elsewhere.example/jwks.json"}),
        httpx.Response(500),
        httpx.Response(200, content=b"x" * 70_000),
    ],
)
async def test_redirects_failures_and_floods_are_no_answer(
    answer: httpx.Response, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = httpx.MockTransport(lambda _request: answer)
    real = httpx.AsyncClient
    monkeypatch.setattr(httpx, "AsyncClient", lambda **given: real(transport=transport, **given))

    with pytest.raises(ValueError, match=r"answered|bytes"):
        await fetched(URL)
