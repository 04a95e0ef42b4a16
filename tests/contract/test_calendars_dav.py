"""What only CalDAV has: files, their names and etags, servers that tell busy stretches alone, floating times."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.actions.calendars.dav import CalDavCalendar
from server.actions.calendars.ical import busy_in
from server.actions.calendars.ports import CalendarAway, CalendarEvent, CalendarRefused
from server.actions.values import Interval
from tests.support.calendar_keepers import DavKeeper
from tests.support.radicale import PASSWORD, USER, Radicale, a_radicale

BERLIN = ZoneInfo("Europe/Berlin")
MARCH = Interval(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
START = datetime(2026, 3, 3, 9, tzinfo=UTC)
MEETING = CalendarEvent("m1@demo.frontdesk", "Demo", START, START + timedelta(minutes=30), "Europe/Berlin")
MOVED = replace(MEETING, start=START + timedelta(days=1), end=MEETING.end + timedelta(days=1), sequence=1)


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with a_radicale(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.fixture
def keeper(radicale: Radicale) -> DavKeeper:
    return DavKeeper(radicale)


async def test_the_event_of_a_mailed_invitation_is_taken_over_and_not_doubled(keeper: DavKeeper) -> None:
    keeper.put(datetime(2026, 3, 3, 10, tzinfo=BERLIN), 30, uid=MEETING.uid)

    reference = await keeper.calendar.write(MOVED)

    assert keeper.standing() == [(MOVED.start, MOVED.end, "Demo")]
    assert "frontdesk-" not in reference
    await keeper.calendar.remove(MEETING.uid, reference)
    assert keeper.standing() == []


async def test_what_the_rep_added_to_our_event_stays_when_it_moves(keeper: DavKeeper) -> None:
    await keeper.calendar.write(MEETING)
    keeper.touch()

    await keeper.calendar.write(MOVED)

    (kept,) = keeper.radicale.files(keeper.url)
    assert "LOCATION:Room 2" in kept


async def test_the_rep_reads_who_comes_and_no_server_invites_them_again(keeper: DavKeeper) -> None:
    link = "https://desk.example/meet/t0ken"
    await keeper.calendar.write(
        replace(MEETING, attendees=("visitor@lifts.example",), description="What does Team cost?", url=link)
    )

    kept = keeper.radicale.files(keeper.url)[0].replace("\r\n ", "")

    assert "DESCRIPTION:visitor@lifts.example\\n\\nWhat does Team cost?" in kept
    assert link in kept
    assert "ATTENDEE" not in kept


async def test_an_uid_with_marks_of_xml_is_found(keeper: DavKeeper) -> None:
    odd = replace(MEETING, uid="a<b>&'c\"@demo.frontdesk")
    await keeper.calendar.write(odd)

    await keeper.calendar.remove(odd.uid)

    assert keeper.standing() == []


async def test_a_floating_time_is_read_on_the_reps_clock(radicale: Radicale) -> None:
    keeper = DavKeeper(radicale, zone="America/New_York")
    radicale.put(keeper.url, "DTSTART:20260303T090000\nDTEND:20260303T100000\nSUMMARY:Own")

    (busy,) = await keeper.calendar.busy(MARCH)

    assert busy.start == datetime(2026, 3, 3, 14, tzinfo=UTC)


async def test_an_occurrence_that_was_moved_or_left_out_is_read_as_it_is(keeper: DavKeeper) -> None:
    keeper.radicale.put(
        keeper.url,
        """\
DTSTART;TZID=Europe/Berlin:20260303T100000
DTEND;TZID=Europe/Berlin:20260303T110000
RRULE:FREQ=WEEKLY;COUNT=3
EXDATE;TZID=Europe/Berlin:20260310T100000
SUMMARY:Own
END:VEVENT
BEGIN:VEVENT
UID:series
RECURRENCE-ID;TZID=Europe/Berlin:20260317T100000
DTSTART;TZID=Europe/Berlin:20260318T150000
DTEND;TZID=Europe/Berlin:20260318T160000
SUMMARY:Own""",
        uid="series",
    )

    busy = await keeper.calendar.busy(MARCH)

    assert [stretch.start for stretch in busy] == [
        datetime(2026, 3, 3, 9, tzinfo=UTC),
        datetime(2026, 3, 18, 14, tzinfo=UTC),
    ]


async def test_an_event_that_cannot_be_read_hides_no_other(
    keeper: DavKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:

    keeper.put(datetime(2026, 3, 5, 10, tzinfo=BERLIN), 60)
    broken = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:x\nDTSTART:never\nEND:VEVENT\nEND:VCALENDAR\n"
    monkeypatch.setattr(
        "server.actions.calendars.dav.busy_in",
        lambda texts, *rest, **named: busy_in([broken, "rubbish", *texts], *rest, **named),
    )

    assert len(await keeper.calendar.busy(MARCH)) == 1


async def test_busy_stretches_alone_are_enough_where_events_may_not_be_read(radicale: Radicale) -> None:
    keeper = DavKeeper(radicale, free_busy=True)
    keeper.put(datetime(2026, 3, 17, 10, tzinfo=BERLIN), 60, weeks=2)
    keeper.put(datetime(2026, 3, 25, 10, tzinfo=BERLIN), 60, mark="free")
    keeper.put(datetime(2026, 3, 26, 10, tzinfo=BERLIN), 60, mark="cancelled")

    busy = await keeper.calendar.busy(MARCH)

    assert [stretch.start for stretch in busy] == [
        datetime(2026, 3, 17, 9, tzinfo=UTC),
        datetime(2026, 3, 24, 9, tzinfo=UTC),
    ]


async def test_why_events_are_read_a_server_tells_all_day_events_on_its_own_clock(radicale: Radicale) -> None:
    told = DavKeeper(radicale, free_busy=True, zone="Pacific/Auckland")
    told.put_day(date(2026, 3, 3))

    (busy,) = await told.calendar.busy(MARCH)

    assert busy.start == datetime(2026, 3, 3, tzinfo=UTC), (
        "Radicale reads it on the rep's clock now: say so in docs"
    )


async def test_a_calendar_is_found_by_its_name_at_the_servers_address(
    radicale: Radicale, keeper: DavKeeper
) -> None:
    url = radicale.calendar("Sales demos")
    radicale.put(url, "DTSTART:20260303T090000Z\nDTEND:20260303T100000Z")
    named = replace(keeper.place, url=radicale.url, calendar="Sales demos")
    misnamed = replace(named, calendar="Sales demo")

    assert len(await CalDavCalendar(named, clock=lambda: START).busy(MARCH)) == 1
    with pytest.raises(CalendarRefused, match=r"no calendar 'Sales demo' at .* there are .*Sales demos"):
        await CalDavCalendar(misnamed, clock=lambda: START).busy(MARCH)


async def test_a_calendar_of_somebody_else_is_refused(radicale: Radicale, keeper: DavKeeper) -> None:
    theirs = replace(keeper.place, user="ben", password="another")

    with pytest.raises(CalendarRefused, match="does not let 'ben'"):
        await CalDavCalendar(theirs, clock=lambda: START).busy(MARCH)


async def test_a_server_that_takes_the_question_and_says_nothing_is_away_in_time(keeper: DavKeeper) -> None:
    async def never(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    server = await asyncio.start_server(never, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ada/work/"
    silent = CalDavCalendar(replace(keeper.place, url=url), clock=lambda: START, timeout=0.3)

    async with asyncio.timeout(3):
        with pytest.raises(CalendarAway, match=r"did not answer within 0\.3 s"):
            await silent.busy(MARCH)
    server.close()


@pytest.mark.parametrize(
    ("status", "headers", "problem", "says"),
    [
        (503, "Retry-After: 120\r\n", CalendarAway, "asks for patience"),
        (502, "", CalendarAway, "status 502"),
        (405, "", CalendarRefused, "is `url` that of a CalDAV calendar"),
        (200, "", CalendarAway, "status 200"),
    ],
)
async def test_what_a_server_answers_is_told_apart(
    keeper: DavKeeper, status: int, headers: str, problem: type[CalendarAway | CalendarRefused], says: str
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            f"HTTP/1.1 {status} X\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ada/work/"

    with pytest.raises(problem, match=says) as raised:
        await CalDavCalendar(replace(keeper.place, url=url), clock=lambda: START).busy(MARCH)

    server.close()
    if isinstance(raised.value, CalendarAway) and headers:
        assert raised.value.after == timedelta(seconds=120)


def test_a_password_is_in_no_message_and_no_repr(keeper: DavKeeper) -> None:
    assert PASSWORD not in repr(keeper.place)
    assert USER in repr(keeper.place)
