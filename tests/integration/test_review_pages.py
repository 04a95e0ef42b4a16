"""Every page of the console, on a working day and on the first day, and the record behind an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text, update

from server.actions.tables import CartRow, EffectRow, MeetingHoldRow, MeetingRow, TrialRow
from server.store import outcomes
from server.store.tables import DecisionRow
from tests.support.console_seed import a_conversation, a_day
from tests.support.console_visit import attribute, shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build
from tests.support.postgres import fresh_database

PAGES = ("inbox", "conversations", "meetings", "trials", "carts", "mailbox", "crm", "crm/companies",
         "crm/deals", "crm/deals?view=list", "crm/tasks", "crm/activities", "knowledge", "knowledge/documents",
         "knowledge/sources", "knowledge/answers", "knowledge/outdated", "knowledge/tokens", "overview", "audit",
         "accounts", "password")  # fmt: skip


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def test_every_page_opens_on_a_working_day_under_a_strict_policy(world: World) -> None:
    await a_day(world, waiting=4)
    async with visiting(world, "admin") as visit:
        for path in PAGES:
            answer = await visit.see(path)
            page = shown(answer)

            assert answer.status_code == 200, path
            policy = answer.headers["content-security-policy"]
            assert "script-src 'self'" in policy
            assert "unsafe" not in policy
            assert answer.headers["cache-control"] == "no-store"
            assert page.select("[style], [onclick], script:not([src])") == [], path
            assert len(page.select("h1")) == 1, path
            assert page.select_one('nav [aria-current="page"]') is not None or path == "password"


async def test_every_page_opens_on_postgresql(tmp_path: Path) -> None:
    with fresh_database() as url:
        world = await build(tmp_path, url=url)
        await a_day(world, waiting=4)
        async with visiting(world, "admin") as visit:
            opened = {path: (await visit.see(path)).status_code for path in PAGES}
            waiting = await world.ledger.updates(SITE, status="awaiting_approval")
            decided = await visit.press(f"inbox/{waiting[0].id}/approve")
        await world.close()

    assert opened == dict.fromkeys(PAGES, 200)
    assert decided.status_code == 200


async def test_on_the_first_day_every_page_says_what_will_stand_there(world: World) -> None:
    empty = {
        "inbox": "Nothing waits for you.",
        "conversations": "No conversations yet.",
        "meetings": "No meetings ahead.",
        "trials": "No trials yet.",
        "carts": "No carts yet.",
        "mailbox": "No mail yet.",
        "crm": "No contacts yet.",
        "knowledge": "No gaps found yet.",
        "knowledge/documents": "No documents yet.",
        "knowledge/sources": "No sources yet.",
        "knowledge/answers": "No approved answers yet.",
        "knowledge/outdated": "Every answer given still holds.",
        "knowledge/tokens": "No tokens yet.",
        "overview": "None are made up before that.",
        "audit": "Intact 0 entries",
    }
    async with visiting(world, "admin") as visit:
        for path, says in empty.items():
            assert says in words(shown(await visit.see(path))), path
        moved = await visit.see("gaps")

    assert moved.headers["location"] == f"/console/site/{SITE}/knowledge"


async def test_the_overview_counts_what_happened(world: World) -> None:
    await a_day(world, waiting=6)

    async with visiting(world, "viewer") as visit:
        page = shown(await visit.see("overview"))

    tiles = {words(tile, "dt"): words(tile, "dd") for tile in page.select(".tiles > div")}
    assert tiles == {
        "Conversations": "14",
        "Answered from the documents": "11",
        "Not in the documents": "3 21 %",
        "Hand-overs": "2 2 waiting",
        "Meetings": "5",
        "Trials": "5",
        "Rated helpful": "8 of 9",
        "Rated by visitors": "no ratings yet",
        "Knowledge gaps": "0",
        "Messages to look at": "0",
    }
    bars = [float(str(bar["height"])) for bar in page.select(".chart > svg rect")]
    assert max(bars) <= 110
    assert sum(bar > 0 for bar in bars) >= 2


async def test_meetings_read_on_the_visitors_clock_and_cancelled_ones_say_so(world: World) -> None:
    await a_day(world, waiting=5)

    async with visiting(world, "viewer") as visit:
        page = words(shown(await visit.see("meetings")))

    assert "Wed 11 Mar 2026, 14:00 Europe/Berlin" in page
    assert "Cancelled" in page
    assert "@example.com" not in page


async def test_only_who_may_press_it_sees_the_button_that_tells_a_trial_again(world: World) -> None:
    await a_day(world, waiting=5)
    async with world.desk.writers() as session:
        await session.execute(update(TrialRow).values(state="verified", provision="failed"))
        await session.commit()

    seen = {}
    for login in ("viewer", "rep"):
        async with visiting(world, login) as visit:
            seen[login] = words(shown(await visit.see("trials")))

    assert all("Could not be set up" in page for page in seen.values())
    assert {login: "Try again" in page for login, page in seen.items()} == {"viewer": False, "rep": True}


async def test_a_cart_that_was_paid_says_so(world: World) -> None:
    await a_day(world, waiting=5)
    async with world.desk.writers() as session:
        await session.execute(update(CartRow).where(CartRow.state == "ordered").values(paid_at=NOW))
        await session.commit()

    async with visiting(world, "viewer") as visit:
        page = words(shown(await visit.see("carts")))

    assert "Paid" in page
    assert "Ordered" not in page


async def test_a_list_that_is_cut_off_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await a_day(world, waiting=5)

    said = {}
    async with visiting(world, "viewer") as visit:
        for most in (3, 50):
            monkeypatch.setattr("server.review.lists.LISTED", most)
            said[most] = " ".join(
                [words(shown(await visit.see(page))) for page in ("meetings", "trials", "carts")]
            )

    assert said[3].count("Only the next 3 are listed.") == 1
    assert said[3].count("Only the latest 3 are listed.") == 2
    assert "are listed" not in said[50]


async def test_a_mail_shows_its_text_with_links_and_hands_out_its_calendar_file(world: World) -> None:
    await a_day(world, waiting=5)

    async with visiting(world, "rep") as visit:
        page = shown(await visit.see(f"mailbox/{world.mails[0]}"))
        file = await visit.see(f"mailbox/{world.mails[0]}/invite.ics")
        none = await visit.see(f"mailbox/{world.mails[1]}/invite.ics")

    assert attribute(page, ".letter a", "href") == "https://fernway.example/meet/abc.def"
    assert file.headers["content-type"].startswith("text/calendar")
    assert file.headers["content-disposition"] == 'attachment; filename="invite.ics"'
    assert file.text.startswith("BEGIN:VCALENDAR")
    assert none.status_code == 404


async def test_the_crm_shows_what_was_delivered_and_finds_a_contact_by_its_address(world: World) -> None:
    await a_day(world, waiting=5)
    records = await world.ledger.records(SITE)

    async with visiting(world, "rep") as visit:
        page = await visit.see(f"crm/{records[-1].contact.id}")
        missing = await visit.see("crm/nobody")

    assert str(records[-1].contact.fields["email"]) in words(shown(page))
    assert missing.status_code == 404


async def test_the_audit_page_says_when_the_chain_was_broken(world: World) -> None:
    await a_day(world, waiting=5)
    async with visiting(world, "manager") as visit:
        whole = words(shown(await visit.see("audit")))
        async with world.desk.writers() as session:
            await session.execute(text("UPDATE crm_audit SET who = 'somebody else' WHERE n = 3"))
            await session.commit()
        broken = words(shown(await visit.see("audit")))

    assert whole.startswith("Audit trail Intact")
    assert "Broken at entry 3: the entry was changed" in broken


async def test_a_decision_record_can_be_read_by_a_person(world: World) -> None:
    await a_conversation(world, 1)

    async with visiting(world, "viewer") as visit:
        answer = await visit.see(f"decisions/{world.turns[0]}")
    page = shown(answer)
    read = words(page)

    assert "What fired, and why Answer" in read
    assert "Somewhere between 15 and 20 crews" in read
    assert "Team includes single sign-on" in read
    assert "Taken as plan limits" in read
    assert "Answerable: 0.88" in read
    assert [words(link, "a") for link in page.select("tr.chosen td:has(a)")] == ["Which plans have it"]
    assert "Passed Consent the visitor allowed this conversation" in read
    assert "How long it took 20 ms" in read
    assert "all-MiniLM-L6-v2-int8" in read


async def test_a_record_of_another_version_is_shown_as_it_was_stored(world: World) -> None:
    await a_conversation(world)
    async with world.desk.writers() as session:
        row = await session.get(DecisionRow, world.turns[0])
        assert row is not None
        row.record = {"schema_version": 0, "told": "in another way"}
        await session.commit()

    async with visiting(world, "viewer") as visit:
        answer = await visit.see(f"decisions/{world.turns[0]}")

    assert answer.status_code == 200
    assert "in another way" in answer.text


async def test_static_files_may_be_kept_because_their_address_changes_with_them(world: World) -> None:
    async with visiting(world) as visit:
        page = shown(await visit.get("/console/sign-in"))
        sheet = await visit.get(attribute(page, 'link[rel="stylesheet"]', "href"))
        outside = await visit.get("/console/static/../pages.py")

    assert sheet.status_code == 200
    assert "immutable" in sheet.headers["cache-control"]
    assert outside.status_code in (303, 404)
    assert "import" not in outside.text


async def test_a_page_weighs_less_than_150_kilobytes_with_everything_it_loads(world: World) -> None:
    await a_day(world, waiting=40)
    async with visiting(world, "rep") as visit:
        page = await visit.see("inbox")
        found = shown(page)
        assets = [str(tag.get("href") or tag.get("src")) for tag in found.select("link[href], script[src]")]
        sizes = [int((await visit.get(asset)).headers["content-length"]) for asset in assets]

    assert len(page.content) + sum(sizes) < 150_000


async def test_a_link_in_a_mail_finds_its_conversation_by_id_alone(world: World) -> None:
    talk = await a_conversation(world)

    async with visiting(world, "rep") as visit:
        answer = await visit.get(f"/console/conversations/{talk}")

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/site/{SITE}/conversations/{talk}"


async def test_the_week_shows_kept_times_faint_and_counts_reminders(world: World) -> None:
    await a_day(world, waiting=5)
    async with world.desk.writers() as session:
        booked = (await session.scalars(select(MeetingRow).where(MeetingRow.key == "k0"))).one()
        session.add(
            MeetingHoldRow(
                id="hold", site=SITE, conversation="other", rep="sales", starts_at=NOW + timedelta(hours=2),
                held_from=NOW + timedelta(hours=2), held_until=NOW + timedelta(hours=3),
                hold_until=NOW + timedelta(minutes=10), created_at=NOW,
            )
        )  # fmt: skip
        session.add(
            EffectRow(
                id="sent", site=SITE, conversation=booked.conversation, kind="meeting_reminder",
                payload={"meeting": booked.id}, key="r", status="done", attempts=1, next_attempt_at=NOW,
                created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
        await session.commit()

    async with visiting(world, "viewer") as visit:
        week = shown(await visit.see("meetings?zone=Europe/Berlin"))
        others = shown(await visit.see("meetings?rep=nobody"))
        odd = await visit.see("meetings?week=soon&zone=Mars/Base")

    assert words(week, ".slots .held") == "13:30 Kept for a visitor sales · held"
    assert "14:00 Product demo sales · reminder sent" in words(week, ".week")
    assert others.select(".slots a") == []
    assert odd.status_code == 200


async def test_of_two_meetings_of_one_conversation_each_is_marked_by_itself(world: World) -> None:
    await a_day(world, waiting=5)
    async with world.desk.writers() as session:
        first = (await session.scalars(select(MeetingRow).where(MeetingRow.key == "k4"))).one()
        second = {each.key: getattr(first, each.key) for each in inspect(MeetingRow).column_attrs}
        session.add(MeetingRow(**{**second, "id": "second", "key": "k9", "uid": "u9"}))
        await session.commit()

    async with visiting(world, "rep") as visit:
        await visit.press(f"meetings/{first.id}/became", kind="meeting_missed")
        missed = await _told(world, first.conversation)
        await visit.press("meetings/second/became", kind="meeting_held")
        held = await _told(world, first.conversation)
        page = shown(await visit.see("meetings"))
        await visit.press("meetings/second/became", kind="")
        again = await _told(world, first.conversation)
        odd = await visit.press("meetings/second/became", kind="won")
        gone = await visit.press("meetings/third/became", kind="meeting_held")

    marked = {" ".join(cell.get_text(" ").split()) for cell in page.select("td.marks")}
    assert marked == {"Missed the meeting Take back", "Came to the meeting Take back"}
    # What the score learns from: one that was held outweighs one that was missed.
    assert (missed, held, again) == (["meeting_missed"], ["meeting_held"], ["meeting_missed"])
    assert (odd.status_code, gone.status_code) == (422, 404)


async def test_what_was_marked_at_the_conversation_belongs_to_its_latest_meeting(world: World) -> None:
    await a_day(world, waiting=5)
    async with world.desk.writers() as session:
        meeting = (await session.scalars(select(MeetingRow).where(MeetingRow.key == "k4"))).one()
        await outcomes.mark(session, SITE, meeting.conversation, "meeting_held", by="token crm", now=NOW)
        await session.commit()

    async with visiting(world, "rep") as visit:
        before = words(shown(await visit.see("meetings")), "td.marks")
        await visit.press(f"meetings/{meeting.id}/became", kind="")
        after = words(shown(await visit.see("meetings")), "td.marks")

    assert (before, after) == ("Came to the meeting Take back", "Held Missed")


async def test_mails_are_found_by_address_and_words(world: World) -> None:
    await a_day(world, waiting=5)
    async with visiting(world, "rep") as visit:
        one = shown(await visit.see("mailbox?q=ADA3@"))
        none = words(shown(await visit.see("mailbox?q=nothing like it")))

    assert [each.get_text() for each in one.select(".row .line span")] == ["ada3@example.com"]
    assert "No mail fits." in none


async def test_the_overview_answers_one_question_a_chart_over_the_period_asked_for(world: World) -> None:
    await a_day(world, waiting=6)
    async with visiting(world, "viewer") as visit:
        page = shown(await visit.see("overview"))
        longer = shown(await visit.see("overview?days=90"))

    charts = {words(each, "h2"): " ".join(each.get_text(" ").split()) for each in page.select(".chart")}
    assert all(name.endswith("?") for name in charts)
    assert "Conversations 14 Told us about themselves 14 100%" in charts["How far do conversations get?"]
    assert "Rejected 1 Waits for a person" in charts["What became of CRM updates?"]
    assert "Half are decided within" in charts["How long do updates wait for a decision?"]
    assert "Company: team size" in charts["Which fields does the assistant get right?"]
    assert "Yes." in charts["Does everything reach the CRM?"]
    assert len(longer.select(".wide-chart g")) == 90
    assert len(page.select(".wide-chart g")) == 14


async def _told(world: World, conversation: str) -> list[str]:
    async with world.desk.readers() as session:
        return [each.kind for each in await outcomes.of(session, SITE, conversation)]


async def test_a_fault_of_ours_is_a_page_and_a_line_and_neither_tells_what_is_inside(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_args: object) -> None:
        raise RuntimeError("a secret of the inside")

    async with visiting(world, "rep") as visit:
        monkeypatch.setattr(world.ledger, "counts", breaks)
        page = await visit.see("inbox")
        line = await visit.see("inbox", part=True)

    assert (page.status_code, line.status_code) == (500, 500)
    assert words(shown(page), "h1") == "That did not work"
    assert line.text.startswith("Something went wrong on our side.")
    assert "secret" not in page.text + line.text
