"""The protocol of one connection, without a connection."""

from __future__ import annotations

import json

import pytest

from server.chat.limits import AtOnce, Limiter
from server.chat.routes import Posted
from server.chat.session import Refused, Session
from server.frames import MAX_FRAME_BYTES, Csat, Hello, Ping, Say
from server.help.bodies import VoteBody

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


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ({"type": "say"}, "text"),
        ({"type": "rate", "turn": "t-1", "value": "down"}, "reason"),
        ({"type": "csat", "score": 4}, "comment"),
    ],
)
def test_what_nobody_types_is_left_out_of_words_and_lines_stay(frame: dict[str, object], field: str) -> None:
    said = "a\x00b\x1b\x7f\ud800\n\tc"

    event = joined().receive(json.dumps({**frame, "id": "frame-0001", field: said}))

    assert getattr(event, field) == "ab\n\tc"


def test_words_of_nothing_but_controls_are_empty_and_deep_nests_are_refused() -> None:
    nest: object = "\x00"
    for _ in range(300):
        nest = {"a": nest}

    empty = joined().receive(a_say("\x00\x01"))
    deep = joined().receive(a_say(page=nest))

    assert isinstance(empty, Refused)
    assert empty.code == "empty"
    assert isinstance(deep, Refused)
    assert deep.code == "bad_frame"


def test_a_frame_over_plain_http_and_a_vote_leave_them_out_as_well() -> None:
    frame = {"type": "csat", "id": "frame-0001", "score": 4, "comment": "so\x00so"}

    posted = Posted.model_validate({"hello": json.loads(HELLO), "frame": frame})
    vote = VoteBody.model_validate_json(json.dumps({"value": "no", "comment": "so\x00so"}))

    assert isinstance(posted.frame, Csat)
    assert posted.frame.comment == vote.comment == "soso"


def test_so_many_at_once_are_let_in_for_each_and_one_more_when_one_is_over() -> None:
    uploads = AtOnce(2)

    with uploads.one("a") as first, uploads.one("b") as another:
        with uploads.one("a") as second, uploads.one("a") as third:
            pass
        with uploads.one("a") as later:
            pass

    assert (first, another, second, third, later) == (True, True, True, False, True)
