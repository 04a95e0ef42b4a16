"""An effect happens once, whatever crashes in between."""

from __future__ import annotations

import email
from collections.abc import AsyncIterator
from datetime import timedelta
from email.message import Message
from pathlib import Path

import pytest
from icalendar import Calendar
from sqlalchemy import select

from server.actions import booking, outbox
from server.actions.outbox import LEASE, MAX_ATTEMPTS
from server.actions.tables import EffectRow
from server.actions.values import Effect, EffectRequest
from tests.support.actions_world import CALENDAR, World, a_world, berlin_slot, booked


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


async def queued(world: World, kind: str = "note", key: str = "note-1") -> str:
    async with world.sessions.begin() as session:
        request = EffectRequest("demo", "c-1", kind, {"n": 1}, key)
        return await outbox.enqueue(session, request, now=world.clock())


async def row(world: World, effect_id: str) -> EffectRow:
    async with world.sessions() as session:
        return (await session.execute(select(EffectRow).where(EffectRow.id == effect_id))).scalar_one()


def eml(world: World) -> list[Message]:
    files = sorted((world.folder / "outbox").glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes()) for file in files]


def invitation(world: World, ics: bytes | None) -> tuple[str, int, str]:
    """Method, sequence and UID of the calendar file."""
    assert ics is not None
    calendar = Calendar.from_ical(ics)
    event = calendar.walk("VEVENT")[0]
    return str(calendar["METHOD"]), int(str(event["SEQUENCE"])), str(event["UID"])


async def test_a_booking_mails_both_sides_once_however_often_it_runs(world: World) -> None:
    await booked(world, berlin_slot(14))
    async with world.sessions() as session:
        effects = await outbox.due(session, now=world.clock())

    for effect_id in effects * 2:
        await world.run(effect_id)

    mails = await world.mails()
    assert {mail.to for mail in mails} == {"visitor@lifts.example", "ada@fernway.example"}
    assert len(mails) == len(eml(world)) == 2


async def test_the_mail_says_when_in_words_and_in_a_calendar_file(world: World) -> None:
    meeting = await booked(world, berlin_slot(14))

    await world.run_all()

    mail = next(mail for mail in await world.mails() if mail.to == "visitor@lifts.example")
    assert mail.subject == "Confirmed: Fernway demo, Tuesday 3 March, 14:00 (Berlin)"
    assert "Tuesday 3 March 2026, 14:00 to 14:30 (Berlin)" in mail.text
    assert world.links.manage(meeting) in mail.text
    assert invitation(world, mail.ics) == ("REQUEST", 0, meeting.uid)


async def test_the_row_of_an_effect_holds_no_address(world: World) -> None:
    await booked(world, berlin_slot(14))

    async with world.sessions() as session:
        payloads = [str(effect.payload) for effect in (await session.execute(select(EffectRow))).scalars()]

    assert not any("@" in payload for payload in payloads)


async def test_a_change_before_the_first_mail_sends_only_the_latest(world: World) -> None:
    meeting = await booked(world, berlin_slot(10))
    async with world.sessions.begin() as session:
        await booking.move(
            session, "demo", meeting.id, berlin_slot(14, rep="ben"), CALENDAR, now=world.clock()
        )

    await world.run_all()

    by_reader = {mail.to: mail for mail in await world.mails()}
    assert invitation(world, by_reader["visitor@lifts.example"].ics) == ("REQUEST", 1, meeting.uid)
    assert invitation(world, by_reader["ben@fernway.example"].ics)[0] == "REQUEST"
    assert invitation(world, by_reader["ada@fernway.example"].ics) == ("CANCEL", 1, meeting.uid)


async def test_a_rep_who_loses_a_meeting_reads_the_time_they_had_and_its_new_rep_that_it_is_booked(
    world: World,
) -> None:
    meeting = await booked(world, berlin_slot(10))
    await world.run_all()
    earlier = {mail.id for mail in await world.mails()}
    async with world.sessions.begin() as session:
        await booking.move(
            session, "demo", meeting.id, berlin_slot(14, rep="ben"), CALENDAR, now=world.clock()
        )

    await world.run_all()

    mails = [mail for mail in await world.mails() if mail.id not in earlier]
    subjects = {mail.to.split("@")[0]: mail.subject for mail in mails}
    ada = next(mail for mail in mails if mail.to.startswith("ada@"))
    assert {reader: subject.split(":")[0] for reader, subject in subjects.items()} == {
        "visitor": "Moved",
        "ada": "Cancelled",
        "ben": "Confirmed",
    }
    assert "10:00 (Berlin)" in subjects["ada"]
    assert "14:00" not in ada.text
    assert meeting.start.strftime("DTSTART:%Y%m%dT%H%M%SZ").encode() in (ada.ics or b"")


async def test_cancelling_mails_a_cancellation_with_the_same_uid(world: World) -> None:
    meeting = await booked(world, berlin_slot(10))
    await world.run_all()
    async with world.sessions.begin() as session:
        await booking.cancel(session, "demo", meeting.id, now=world.clock())

    await world.run_all()

    last = next(mail for mail in await world.mails() if mail.subject.startswith("Cancelled"))
    assert invitation(world, last.ics) == ("CANCEL", 1, meeting.uid)
    assert len(await world.mails()) == 4


async def test_a_crash_between_claim_and_settling_sends_no_second_mail(world: World) -> None:
    await booked(world, berlin_slot(10))
    handlers = world.postroom().handlers()

    class Killed(BaseException):
        """Ends the attempt the way a dying process does: nothing after it runs."""

    async def sends_and_dies(effect: Effect) -> None:
        await handlers[effect.kind](effect)
        raise Killed

    async with world.sessions() as session:
        effects = await outbox.due(session, now=world.clock())
    for effect_id in effects:
        with pytest.raises(Killed):
            await outbox.run(world.sessions, {"meeting_mail": sends_and_dies}, effect_id, clock=world.clock)

    assert [outcome.status for outcome in [await world.run(effect_id) for effect_id in effects]] == [
        "waiting",
        "waiting",
    ]
    world.clock.passes(LEASE)
    assert [outcome.status for outcome in await world.run_all()] == ["done", "done"]
    assert len(await world.mails()) == 2


async def test_a_lease_that_lives_keeps_others_out(world: World) -> None:
    effect_id = await queued(world)
    seen: list[str] = []

    async def looks_whether_another_gets_in(effect: Effect) -> None:
        other = await outbox.run(world.sessions, {"note": never}, effect.id, clock=world.clock)
        seen.append(other.status)

    async def never(effect: Effect) -> None:
        seen.append("ran twice")

    handlers = {"note": looks_whether_another_gets_in}
    outcome = await outbox.run(world.sessions, handlers, effect_id, clock=world.clock)

    assert outcome.status == "done"
    assert seen == ["waiting"]


async def test_whoever_lost_the_lease_does_not_settle(world: World) -> None:
    effect_id = await queued(world)

    async def outlives_its_lease(effect: Effect) -> None:
        world.clock.passes(LEASE)
        await outbox.run(world.sessions, {"note": fails}, effect.id, clock=world.clock)

    async def fails(effect: Effect) -> None:
        raise RuntimeError("not now")

    await outbox.run(world.sessions, {"note": outlives_its_lease}, effect_id, clock=world.clock)

    assert (await row(world, effect_id)).status == "queued"


async def test_a_failure_waits_longer_each_time_and_ends_after_ten(world: World) -> None:
    effect_id = await queued(world)

    async def fails(effect: Effect) -> None:
        raise ConnectionError("550 no such user visitor@lifts.example")

    pauses = []
    for _ in range(MAX_ATTEMPTS):
        outcome = await outbox.run(world.sessions, {"note": fails}, effect_id, clock=world.clock)
        if outcome.again_at is not None:
            pauses.append(outcome.again_at - world.clock())
            world.clock.at = outcome.again_at

    assert outcome.status == "failed"
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=2)
    last = await row(world, effect_id)
    assert last.last_error == "ConnectionError (code 'none')"
    assert (await world.run(effect_id)).status == "failed"


async def test_a_kind_that_nobody_handles_fails_at_once(world: World) -> None:
    effect_id = await queued(world, kind="unheard_of")

    outcome = await world.run(effect_id)

    assert outcome.status == "failed"
    assert "unknown_effect" in str((await row(world, effect_id)).last_error)


async def test_an_effect_that_is_gone_is_nothing_to_do(world: World) -> None:
    assert (await world.run("no-such-effect")).status == "gone"


async def test_the_same_key_is_queued_once_per_site(world: World) -> None:
    first = await queued(world)

    assert await queued(world) == first
    assert await queued(world, key="note-2") != first


async def test_an_address_that_was_erased_is_not_mailed_and_the_rep_still_hears(world: World) -> None:
    await booked(world, berlin_slot(14), email="[email_9]", name="")

    outcomes = await world.run_all()

    assert {outcome.status for outcome in outcomes} == {"done"}
    mails = await world.mails()
    assert [mail.to for mail in mails] == ["ada@fernway.example"]
    assert "with a visitor" in mails[0].text
    assert "email_9" not in mails[0].text
