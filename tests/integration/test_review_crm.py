"""The screens of the built-in CRM: lists, one record with where its fields came from, edits by hand, tasks, exports."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from uuid_utils import uuid7

from crm_sync import proposals as p
from crm_sync.by_hand import editing as by_hand
from crm_sync.by_hand import todo
from crm_sync.tables import CompanyRow, ContactRow, DealRow, TaskRow
from server.review.crm_export import cell
from tests.support.console_seed import a_conversation, an_update
from tests.support.console_visit import Visit, attribute, shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def people(world: World, *names: str, **fields: object) -> list[str]:
    """Contacts typed by hand, the last the newest; their ids."""
    made = [str(uuid7()) for _ in names]
    async with world.desk.writers() as session:
        for number, (id_, name) in enumerate(zip(made, names, strict=True)):
            values = {"name": name, "email": f"{name.casefold()}@example.com", **fields}
            when = NOW - timedelta(hours=len(names) - number)
            await by_hand.create(session, SITE, "contact", values, id=id_, by="rep", now=when)
        await session.commit()
    return made


async def a_deal(world: World, contact: str, **fields: object) -> str:
    made = str(uuid7())
    async with world.desk.writers() as session:
        await by_hand.create(session, SITE, "deal", fields, id=made, by="rep", now=NOW, contact=contact)
        await session.commit()
    return made


async def delivered(world: World, number: int = 0) -> str:
    """A contact that the assistant wrote; its conversation."""
    conversation = await a_conversation(world, number)
    await world.ledger.approve(SITE, await an_update(world, conversation, number), by="rep", now=NOW)
    # What was written at once goes first, then what was approved.
    while waiting := await world.ledger.due(NOW):
        for due in waiting:
            await world.ledger.deliver(due, now=NOW)
    return conversation


async def listed(visit: Visit, path: str) -> list[str]:
    return [each.get_text() for each in shown(await visit.see(path)).select("tbody a.row-link")]


async def test_contacts_are_found_by_a_part_of_name_address_company_or_domain_and_by_owner(
    world: World,
) -> None:
    ada, _bo = await people(world, "Ada", "Bo")
    async with world.desk.writers() as session:
        await by_hand.works_at(session, SITE, ada, "Lifts and more", id=str(uuid7()), by="rep", now=NOW)
        await by_hand.edit(session, SITE, "contact", ada, {"owner": "rep"}, by="rep", now=NOW)
        await session.commit()

    async with visiting(world, "rep") as visit:
        found = {
            path: await listed(visit, f"crm{path}")
            for path in ("", "?q=ad", "?q=BO@EX", "?q=lifts", "?q=100%25", "?owner=rep", "?owner=-")
        }

    assert found == {
        "": ["Ada", "Bo"], "?q=ad": ["Ada"], "?q=BO@EX": ["Bo"], "?q=lifts": ["Ada"], "?q=100%25": [],
        "?owner=rep": ["Ada"], "?owner=-": ["Bo"],
    }  # fmt: skip


async def test_a_long_list_is_read_page_by_page_and_shows_everybody_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.review.crm_contacts.A_PAGE", 2)
    await people(world, "Ada", "Bo", "Cy", "Di", "Ed")

    seen: list[str] = []
    async with visiting(world, "rep") as visit:
        path = "crm"
        while path:
            page = shown(await visit.see(path))
            seen += [each.get_text() for each in page.select("tbody a.row-link")]
            onward = page.select_one('a[rel="next"]')
            path = str(onward["href"]).partition(f"/site/{SITE}/")[2] if onward else ""

    assert seen == ["Ed", "Di", "Cy", "Bo", "Ada"]


async def test_a_contact_says_of_each_field_whether_a_person_typed_it_or_which_words_it_came_from(
    world: World,
) -> None:
    conversation = await delivered(world)
    async with world.desk.readers() as session:
        contact = (await session.scalars(select(ContactRow.id))).one()

    async with visiting(world, "rep") as visit:
        await visit.press(f"crm/edit/contact/{contact}", job_title="Operations lead")
        page = shown(await visit.see(f"crm/{contact}"))

    said = words(page)
    assert "Job title Operations lead typed by rep" in said
    assert "Record edited: job title rep" in said
    assert "“about" in said
    assert page.select_one(f'a[href$="/conversations/{conversation}"]') is not None
    assert page.select(".book-side a[href*='/inbox/']") != []


async def test_what_a_person_typed_outlasts_the_next_thing_that_the_assistant_learns(world: World) -> None:
    await delivered(world)
    async with world.desk.readers() as session:
        company = (await session.scalars(select(CompanyRow.id))).one()
    async with visiting(world, "rep") as visit:
        await visit.press(f"crm/edit/company/{company}", team_size="77")
    await delivered(world, 20)

    async with world.desk.readers() as session:
        sizes = list(await session.scalars(select(CompanyRow.team_size)))
    assert sizes == [77]  # both write from the same company's addresses


async def test_the_company_that_a_person_chose_is_not_exchanged_for_that_of_the_address(world: World) -> None:
    conversation = await delivered(world)
    async with world.desk.readers() as session:
        contact = (await session.scalars(select(ContactRow.id))).one()
    async with visiting(world, "rep") as visit:
        await visit.press(f"crm/edit/contact/{contact}", company="Lifts and more")
        async with world.desk.writers() as session:
            learned = p.Learned("company", "country", "DE", "said", 0.99)
            await world.ledger.propose(
                session,
                p.Proposal(
                    site=SITE, kind="contact.enriched", cause="later", occurred_at=NOW, turn=None,
                    conversation=conversation, target=p.Target("email", "[email_1]"),
                    consent=p.Consent("conversation"), learned=(learned,),
                ),
                now=NOW, id=str(uuid7()),
            )  # fmt: skip
            await session.commit()
        for due in await world.ledger.due(NOW):
            await world.ledger.deliver(due, now=NOW)
        said = words(shown(await visit.see(f"crm/{contact}")), ".record-head")

    assert "Lifts and more (said by rep)" in said


async def test_a_form_says_what_is_wrong_beside_the_field_and_saves_nothing(world: World) -> None:
    (ada,) = await people(world, "Ada")
    async with visiting(world, "rep") as visit:
        wrong = await visit.press(
            f"crm/edit/contact/{ada}", name="Ada L", email="no address", country="Germany"
        )
        taken = await visit.press("crm/new/contact", name="Other", email="ADA@example.com")
        empty = await visit.press("crm/new/company", name=" ")
        odd = await visit.see("crm/new/spaceship")

    assert (wrong.status_code, taken.status_code, empty.status_code, odd.status_code) == (422, 422, 422, 404)
    assert words(shown(wrong), "#email-wrong") == "This is no e-mail address."
    assert words(shown(wrong), "#country-wrong") == "Two capital letters, such as DE."
    assert attribute(shown(taken), ".problem a", "href").endswith(f"/crm/{ada}")
    async with world.desk.readers() as session:
        assert [(row.name, row.email) for row in await session.scalars(select(ContactRow))] == [
            ("Ada", "ada@example.com")
        ]


async def test_who_saves_an_old_form_is_shown_what_somebody_else_wrote_meanwhile(world: World) -> None:
    (ada,) = await people(world, "Ada")
    async with visiting(world, "rep") as visit:
        seen = attribute(shown(await visit.see(f"crm/edit/contact/{ada}")), 'input[name="seen"]', "value")
        first = await visit.press(f"crm/edit/contact/{ada}", phone="+49 30 1234", seen=seen)
        second = await visit.press(f"crm/edit/contact/{ada}", phone="+49 30 9999", seen=seen)

    assert (first.status_code, second.status_code) == (303, 409)
    assert words(shown(second), "#phone-hint") == "Now: +49 30 1234"


async def test_only_what_was_changed_counts_as_typed(world: World) -> None:
    await delivered(world)
    async with world.desk.readers() as session:
        before = (await session.scalars(select(ContactRow))).one()
    async with visiting(world, "rep") as visit:
        form = shown(await visit.see(f"crm/edit/contact/{before.id}"))
        fields = {
            str(each["name"]): str(each.get("value", "")) for each in form.select("form.fields input[name]")
        }
        await visit.press(f"crm/edit/contact/{before.id}", **{**fields, "phone": "+49 30 1234"})

    async with world.desk.readers() as session:
        after = (await session.scalars(select(ContactRow))).one()
    changed = {name for name, writer in after.writers.items() if before.writers.get(name) != writer}
    assert changed == {"phone"}


async def test_an_archived_contact_leaves_the_list_and_can_be_taken_back(world: World) -> None:
    (ada,) = await people(world, "Ada")
    async with visiting(world, "rep") as visit:
        await visit.press(f"crm/archive/contact/{ada}")
        gone, kept = await listed(visit, "crm"), await listed(visit, "crm?archived=yes")
        await visit.press(f"crm/archive/contact/{ada}", back="yes")
        back = await listed(visit, "crm")

    assert (gone, kept, back) == ([], ["Ada"], ["Ada"])


async def test_an_archived_contact_is_back_when_the_person_writes_again(world: World) -> None:
    await delivered(world)
    async with world.desk.readers() as session:
        contact = (await session.scalars(select(ContactRow))).one()
    async with visiting(world, "rep") as visit:
        await visit.press(f"crm/archive/contact/{contact.id}")
        async with world.desk.writers() as session:
            await world.ledger.propose(
                session,
                p.Proposal(
                    site=SITE, kind="handoff.requested", cause="again", occurred_at=NOW, turn=None,
                    conversation=world.conversations[0], target=p.Target("email", "[email_1]"),
                    consent=p.Consent("conversation"), activity=p.Activity("note", "Wrote again", "Back.", NOW),
                ),
                now=NOW, id=str(uuid7()),
            )  # fmt: skip
            await session.commit()
        for due in await world.ledger.due(NOW):
            await world.ledger.deliver(due, now=NOW)
        listed_again = await listed(visit, "crm")

    assert listed_again == [contact.email]


async def test_the_board_counts_and_adds_up_each_stage_and_a_deal_moves_by_hand(world: World) -> None:
    (ada,) = await people(world, "Ada")
    first = await a_deal(world, ada, name="Team for 20", stage="qualified", amount=2880, currency="EUR")
    await a_deal(world, ada, name="Team for 10", stage="qualified", amount=1440, currency="EUR")
    async with visiting(world, "rep") as visit:
        before = shown(await visit.see("crm/deals"))
        moved = await visit.press(f"crm/deals/{first}/stage", stage="won", back="board")
        odd = await visit.press(f"crm/deals/{first}/stage", stage="nearly")
        after = shown(await visit.see("crm/deals"))
        by_stage = await listed(visit, "crm/deals?view=list&stage=qualified")

    lanes = {words(lane, "h2"): words(lane, "header p") for lane in before.select(".lane")}
    assert lanes["Qualified 2"] == "4,320 EUR"
    assert lanes["Won 0"] == "none"
    assert (moved.status_code, odd.status_code) == (303, 409)
    assert "Won 1" in {words(lane, "h2") for lane in after.select(".lane")}
    assert by_stage == ["Team for 10"]
    async with world.desk.readers() as session:
        row = (await session.scalars(select(DealRow).where(DealRow.id == first))).one()
    assert row.writers["stage"] == "person:rep"


async def test_tasks_are_sorted_by_what_presses_and_mine_are_those_of_my_contacts_too(world: World) -> None:
    ada, bo = await people(world, "Ada", "Bo")
    async with world.desk.writers() as session:
        await by_hand.edit(session, SITE, "contact", ada, {"owner": "rep"}, by="rep", now=NOW)
        for contact, title, hours in ((ada, "Tomorrow", 30), (ada, "Late", -2), (bo, "Somebody's", 1)):
            await todo.add(
                session,
                SITE,
                contact,
                title,
                id=str(uuid7()),
                by="rep",
                now=NOW,
                due=NOW + timedelta(hours=hours),
            )
        await session.commit()

    async with visiting(world, "rep") as visit:
        added = await visit.press(f"crm/{ada}/tasks", title="Send the guide", due="2026-03-12", owner="rep")
        empty = await visit.press(f"crm/{ada}/tasks", title="  ")
        every = [each.get_text() for each in shown(await visit.see("crm/tasks")).select(".what b")]
        mine = shown(await visit.see("crm/tasks?whose=mine"))
        await visit.press(attribute(mine, ".tasks form", "action").partition(f"/site/{SITE}/")[2])
        late = words(shown(await visit.see("crm/tasks?when=late")))
        done = [each.get_text() for each in shown(await visit.see("crm/tasks?when=done")).select(".what b")]

    assert (added.status_code, empty.status_code) == (303, 409)
    assert every == ["Late", "Somebody's", "Tomorrow", "Send the guide"]
    assert [each.get_text() for each in mine.select(".what b")] == ["Late", "Tomorrow", "Send the guide"]
    assert "Nothing to do here." in late
    assert done == ["Late"]
    async with world.desk.readers() as session:
        assert (
            await session.scalars(select(TaskRow.owner).where(TaskRow.title == "Send the guide"))
        ).one() == "rep"


async def test_a_note_stands_in_the_timeline_and_the_audit_trail_holds_no_word_of_it(world: World) -> None:
    (ada,) = await people(world, "Ada")
    async with visiting(world, "rep") as visit:
        await visit.press(f"crm/{ada}/note", body="Prefers mornings.\nCall the landline.")
        told = words(shown(await visit.see(f"crm/{ada}")), ".timeline")
        everywhere = words(shown(await visit.see("crm/activities?type=note")), ".timeline")
    trail = [entry async for entry in world.ledger.audit_entries(SITE)]

    assert told.startswith("Prefers mornings. Note · now")
    assert "Ada" in everywhere
    assert [entry["act"] for entry in trail] == ["record_created", "note_added"]
    assert "mornings" not in str(trail)
    assert "example.com" not in str(trail)
    assert (await world.ledger.verify_audit(SITE)).intact


async def test_an_export_holds_every_page_no_formula_and_is_written_down(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.review.crm_export.AT_ONCE", 2)
    await people(world, "Ada", "Bo", "Cy", job_title='=HYPERLINK("http://evil.example")', phone="+49 30 1234")
    async with visiting(world, "manager") as visit:
        answer = await visit.see("crm/export/contacts.csv")
        others = [await visit.see(f"crm/export/{name}.csv") for name in ("companies", "deals", "tasks")]
        missing = await visit.see("crm/export/secrets.csv")
        trail = words(shown(await visit.see("audit")))
    async with visiting(world, "rep") as visit:
        refused = await visit.see("crm/export/contacts.csv")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["name"] for row in rows] == ["Cy", "Bo", "Ada"]
    assert {row["job_title"] for row in rows} == {'\'=HYPERLINK("http://evil.example")'}
    assert {row["phone"] for row in rows} == {"'+49 30 1234"}
    assert answer.headers["content-disposition"] == 'attachment; filename="demo-contacts.csv"'
    assert [other.status_code for other in others] == [200, 200, 200]
    assert (missing.status_code, refused.status_code) == (404, 403)
    assert "Crm exported contacts" in trail


async def test_an_export_of_tasks_holds_every_page_of_what_the_list_shows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.review.crm_export.AT_ONCE", 2)
    (ada,) = await people(world, "Ada")
    made = [str(uuid7()) for _ in range(5)]
    async with world.desk.writers() as session:
        for number, id_ in enumerate(made):
            owner = "manager" if number < 3 else None
            await todo.add(session, SITE, ada, f"Task {number}", id=id_, by="rep", now=NOW, owner=owner)
        await todo.settle(session, SITE, made[0], done=True, by="rep", now=NOW)
        await session.commit()

    async with visiting(world, "manager") as visit:
        link = shown(await visit.see("crm/tasks?when=open&whose=mine")).select_one("a[href*='tasks.csv']")
        wishes = ("", "?when=open", "?when=done", "?whose=mine")
        answers = [await visit.see(f"crm/export/tasks.csv{wish}") for wish in wishes]
        linked = await visit.get(str(link["href"]) if link else "")

    told = [
        [row["title"][-1] for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))]
        for answer in (*answers, linked)
    ]
    assert [sorted(each) for each in told] == [list("01234"), list("1234"), ["0"], list("012"), list("12")]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1"])
def test_no_words_become_a_formula_in_a_spreadsheet(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_a_number_stays_a_number_in_a_spreadsheet() -> None:
    assert (cell(-5.5), cell(None), cell("Ada")) == ("-5.5", "", "Ada")


async def test_a_site_with_another_crm_is_shown_the_way_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.crm, "name", "hubspot", raising=False)
    async with visiting(world, "manager") as visit:
        pages = [
            shown(await visit.see(path)) for path in ("crm", "crm/deals", "crm/tasks", "crm/export/deals.csv")
        ]

    assert {words(page, ".empty strong") for page in pages} == {"This site writes to HubSpot."}
    assert attribute(pages[0], "a.button", "href") == "https://app.hubspot.com/"


async def test_another_sites_records_are_out_of_reach(world: World) -> None:
    (ada,) = await people(world, "Ada")
    async with visiting(world, "admin") as visit:
        there = [
            await visit.get(f"/console/site/other/crm{path}") for path in (f"/{ada}", f"/edit/contact/{ada}")
        ]
        listed_there = shown(await visit.get("/console/site/other/crm"))

    assert {answer.status_code for answer in there} == {404}
    assert "Ada" not in words(listed_there)
