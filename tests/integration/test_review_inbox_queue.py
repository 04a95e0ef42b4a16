"""The inbox as a queue: what stands first, what a view holds, how many are decided together, how news arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from uuid_utils import uuid7

from crm_sync import Activity, Consent, Learned, Proposal, Score, Target
from crm_sync.ledger_tables import WaitingRow
from crm_sync.tables import UpdateRow
from tests.support.console_seed import a_conversation, an_update
from tests.support.console_visit import Visit, attribute, shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


@dataclass(frozen=True)
class Wanted:
    """A change that waits for a rep."""

    seats: int = 5
    stage: str = "research"
    kind: str = "contact.qualified"
    age: timedelta = timedelta(minutes=1)
    due: timedelta | None = None
    owner: str | None = None
    talk: str = ""
    name: str = "team_size"


async def a_change(world: World, wanted: Wanted) -> str:
    talk = wanted.talk or str(uuid7())
    activity = None
    if wanted.kind != "contact.qualified":
        activity = Activity("handoff", "Asked for a person", "About dates.", NOW)
    record = "company" if wanted.name == "team_size" else "deal"
    value = wanted.seats if wanted.name == "team_size" else "Team"
    async with world.desk.writers() as session:
        row = await world.ledger.propose(
            session,
            Proposal(
                site=SITE, kind=wanted.kind, cause=str(uuid7()), occurred_at=NOW, conversation=talk, turn=None,  # type: ignore[arg-type]
                target=Target("conversation", talk), consent=Consent("conversation"), activity=activity,
                learned=(Learned(record, wanted.name, value, "said", 0.6),),  # type: ignore[arg-type]
                score=Score(10.0, 0.0, 10.0, wanted.stage),
            ),
            now=NOW - wanted.age, id=str(uuid7()),
        )  # fmt: skip
        waits = row.held or row.id
        found = await session.get(WaitingRow, (SITE, waits))
        assert found is not None
        found.owner, found.due_at = wanted.owner, NOW + wanted.due if wanted.due is not None else None
        await session.commit()
    return waits


async def rows(visit: Visit, query: str = "") -> list[str]:
    page = shown(await visit.see(f"inbox{query}"))
    return [str(row["data-id"]) for row in page.select("#rows .row-item")]


async def test_what_is_overdue_stands_before_what_is_dear_and_each_row_says_why(world: World) -> None:
    small = await a_change(world, Wanted())
    dear = await a_change(world, Wanted(seats=600, stage="purchase"))
    late = await a_change(world, Wanted(due=timedelta(hours=-3)))
    soon = await a_change(world, Wanted(due=timedelta(hours=2)))
    person = await a_change(world, Wanted(kind="handoff.requested"))

    async with visiting(world, "rep") as visit:
        page = shown(await visit.see("inbox"))

    assert [str(row["data-id"]) for row in page.select("#rows .row-item")] == [
        late,
        person,
        dear,
        soon,
        small,
    ]
    assert words(page, f"#row-{late} .why-here.hot") == "overdue by 3 h"
    assert words(page, f"#row-{dear} .line").startswith("600 seats purchase Team size 600")
    assert page.select_one(f"#row-{small} .why-here") is None


@pytest.mark.parametrize(
    ("sort", "order"),
    [("worth", "dear late young"), ("oldest", "late dear young"), ("newest", "young dear late")],
)
async def test_a_rep_chooses_another_order(world: World, sort: str, order: str) -> None:
    ids = {
        "dear": await a_change(world, Wanted(seats=600, age=timedelta(hours=2))),
        "late": await a_change(world, Wanted(seats=50, due=timedelta(hours=-3), age=timedelta(hours=3))),
        "young": await a_change(world, Wanted()),
    }

    async with visiting(world, "rep") as visit:
        assert await rows(visit, f"?sort={sort}") == [ids[name] for name in order.split()]


async def test_views_hold_mine_nobodys_one_kind_one_field_and_what_words_find(world: World) -> None:
    mine = await a_change(world, Wanted(owner="rep"))
    theirs = await a_change(world, Wanted(owner="another"))
    plan = await a_change(world, Wanted(name="plan"))
    person = await a_change(world, Wanted(kind="handoff.requested"))
    quoted = await an_update(world, await a_conversation(world))

    async with visiting(world, "rep") as visit:
        assert await rows(visit, "?whose=mine") == [mine]
        assert set(await rows(visit, "?whose=nobody")) == {plan, person, quoted}
        assert await rows(visit, "?kind=handoff.requested") == [person]
        assert set(await rows(visit, "?field=deal.plan")) == {plan, quoted}
        assert await rows(visit, "?q=FORTY+of+us") == [quoted]
        assert await rows(visit, "?q=100%25") == []
        assert theirs in await rows(visit)
        empty = shown(await visit.see("inbox?q=nothing+like+it"))

    assert words(empty, ".empty").startswith("Nothing fits. Show all of 5")


async def test_who_stands_in_for_a_colleague_has_their_changes(world: World) -> None:
    theirs = await a_change(world, Wanted(owner="manager"))
    await world.ledger.delegate(
        SITE, "manager", to="rep", since=NOW, until=NOW + timedelta(days=2), by="manager", now=NOW
    )

    async with visiting(world, "rep") as visit:
        assert await rows(visit, "?whose=mine") == [theirs]


async def test_changes_of_one_conversation_stand_together_where_the_most_urgent_would(world: World) -> None:
    talk = str(uuid7())
    late = await a_change(world, Wanted(talk=talk, due=timedelta(hours=-1)))
    dear = await a_change(world, Wanted(seats=600))
    beside = await a_change(world, Wanted(talk=talk, name="plan"))

    async with visiting(world, "rep") as visit:
        page = shown(await visit.see("inbox"))
        item = shown(await visit.see(f"inbox/{late}"))

    assert [str(row["data-id"]) for row in page.select("#rows .row-item")] == [late, beside, dear]
    assert page.select(f"#row-{late}.first")
    assert page.select(f"#row-{beside}.next")
    assert [each["value"] for each in item.select(".siblings input[name=update]")] == [late, beside]


async def test_rows_come_some_at_a_time_and_what_came_since_moves_none(world: World) -> None:
    for _ in range(65):
        await a_change(world, Wanted())

    async with visiting(world, "rep") as visit:
        page = shown(await visit.see("inbox"))
        first = [str(row["data-id"]) for row in page.select("#rows .row-item")]
        more = attribute(page, ".more-rows a", "href")
        await a_change(world, Wanted(seats=900, age=timedelta(seconds=-1)))
        rest = shown(await visit.get(more, headers={"hx-request": "true"}))
        alone = await visit.get(more)

    following = [str(row["data-id"]) for row in rest.select(".row-item")]
    assert (len(first), len(following)) == (60, 5)
    assert not set(first) & set(following)
    assert rest.select_one(".more-rows") is None
    assert len(shown(alone).select("#rows .row-item")) == 5, "without a script it is a page of its own"


async def test_news_brings_what_others_decided_and_counts_what_is_new(world: World) -> None:
    update = await a_change(world, Wanted())
    async with visiting(world, "rep") as visit:
        page = shown(await visit.see("inbox"))
        since = {name: attribute(page, f"#fresh [name={name}]", "value") for name in ("since", "at")}
        quiet = await visit.get(
            f"/console/site/{SITE}/inbox/news", params=since, headers={"hx-request": "true"}
        )
        await world.ledger.reject(SITE, update, by="another", code="test", now=NOW)
        await a_change(world, Wanted(age=timedelta(seconds=-5)))
        told = await visit.get(
            f"/console/site/{SITE}/inbox/news", params=since, headers={"hx-request": "true"}
        )

    news = shown(told)
    assert quiet.status_code == 204
    assert "rejected" in attribute(news, f"#row-{update} .row", "class")
    assert words(news, "[data-fresh]") == "1 new"
    assert words(news, "#count-waiting") == "1"
    assert len(news.select(".row-item")) == 1, "what is new comes with the list, when it is asked for"


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


async def test_a_rejection_is_taken_back_by_whoever_rejected_and_by_nobody_else(world: World) -> None:
    mine, theirs = await a_change(world, Wanted()), await a_change(world, Wanted())
    async with visiting(world, "rep") as visit:
        await visit.press(f"inbox/{mine}/reject", code="misread")
        await world.ledger.reject(SITE, theirs, by="another", code="test", now=NOW)
        back = await visit.press(f"inbox/{mine}/undo")
        refused = await visit.press(f"inbox/{theirs}/undo")

    assert "Waits again" in back.headers["hx-trigger-after-settle"]
    assert (await world.ledger.update(SITE, mine)).status == "awaiting_approval"
    assert refused.status_code == 409
    assert (await world.ledger.update(SITE, theirs)).status == "rejected"
    assert (await world.ledger.verify_audit(SITE)).intact


async def test_what_a_withdrawn_consent_stopped_stays_stopped(world: World) -> None:
    update = await a_change(world, Wanted(talk="talk"))
    async with world.desk.writers() as session:
        await world.ledger.withdraw(session, SITE, "talk", by="rep", now=NOW)
        await session.commit()

    async with visiting(world, "rep") as visit:
        answer = await visit.press(f"inbox/{update}/undo")

    assert answer.status_code == 409
    assert (await world.ledger.update(SITE, update)).status == "rejected"


async def test_a_rep_takes_a_change_and_gives_it_back(world: World) -> None:
    update = await a_change(world, Wanted())

    async with visiting(world, "rep") as visit:
        taken = await visit.press(f"inbox/{update}/assign", to="rep")
        mine = await rows(visit, "?whose=mine")
        await visit.press(f"inbox/{update}/assign", to="")
        unknown = await visit.press(f"inbox/{update}/assign", to="nobody here")

    assert "Yours" in words(shown(taken), ".owner")
    assert mine == [update]
    assert (await world.ledger.waiting(SITE, [update]))[update].owner is None
    assert unknown.status_code == 400


async def test_an_undo_over_what_somebody_typed_needs_a_look_at_it_first(world: World) -> None:
    update = await an_update(world, await a_conversation(world))
    await world.ledger.approve(SITE, update, by="rep", now=NOW)
    while due := await world.ledger.due(NOW):
        for each in due:
            await world.ledger.deliver(each, now=NOW)
    record = (await world.ledger.records(SITE))[0]
    assert record.company is not None
    await world.crm.edit(SITE, "company", record.company.id, {"team_size": 55}, by="a colleague")

    async with visiting(world, "rep") as visit:
        seen = shown(await visit.press(f"inbox/{update}/undo"))
        answer = await visit.press(f"inbox/{update}/undo", seen=attribute(seen, "input[name=seen]", "value"))

    assert "Undone" in answer.headers["hx-trigger-after-settle"]
    assert (await world.ledger.update(SITE, update)).status == "undone"


async def send(visit: Visit, path: str, **fields: str | list[str]) -> httpx.Response:
    """Send a form whose fields may come several times."""
    headers = {"hx-request": "true", "x-csrf": visit.csrf}
    return await visit.post(f"/console/site/{SITE}/{path}", data=fields, headers=headers)
