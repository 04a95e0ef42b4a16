"""What a rep sees of a CRM update, and what deciding on it does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm_sync import Consent, Learned, Proposal, Target
from tests.support.console_seed import a_conversation, a_day, an_update
from tests.support.console_visit import attribute, pick, shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


@pytest.fixture
async def update(world: World) -> str:
    return await an_update(world, await a_conversation(world))


async def delivered(world: World, update: str) -> None:
    await world.ledger.approve(SITE, update, by="rep", now=NOW)
    while due := await world.ledger.due(NOW):
        for each in due:
            await world.ledger.deliver(each, now=NOW)


async def test_an_update_reads_as_differences_with_the_visitors_own_words(world: World, update: str) -> None:
    async with visiting(world, "rep") as visit:
        page = shown(await visit.see(f"inbox/{update}"))

    first = words(page, ".changes li")
    assert first == "Team size 40 about forty of us said · 0.72 · company · fact.team_size"
    why = words(page, ".item .score")
    assert why.startswith("Why this score 45 fit 20, intent 25")
    assert "+20 Team of 40 Tuesday, 10:27 size_fits_team" in why
    assert attribute(page, ".item .score a", "href") == "#message-m-00000000"
    assert "Stage evaluation" in why
    assert json.loads(pick(page, ".json pre").text)["kind"] == "contact.qualified"
    assert "Waiting for you" in words(page, ".item .state")


async def test_the_conversation_stands_beside_it_with_the_quoted_words_marked(
    world: World, update: str
) -> None:
    async with visiting(world, "rep") as visit:
        page = shown(await visit.see(f"inbox/{update}"))

    assert [mark.text for mark in page.select(".context mark")] == ["about forty of us"]


async def test_a_value_that_replaces_another_is_shown_with_the_old_one_struck_out(
    world: World, update: str
) -> None:
    await delivered(world, update)
    async with world.desk.writers() as session:
        later = await world.ledger.propose(
            session,
            Proposal(
                site=SITE, kind="contact.qualified", cause="later", occurred_at=NOW, turn=None,
                conversation=world.conversations[0], target=Target("email", "[email_1]"),
                consent=Consent("conversation"), learned=(Learned("company", "team_size", 45, "said", 0.7),),
            ),
            now=NOW, id="later",
        )  # fmt: skip
        await session.commit()

    async with visiting(world, "rep") as visit:
        page = shown(await visit.see(f"inbox/{later.id}"))

    change = pick(page, ".change")
    assert (words(change, "del"), words(change, "ins")) == ("40", "45")


async def test_what_the_crm_holds_by_now_is_said_before_one_decides(world: World, update: str) -> None:
    waits = await an_update(world, await a_conversation(world, 1), 1)
    await delivered(world, update)  # the same company, told by somebody else in between

    async with visiting(world, "rep") as visit:
        before = words(shown(await visit.see(f"inbox/{waits}")), ".changes")
        await visit.press(f"inbox/{waits}/reject", code="test")
        after = shown(await visit.see(f"inbox/{waits}"))

    assert "Meanwhile the CRM holds 40" in before
    assert words(after, ".note") == "Rejected by rep: A test, not a lead"
    assert "Meanwhile" not in words(after, ".changes")


async def test_the_record_that_it_changed_stands_beside_it(world: World, update: str) -> None:
    await delivered(world, update)

    async with visiting(world, "rep") as visit:
        page = shown(await visit.see(f"inbox/{update}"))

    assert words(page, ".record h3").startswith("ada0@example.com")
    assert "Team size 40" in words(page, ".record")


async def test_approving_releases_the_update_and_asks_for_its_delivery(world: World, update: str) -> None:
    async with visiting(world, "rep") as visit:
        answer = await visit.press(f"inbox/{update}/approve")

    row = await world.ledger.update(SITE, update)
    assert (row.status, row.decided_by) == ("approved", "rep")
    assert world.started == [update]
    assert json.loads(answer.headers["hx-trigger-after-settle"]) == {
        "decided": {"id": update, "said": "Approved"}
    }
    page = shown(answer)
    assert page.select_one(f"#row-{update}[hx-swap-oob]") is not None
    assert words(page, "#count-waiting") == ""
    assert words(page, "#count-moving") == "2"


async def test_a_correction_is_written_instead_of_what_was_proposed(world: World, update: str) -> None:
    async with visiting(world, "rep") as visit:
        await visit.press(f"inbox/{update}/approve", **{"edit.company.team_size": "45"})

    row = await world.ledger.update(SITE, update)
    size = next(change for change in row.document["fields"] if change["name"] == "team_size")
    assert (row.status, size["value"], size["how"]) == ("approved", 45, "edited")


async def test_a_correction_that_does_not_fit_is_refused_and_nothing_is_approved(
    world: World, update: str
) -> None:
    async with visiting(world, "rep") as visit:
        answer = await visit.press(f"inbox/{update}/approve", **{"edit.company.team_size": "plenty"})

    assert answer.status_code == 409
    assert "team_size" in answer.text or "/fields" in answer.text
    assert (await world.ledger.update(SITE, update)).status == "awaiting_approval"
    assert world.started == []


async def test_rejecting_needs_a_reason_and_keeps_it(world: World, update: str) -> None:
    async with visiting(world, "rep") as visit:
        without = await visit.press(f"inbox/{update}/reject", reason="  ")
        await visit.press(f"inbox/{update}/reject", reason="They meant vans")
        page = (await visit.see(f"inbox/{update}")).text

    row = await world.ledger.update(SITE, update)
    assert without.status_code == 400
    assert (row.status, row.decided_by, row.decided_reason) == ("rejected", "rep", "They meant vans")
    assert "Rejected by rep: They meant vans" in page


async def test_undoing_a_delivered_update_restores_the_record(world: World, update: str) -> None:
    await delivered(world, update)
    async with visiting(world, "rep") as visit:
        answer = await visit.press(f"inbox/{update}/undo")

    assert "Undone" in answer.text
    assert (await world.ledger.update(SITE, update)).status == "undone"
    record = (await world.ledger.records(SITE))[0]
    assert record.company is None or "team_size" not in record.company.fields


async def test_an_undo_after_somebody_else_changed_it_shows_both_values_and_writes_nothing(
    world: World, update: str
) -> None:
    await delivered(world, update)
    record = (await world.ledger.records(SITE))[0]
    assert record.company is not None
    await world.crm.edit(SITE, "company", record.company.id, {"team_size": 55}, by="a colleague")

    async with visiting(world, "rep") as visit:
        answer = await visit.press(f"inbox/{update}/undo")

    assert "Not undone: somebody changed it since." in answer.text
    assert words(shown(answer), ".problem tbody tr") == "Team size 40 55 nothing"
    assert (await world.ledger.update(SITE, update)).status == "delivered"


async def test_undo_before_delivery_lets_the_update_wait_again(world: World, update: str) -> None:
    async with visiting(world, "rep") as visit:
        await visit.press(f"inbox/{update}/approve")
        answer = await visit.press(f"inbox/{update}/undo")

    row = await world.ledger.update(SITE, update)
    assert (row.status, row.decided_by) == ("awaiting_approval", None)
    assert json.loads(answer.headers["hx-trigger-after-settle"])["decided"]["said"] == "Waits again"


async def test_two_reps_who_approve_the_same_update_do_it_once(world: World, update: str) -> None:
    async with visiting(world, "rep") as visit:
        await visit.press(f"inbox/{update}/approve")
        second = await visit.press(f"inbox/{update}/approve")

    assert second.status_code == 409
    assert "approved" in second.text
    assert world.started == [update]


async def test_an_update_of_another_site_is_not_to_be_had(world: World) -> None:
    other = await an_update(world, await a_conversation(world, site="other"), site="other")

    async with visiting(world, "rep") as visit:
        seen = await visit.see(f"inbox/{other}")
        approved = await visit.press(f"inbox/{other}/approve")

    assert (seen.status_code, approved.status_code) == (404, 404)
    assert (await world.ledger.update("other", other)).status == "awaiting_approval"


async def test_the_queue_holds_what_waits_with_the_most_urgent_first(world: World) -> None:
    await a_day(world, waiting=6)

    async with visiting(world, "viewer") as visit:
        page = shown(await visit.see("inbox"))

    rows = page.select("#rows .row-item")
    assert len(rows) == 7
    assert words(page, "#rows .row-item").startswith("person wanted Asked for a person")
    assert words(page, "#count-waiting") == "7"
    assert page.select_one(".actions") is None, "a viewer is offered no decision"
    assert page.select_one(".record") is None, "a viewer sees no personal details"


async def test_what_does_not_fit_its_schema_is_shown_with_the_place_and_the_reason(world: World) -> None:
    await a_day(world, waiting=4)

    async with visiting(world, "rep") as visit:
        page = shown(await visit.see("inbox?tab=trouble"))

    assert "Held back, never sent." in words(page, ".problem")
    assert "/fields/0/value" in words(page, ".problem")
    assert page.select_one('[data-key="a"]') is None
