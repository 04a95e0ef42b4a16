"""Every page of the console, on a working day and on the first day, and the record behind an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text, update

from server.actions.tables import CartRow, TrialRow
from server.store.tables import DecisionRow
from tests.support.console_seed import a_conversation, a_day
from tests.support.console_visit import attribute, shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build
from tests.support.postgres import fresh_database

PAGES = ("inbox", "conversations", "meetings", "trials", "carts", "mailbox", "crm", "knowledge", "knowledge/documents",
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
