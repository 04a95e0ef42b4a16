"""Many changes of the inbox decided together: what is said before, what is written, what can be taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from uuid_utils import uuid7

from crm_sync.tables import UpdateRow
from tests.support.console_changes import Wanted, a_change, send
from tests.support.console_visit import shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def test_a_look_at_many_says_what_they_write_and_approving_them_does(world: World) -> None:
    talk = str(uuid7())
    ids = [await a_change(world, Wanted(talk=talk)), await a_change(world, Wanted(talk=talk, name="plan"))]
    ids.append(await a_change(world, Wanted(kind="handoff.requested")))

    async with visiting(world, "rep") as visit:
        look = shown(await send(visit, "inbox/batch", update=ids))
        done = shown(await send(visit, "inbox/batch/approve", update=ids))

    assert words(look, "h2") == "Approve 3 changes?"
    assert "of 2 conversations" in words(look, ".head")
    assert words(look, ".writes") == (
        "Fields that are written Team size company 2 Plan deal 1 Timeline: asked for a person 1"
    )
    assert words(done, "h2") == "Approved: 3"
    assert {(await world.ledger.update(SITE, each)).status for each in ids} == {"approved"}
    assert sorted(world.started) == sorted(ids)
    assert len(done.select(".row-item[hx-swap-oob]")) == 3


async def test_all_that_fit_a_view_are_approved_some_at_a_time_and_nothing_that_came_since(
    world: World,
) -> None:
    many = [await a_change(world, Wanted(seats=7)) for _ in range(45)]
    other = await a_change(world, Wanted(name="plan"))
    view = {"all": "yes", "field": "company.team_size", "at": NOW.isoformat()}

    async with visiting(world, "rep") as visit:
        look = shown(await send(visit, "inbox/batch", **view))
        late = await a_change(world, Wanted(age=timedelta(seconds=-5)))
        first = shown(await send(visit, "inbox/batch/approve", **view))
        told = {
            str(field["name"]): str(field["value"])
            for field in first.select("form.actions input[type=hidden]:not([name=did])")
        }
        ids = [str(field["value"]) for field in first.select("input[name=did]")]
        last = shown(await send(visit, "inbox/batch/approve", did=ids, **told))

    assert words(look, "h2") == "Approve 45 changes?"
    assert words(first, "h2") == "Approved: 25 of 45"
    assert words(last, "h2") == "Approved: 45"
    assert {(await world.ledger.update(SITE, each)).status for each in many} == {"approved"}
    assert {(await world.ledger.update(SITE, each)).status for each in (other, late)} == {"awaiting_approval"}


async def test_what_came_back_into_a_view_after_the_look_is_not_approved_with_it(world: World) -> None:
    shown_one, settled = [await a_change(world, Wanted()) for _ in range(2)]
    view = {"all": "yes", "at": NOW.isoformat()}

    async with visiting(world, "rep") as visit:
        await visit.press(f"inbox/{settled}/approve")
        look = shown(await send(visit, "inbox/batch", **view))
        confirmed = {
            str(field["name"]): str(field["value"])
            for field in look.select("form.actions input[type=hidden]:not([name=csrf])")
        }
        await visit.press(f"inbox/{settled}/undo")
        done = shown(await send(visit, "inbox/batch/approve", **confirmed))

    assert words(look, "h2") == "Approve 1 change?"
    assert words(done, "h2") == "Approved: 1"
    stands = [(await world.ledger.update(SITE, each)).status for each in (shown_one, settled)]
    assert stands == ["approved", "awaiting_approval"]


async def test_a_look_at_all_of_the_troubles_counts_only_what_can_be_sent_again(world: World) -> None:
    held_back = await a_change(world, Wanted())
    async with world.desk.writers() as session:
        await session.execute(update(UpdateRow).where(UpdateRow.id == held_back).values(status="quarantined"))
        await session.commit()

    async with visiting(world, "rep") as visit:
        look = shown(await send(visit, "inbox/batch", all="yes", tab="trouble", at=NOW.isoformat()))

    assert words(look, "h2") == "Nothing of it waits any more"


async def test_what_could_not_be_approved_is_listed_with_its_reason_and_holds_up_nothing(
    world: World,
) -> None:
    ids = [await a_change(world, Wanted()) for _ in range(3)]
    await world.ledger.reject(SITE, ids[1], by="another", code="test", now=NOW)

    async with visiting(world, "rep") as visit:
        done = shown(await send(visit, "inbox/batch/approve", update=ids))

    assert words(done, "h2") == "Approved: 2 of 3"
    assert "1 not approved" in words(done, "section h3")
    assert "rejected" in words(done, "section li")


async def test_many_are_taken_back_together_and_wait_again(world: World) -> None:
    ids = [await a_change(world, Wanted()) for _ in range(2)]

    async with visiting(world, "rep") as visit:
        done = shown(await send(visit, "inbox/batch/approve", update=ids))
        again = [str(field["value"]) for field in done.select("form.actions input[name=update]")]
        back = shown(await send(visit, "inbox/batch/undo", update=again))

    assert words(back, "h2") == "Taken back: 2"
    assert {(await world.ledger.update(SITE, each)).status for each in ids} == {"awaiting_approval"}


async def test_nothing_marked_is_said_so(world: World) -> None:
    async with visiting(world, "rep") as visit:
        answer = await send(visit, "inbox/batch")

    assert answer.status_code == 400
    assert "nothing is marked" in answer.text


async def test_many_are_rejected_for_one_reason_and_what_can_not_be_is_listed(world: World) -> None:
    ids = [await a_change(world, Wanted(seats=seats)) for seats in (5, 6, 7)]
    await world.ledger.approve(SITE, ids[0], by="manager", now=NOW)

    async with visiting(world, "rep") as visit:
        look = shown(await send(visit, "inbox/batch", update=ids))
        done = shown(await send(visit, "inbox/batch/reject", update=[*ids, "gone"], code="test"))
        told = [str(field["value"]) for field in done.select("input[name=update]")]
        back = shown(await send(visit, "inbox/batch/undo", update=told))

    assert look.select(".reject button[value=test]")
    assert words(done, "h2") == "Rejected: 2 of 4", "a colleague approved one meanwhile"
    assert words(done, "section h3") == "2 not rejected"
    assert told == ids[1:]
    assert words(back, "h2") == "Taken back: 2"
    stands = [(await world.ledger.update(SITE, each)).status for each in ids]
    assert stands == ["approved", "awaiting_approval", "awaiting_approval"]


async def test_all_that_fit_a_view_are_rejected_some_at_a_time_and_not_without_a_reason(world: World) -> None:
    many = [await a_change(world, Wanted(seats=7)) for _ in range(27)]
    view = {"all": "yes", "at": NOW.isoformat()}

    async with visiting(world, "rep") as visit:
        unsaid = await send(visit, "inbox/batch/reject", **view)
        first = shown(
            await send(visit, "inbox/batch/reject", code="other", reason="a campaign of ours", **view)
        )
        told = {
            str(field["name"]): str(field["value"])
            for field in first.select("form.actions input[type=hidden]:not([name=did])")
        }
        action = str(first.select("form.actions")[0]["action"])
        ids = [str(field["value"]) for field in first.select("input[name=did]")]
        last = shown(await send(visit, action.removeprefix(f"/console/site/{SITE}/"), did=ids, **told))

    assert unsaid.status_code == 400
    assert words(first, "h2") == "Rejected: 25 of 27"
    assert words(last, "h2") == "Rejected: 27"
    found = [await world.ledger.update(SITE, each) for each in many]
    assert {(each.status, each.decided_reason) for each in found} == {("rejected", "a campaign of ours")}
