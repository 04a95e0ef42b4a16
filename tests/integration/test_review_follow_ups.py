"""The console's queue of follow-ups: who may decide, what is checked on the way, and what is written down."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from server.actions.follow_ups import queue
from server.actions.follow_ups.values import FollowUp
from server.actions.tables import EffectRow
from server.store.deeds import deeds
from tests.support.console_visit import Visit, shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build
from tests.support.follow_up_drafts import a_draft, with_follow_ups


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await build(tmp_path)
    await with_follow_ups(made)
    yield made
    await made.close()


async def kept(world: World, made: FollowUp) -> FollowUp:
    async with world.desk.readers() as session:
        return await queue.load(session, SITE, made.id)


async def acts(world: World) -> list[tuple[str, str]]:
    async with world.desk.readers() as session:
        return [(deed.by, deed.act) for deed in await deeds(session, SITE) if deed.act != "signed_in"]


async def as_rep(world: World, client: Visit) -> Visit:
    await client.sign_in("rep")
    return client


async def test_the_queue_shows_why_what_and_the_conversation(world: World) -> None:
    made = await a_draft(world)
    async with visiting(world) as visit:
        await visit.sign_in("viewer")

        page = shown(await visit.see("follow-ups"))

        assert "Your questions about Fernway" in words(page, "#item")
        assert "Plans and prices" in words(page, ".context")
        assert "Visitor" in words(page, ".transcript")
        assert page.select_one("textarea") is None
        refused = await visit.press(f"follow-ups/{made.id}/approve")
        assert refused.status_code == 403


async def test_an_approved_draft_is_queued_once_and_written_down(world: World) -> None:
    made = await a_draft(world)
    async with visiting(world) as visit:
        await as_rep(world, visit)

        done = await visit.press(f"follow-ups/{made.id}/approve", subject=made.subject, body=made.body)
        again = await visit.press(f"follow-ups/{made.id}/approve", subject=made.subject, body=made.body)

    assert (done.status_code, again.status_code) == (200, 409)
    assert (await kept(world, made)).state == "approved"
    assert ("rep", "follow_up_approved") in await acts(world)
    async with world.desk.readers() as session:
        [effect] = await session.scalars(select(EffectRow))
    assert (effect.kind, effect.next_attempt_at) == ("follow_up_mail", NOW)


async def test_an_edit_that_promises_too_much_is_kept_and_not_approved(world: World) -> None:
    made = await a_draft(world)
    body = made.body.replace("Kind regards", "We guarantee 9 EUR per seat.\n\nKind regards")
    async with visiting(world) as visit:
        await as_rep(world, visit)

        live = await visit.press(f"follow-ups/{made.id}/check", body=body)
        answered = await visit.press(f"follow-ups/{made.id}/approve", subject="Hello again", body=body)

    assert "Guarantee" in live.text
    assert "Not our price" in answered.text
    after = await kept(world, made)
    assert (after.state, after.subject, after.is_edited) == ("waiting", "Hello again", True)
    assert await acts(world) == [("rep", "follow_up_edited")]


async def test_a_rejection_needs_a_reason_and_ends_the_cadence(world: World) -> None:
    made = await a_draft(world)
    async with visiting(world) as visit:
        await as_rep(world, visit)

        assert (await visit.press(f"follow-ups/{made.id}/reject", reason=" ")).status_code == 400
        await visit.press(f"follow-ups/{made.id}/reject", reason="Already in touch")

    after = await kept(world, made)
    assert (after.state, after.why) == ("rejected", "Already in touch")


async def test_what_is_put_off_is_out_of_sight_until_then(world: World) -> None:
    made = await a_draft(world)
    async with visiting(world) as visit:
        await as_rep(world, visit)

        await visit.press(f"follow-ups/{made.id}/snooze", days="3")
        waiting, later = await visit.see("follow-ups"), await visit.see("follow-ups?tab=snoozed")

    assert "No draft waits for you." in waiting.text
    assert made.id in later.text


async def test_several_are_approved_at_once_and_those_that_are_wrong_stay(world: World) -> None:
    good, wrong = await a_draft(world, 0), await a_draft(world, 1, wrong=True)
    async with visiting(world) as visit:
        await as_rep(world, visit)
        form = {"ids": [good.id, wrong.id], "csrf": visit.csrf}

        answer = await visit.post(f"/console/site/{SITE}/follow-ups/approve", data=form)
        page = await visit.get(answer.headers["location"])

    assert "1 approved, 1 left because something blocks them." in page.text
    assert [(await kept(world, each)).state for each in (good, wrong)] == ["approved", "waiting"]


async def test_one_that_was_erased_meanwhile_does_not_keep_the_others_from_going(world: World) -> None:
    good = await a_draft(world)
    async with visiting(world) as visit:
        await as_rep(world, visit)
        form = {"ids": ["erased-meanwhile", good.id], "csrf": visit.csrf}

        answer = await visit.post(f"/console/site/{SITE}/follow-ups/approve", data=form)

    assert answer.headers["location"].endswith("?done=1-1")
    assert (await kept(world, good)).state == "approved"


async def test_what_was_put_off_can_be_ticked_again_once_its_day_came(world: World) -> None:
    made = await a_draft(world)
    async with world.desk.writers() as session:
        await queue.snooze(session, SITE, made.id, until=NOW - timedelta(hours=1), by="rep", now=NOW)
        await session.commit()
    async with visiting(world) as visit:
        await as_rep(world, visit)

        page = shown(await visit.see("follow-ups"))

    assert page.select_one(f"input[name=ids][value='{made.id}']") is not None


async def test_an_unknown_tab_shows_what_waits(world: World) -> None:
    await a_draft(world)
    async with visiting(world) as visit:
        await as_rep(world, visit)

        page = await visit.see("follow-ups?tab=nothing-of-that-name")

    assert page.status_code == 200
    assert "Waiting" in words(shown(page), ".tabs [aria-current]")


async def test_a_reply_that_a_rep_marks_ends_what_follows(world: World) -> None:
    made = await a_draft(world)
    async with world.desk.writers() as session:
        await queue.mark(session, made, "sent", now=NOW)
        await session.commit()
    async with visiting(world) as visit:
        await as_rep(world, visit)

        answered = await visit.press(f"follow-ups/{made.id}/replied")

    assert "they replied" in answered.text
    assert "They replied</button>" not in answered.text
    assert ("rep", "follow_up_replied") in await acts(world)
