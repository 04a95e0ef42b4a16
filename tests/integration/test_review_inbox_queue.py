"""The inbox as a queue: what stands first, what a view holds, how many are decided together, how news arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from uuid_utils import uuid7

from tests.support.console_changes import Wanted, a_change
from tests.support.console_seed import a_conversation, an_update
from tests.support.console_visit import Visit, attribute, shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


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


@pytest.mark.parametrize("told", ["²", "9" * 40, "-1", "x"])
async def test_an_address_with_no_number_in_it_shows_the_first_rows_and_no_news(
    world: World, told: str
) -> None:
    update = await a_change(world, Wanted())

    async with visiting(world, "rep") as visit:
        more = await visit.see(f"inbox/more?skip={told}", part=True)
        news = await visit.see(f"inbox/news?since={told}", part=True)

    assert (more.status_code, news.status_code) == (200, 204)
    assert f'data-id="{update}"' in more.text


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


async def test_an_update_is_given_to_a_colleague_who_may_decide_and_to_nobody_else(world: World) -> None:
    update = await a_change(world, Wanted())

    async with visiting(world, "rep") as visit:
        page = shown(await visit.see(f"inbox/{update}"))
        offered = [str(each["value"]) for each in page.select(".give option")]
        given = await visit.press(f"inbox/{update}/assign", to="manager")
        after = shown(await visit.see(f"inbox/{update}"))
    async with visiting(world, "viewer") as visit:
        looked = shown(await visit.see(f"inbox/{update}"))

    assert "manager" in offered
    assert not {"viewer", "rep"} & set(offered)
    assert given.status_code == 200
    assert "For manager" in words(after, ".owner")
    assert "manager" not in [str(each["value"]) for each in after.select(".give option")]
    assert looked.select(".give") == []
