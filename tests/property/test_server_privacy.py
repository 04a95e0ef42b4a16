"""No personal detail, however written and wherever put, is found outside the vault before it is delivered."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import uuid
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from intents.values import ReadingContext
from server import telemetry
from server.chat.line import refusal_of
from server.floor import Joined
from server.frames import Choose, Hello, Page, Rate, Say, Submit, Visit
from server.saving import Saved
from server.store.conversations import frames_after
from server.turn import take_turn
from tests.support.fake_openai import a_fake_openai, says
from tests.support.privacy import Searched, Told, carried, details, emails, messages, phones, tokens
from tests.support.privacy_house import (
    BrokenReader,
    Place,
    close_place,
    console,
    deliver,
    listening,
    open_place,
    settle_effects,
)

_EXAMPLES = int(os.environ.get("TEST_PRIVACY_EXAMPLES", "10"))
"""Conversations of a run; the nightly one asks for more."""
_TO_PEOPLE = ("mails",)
"""Letters hold the address that they go to."""
_TO_CRM = (
    "crm_contacts",
    "crm_companies",
    "crm_deals",
    "crm_activities",
    "crm_tasks",
    "crm_links",
    "crm_applied",
)
"""What the built-in CRM holds is what was delivered to it."""
_UNDO = "effect="
"""Of a delivered update: the values that it wrote and replaced, without which it could not be undone."""


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def place(runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("privacy")
    with a_fake_openai() as writer, listening() as log:
        writer.will(says("Team costs 12 EUR per seat a month when billed yearly [1]."))
        made = runner.run(open_place(folder, writer, log))
        yield made
        runner.run(close_place(made))


acts = st.one_of(
    st.tuples(st.just("say"), messages()),
    st.tuples(st.just("say"), messages()),
    st.tuples(st.just("try"), emails()),
    st.tuples(st.just("call"), phones()),
    st.tuples(st.just("choose"), details),
    st.tuples(st.just("submit"), st.tuples(emails(), tokens)),
    st.tuples(st.just("rate"), details),
    st.tuples(st.just("rep"), details),
    st.tuples(st.just("fail"), messages()),
    st.tuples(st.just("visit"), st.one_of(emails(), details)),
    st.tuples(st.just("hello"), emails()),
)


@given(st.lists(acts, min_size=3, max_size=5))
@settings(
    deadline=None,
    max_examples=_EXAMPLES,
    derandomize=_EXAMPLES < 100,
    database=None,
    # A conversation takes a second: a failure is told as it is found.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_what_a_visitor_tells_is_nowhere_but_in_the_vault(
    runner: asyncio.Runner, place: Place, does: list[tuple[str, Any]]
) -> None:
    runner.run(_conversation(place, does))


async def _conversation(place: Place, does: list[tuple[str, Any]]) -> None:
    await place.forget()
    joined = await place.floor.join(
        Hello(type="hello", site="demo", consent="conversation", time_zone="Europe/Berlin")
    )
    told: list[Told] = []
    for what, given_ in does:
        told += await _act(place, joined, what, given_)

    seen = [("read", text) for text in await _read_again(place, does)]
    seen += await place.fresh_rows()
    await settle_effects(place)
    seen += await place.fresh_rows(*_TO_PEOPLE)
    seen += await console(place, joined)
    await deliver(place)
    seen += [(name, _without_undo(name, row)) for name, row in await place.fresh_rows(*_TO_PEOPLE, *_TO_CRM)]
    seen += [("log", place.log.getvalue()), ("metrics", telemetry.metrics().decode())]
    seen += [
        ("prompt", json.dumps(asked.body, ensure_ascii=False))
        for asked in place.writer.asked[place.read_prompts :]
    ]
    async with place.house.desk.readers() as session:
        theirs = await frames_after(session, place.house.desk.vault, "demo", place.stranger.conversation, 0)
    seen += [("another visitor", json.dumps(theirs, ensure_ascii=False))]

    for name, words in seen:
        searched = Searched(words)
        for one in told:
            assert not searched.holds(one), f"{one.kind} {one.written!r} is in {name}: {words[:3000]}"


def _without_undo(table: str, row: str) -> str:
    if table != "crm_updates":
        return row
    return "\n".join(line for line in row.split("\n") if not line.startswith(_UNDO))


async def _act(place: Place, joined: Joined, what: str, given_: Any) -> list[Told]:
    """Do it; returns what was told in doing so."""
    frame_id = uuid.uuid4().hex
    match what:
        case "say":
            words, told = given_
            await _take(place, joined, Say(type="say", id=frame_id, text=words))
            return list(told)
        case "fail":
            await _fail(place, joined, given_[0])
            return list(given_[1])
        case "try" | "call":
            start = (
                "I want to start a trial, my mail is {}" if what == "try" else "call me on {}, I want a demo"
            )
            await _take(place, joined, Say(type="say", id=frame_id, text=start.format(given_.written)))
            return [given_]
        case "choose":
            label, value = carried(given_)[:200], given_.written[:200]
            await _take(
                place, joined, Choose(type="choose", id=frame_id, prompt="p", value=value, label=label)
            )
            return [given_]
        case "submit":
            email, name = given_
            fields = {"email": email.written, "name": name.title(), "note": email.written}
            await _take(place, joined, Submit(type="submit", id=frame_id, prompt="p", fields=fields))
            return [email, Told("person", name, (name,))]
    await _aside(place, joined, what, given_, frame_id)
    return [given_]


async def _take(place: Place, joined: Joined, frame: Say | Choose | Submit) -> Saved:
    saved = await take_turn(place.house.desk, "demo", joined.conversation, frame)
    assert saved is not None
    return saved


async def _fail(place: Place, joined: Joined, words: str) -> None:
    """The turn breaks, with the visitor's words in what it says."""
    broken = replace(place.house.desk, reader=cast("Any", BrokenReader(words)))
    say = Say(type="say", id=uuid.uuid4().hex, text=words)
    with pytest.raises(RuntimeError) as failed:
        await take_turn(broken, "demo", joined.conversation, say)
    logging.getLogger("asyncio").error("Task exception was never retrieved", exc_info=failed.value)

    assert words not in refusal_of(failed.value, None).message


async def _aside(place: Place, joined: Joined, what: str, given_: Told, frame_id: str) -> None:
    """What is no turn: ratings, a person of the company, pages, another hello."""
    floor, talk = place.floor, joined.conversation
    match what:
        case "rate":
            saved = await _take(place, joined, Say(type="say", id=frame_id, text="What does Team cost?"))
            reason = carried(given_)
            await floor.rate(
                joined, Rate(type="rate", id=frame_id, turn=saved.turn, value="down", reason=reason)
            )
        case "rep":
            await floor.say_as_person("demo", talk, "rep", f"You said: {carried(given_)}")
            await floor.hand_back("demo", talk, "rep")
        case "visit":
            url = f"https://www.fernway.example/users/{given_.written}/x?mail={given_.written}"
            await floor.visit(joined, Visit(type="visit", page=Page(url=url, title=given_.written)))
        case "hello":
            words = given_.written
            page = Page(url=f"https://www.fernway.example/{words}", title=words)
            hello = Hello(type="hello", site="demo", page=page, locale=words[:35], time_zone=words[:64])
            await floor.join(hello.model_copy(update={"consent": "conversation"}))
        case _:
            raise AssertionError(what)


async def _read_again(place: Place, does: list[tuple[str, Any]]) -> list[str]:
    """What `frontdesk classify --json` prints, and what a debugger would show."""
    found = []
    for what, given_ in does:
        if what == "say":
            reading = place.house.desk.reader.read(given_[0], ReadingContext(datetime.now(UTC)))
            facts = [asdict(fact) for fact in reading.facts]
            found += [
                reading.redacted.text,
                json.dumps(facts, ensure_ascii=False, default=str),
                repr(reading),
            ]
    return found


def test_the_search_itself_finds_what_it_is_to_find() -> None:
    """A test that can find nothing proves nothing."""
    mail = Told("email", "zqwert5bn@zqplm4ws.example", ("zqwert5bn", "zqplm4ws"))
    card = Told("card", "4111 1111 1111 1111", digits="4111111111111111")

    assert mail.is_in('{"to": "ZQWERT5BN\uff20other.example"}')
    assert card.is_in("x 4111-1111\u00a01111 1111 y")
    assert not card.is_in("4111 1111 1111 1112")


def test_a_placeholder_that_was_typed_is_never_filled_in_for_anybody(
    runner: asyncio.Runner, place: Place
) -> None:
    async def talk() -> tuple[list[dict[str, Any]], str]:
        await place.forget()
        joined = await place.floor.join(Hello(type="hello", site="demo", consent="conversation"))
        for words in ("is [email_1] or [person_1] right?", "my mail is zqkrt5bn@zqplm4ws.example",
                      "so [email_1] it is, I want to talk to a person"):  # fmt: skip
            await _take(place, joined, Say(type="say", id=uuid.uuid4().hex, text=words))
        await settle_effects(place)
        await deliver(place)
        async with place.house.desk.readers() as session:
            frames = await frames_after(session, place.house.desk.vault, "demo", joined.conversation, 0)
        delivered = [row for name, row in await place.fresh_rows() if name in {*_TO_PEOPLE, "crm_activities"}]
        return frames, "\n".join(delivered)

    frames, delivered = runner.run(talk())

    assert [frame["text"] for frame in frames if frame["type"] == "message"] == [
        "is [email_1] or [person_1] right?",
        "my mail is zqkrt5bn@zqplm4ws.example",
        "so [email_1] it is, I want to talk to a person",
    ]
    assert "is [email_1] or [person_1] right?" in delivered or "so [email_1] it is" in delivered
    assert "so zqkrt5bn@zqplm4ws.example it is" not in delivered


@given(st.lists(st.one_of(emails(), phones()), min_size=2, max_size=4, unique_by=lambda one: one.written))
@settings(
    deadline=None,
    max_examples=max(4, _EXAMPLES // 3),
    derandomize=_EXAMPLES < 100,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_two_tabs_that_race_give_each_value_one_placeholder_and_lose_none(
    runner: asyncio.Runner, place: Place, told: list[Told]
) -> None:
    async def race() -> tuple[list[str], dict[str, str]]:
        desk = place.house.desk
        joined = await place.floor.join(Hello(type="hello", site="demo"))
        # Another process knows nothing of this one's turnstile, and remembers nothing from before.
        tabs = [desk, replace(desk, turnstile=type(desk.turnstile)())]
        said = [carried(one) for one in told]
        says_ = [Say(type="say", id=uuid.uuid4().hex, text=words) for words in said]
        await asyncio.gather(
            *(take_turn(tabs[at % 2], "demo", joined.conversation, say) for at, say in enumerate(says_))
        )
        async with desk.readers() as session:
            frames = await frames_after(session, desk.vault, "demo", joined.conversation, 0)
            vault = await desk.vault.details(session, "demo", joined.conversation)
        return [frame["text"] for frame in frames if frame.get("author") == "visitor"], vault

    said, vault = runner.run(race())

    assert len(said) == len(told)
    values = [(mark.split("_")[0], value) for mark, value in vault.items()]
    assert len(set(values)) == len(values), "no value is held twice"
    for one in told:
        assert any(Searched(value).holds(one) for value in vault.values()), one
        assert any(Searched(words).holds(one) for words in said), "everybody sees their own words"
