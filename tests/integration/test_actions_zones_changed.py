"""The rules of a zone change after a meeting was agreed: the instant stays, and whoever has to know is told."""

from __future__ import annotations

import os
import zoneinfo
from collections.abc import AsyncIterator, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from sqlalchemy import select

from server.actions import zone_rules
from server.actions.tables import MeetingRow
from tests.support.actions_world import berlin_slot
from tests.support.meeting_world import MeetingWorld, a_meeting_world


@pytest.fixture
def other_rules(tmp_path: Path) -> Iterator[Path]:
    """A folder of zones that comes before the usual ones; what Berlin's holds here is Helsinki's."""
    folder = tmp_path / "zones"
    (folder / "Europe").mkdir(parents=True)
    helsinki = files("tzdata").joinpath("zoneinfo/Europe/Helsinki").read_bytes()
    (folder / "Europe" / "Berlin").write_bytes(helsinki)
    yield folder
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


def take_effect(folder: Path) -> None:
    zoneinfo.reset_tzpath([os.fspath(folder), *zoneinfo.TZPATH])
    zoneinfo.ZoneInfo.clear_cache()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[MeetingWorld]:
    async with a_meeting_world(tmp_path) as made:
        yield made


async def flag(world: MeetingWorld) -> list[zone_rules.Drift]:
    async with world.world.sessions.begin() as session:
        return await zone_rules.flag(session, "demo", now=world.world.clock())


async def test_nothing_is_flagged_while_every_clock_agrees(world: MeetingWorld) -> None:
    await world.book(berlin_slot(10))

    assert await flag(world) == []


async def test_new_rules_flag_the_meeting_and_tell_the_rep_once(
    world: MeetingWorld, other_rules: Path
) -> None:
    meeting = await world.book(berlin_slot(10))
    await world.run()
    take_effect(other_rules)

    found = await flag(world)
    await world.run()
    again = await flag(world)
    await world.run()

    assert [(each.agreed, each.shows) for each in found] == [
        ("2026-03-03T10:00+01:00", "2026-03-03T11:00+02:00")
    ]
    assert again == found
    told = [mail for mail in await world.world.mails() if mail.subject.startswith("Other clock time")]
    assert [mail.to for mail in told] == ["ada@fernway.example"]
    assert "10:00" in told[0].text
    assert "11:00" in told[0].text
    stands = await world.stands(meeting)
    assert stands.start == meeting.start
    async with world.world.sessions() as session:
        assert await session.scalar(select(MeetingRow.zone_drift)) == "2026-03-03T11:00+02:00"


async def test_a_meeting_that_moves_is_agreed_by_the_new_rules(
    world: MeetingWorld, other_rules: Path
) -> None:
    meeting = await world.book(berlin_slot(10))
    take_effect(other_rules)
    await flag(world)

    await world.move(meeting, berlin_slot(14))

    assert await flag(world) == []


async def test_rules_that_change_back_lift_the_flag(world: MeetingWorld, other_rules: Path) -> None:
    await world.book(berlin_slot(10))
    take_effect(other_rules)
    await flag(world)
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()

    assert await flag(world) == []
    async with world.world.sessions() as session:
        assert await session.scalar(select(MeetingRow.zone_drift)) == ""
