"""The protocol of one connection, without a connection."""

from __future__ import annotations

import json

import pytest

from server.chat.limits import Limiter
from server.chat.session import Refused, Session
from server.frames import MAX_FRAME_BYTES, Hello, Ping, Say

HELLO = json.dumps({"type": "hello", "site": "demo"})


def a_say(text: str = "hello", **more: object) -> str:
    return json.dumps({"type": "say", "id": "frame-0001", "text": text, **more})


def joined() -> Session:
    session = Session()
    session.receive(HELLO)
    session.join(0)
    return session


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "bad_json"),
        ("nonsense", "bad_json"),
        ("[1, 2]", "bad_frame"),
        ("{}", "unknown_frame"),
        ('{"type": "dance"}', "unknown_frame"),
        (b"\x00\x01", "binary_refused"),
        (a_say("x" * 5_000), "too_long"),
        (a_say("y" * MAX_FRAME_BYTES), "too_large"),
        (a_say(""), "empty"),
        (a_say("   \n"), "empty"),
        (a_say("hi", extra=1), "bad_frame"),
        (json.dumps({"type": "say", "id": "x", "text": "hi"}), "bad_frame"),
        ("[" * 20_000, "bad_json"),
        (json.dumps({"type": "visit", "page": {"url": "http://["}}), "bad_frame"),
    ],
)
def test_a_frame_that_can_not_be_used_is_refused_with_a_stable_code(raw: str | bytes, code: str) -> None:
    event = joined().receive(raw)

    assert isinstance(event, Refused)
    assert event.code == code
    assert event.message


def test_a_refusal_names_the_frame_it_answers() -> None:
    event = joined().receive(a_say("   "))

    assert isinstance(event, Refused)
    assert event.client_id == "frame-0001"


def test_a_refusal_never_repeats_what_was_sent() -> None:
    event = joined().receive(
        json.dumps({"type": "hello", "site": "demo", "locale": {"mail": "ada@example.com"}})
    )

    assert isinstance(event, Refused)
    assert "ada@example.com" not in event.message


def test_nothing_but_a_ping_comes_before_hello() -> None:
    session = Session()

    assert isinstance(session.receive(json.dumps({"type": "ping"})), Ping)
    refused = session.receive(a_say())
    assert isinstance(refused, Refused)
    assert refused.code == "hello_first"
    assert isinstance(session.receive(HELLO), Hello)


def test_hello_is_said_once() -> None:
    event = joined().receive(HELLO)

    assert isinstance(event, Refused)
    assert event.code == "already_joined"


def test_after_hello_words_arrive_as_they_were_sent() -> None:
    event = joined().receive(a_say("Grüße\n<b>"))

    assert isinstance(event, Say)
    assert event.text == "Grüße\n<b>"


def test_each_frame_is_handed_over_once_and_in_order() -> None:
    session = joined()

    first = session.unseen([{"seq": 1}, {"seq": 2}])
    second = session.unseen([{"seq": 1}, {"seq": 2}, {"seq": 3}])
    gap = session.unseen([{"seq": 5}])

    assert [frame["seq"] for frame in first] == [1, 2]
    assert [frame["seq"] for frame in second] == [3]
    assert gap == []


def test_a_visitor_who_sends_too_fast_is_told_how_long_to_wait() -> None:
    limiter = Limiter(per_minute=30)

    waits = [limiter.wait_s("ada", now=0.0) for _ in range(31)]

    assert waits[:30] == [0.0] * 30
    assert waits[30] == pytest.approx(2.0)
    assert limiter.wait_s("somebody else", now=0.0) == 0.0
    assert limiter.wait_s("ada", now=2.1) == 0.0
