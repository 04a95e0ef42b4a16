"""What only Google and Microsoft have: tokens, patience, pages, change keys and words for what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from server.actions.calendars.ports import CalendarAway, CalendarEvent, CalendarRefused
from server.actions.calendars.tokens import ServiceAccount
from server.actions.values import Interval
from tests.support.calendar_keepers import GoogleKeeper, MicrosoftKeeper
from tests.support.fakes.google_calendar import GoogleFake
from tests.support.fakes.microsoft_calendar import MicrosoftFake
from tests.support.fakes.served import Fault, served

BERLIN = ZoneInfo("Europe/Berlin")
MARCH = Interval(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
START = datetime(2026, 3, 3, 9, tzinfo=UTC)
MEETING = CalendarEvent("m1@demo.frontdesk", "Demo", START, START + timedelta(minutes=30), "Europe/Berlin")
MOVED = replace(MEETING, start=START + timedelta(days=1), end=MEETING.end + timedelta(days=1), sequence=1)
RestKeeper = GoogleKeeper | MicrosoftKeeper


@pytest.fixture(scope="module")
def fakes() -> Iterator[tuple[GoogleFake, MicrosoftFake]]:
    with ExitStack() as stack:
        google, microsoft = GoogleFake(), MicrosoftFake()
        google.url = stack.enter_context(served(google.app()))
        microsoft.url = stack.enter_context(served(microsoft.app()))
        yield google, microsoft


@pytest.fixture
def google(fakes: tuple[GoogleFake, MicrosoftFake]) -> GoogleKeeper:
    fresh(fakes)
    return GoogleKeeper(fakes[0])


@pytest.fixture
def microsoft(fakes: tuple[GoogleFake, MicrosoftFake]) -> MicrosoftKeeper:
    fresh(fakes)
    return MicrosoftKeeper(fakes[1])


@pytest.fixture(params=["google", "microsoft"])
def keeper(request: pytest.FixtureRequest, fakes: tuple[GoogleFake, MicrosoftFake]) -> RestKeeper:
    fresh(fakes)
    return GoogleKeeper(fakes[0]) if request.param == "google" else MicrosoftKeeper(fakes[1])


def fresh(fakes: tuple[GoogleFake, MicrosoftFake]) -> None:
    for fake in fakes:
        fake.faults.waiting.clear()
        fake.faults.asked.clear()
        fake.page_size = 100


def fault(keeper: RestKeeper, status: int, body: dict[str, Any] | None = None, **named: Any) -> None:
    keeper.fake.faults.waiting.append(Fault(status, body or {}, **named))


async def test_a_token_is_asked_for_once_and_again_when_it_was_refused(keeper: RestKeeper) -> None:
    await keeper.calendar.busy(MARCH)
    await keeper.calendar.busy(MARCH)
    assert keeper.fake.faults.count("POST", "/token") == 1

    keeper.fake.expire_tokens()
    await keeper.calendar.write(MEETING)

    assert keeper.fake.faults.count("POST", "/token") == 2
    assert len(keeper.standing()) == 1


async def test_a_token_that_is_refused_twice_is_a_matter_for_the_operator(keeper: RestKeeper) -> None:
    fault(keeper, 401, times=2, path="/v")

    with pytest.raises(CalendarRefused, match="refuses the tokens"):
        await keeper.calendar.busy(MARCH)


async def test_a_token_that_ends_soon_is_renewed_before_it_does() -> None:
    fake = GoogleFake()
    with served(fake.app()) as fake.url:
        now = [datetime.now(UTC).timestamp()]
        scope = "https://www.googleapis.com/auth/calendar"
        account = ServiceAccount(fake.key(), scope, act_as=None, secret="s", clock=lambda: now[0])
        async with httpx.AsyncClient() as http:
            first = await account.token(http)
            assert await account.token(http) == first
            now[0] += 3550
            fake.faults.waiting.append(Fault(200, {"access_token": "new", "expires_in": 3599}, path="/token"))
            assert await account.token(http) == "new"


async def test_a_short_wait_is_waited_out(keeper: RestKeeper) -> None:
    keeper.fake.slow(times=2, retry_after="1")

    assert await keeper.calendar.busy(MARCH) == []


async def test_a_long_wait_is_handed_to_whoever_can_wait(keeper: RestKeeper) -> None:
    keeper.fake.slow(retry_after="90")

    with pytest.raises(CalendarAway, match="asks for patience") as away:
        await keeper.calendar.write(MEETING)

    assert away.value.after == timedelta(seconds=90)


async def test_a_wait_may_be_given_as_a_date(keeper: RestKeeper) -> None:
    keeper.fake.slow(retry_after="Wed, 21 Oct 2099 07:28:00 GMT")

    with pytest.raises(CalendarAway) as away:
        await keeper.calendar.busy(MARCH)

    assert away.value.after is not None
    assert away.value.after > timedelta(days=365)


async def test_a_side_that_stays_slow_is_not_asked_for_ever(keeper: RestKeeper) -> None:
    keeper.fake.slow(times=99, retry_after="1")

    with pytest.raises(CalendarAway):
        await keeper.calendar.busy(MARCH)

    assert 2 <= sum("/token" not in path for _, path in keeper.fake.faults.asked) <= 4


@pytest.mark.parametrize("reason", ["rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"])
async def test_google_says_slow_down_with_403_too(google: GoogleKeeper, reason: str) -> None:
    google.fake.slow(reason=reason, status=403)

    await google.calendar.write(MEETING)

    assert len(google.standing()) == 1


async def test_an_answer_that_was_lost_after_the_work_was_done_makes_no_second_event(
    keeper: RestKeeper,
) -> None:
    await keeper.calendar.write(MEETING)
    fault(keeper, 502, path="/events")

    await keeper._of().write(MEETING)

    assert len(keeper.standing()) == 1


async def test_all_pages_are_read(keeper: RestKeeper) -> None:
    keeper.fake.page_size = 2
    for day in range(2, 7):
        keeper.put(datetime(2026, 3, day, 10, tzinfo=BERLIN), 30)

    assert len(await keeper.calendar.busy(MARCH, ignoring="none of these")) == 5


async def test_a_further_page_at_another_address_is_not_asked_for(microsoft: MicrosoftKeeper) -> None:
    page = {"value": [], "@odata.nextLink": "https://elsewhere.example/v1.0/users/x/calendar/calendarView"}
    fault(microsoft, 200, page, path="calendarView")

    with pytest.raises(CalendarAway, match="another address"):
        await microsoft.calendar.busy(MARCH)


async def test_a_change_key_that_is_stale_again_and_again_is_for_later(keeper: RestKeeper) -> None:
    await keeper.calendar.write(MEETING)
    fault(keeper, 412, {"error": {"code": "ErrorIrresolvableConflict"}}, times=9, method="PATCH")

    with pytest.raises(CalendarAway, match="being changed by others"):
        await keeper.calendar.write(MOVED)

    assert keeper.standing() == [(MEETING.start, MEETING.end, "Demo")]
    assert keeper.fake.faults.count("PATCH") <= 3


async def test_nobody_is_invited_by_the_calendar_itself(keeper: RestKeeper) -> None:
    await keeper.calendar.write(replace(MEETING, attendees=("visitor@lifts.example",)))

    (kept,) = (
        keeper.fake.calendars[keeper.id].events.values()
        if isinstance(keeper, GoogleKeeper)
        else keeper.fake.mailboxes[keeper.mailbox].events.values()
    )
    assert "attendees" not in kept
    assert "visitor@lifts.example" in str(kept.get("description", kept.get("body")))


async def test_an_account_that_may_not_act_as_others_is_told_how_it_may(google: GoogleKeeper) -> None:
    calendar = google.acting_as("ada@fernway.example")

    with pytest.raises(CalendarRefused, match=r"act as ada@fernway\.example.*domain-wide delegation"):
        await calendar.busy(MARCH)


@pytest.mark.parametrize("key", [{}, {"client_email": "x@y.example", "token_uri": "https://t.example"}])
def test_a_key_that_is_none_is_refused_before_anything_is_asked(key: dict[str, str]) -> None:
    with pytest.raises(CalendarRefused, match=r"it lacks .*private_key"):
        ServiceAccount(key, "scope", act_as=None, secret="fernway_google")


async def test_a_private_key_that_cannot_be_read_is_refused_without_showing_it(google: GoogleKeeper) -> None:
    calendar = google._of({**google.fake.key(), "private_key": "-----BEGIN rubbish"})

    with pytest.raises(CalendarRefused, match="can not be read") as refused:
        await calendar.busy(MARCH)

    assert "rubbish" not in str(refused.value)


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("accessNotConfigured", "the Calendar API is off"),
        ("forbidden", "share the calendar with it to make changes"),
    ],
)
async def test_what_google_forbids_is_told_with_the_fix(google: GoogleKeeper, reason: str, says: str) -> None:
    fault(google, 403, {"error": {"errors": [{"reason": reason}], "code": 403}}, path="/calendar/")

    with pytest.raises(CalendarRefused, match=says):
        await google.calendar.write(MEETING)


async def test_a_further_calendar_of_a_mailbox_works_by_its_id(
    fakes: tuple[GoogleFake, MicrosoftFake],
) -> None:
    fresh(fakes)
    keeper = MicrosoftKeeper(fakes[1], further="c1")

    await keeper.calendar.write(MEETING)

    assert len(await keeper.calendar.busy(MARCH)) == 1
    assert fakes[1].faults.count("POST", "/calendars/c1/events") == 1


async def test_an_unknown_mailbox_or_tenant_is_told_with_the_fix(microsoft: MicrosoftKeeper) -> None:
    with pytest.raises(CalendarRefused, match=r"no mailbox 'nobody@fernway\.example'.*correct `mailbox`"):
        await microsoft._of(mailbox="nobody@fernway.example").busy(MARCH)
    microsoft.fake.tenant, tenant = "other.example", microsoft.fake.tenant
    calendar = microsoft._of()
    microsoft.fake.tenant = tenant
    with pytest.raises(CalendarRefused, match=r"AADSTS90002.*correct `tenant`"):
        await calendar.busy(MARCH)


async def test_an_interface_that_takes_the_question_and_says_nothing_is_away_in_time(
    keeper: RestKeeper,
) -> None:
    async def never(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    server = await asyncio.start_server(never, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    silent: Any = keeper._of(api=url) if isinstance(keeper, GoogleKeeper) else keeper._of(url=url)
    silent._endpoint = replace(silent._endpoint, timeout=0.3)

    async with asyncio.timeout(3):
        with pytest.raises(CalendarAway, match=r"did not answer within 0\.3 s"):
            await silent.busy(MARCH)
    server.close()


async def test_a_page_of_a_proxy_is_no_answer(keeper: RestKeeper) -> None:
    fault(keeper, 503, times=99, path="/v")

    with pytest.raises(CalendarAway, match="status 503"):
        await keeper.calendar.busy(MARCH)
