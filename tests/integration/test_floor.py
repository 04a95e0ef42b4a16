"""People of the company in a conversation, ratings and consent: the real floor over the real store."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server.errors import FrontdeskError
from server.floor import Floor, Joined
from server.frames import Consent, Hello, Page, Rate, Say, Visit
from server.store.conversations import frames_after, load_talk
from server.turn import take_turn
from server.wiring import House, build
from tests.support.models import an_installation


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = build(an_installation(tmp_path))
    for site in built.desk.playbooks.sites:
        await built.desk.library.refresh(site)
    yield built
    built.desk.pool.shutdown()
    await built.engine.dispose()


def a_hello(**more: Any) -> Hello:
    return Hello(type="hello", site="demo", **{"consent": "conversation", **more})


def says(words: str) -> Say:
    return Say(type="say", id=uuid.uuid4().hex, text=words)


async def log_of(house: House, joined: Joined) -> list[dict[str, Any]]:
    async with house.desk.readers() as session:
        return await frames_after(session, house.desk.vault, joined.site, joined.conversation, 0)


async def rows(house: House, query: str) -> list[Any]:
    async with house.desk.readers() as session:
        return [tuple(row) for row in (await session.execute(text(query))).all()]


async def test_once_a_person_is_there_the_assistant_says_nothing_until_it_is_handed_back(
    house: House,
) -> None:
    floor = Floor(house.desk)
    joined = await floor.join(a_hello())
    await floor.take_over("demo", joined.conversation, "ada")
    await floor.say_as_person("demo", joined.conversation, "ada", "Hello, I am reading along.")

    await take_turn(house.desk, "demo", joined.conversation, says("What does Team cost?"))
    during = await log_of(house, joined)
    await floor.hand_back("demo", joined.conversation, "ada")
    await take_turn(house.desk, "demo", joined.conversation, says("What does Team cost?"))
    after = await log_of(house, joined)

    assert [frame["author"] for frame in during] == ["system", "person", "visitor"]
    assert any(frame["type"] == "block" for frame in after[len(during) :])
    assert [frame["seq"] for frame in after] == list(range(1, len(after) + 1))
    assert ("ada",) in await rows(house, "select \"by\" from log where type = 'message'")
    assert "ada" not in json.dumps(after), "a visitor sees the company, not the login"


async def test_a_person_who_takes_over_during_a_turn_silences_that_very_turn(house: House) -> None:
    floor = Floor(house.desk)
    joined = await floor.join(a_hello())
    thinking, taken = asyncio.Event(), asyncio.Event()
    real = type(house.desk).in_thread
    loop = asyncio.get_running_loop()

    class SlowDesk(type(house.desk)):  # type: ignore[misc]  # the desk, with a pause where it thinks
        async def in_thread(self, work: Any, *args: Any, **kwargs: Any) -> Any:
            if not thinking.is_set() and getattr(work, "__name__", "") == "_look_up":
                thinking.set()
                await taken.wait()
            return await real(self, work, *args, **kwargs)

    fields = {name: getattr(house.desk, name) for name in house.desk.__dataclass_fields__}
    slow = SlowDesk(**fields)
    turn = loop.create_task(take_turn(slow, "demo", joined.conversation, says("What does Team cost?")))
    await thinking.wait()
    # Another process knows nothing of this one's turnstile.
    elsewhere = Floor(replace(house.desk, turnstile=type(house.desk.turnstile)()))
    await elsewhere.take_over("demo", joined.conversation, "ada")
    taken.set()
    await turn

    said = await log_of(house, joined)
    assert [frame["type"] for frame in said] == ["message", "message"]
    assert [frame["author"] for frame in said] == ["system", "visitor"]


async def test_a_colleague_can_not_talk_into_a_conversation_that_somebody_has(house: House) -> None:
    floor = Floor(house.desk)
    joined = await floor.join(a_hello())
    await floor.take_over("demo", joined.conversation, "ada")

    with pytest.raises(FrontdeskError, match="'ada' has this conversation"):
        await floor.say_as_person("demo", joined.conversation, "ben", "Me too")


async def test_a_rating_is_kept_redacted_and_only_for_a_turn_of_ones_own(house: House) -> None:
    floor = Floor(house.desk)
    mine, other = await floor.join(a_hello()), await floor.join(a_hello())
    saved = await take_turn(house.desk, "demo", mine.conversation, says("What does Team cost?"))
    assert saved is not None
    rating = Rate(
        type="rate", id="rating-0001", turn=saved.turn, value="down", reason="wrong, ask ada@example.com"
    )

    await floor.rate(mine, rating)

    assert await rows(house, "select value, reason from ratings") == [("down", "wrong, ask [email_1]")]
    with pytest.raises(FrontdeskError, match="no turn"):
        await floor.rate(other, rating)


async def test_a_usual_reason_is_kept_with_the_words_and_a_thumb_can_be_taken_back(house: House) -> None:
    floor = Floor(house.desk)
    joined = await floor.join(a_hello())
    saved = await take_turn(house.desk, "demo", joined.conversation, says("What does Team cost?"))
    assert saved is not None
    turn = saved.turn

    await floor.rate(
        joined,
        Rate(
            type="rate", id="rating-0001", turn=turn, value="down", about="out_of_date", reason="it is 13 now"
        ),
    )
    assert await rows(house, "select value, reason from ratings") == [("down", "out of date: it is 13 now")]
    await floor.rate(joined, Rate(type="rate", id="rating-0002", turn=turn, value="none"))

    assert await rows(house, "select value from ratings") == []


async def test_a_ratings_reason_speaks_of_the_details_under_the_names_that_they_have(house: House) -> None:
    floor = Floor(house.desk)
    joined = await floor.join(a_hello())
    await take_turn(house.desk, "demo", joined.conversation, says("my mail is ada@example.com"))
    saved = await take_turn(house.desk, "demo", joined.conversation, says("What does Team cost?"))
    assert saved is not None
    reason = "not bob@example.com but ADA@example.com"

    await floor.rate(
        joined, Rate(type="rate", id="rating-0002", turn=saved.turn, value="down", reason=reason)
    )
    await take_turn(house.desk, "demo", joined.conversation, says("or bob@example.com"))

    assert await rows(house, "select reason from ratings") == [("not [email_2] but [email_1]",)]
    assert await rows(house, "select placeholder from vault order by placeholder") == [
        ("[email_1]",),
        ("[email_2]",),
    ]
    assert "or bob@example.com" in [frame.get("text") for frame in await log_of(house, joined)]


async def test_pages_are_remembered_only_with_consent_and_forgotten_when_it_is_taken_back(
    house: House,
) -> None:
    floor = Floor(house.desk)
    page = Page(url="https://fernway.example/pricing")
    reserved = await floor.join(a_hello(consent="necessary", page=page))
    willing = await floor.join(a_hello(page=page))
    await floor.visit(willing, Visit(type="visit", page=Page(url="https://fernway.example/docs")))

    async def pages(joined: Joined) -> tuple[str, ...]:
        async with house.desk.readers() as session:
            return (await load_talk(session, house.desk.vault, "demo", joined.conversation)).state.pages

    assert await pages(reserved) == ()
    assert await pages(willing) == ("/pricing", "/docs")
    await floor.consent(willing, Consent(type="consent", id="consent-0001", level="necessary"))
    assert await pages(willing) == ()


async def test_consent_taken_back_rejects_what_waited_and_lets_nothing_more_through(house: House) -> None:
    floor = Floor(house.desk)
    joined = await floor.join(a_hello())
    await take_turn(house.desk, "demo", joined.conversation, says("we are about 40 technicians"))
    (before,) = await rows(house, "select status from crm_updates where kind = 'contact.qualified'")

    await floor.consent(joined, Consent(type="consent", id="consent-0001", level="necessary"))
    await take_turn(house.desk, "demo", joined.conversation, says("we plan with excel"))

    assert before == ("pending",)
    assert await rows(house, "select status from crm_updates where kind = 'contact.qualified'") == [
        ("rejected",)
    ]


async def test_brackets_that_a_visitor_types_do_not_hold_up_the_crm(house: House) -> None:
    floor = Floor(house.desk)
    joined = await floor.join(a_hello())
    await take_turn(house.desk, "demo", joined.conversation, says("why do i get error [code_5]?"))

    saved = await take_turn(house.desk, "demo", joined.conversation, says("let me talk to a person please"))

    assert saved is not None
    assert saved.deliveries
    for update in saved.deliveries:
        assert await house.desk.ledger.deliver(update, now=house.desk.clock()) == "delivered"


async def test_a_colleagues_name_reaches_the_visitor_as_typed_and_is_stored_as_theirs(house: House) -> None:
    floor = Floor(house.desk)
    joined = await floor.join(a_hello())

    await floor.say_as_person("demo", joined.conversation, "ada", "Hello, my name is Marlene.")

    assert (await log_of(house, joined))[-1]["text"] == "Hello, my name is Marlene."
    assert "Marlene" not in str(await rows(house, "select body from log"))
    assert await rows(house, "select placeholder from vault") == [("[colleague_1]",)]
