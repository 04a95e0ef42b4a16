"""Messages in doubt: what is filed with a turn, what never is, and what a person makes of it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from intents.choosing import Choice
from intents.values import IntentGuess, ReadingContext
from server.dialogue.prompts import OpenReading
from server.dialogue.values import Chose, Said, State
from server.doubting import is_unsure, note_chosen
from server.floor import Floor, Joined
from server.frames import Consent, Hello, Rate, Say
from server.store import doubts
from server.store.conversations import load_talk
from server.store.tables import DecisionRow, Doubt
from server.turn import take_turn
from server.wiring import House, build
from tests.support.models import an_installation

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CLEAR = "What does Team cost?"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = build(an_installation(tmp_path))
    for site in built.desk.playbooks.sites:
        await built.desk.library.refresh(site)
    yield built
    built.desk.pool.shutdown()
    await built.engine.dispose()


async def joined(house: House, consent: Any = "conversation") -> Joined:
    return await Floor(house.desk).join(Hello(type="hello", site="demo", consent=consent))


async def say(house: House, who: Joined, words: str) -> None:
    await take_turn(house.desk, "demo", who.conversation, Say(type="say", id=uuid.uuid4().hex, text=words))


async def filed(house: House) -> list[Doubt]:
    async with house.desk.readers() as session:
        return list(await session.scalars(select(Doubt).order_by(Doubt.at, Doubt.id)))


def blurred(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every reading a close one."""
    read = house.desk.reader.read

    def closely(text: str, context: ReadingContext, **more: Any) -> Any:
        found = read(text, context, **more)
        best, second = found.intents[0].name, found.intents[1].name
        return replace(
            found,
            asked_for=(best,),
            out_of_scope=False,
            is_answer=False,
            scope_score=2.0,
            intents=(IntentGuess(best, 0.45), IntentGuess(second, 0.4)),
        )

    monkeypatch.setattr(house.desk.reader, "read", closely)


async def last_turn(house: House) -> str:
    async with house.desk.readers() as session:
        return (await session.scalars(select(DecisionRow.turn).order_by(DecisionRow.at.desc()))).first() or ""


async def test_a_close_reading_is_filed_redacted_with_its_guesses_and_a_clear_one_is_not(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = await joined(house)
    await say(house, who, CLEAR)
    assert await filed(house) == []

    blurred(house, monkeypatch)
    await say(house, who, "could ada@example.com have the thing for the vans?")

    [doubt] = await filed(house)
    assert doubt.text == "could [email_1] have the thing for the vans?"
    assert (doubt.why, doubt.status, doubt.conversation) == ("unsure", "waiting", who.conversation)
    assert sorted(doubt.guesses.values()) == [0.4, 0.45]


async def test_nothing_is_filed_of_a_visitor_who_allows_the_necessary_only(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    blurred(house, monkeypatch)
    await say(house, await joined(house, "necessary"), "the thing for the vans?")

    assert await filed(house) == []


async def test_taking_consent_back_takes_along_what_was_filed_even_what_a_person_has_labelled(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, other = await joined(house), await joined(house)
    blurred(house, monkeypatch)
    await say(house, who, "the thing for the vans?")
    await say(house, other, "and the boats?")
    async with house.desk.writers() as session:
        doubts.settle(list(await session.scalars(select(Doubt))), "pricing", by="manager", now=NOW)
        await session.commit()

    await Floor(house.desk).consent(who, Consent(type="consent", id="consent-1", level="necessary"))

    assert [doubt.conversation for doubt in await filed(house)] == [other.conversation]


async def test_what_is_said_to_a_person_is_not_filed_as_a_choice_of_ours(house: House) -> None:
    who, open_ = await joined(house), OpenReading("p", ("pricing", "demo"), "the thing for the vans?", "m1")
    async with house.desk.readers() as session:
        talk = await load_talk(session, house.desk.vault, "demo", who.conversation)
    reading = replace(house.desk.reader.read(CLEAR, ReadingContext(NOW)), asked_for=("pricing",))

    for with_person in (True, False):
        state = State(open=open_, with_person=with_person)
        case: Any = SimpleNamespace(reading=reading, event=Said(CLEAR))
        thought: Any = SimpleNamespace(case=case, talk=replace(talk, state=state), choice=None)
        async with house.desk.writers() as session:
            await note_chosen(house.desk, session, thought, NOW)
            await session.commit()

        assert len(await filed(house)) == (0 if with_person else 1)


async def test_only_what_the_visitor_says_clearly_or_picks_is_filed_as_their_word(house: House) -> None:
    who, open_ = await joined(house), OpenReading("p", ("pricing", "demo"), "the thing for the vans?", "m1")
    async with house.desk.readers() as session:
        talk = await load_talk(session, house.desk.vault, "demo", who.conversation)
    read = house.desk.reader.read(CLEAR, ReadingContext(NOW))
    clear = replace(read, asked_for=("pricing",))
    close = replace(clear, intents=(IntentGuess("pricing", 0.45), IntentGuess("demo", 0.4)))
    decided = Choice("tiny-1", "pricing 0.45, demo 0.40", "pricing", "", 200, 8, 90.0)

    async def files(event: Any, reading: Any, choice: Choice | None) -> int:
        case: Any = SimpleNamespace(reading=reading, event=event)
        thought: Any = SimpleNamespace(case=case, talk=replace(talk, state=State(open=open_)), choice=choice)
        async with house.desk.writers() as session:
            await note_chosen(house.desk, session, thought, NOW)
            await session.commit()
        return len(await filed(house))

    assert await files(Said(CLEAR), close, decided) == 0, "a larger model chose"
    assert await files(Said(CLEAR), close, None) == 0, "it could as well be the other"
    assert await files(Chose("p", "pricing", "Prices"), close, None) == 1


async def test_a_thumb_down_files_the_message_that_was_answered_and_a_thumb_up_does_not(house: House) -> None:
    who = await joined(house)
    await say(house, who, CLEAR)
    turn = await last_turn(house)
    floor = Floor(house.desk)

    await floor.rate(who, Rate(type="rate", id="rating-01", turn=turn, value="up"))
    assert await filed(house) == []
    await floor.rate(who, Rate(type="rate", id="rating-02", turn=turn, value="down"))

    [doubt] = await filed(house)
    assert (doubt.text, doubt.why) == (CLEAR, "rated")
    assert "pricing" in doubt.guesses
    await floor.rate(who, Rate(type="rate", id="rating-03", turn=turn, value="none"))
    assert await filed(house) == [], "it was taken back before anybody looked"


async def test_one_row_a_message_and_the_stronger_reason_stays(house: House) -> None:
    who = await joined(house)

    async def note(why: Any, **more: Any) -> bool:
        async with house.desk.writers() as session:
            done = await doubts.note(
                session, "demo", who.conversation, "m1", "the thing?", "en", {"pricing": 0.4, "trial": 0.3},
                why, uuid.uuid4().hex, NOW, **more,
            )  # fmt: skip
            await session.commit()
            return done

    assert await note("chosen", label="pricing", by="visitor")
    await note("unsure")
    await note("rated")
    [doubt] = await filed(house)
    assert (doubt.why, doubt.label, doubt.by, doubt.status) == ("chosen", "pricing", "visitor", "waiting")

    async with house.desk.writers() as session:
        doubts.settle(await doubts.some(session, "demo", [doubt.id]), None, by="manager", now=NOW)
        await session.commit()
    assert not await note("chosen", label="trial", by="visitor"), "what a person settled stays settled"
    assert await note("corrected", label="trial", by="rep"), "unless a colleague says otherwise"
    [doubt] = await filed(house)
    assert (doubt.status, doubt.label, doubt.by) == ("waiting", "trial", "rep")


async def test_the_oldest_waiting_make_room_and_what_is_settled_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doubts, "MOST_WAITING", 3)
    who = await joined(house)
    async with house.desk.writers() as session:
        for number in range(5):
            await doubts.note(
                session, "demo", who.conversation, f"m{number}", f"thing {number}", "en", {"pricing": 0.4},
                "unsure", f"d{number}", NOW + timedelta(minutes=number),
            )  # fmt: skip
            if number == 0:
                doubts.settle(await doubts.some(session, "demo", ["d0"]), "pricing", by="manager", now=NOW)
        await session.commit()

    assert [doubt.id for doubt in await filed(house)] == ["d0", "d2", "d3", "d4"]


async def test_what_is_old_or_has_lost_its_conversation_is_forgotten(house: House) -> None:
    who = await joined(house)
    async with house.desk.writers() as session:
        for name, at in (("old", NOW - doubts.KEPT_FOR - timedelta(days=1)), ("new", NOW)):
            await doubts.note(
                session, "demo", who.conversation, name, name, "en", {"pricing": 0.4}, "unsure", name, at
            )
        session.add(
            Doubt(
                id="lost", site="demo", conversation="gone", message="x", text="x", language="en", guesses={},
                why="unsure", status="candidate", label="pricing", by="manager", at=NOW, settled_at=NOW,
            )
        )  # fmt: skip
        await session.flush()
        await doubts.forget_old(session, "demo", NOW)
        await session.commit()

    assert [doubt.id for doubt in await filed(house)] == ["new"]


@pytest.mark.parametrize(
    ("guesses", "asked", "scope", "doubtful"),
    [
        ({"pricing": 0.9, "trial": 0.05}, ("pricing",), 2.0, False),
        ({"pricing": 0.5, "trial": 0.45}, ("pricing",), 2.0, True),
        ({"pricing": 0.5, "trial": 0.45, "job": 0.01}, ("pricing", "trial"), 2.0, True),
        ({"pricing": 0.9, "trial": 0.8, "job": 0.05}, ("pricing", "trial"), 2.0, False),
        ({"pricing": 0.9, "trial": 0.05}, ("pricing",), 0.1, True),
        ({"pricing": 0.5, "trial": 0.45}, (), -2.0, False),
        ({"pricing": 0.5, "trial": 0.45}, (), -0.1, True),
    ],
)
def test_a_reading_is_in_doubt_when_another_one_is_near(
    house: House, guesses: dict[str, float], asked: tuple[str, ...], scope: float, doubtful: bool
) -> None:
    reading = replace(
        house.desk.reader.read("the thing for the vans?", ReadingContext(NOW)),
        intents=tuple(IntentGuess(name, chance) for name, chance in guesses.items()),
        asked_for=asked,
        out_of_scope=not asked,
        scope_score=scope,
        is_answer=False,
    )

    assert is_unsure(reading) is doubtful
    assert not is_unsure(replace(reading, is_answer=True))
