"""The console tells why a score is what it is, and reps say what became of the lead."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from intents.score import ScoreModel, ScoreRules, Signal
from server.dialogue.policy import Policy
from server.dialogue.values import State
from server.store import outcomes
from server.store.conversations import load_talk, save_talk
from server.store.deeds import deeds
from server.store.tables import Conversation
from tests.support.console_bookings import bookings
from tests.support.console_seed import a_conversation
from tests.support.console_visit import attribute, shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build
from tests.support.dialogue import POLICY

MESSAGE = "m-00000000"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    built = await build(tmp_path)
    world = replace(built, desk=replace(built.desk, policy=lambda _site: POLICY))
    yield world
    await world.close()


@pytest.fixture
async def talk(world: World) -> str:
    conversation = await a_conversation(world)
    signals = (
        Signal("intent", "pricing", message_id=MESSAGE),
        Signal("fact", "team_size", 40, MESSAGE, text="about forty", confidence=0.7),
    )
    await _become(world, conversation, signals)
    return conversation


async def _become(world: World, conversation: str, signals: tuple[Signal, ...]) -> None:
    async with world.desk.writers() as session:
        loaded = await load_talk(session, world.desk.vault, SITE, conversation)
        state: State = replace(loaded.state, signals=signals)
        await save_talk(session, loaded, state=state, entries=[], now=NOW)
        await session.commit()


async def test_points_for_what_an_earlier_conversation_told_say_so(world: World) -> None:
    conversation = await a_conversation(world)
    async with world.desk.writers() as session:
        row = await session.get_one(Conversation, conversation)
        kept = {"name": "team_size", "value": 40, "how": "remembered", "confidence": 1.0, "evidence": None}
        row.state = {**row.state, "facts": [kept], "signals": []}
        row.consent = "remembered"
        await session.commit()
    async with visiting(world, "viewer") as visit:
        page = shown(await visit.see(f"conversations/{conversation}"))

    why = words(page, ".why")
    assert "+20 40 told in an earlier conversation" in why
    assert why.count("told in an earlier conversation") == 1


async def test_each_point_leads_to_the_message_or_page_that_earned_it(world: World, talk: str) -> None:
    async with visiting(world, "viewer") as visit:
        page = shown(await visit.see(f"conversations/{talk}"))

    why = words(page, ".why")
    assert why.startswith("Why this score 15 of at most 35 fit 0, intent 15")
    assert "+10 price Tuesday, 10:27 asked_price" in why
    assert "+5 visited page /pricing" in why
    assert attribute(page, ".why li a", "href") == f"#message-{MESSAGE}"
    assert page.select_one(f"#message-{MESSAGE}") is not None
    assert "Stage evaluation Asked about prices" in why


async def test_a_fact_that_waits_says_from_which_words_and_what_it_would_bring(
    world: World, talk: str
) -> None:
    async with visiting(world, "viewer") as visit:
        why = words(shown(await visit.see(f"conversations/{talk}")), ".why")

    assert "+20 Team size 40, from about forty" in why
    assert "sure to 0.70, counts from 0.80" in why


async def test_with_a_trained_model_the_chance_stands_beside_the_sum(world: World, talk: str) -> None:
    model = _model(POLICY.score)
    trained = replace(world.desk, policy=lambda _site: Policy(score=POLICY.score, score_model=model))
    async with visiting(replace(world, desk=trained), "viewer") as visit:
        why = words(shown(await visit.see(f"conversations/{talk}")), ".why")

    assert why.startswith("Why this score 7 fit 0, intent 7 · points learned from outcomes")
    assert "Of 100 such leads about 27 come to a meeting, a trial or a purchase." in why
    assert "Model v-1" in why


async def test_a_rep_marks_what_became_of_a_lead_and_takes_it_back(world: World, talk: str) -> None:
    async with visiting(world, "rep") as visit:
        await visit.press(f"conversations/{talk}/outcomes/won")
        marked = shown(await visit.see(f"conversations/{talk}"))
        await visit.press(f"conversations/{talk}/outcomes/lost")
        turned = await _kinds(world, talk)
        await visit.press(f"conversations/{talk}/outcomes/lost/undo")
    async with world.desk.readers() as session:
        acts = [deed.act for deed in await deeds(session, SITE) if deed.act != "signed_in"]

    assert words(marked, ".outcomes .links").startswith("Won now , by rep Take back")
    assert turned == ["lost"]
    assert await _kinds(world, talk) == []
    assert acts == ["outcome_withdrawn", "outcome_marked", "outcome_marked"]


async def test_how_a_meeting_went_is_asked_once_it_is_over(world: World) -> None:
    for number in range(20):
        await a_conversation(world, number)
    await bookings(world)
    async with visiting(world, "rep") as visit:
        meetings = shown(await visit.see("meetings"))
        path = attribute(meetings, "td.marks form", "action").partition(f"/site/{SITE}/")[2]
        conversation = attribute(meetings, "td.marks + td a", "href").rpartition("/")[2]
        beside = words(shown(await visit.see(f"conversations/{conversation}")), ".outcomes .marks")
        answer = await visit.press(path, kind="meeting_held")
        marked = words(shown(await visit.see("meetings")), "td.marks")

    assert beside.startswith("Came to the meeting Missed the meeting")
    assert answer.status_code == 303
    assert await _kinds(world, conversation) == ["meeting_held"]
    assert marked == "Came to the meeting Take back"


async def test_without_a_meeting_or_trial_only_won_and_lost_can_be_said(world: World, talk: str) -> None:
    async with visiting(world, "rep") as visit:
        offered = words(shown(await visit.see(f"conversations/{talk}")), ".outcomes .marks")

    assert offered == "Won Lost"


async def test_a_viewer_marks_nothing(world: World, talk: str) -> None:
    async with visiting(world, "viewer") as visit:
        page = shown(await visit.see(f"conversations/{talk}"))
        refused = await visit.press(f"conversations/{talk}/outcomes/won")

    assert page.select(".outcomes form") == []
    assert refused.status_code == 403
    assert await _kinds(world, talk) == []


async def test_an_outcome_that_is_not_in_the_list_is_refused(world: World, talk: str) -> None:
    async with visiting(world, "rep") as visit:
        refused = await visit.press(f"conversations/{talk}/outcomes/ghosted")

    assert refused.status_code == 422
    assert await _kinds(world, talk) == []


async def _kinds(world: World, conversation: str) -> list[Any]:
    async with world.desk.readers() as session:
        return [row.kind for row in await outcomes.of(session, SITE, conversation)]


def _model(rules: ScoreRules) -> ScoreModel:
    then = datetime(2026, 2, 1, tzinfo=UTC)
    return ScoreModel(
        version="v-1", site=SITE, conditions=rules.conditions(), base=-1.5, points={"asked_price": 7}, leads=100,
        came=20, until=then, trained_at=then + timedelta(days=1),
    )  # fmt: skip
