"""The pages behind signed links, through the application's own front door."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from litestar import Litestar
from litestar.testing import AsyncTestClient
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import booking, cart, outbox, trial
from server.actions.goods import TrialRequest, TrialTerms
from server.actions.pricing import price
from server.actions.values import CartOrdered, Happening, Meeting, MeetingChanged, TrialVerified
from server.pages.desk import PageDesk
from server.pages.routes import page_routes
from tests.support.actions_world import CATALOGUE, World, a_world, berlin_slot, booked, new_id


@dataclass
class Site:
    """The pages of a world, a browser, and what the pages reported."""

    world: World
    browser: AsyncTestClient[Litestar]
    happened: list[Happening] = field(default_factory=list)
    started: list[str] = field(default_factory=list)

    def path(self, url: str) -> str:
        return url.removeprefix("https://desk.example")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with a_world(tmp_path) as world:
        happened: list[Happening] = []
        started: list[str] = []

        async def on_change(session: AsyncSession, happening: Happening) -> None:
            assert session.in_transaction()
            happened.append(happening)

        async def after_commit(session: AsyncSession) -> None:
            started.extend(outbox.take_queued(session))

        desk = PageDesk(
            world.sessions, world.links, lambda _site: world.desk, world.clock, on_change, after_commit
        )
        async with AsyncTestClient(Litestar(list(page_routes(desk)))) as browser:
            yield Site(world, browser, happened, started)


async def a_meeting(site: Site) -> tuple[Meeting, str]:
    meeting = await booked(site.world, berlin_slot(14))
    return meeting, site.path(site.world.links.manage(meeting))


async def stands(site: Site, meeting: Meeting) -> Meeting:
    async with site.world.sessions() as session:
        return await booking.meeting(session, "demo", meeting.id)


async def test_the_meeting_is_shown_with_other_times(site: Site) -> None:
    _, path = await a_meeting(site)

    answer = await site.browser.get(path)

    assert answer.status_code == 200
    assert "Tuesday 3 March 2026, 14:00 to 14:30 (Berlin)" in answer.text
    assert "with Ada" in answer.text
    assert answer.text.count('name="slot"') == 12
    assert 'aria-label="Move to Monday 2 March, 10:00 (Berlin)"' in answer.text


async def test_nothing_runs_loads_or_is_kept(site: Site) -> None:
    _, path = await a_meeting(site)

    answer = await site.browser.get(path)

    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_a_press_moves_the_meeting_and_reports_it_in_the_transaction(site: Site) -> None:
    meeting, path = await a_meeting(site)

    answer = await site.browser.post(f"{path}/move", data={"slot": berlin_slot(10).value})

    assert "Moved. An updated invitation is in your mail." in answer.text
    assert (await stands(site, meeting)).start == berlin_slot(10).start
    assert site.happened == [MeetingChanged("moved", await stands(site, meeting))]
    assert len(site.started) == 2


async def test_a_time_taken_meanwhile_is_said_and_the_meeting_stays(site: Site) -> None:
    meeting, path = await a_meeting(site)
    await booked(site.world, berlin_slot(10), key="message-2")

    answer = await site.browser.post(f"{path}/move", data={"slot": berlin_slot(10).value})

    assert answer.status_code == 409
    assert "taken a moment ago" in answer.text
    assert answer.text.count('name="slot"') == 12
    assert await stands(site, meeting) == meeting
    assert (site.happened, site.started) == ([], [])


@pytest.mark.parametrize("form", [{}, {"slot": "tomorrow"}, {"slot": berlin_slot(3).value}])
async def test_a_time_that_was_not_offered_is_refused(site: Site, form: dict[str, str]) -> None:
    meeting, path = await a_meeting(site)

    answer = await site.browser.post(f"{path}/move", data=form)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert await stands(site, meeting) == meeting


async def test_cancelling_twice_cancels_once(site: Site) -> None:
    meeting, path = await a_meeting(site)

    first = await site.browser.post(f"{path}/cancel")
    await site.browser.post(f"{path}/cancel")

    assert "Cancelled" in first.text
    assert 'name="slot"' not in first.text
    assert site.happened == [MeetingChanged("cancelled", await stands(site, meeting))]
    assert len(site.started) == 2


async def test_later_days_can_be_reached(site: Site) -> None:
    _, path = await a_meeting(site)
    later = re.search(r'href="([^"]+after=2026-03-05)#move"', (await site.browser.get(path)).text)
    assert later is not None

    answer = await site.browser.get(later.group(1))

    assert "Thursday 5 March" in answer.text
    assert "Tuesday 3 March</legend>" not in answer.text


async def test_the_invitation_downloads_with_the_uid_of_the_mail(site: Site) -> None:
    meeting, path = await a_meeting(site)

    answer = await site.browser.get(f"{path}/invite.ics")

    calendar = Calendar.from_ical(answer.content)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert (str(calendar["METHOD"]), str(calendar.walk("VEVENT")[0]["UID"])) == ("PUBLISH", meeting.uid)
    assert "attendee" not in answer.text.lower()


async def test_a_meeting_that_is_over_offers_nothing(site: Site) -> None:
    meeting, path = await a_meeting(site)
    site.world.clock.at = meeting.end

    answer = await site.browser.get(path)
    refused = await site.browser.post(f"{path}/cancel")

    assert "Over" in answer.text
    assert "<form" not in answer.text
    assert refused.status_code == 409


async def test_a_rep_who_left_does_not_break_the_page(site: Site) -> None:
    _, path = await a_meeting(site)
    site.world.desk = replace(site.world.desk, calendar=replace(site.world.desk.calendar, reps=()))

    answer = await site.browser.get(path)

    assert answer.status_code == 200
    assert "with Fernway" in answer.text


async def test_links_that_do_not_work_say_why(site: Site) -> None:
    _, path = await a_meeting(site)

    broken = await site.browser.get(path[:-3])
    site.world.clock.passes(timedelta(days=200))
    expired = await site.browser.get(path)

    assert (broken.status_code, expired.status_code) == (404, 410)
    assert "This link does not work" in broken.text
    assert "This link has expired" in expired.text
    assert "Go to Fernway" in expired.text
    assert "Fernway" not in broken.text


async def test_a_link_for_one_thing_does_not_open_another(site: Site) -> None:
    _, path = await a_meeting(site)

    assert (await site.browser.get(path.replace("/meet/", "/cart/"))).status_code == 404


async def trial_path(site: Site) -> str:
    async with site.world.sessions.begin() as session:
        request = TrialRequest("demo", "c-1", "visitor@lifts.example")
        now = site.world.clock()
        await trial.start(session, request, TrialTerms("Business"), secret="s", now=now, id=new_id())
    await site.world.run_all()
    link = re.search(r"https://desk\.example(\S+)", (await site.world.mails())[0].text)
    assert link is not None
    return link.group(1)


async def test_opening_the_link_does_not_verify_because_mail_scanners_open_links(site: Site) -> None:
    path = await trial_path(site)

    answer = await site.browser.get(path)

    assert "Start my trial" in answer.text
    assert site.happened == []


async def test_pressing_the_button_verifies_once(site: Site) -> None:
    path = await trial_path(site)

    first = await site.browser.post(path)
    again = await site.browser.post(path)

    assert "Your trial runs until Monday 16 March 2026." in first.text
    assert again.text == first.text
    assert [type(each) for each in site.happened] == [TrialVerified]


async def test_an_older_trial_link_points_to_the_latest_mail(site: Site) -> None:
    older = await trial_path(site)
    site.world.clock.passes(timedelta(minutes=5))
    newer = await trial_path(site)

    assert (await site.browser.get(older)).status_code == 410
    assert (await site.browser.post(older)).status_code == 410
    assert (await site.browser.post(newer)).status_code == 200


async def test_a_cart_is_ordered_once(site: Site) -> None:
    async with site.world.sessions.begin() as session:
        quote = price(CATALOGUE, [("team", 5)], "year")
        saved = await cart.save(session, "demo", "c-1", quote, key="k", now=site.world.clock(), id=new_id())
    path = site.path(site.world.links.checkout(saved, now=site.world.clock()))

    shown = await site.browser.get(path)
    ordered = await site.browser.post(path)
    again = await site.browser.post(path)

    assert "Order for 720 EUR per year" in shown.text
    assert "Order noted" in ordered.text
    assert "<form" not in again.text
    assert [type(each) for each in site.happened] == [CartOrdered]
    assert len(site.started) == 1


async def test_what_an_operator_or_visitor_typed_is_text(site: Site) -> None:
    site.world.desk = replace(site.world.desk, name="<b>Fern</b> & way")
    _, path = await a_meeting(site)

    answer = await site.browser.get(path)

    assert "<b>Fern</b>" not in answer.text
    assert "&lt;b&gt;Fern&lt;/b&gt; &amp; way" in answer.text
