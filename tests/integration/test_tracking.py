"""What host pages tell of their visitors: kept with consent, bare of personal details, and gone with it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server import visitor_data
from server.briefing import as_text, brief_of
from server.chat.tracking import Tracking
from server.erasing import erase_conversation
from server.floor import Floor, Joined
from server.frames import Consent, Hello, Track
from server.store import events, touches
from server.store.events import Did
from server.wiring import House, build
from tests.support.models import an_installation


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = build(an_installation(tmp_path))
    yield built
    built.desk.pool.shutdown()
    await built.engine.dispose()


async def a_visitor(house: House, consent: Any = "conversation") -> Joined:
    return await Floor(house.desk).join(Hello(type="hello", site="demo", consent=consent))


def told(name: str = "report_opened", properties: Any = None) -> Track:
    return Track(type="track", id=uuid.uuid4().hex, name=name, properties=properties or {})


async def kept(house: House, joined: Joined) -> tuple[Did, ...]:
    async with house.desk.readers() as session:
        return await events.latest(session, joined.site, joined.conversation, 10)


async def test_what_they_did_stands_in_the_brief_once(house: House) -> None:
    joined = await a_visitor(house)
    frame = told(properties={"kind": "weekly", "rows": 12, "shared": True})

    for _ in range(2):
        await Tracking(house.desk).keep(joined, frame)

    async with house.desk.readers() as session:
        taken_home = await visitor_data.export(house.desk, session, "demo", [joined.conversation])
        brief = await brief_of(session, house.desk.policy("demo"), "demo", joined.conversation)
    assert brief is not None
    assert [str(each) for each in brief.did] == ["report_opened (kind weekly, rows 12, shared yes)"]
    (event,) = taken_home["conversations"][0]["host_events"]
    assert (event["name"], event["properties"]["kind"]) == ("report_opened", "weekly")
    assert "Did on the page:\n- report_opened (kind weekly" in as_text(brief)


async def test_personal_details_are_left_out_wherever_they_stand(house: House) -> None:
    joined = await a_visitor(house)

    await Tracking(house.desk).keep(
        joined,
        told(
            properties={
                "by": "ada@example.com",
                "ada@example.com": 1.0,
                "phone": 493012345678,
                "rows": 250_000,
            }
        ),
    )

    (did,) = await kept(house, joined)
    assert did.properties == {"by": "[removed]", "[removed]": 1.0, "phone": "[removed]", "rows": 250_000}
    async with house.desk.readers() as session:
        assert not await house.desk.vault.details(session, "demo", joined.conversation)


async def test_without_consent_nothing_is_kept_and_taken_back_it_is_forgotten(house: House) -> None:
    shy, open_one = await a_visitor(house, "necessary"), await a_visitor(house)
    for joined in (shy, open_one):
        await Tracking(house.desk).keep(joined, told())
    assert not await kept(house, shy)
    assert await kept(house, open_one)

    await Floor(house.desk).consent(open_one, Consent(type="consent", id=uuid.uuid4().hex, level="necessary"))

    assert not await kept(house, open_one)


async def test_what_is_told_while_the_consent_is_taken_back_is_not_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined, tracking = await a_visitor(house), Tracking(house.desk)
    without_details = tracking._without_details

    def meanwhile(*given: Any) -> Any:
        asyncio.run_coroutine_threadsafe(
            Floor(house.desk).consent(
                joined, Consent(type="consent", id=uuid.uuid4().hex, level="necessary")
            ),
            loop,
        ).result(5)
        return without_details(*given)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(tracking, "_without_details", meanwhile)
    await tracking.keep(joined, told())

    assert not await kept(house, joined)


async def test_a_page_that_never_stops_telling_fills_no_disk(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST", 3)
    joined = await a_visitor(house)

    for number in range(5):
        await Tracking(house.desk).keep(joined, told(f"step{number}"))

    assert [did.name for did in await kept(house, joined)] == ["step0", "step1", "step2"]


async def test_it_goes_with_its_conversation_and_with_the_years(house: House) -> None:
    first, second = await a_visitor(house), await a_visitor(house)
    for joined in (first, second):
        await Tracking(house.desk).keep(joined, told())

    async with house.desk.writers() as session:
        now = house.desk.clock()
        await erase_conversation(session, "demo", first.conversation, by="test", now=now)
        await session.commit()
    assert not await kept(house, first)
    assert await kept(house, second)

    async with house.desk.writers() as session:
        await events.forget_old(session, "demo", now + touches.KEPT_FOR + timedelta(days=1))
        await session.commit()
    assert not await kept(house, second)
