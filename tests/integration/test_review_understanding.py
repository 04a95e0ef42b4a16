"""Messages to review in the console: labelled, dismissed, taken back, exported, and corrected where they were said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import select

from intents.own_catalogue import extended_catalogue
from server.store.conversations import set_consent
from server.store.tables import Deed, Doubt
from tests.support.console_seed import a_conversation
from tests.support.console_visit import pick, shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build
from tests.support.understanding import doubt

GUESSES = {"pricing": 0.45, "plan_limits": 0.4, "start_trial": 0.05}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def file(
    world: World, *texts: str, site: str = SITE, label: str | None = None, by: str | None = None
) -> list[str]:
    conversation = await a_conversation(world, site=site)
    async with world.desk.writers() as session:
        ids = [
            await doubt(session, site, conversation, text, GUESSES, NOW, minutes=at, label=label, by=by,
                        why="chosen" if label else "unsure")
            for at, text in enumerate(texts)
        ]  # fmt: skip
        await session.commit()
    return ids


async def doubts(world: World) -> list[Doubt]:
    async with world.desk.readers() as session:
        return list(await session.scalars(select(Doubt).order_by(Doubt.at.desc(), Doubt.id)))


async def test_the_list_shows_each_message_once_with_its_guesses_why_and_where_it_was_said(
    world: World,
) -> None:
    await file(world, "whats the damage", "What's the damage?", "so what about the vans")
    async with visiting(world, "manager") as visit:
        page = shown(await visit.see("understanding"))

    rows = page.select(".doubt")
    assert [row.select_one(".doubt-said").get_text() for row in rows] == [  # type: ignore[union-attr]
        "whats the damage", "so what about the vans",
    ]  # fmt: skip
    assert "and 1 like it" in words(page, ".doubt")
    assert "close call en" in words(page, ".doubt")
    picks = [" ".join(button.get_text(" ").split()) for button in rows[0].select("[data-pick]")]
    assert picks == [
        "1 Pricing 45 %",
        "2 Plan limits 40 %",
        "3 Start trial 5 %",
        "0 None of these",
        "Dismiss d",
    ]
    assert str(pick(page, "[data-open]")["href"]).startswith(
        f"/console/site/{SITE}/conversations/{world.conversations[0]}#"
    )


async def test_one_action_makes_candidates_of_all_that_are_alike_and_another_takes_it_back(
    world: World,
) -> None:
    ids = await file(world, "whats the damage", "What's the damage?")
    async with visiting(world, "manager") as visit:
        done = await visit.press("understanding/settle", ids=",".join(ids), label="pricing")
        assert "Pricing" in done.text
        assert "2 messages" in done.text
        assert {(row.status, row.label, row.by) for row in await doubts(world)} == {
            ("candidate", "pricing", "manager")
        }

        again = await visit.press("understanding/reopen", ids=",".join(ids))
        assert "data-pick" in again.text
        assert {(row.status, row.label, row.by) for row in await doubts(world)} == {("waiting", None, None)}

        await visit.press("understanding/settle", ids=ids[0], do="dismiss")
        await visit.press("understanding/settle", ids=ids[1], label="none_of_these")
    assert [(row.status, row.label) for row in await doubts(world)] == [
        ("dismissed", None), ("candidate", "none_of_these"),
    ]  # fmt: skip


async def test_a_group_of_hundreds_is_settled_whole_and_more_than_can_wait_is_refused(world: World) -> None:
    ids = await file(world, *["whats the damage"] * 230)
    async with visiting(world, "manager") as visit:
        done = await visit.press("understanding/settle", ids=",".join(ids), label="pricing")
        refused = await visit.press("understanding/settle", ids=",".join(ids * 3), do="dismiss")

    assert "230 messages" in done.text
    assert refused.status_code == 400
    assert [row.status for row in await doubts(world)] == ["candidate"] * 230


async def test_what_the_visitor_chose_comes_first_and_says_so(world: World) -> None:
    await file(world, "the thing for the vans", label="start_trial", by="visitor")
    async with visiting(world, "manager") as visit:
        page = shown(await visit.see("understanding"))

    assert words(page, "[data-pick='1']") == "1 Start trial visitor"
    assert "visitor chose" in words(page, ".doubt")


async def test_an_intent_that_is_none_and_a_message_of_another_site_are_refused(world: World) -> None:
    [mine] = await file(world, "whats the damage")
    [theirs] = await file(world, "whats the damage", site="other")
    async with visiting(world, "manager") as visit:
        unknown = await visit.press("understanding/settle", ids=mine, label="priceing")
        foreign = await visit.press("understanding/settle", ids=theirs, label="pricing")

    assert (unknown.status_code, foreign.status_code) == (400, 404)
    assert "'priceing'" in unknown.text
    assert {row.status for row in await doubts(world)} == {"waiting"}


async def test_a_viewer_sees_the_list_and_can_not_answer(world: World) -> None:
    await file(world, "whats the damage")
    async with visiting(world, "viewer") as visit:
        page = shown(await visit.see("understanding"))

    assert "Pricing 45 %" in words(page, ".doubt-means")
    assert not page.select(".doubt button")
    assert "Training" not in words(page, "main .tabs")


async def test_a_candidate_is_edited_redacted_moved_and_removed(world: World) -> None:
    ids = await file(world, "whats the damage for Ada at Fernway", "second")
    async with visiting(world, "manager") as visit:
        await visit.press("understanding/settle", ids=",".join(ids), label="pricing")
        page = shown(await visit.see("understanding/candidates"))
        assert len(page.select(".candidate")) == 2

        await visit.press(
            f"understanding/candidates/{ids[0]}",
            text="whats  the damage, ada@example.com",
            label="plan_limits",
            do="dismiss",
        )
        await visit.press(f"understanding/candidates/{ids[1]}/remove")
        empty = await visit.press(f"understanding/candidates/{ids[0]}", text=" ", label="pricing")

    first, second = await doubts(world)
    assert (first.text, first.label) == ("whats the damage, [email_1]", "plan_limits")
    assert second.status == "dismissed"
    assert empty.status_code == 400


async def test_of_many_candidates_the_last_ones_are_shown_and_all_are_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.review.doubts_page.MOST_SHOWN", 2)
    ids = await file(world, "whats the damage", "second", "third")
    async with visiting(world, "manager") as visit:
        await visit.press("understanding/settle", ids=",".join(ids), label="pricing")
        page = shown(await visit.see("understanding/candidates"))

    assert len(page.select(".candidate")) == 2
    assert "3 examples join the next training" in words(page, ".bar-of-filters")
    assert "the last 2 are shown" in words(page, ".bar-of-filters")


async def test_the_export_is_a_file_of_an_operators_catalogue(world: World, tmp_path: Path) -> None:
    ids = await file(world, "whats the damage: ten vans", "is it raining on the vans")
    async with visiting(world, "manager") as visit:
        await visit.press("understanding/settle", ids=ids[0], label="pricing")
        await visit.press("understanding/settle", ids=ids[1], label="none_of_these")
        answer = await visit.see("understanding/candidates/export")

    assert yaml.safe_load(answer.text) == {
        "version": 1,
        "intents": [{"name": "pricing", "examples": ["whats the damage: ten vans"]}],
        "out_of_scope": ["is it raining on the vans"],
    }
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "reviewed.yaml").write_text(answer.text, encoding="utf-8")
    extended = extended_catalogue(tmp_path / "catalog")
    assert "whats the damage: ten vans" in extended.catalogue.intents["pricing"].examples


@pytest.mark.parametrize(("login", "status"), [("rep", "waiting"), ("manager", "candidate")])
async def test_a_colleague_corrects_a_reading_where_it_was_said(
    world: World, login: str, status: str
) -> None:
    conversation = await a_conversation(world)
    async with visiting(world, login) as visit:
        page = shown(await visit.see(f"conversations/{conversation}"))
        assert words(page, ".reading summary") == "Plan limits"

        answer = await visit.press(
            f"conversations/{conversation}/correct", message="m-00000000", label="security_compliance"
        )
        assert "Security compliance" in answer.text
        page = shown(await visit.see(f"conversations/{conversation}"))
        assert words(page, ".reading summary ins") == "Security compliance"

    [row] = await doubts(world)
    assert (row.why, row.label, row.by, row.status) == ("corrected", "security_compliance", login, status)
    assert row.text.startswith("We are about forty")
    async with world.desk.readers() as session:
        [deed] = list(await session.scalars(select(Deed).where(Deed.act == "intent_corrected")))
    assert deed.by == login


async def test_a_correction_of_a_visitor_who_allows_the_necessary_only_is_refused_in_words(
    world: World,
) -> None:
    conversation = await a_conversation(world)
    async with world.desk.writers() as session:
        await set_consent(session, SITE, conversation, "necessary")
        await session.commit()
    async with visiting(world, "manager") as visit:
        answer = await visit.press(
            f"conversations/{conversation}/correct", message="m-00000000", label="pricing"
        )

    assert answer.status_code == 409
    assert "necessary" in answer.text
    assert await doubts(world) == []
