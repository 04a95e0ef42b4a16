"""Messages shown unasked over real websockets: caps over tabs and restarts, off for good, quiet hours, the log."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from intents import Reader
from intents.values import ReadingContext
from server.dialogue.languages import LANGUAGES
from server.dialogue.phrases import phrase
from server.wiring import embedder_of
from server.wiring.parts import playbooks_of, reader_of
from tests.support.models import prepared
from tests.support.serving import Server, a_server
from tests.support.visitor import Frame, Visitor

PLAYBOOK = """\
version: 1
site: { name: Acme }
holdout: { share: HOLDOUT }
pilot: { key: spring, share: 0.1 }
proactive:
  quiet_hours: "QUIET"
  caps: { per_person_day: 1 }
  rules:
    - key: prices
      text: Shall I work out what it costs?
      why: You have been on our price page for a while.
      choices: [{ value: team, label: What does Team cost }]
      when: { pages: [/pricing], seconds: 5 }
    - key: open
      text: Is there anything that you did not find?
      why: You have been on this page for a while.
      consent: necessary
      when: { seconds: 5 }
"""
NOON = "Etc/GMT"
"""Together with the hour that it is now this gives zones whose clocks show the hour that a test needs."""


def a_zone(hour: int) -> str:
    """A zone whose clock is within that hour now."""
    ahead = (hour - datetime.now(UTC).hour + 12) % 24 - 12
    return f"{NOON}{-ahead:+d}" if ahead else "UTC"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("playbooks")
    book = PLAYBOOK.replace("QUIET", "00:00-04:00")
    (folder / "acme.yaml").write_text(book.replace("HOLDOUT", "0.0"), encoding="utf-8")
    (folder / "held.yaml").write_text(book.replace("HOLDOUT", "0.5"), encoding="utf-8")
    with a_server({"FRONTDESK_PLAYBOOKS": str(folder), "FRONTDESK_TURNS_PER_MINUTE": "1000"}) as running:
        yield running


def a_visitor(server: Server, *, consent: str = "remembered", hour: int = 12, site: str = "acme") -> Visitor:
    return Visitor(server.url, site=site, consent=consent, zone=a_zone(hour))


async def asked(visitor: Visitor, rule: str = "prices", **changed: Any) -> Frame:
    """What the server says to the question whether the message may be shown."""
    frame = {"type": "nudge", "id": uuid.uuid4().hex, "rule": rule, "act": "ask", "seconds": 9, **changed}
    await visitor.send({"page": {"url": "https://acme.example/pricing?mail=x"}, **frame})
    while (answer := await visitor.receive())["type"] != "nudge":
        pass
    return answer


async def told(visitor: Visitor, act: str, rule: str = "prices") -> None:
    """What became of it; the pong is the receipt."""
    await visitor.send({"type": "nudge", "id": uuid.uuid4().hex, "rule": rule, "act": act})
    await visitor.send({"type": "ping"})
    while (await visitor.receive())["type"] != "pong":
        pass


def rows(server: Server, query: str, *values: object) -> list[tuple[Any, ...]]:
    with sqlite3.connect(f"file:{server.data_dir / 'frontdesk.db'}?mode=ro", uri=True) as database:
        return database.execute(query, values).fetchall()


async def test_a_message_is_shown_once_over_tabs_conversations_and_restarts(server: Server) -> None:
    async with a_visitor(server) as visitor:
        first = await asked(visitor)
        again = await asked(visitor)
        identity = visitor.identity
    other_tab = a_visitor(server)
    other_tab.identity = {**identity, "conversation": None}
    async with other_tab:
        in_other_tab = await asked(other_tab)
        other = other_tab.identity["conversation"]
    server.kill()
    server.start()
    async with visitor:
        after_restart = await asked(visitor)
    kept = rows(server, "select page, became, checks from nudges where visitor in "
                "(select visitor from conversations where id = ?)", identity["conversation"])  # fmt: skip

    assert (first["shows"], first["text"]) == (True, "Shall I work out what it costs?")
    assert other != identity["conversation"]
    assert [one["shows"] for one in (again, in_other_tab, after_restart)] == [False] * 3
    assert after_restart["reason"] == "apart"
    assert [(page, became) for page, became, _ in kept] == [("/pricing", "shown")]
    assert [check["name"] for check in json.loads(kept[0][2])["checks"] if not check["passed"]] == []


async def test_the_same_question_sent_twice_gets_the_same_answer(server: Server) -> None:
    async with a_visitor(server) as visitor:
        answers = [await asked(visitor, id="nudge-twice-1") for _ in range(2)]

    assert [answer["shows"] for answer in answers] == [True, True]


async def test_whoever_wants_none_again_gets_none_again(server: Server) -> None:
    async with a_visitor(server) as visitor:
        await asked(visitor)
        await told(visitor, "off")
        refused = await asked(visitor, "open")

    assert (refused["shows"], refused["reason"]) == (False, "not_off")


async def test_it_is_quiet_when_it_is_night_for_the_visitor(server: Server) -> None:
    async with a_visitor(server, hour=2) as sleeper, a_visitor(server, hour=12) as awake:
        answers = [await asked(sleeper), await asked(awake)]

    assert [(answer["shows"], answer["reason"]) for answer in answers] == [(False, "quiet_hours"), (True, "")]


async def test_without_consent_only_what_may_is_shown_and_nobody_else_s_word_is_believed(
    server: Server,
) -> None:
    async with a_visitor(server, consent="necessary") as visitor:
        refused = await asked(visitor)
        await visitor.send({"type": "nudge", "id": uuid.uuid4().hex, "rule": "prices", "act": "open"})
        problem = await visitor.receive()

    assert refused["reason"] == "consent"
    assert problem["code"] == "not_shown"


async def test_opened_it_is_logged_with_its_reason_and_its_buttons_once(server: Server) -> None:
    opened = {"type": "nudge", "id": "nudge-open-1", "rule": "open", "act": "open"}
    async with a_visitor(server, consent="necessary") as visitor:
        for _ in range(2):
            await visitor.send(opened)
        await told(visitor, "dismiss", "open")
        reply = await visitor.say("thanks")
        conversation = visitor.identity["conversation"]
    records = rows(
        server, "select record from decisions where conversation = ? and play = 'proactive'", conversation
    )

    assert [frame.get("author") or frame.get("block", {}).get("kind") for frame in visitor.log[:3]] == [
        "system",
        "text",
        None,
    ]
    assert visitor.log[0]["text"] == "Shown automatically. You have been on this page for a while."
    assert visitor.log[0]["client_id"] == "nudge-open-1"
    assert reply
    assert len(records) == 1
    assert json.loads(records[0][0])["reasons"] == ["opened:open"]


async def test_groups_are_drawn_once_and_the_holdout_is_shown_nothing(server: Server) -> None:
    held, shown = 0, 0
    for _ in range(12):
        async with a_visitor(server, site="held") as visitor:
            answer = await asked(visitor)
            held += answer["reason"] == "group"
            shown += answer["shows"]
            identity = visitor.identity
        visitor.identity = {**identity, "conversation": None}
        async with visitor:
            again = await asked(visitor)
        assert (again["reason"] == "group") == (answer["reason"] == "group"), "drawn for the visitor, once"
    drawn = dict(rows(server, "select experiment, count(*) from assignments where site = 'held' group by 1"))

    assert held + shown == 12
    assert 1 <= held <= 11
    assert drawn == {"holdout": 12, "spring": 12}


@pytest.fixture(scope="module")
def reader() -> Reader:
    settings = prepared()
    return reader_of(settings, embedder_of(settings), playbooks_of(settings))


@pytest.mark.parametrize(
    ("button", "intent"),
    [
        ("opens_book", "book_meeting"),
        ("opens_trial", "start_trial"),
        ("opens_cart", "buy_or_add_seats"),
        ("opens_handoff", "talk_to_person"),
    ],
)
def test_the_words_of_a_button_are_read_as_what_it_opens_in_every_language(
    reader: Reader, button: str, intent: str
) -> None:
    read = {
        language: reader.read(
            phrase(button, language=language), ReadingContext(now=datetime.now(UTC), locale=language)
        ).asked_for
        for language in LANGUAGES
    }

    assert read == dict.fromkeys(LANGUAGES, (intent,))
