"""Groups and shown messages in the database: drawn once, kept when shares change, counted, and gone when erased."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from server.dialogue.known import Consent
from server.dialogue.values import State
from server.store import groups, nudges, touches
from server.store.conversations import open_talk
from server.store.engine import open_engine, open_sessions
from server.store.groups import Draw, place
from server.store.tables import Base
from server.store.touches import Who
from tests.support.postgres import fresh_database

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DRAW = Draw("acme", "salt", holdout=0.5, pilot="spring", share=0.1, version="v1")
WHO = Who("acme", "visitor-1", "talk-1")


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[AsyncSession]:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'groups.db'}")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with open_sessions(engine)() as session:
        yield session
    await engine.dispose()


async def a_talk(session: AsyncSession, who: Who, consent: Consent = "remembered") -> None:
    await open_talk(
        session, site=who.site, visitor=who.visitor, conversation=None, new_id=who.conversation, mode="chat",
        consent=consent, locale="en", time_zone="UTC", now=NOW,
    )  # fmt: skip
    await session.flush()


def kept(session: AsyncSession, number: int, became: nudges.Became, who: Who = WHO) -> None:
    nudges.keep(
        session, who, new_id=f"n{number}", rule="prices", asked_as=f"asked-{number}", page="/pricing", checks={},
        version="v1", now=NOW, became=became,
    )  # fmt: skip


async def test_whoever_was_drawn_stays_drawn_when_shares_change(session: AsyncSession) -> None:
    people = [f"visitor-{number}" for number in range(60)]
    before = [await groups.place(session, DRAW, who, NOW) for who in people]

    none = replace(DRAW, holdout=0.0, share=0.0, version="v2")
    after = [await groups.place(session, none, who, NOW + timedelta(days=9)) for who in people]
    fresh = [await groups.place(session, none, f"new-{number}", NOW) for number in range(60)]

    assert before == after
    assert {"holdout", ""} <= set(before)
    assert set(fresh) == {""}
    taking, drawn = (await groups.sizes(session, "acme"))["holdout"]
    assert (taking, drawn) == (before.count("holdout"), 120)


async def test_a_remembered_visitor_has_one_group_and_others_one_a_conversation(
    session: AsyncSession,
) -> None:
    for number in (1, 2):
        await a_talk(session, replace(WHO, conversation=f"talk-{number}"))
        await groups.place_conversation(session, DRAW, "visitor-1", f"talk-{number}", NOW)
    await a_talk(session, replace(WHO, conversation="talk-3"), consent="conversation")
    await groups.place_conversation(session, DRAW, "visitor-1", "talk-3", NOW)

    assert (await groups.sizes(session, "acme"))["holdout"][1] == 2


async def test_nobody_is_drawn_where_nothing_is_tried(session: AsyncSession) -> None:
    await a_talk(session, WHO)

    await groups.place_conversation(session, replace(DRAW, holdout=0.0, pilot=""), WHO.visitor, "talk-1", NOW)

    assert await groups.sizes(session, "acme") == {}
    assert State().group == ""


async def test_what_a_person_was_shown_counts_over_their_devices(session: AsyncSession) -> None:
    known = replace(WHO, person="hash")
    await touches.note(session, known, "proactive", "prices", NOW)
    kept(session, 1, "dismissed", known)
    await session.flush()

    elsewhere = Who("acme", "visitor-2", "talk-9", person="hash")
    stranger = Who("acme", "visitor-3", "talk-8")
    found = await nudges.past(session, elsewhere, NOW, site=True)
    nothing = await nudges.past(session, stranger, NOW, site=False)

    assert [one.key for one in found.mine] == ["prices"]
    assert found.dismissed_at == NOW
    assert found.site_today == ("prices",)
    assert (nothing.mine, nothing.dismissed_at, nothing.off) == ((), None, False)


async def test_each_message_is_told_with_what_became_of_it(session: AsyncSession) -> None:
    for number, became in enumerate(("shown", "opened", "opened", "dismissed", "off")):
        kept(session, number, became)  # type: ignore[arg-type]  # one of the four
    await session.flush()

    [tally] = await nudges.tallies(session, "acme", NOW - timedelta(days=14))

    assert (tally.rule, tally.shown, tally.opened, tally.dismissed, tally.off) == ("prices", 5, 2, 1, 1)
    assert (await nudges.past(session, WHO, NOW, site=False)).off


async def test_an_erased_conversation_leaves_neither_group_nor_message(session: AsyncSession) -> None:
    await a_talk(session, WHO)
    await groups.place_conversation(session, DRAW, WHO.visitor, WHO.conversation, NOW)
    kept(session, 1, "shown")
    await session.flush()

    await groups.forget(session, "acme", WHO.conversation)
    await nudges.forget(session, "acme", WHO.conversation)

    assert await groups.sizes(session, "acme") == {}
    assert await nudges.tallies(session, "acme", NOW - timedelta(days=14)) == ()


async def test_who_was_shown_something_before_they_were_known_is_taken_out_of_the_holdout(
    session: AsyncSession,
) -> None:
    everybody = replace(DRAW, holdout=1.0)
    held = await groups.place(session, everybody, "talk-1", NOW)

    await groups.release(session, "acme", "talk-1", NOW)

    assert held == "holdout"
    assert await groups.place(session, everybody, "talk-1", NOW) != "holdout"


async def test_two_tabs_of_a_visitor_that_open_at_once_are_drawn_once() -> None:
    with fresh_database() as url:
        engine = open_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        sessions = open_sessions(engine)
        async with sessions() as first, sessions() as second:
            group = await place(first, DRAW, "visitor-1", NOW)
            await first.flush()
            other = asyncio.create_task(place(second, DRAW, "visitor-1", NOW))
            await asyncio.wait([other], timeout=0.3)
            await first.commit()

            assert await other == group
            await second.commit()
        await engine.dispose()
