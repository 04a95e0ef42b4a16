"""What a score learns from: conversations as they were before their outcome, and those that fell silent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from click.testing import CliRunner
from pydantic import TypeAdapter
from sqlalchemy import update

from evals.suites.lead_process import leads
from intents.score import Signal
from intents.scoring.values import ScoreRules
from intents.scoring.versions import ScoreModels
from server.cli import main
from server.desk import Desk
from server.dialogue.decide import score_of
from server.dialogue.values import State
from server.settings import Settings, load_settings
from server.store import outcomes
from server.store.conversations import load_talk, save_talk
from server.store.engine import open_engine, open_sessions
from server.store.leads import Settled, settled
from server.store.tables import Conversation, Outcome
from server.wiring import playbooks_of, score_folder, upgrade_database
from tests.support.console_seed import a_conversation
from tests.support.console_world import NOW, SITE, World, build

MONTH = timedelta(days=30)
ASKED = Signal("intent", "pricing", message_id="m-00000001")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path, accounts=False)
    yield world
    await world.close()


async def _lead(world: World, *signals: Signal, quiet_for: timedelta = timedelta(0), **changes: Any) -> str:
    conversation = await a_conversation(world, 1)
    async with world.desk.writers() as session:
        talk = await load_talk(session, world.desk.vault, SITE, conversation)
        await save_talk(session, talk, state=replace(talk.state, signals=signals), entries=[], now=NOW)
        values = {"updated_at": NOW - quiet_for, **changes}
        await session.execute(update(Conversation).where(Conversation.id == conversation).values(**values))
        await session.commit()
    return conversation


async def _mark(world: World, conversation: str, kind: str, ago: timedelta = timedelta(0)) -> None:
    async with world.desk.writers() as session:
        await outcomes.mark(session, SITE, conversation, kind, by="rep", now=NOW, at=NOW - ago)
        await session.commit()


async def _settled(world: World, *open_ones: str) -> Settled:
    async with world.desk.readers() as session:
        return await settled(session, SITE, ScoreRules(), now=NOW, after=MONTH, open_ones=open_ones)


async def test_the_last_word_on_a_lead_is_won_or_lost(world: World) -> None:
    won, lost, missed = [await _lead(world, ASKED) for _ in range(3)]
    for conversation, kinds in (
        (won, ("meeting_missed", "won")),
        (lost, ("meeting_held", "trial_activated", "lost")),
        (missed, ("meeting_missed",)),
    ):
        for kind in kinds:
            await _mark(world, conversation, kind)

    found = await _settled(world)

    assert [lead.came for lead in found.leads] == [True, False, False]
    assert (found.marked, found.silent) == (3, 0)


async def test_a_wish_that_fell_silent_came_to_nothing_unless_something_is_still_open(world: World) -> None:
    long = timedelta(days=40)
    await _lead(world, ASKED, quiet_for=long)
    waiting = await _lead(world, ASKED, quiet_for=long)
    await _lead(world, ASKED, quiet_for=timedelta(days=5))
    await _lead(world, Signal("intent", "thanks", message_id="m-00000001"), quiet_for=long)
    await _lead(world, ASKED, quiet_for=long, mode="help")

    found = await _settled(world, waiting)

    assert (len(found.leads), found.marked, found.silent) == (1, 0, 1)
    assert not found.leads[0].came


async def test_what_was_said_after_the_outcome_does_not_count(world: World) -> None:
    later = Signal("intent", "buy_or_add_seats", message_id="m-00000001-b")
    before, after = await _lead(world, ASKED, later), await _lead(world, ASKED, later)
    await _mark(world, before, "won", ago=timedelta(days=1))
    await _mark(world, after, "won")

    found = await _settled(world)

    names = [[each.name for each in lead.signals if each.kind == "intent"] for lead in found.leads]
    assert names == [[], ["pricing", "buy_or_add_seats"]]


async def test_pages_count_only_with_consent_to_them(world: World) -> None:
    for consent in ("necessary", "conversation"):
        await _mark(world, await _lead(world, ASKED, consent=consent), "won")

    pages = [
        [each.name for each in lead.signals if each.kind == "page"] for lead in (await _settled(world)).leads
    ]

    assert pages == [[], ["/", "/pricing", "/docs/single-sign-on", "/pricing"]]


async def test_the_error_can_be_told_by_stage_page_size_and_language(world: World) -> None:
    sized = Signal("fact", "team_size", 60, "m-00000001", text="60 of us")
    await _mark(world, await _lead(world, ASKED, sized), "won")

    (lead,) = (await _settled(world)).leads

    assert lead.segments == {
        "stage": "evaluation", "source_page": "/", "team_size": "50 to 199", "language": "en",
    }  # fmt: skip


def test_the_command_says_how_many_outcomes_are_missing(tmp_path: Path) -> None:
    upgrade_database(load_settings({"data_dir": tmp_path}))

    told = CliRunner().invoke(main, ["train", "score", "--data-dir", str(tmp_path)])

    assert told.exit_code == 1
    assert "a score needs 60 settled leads with 15 of either outcome; there are 0" in told.output


async def test_the_command_learns_from_outcomes_and_what_it_learned_serves(tmp_path: Path) -> None:
    settings = load_settings({"data_dir": tmp_path})
    upgrade_database(settings)
    await _a_market(settings)

    told = await asyncio.to_thread(
        CliRunner().invoke, main, ["train", "score", "--force", "--json", "--data-dir", str(tmp_path)]
    )
    value = json.loads(told.stdout)
    books = playbooks_of(settings.model_copy(update={"demo": True}))
    desk = cast("Desk", SimpleNamespace(playbooks=books, score_models=ScoreModels(score_folder(settings))))
    policy = Desk.policy(desk, "demo", "de")
    found = score_of(policy, State(signals=(ASKED,)), "necessary")

    assert told.exit_code == 0
    assert (value["switched"], value["metrics"]["marked"], value["metrics"]["silent"]) == (True, 150, 0)
    assert found.version == value["version"]
    assert found.total == value["metrics"]["points"].get("asked_price", 0)
    assert found.chance is not None


async def _a_market(settings: Settings) -> None:
    """Conversations of the made-up market, each with its outcome."""
    engine = open_engine(settings.database)
    now = datetime.now(UTC)
    async with open_sessions(engine)() as session:
        for number, made in enumerate(leads(150, 4)):
            told = tuple(each for each in made.lead.signals if each.kind != "page")
            state = TypeAdapter(State).dump_python(State(signals=told), mode="json")
            session.add(
                Conversation(
                    id=f"c-{number}", site=SITE, visitor=f"v-{number}", mode="chat", consent="conversation",
                    locale="en", time_zone="UTC", head=1, version=1, state=state, created_at=now, updated_at=now,
                )
            )  # fmt: skip
            kind = "won" if made.lead.came else "lost"
            session.add(
                Outcome(id=f"o-{number}", site=SITE, conversation=f"c-{number}", kind=kind, by="rep", at=now)
            )
        await session.commit()
    await engine.dispose()


def test_the_command_goes_back_to_the_rules(tmp_path: Path) -> None:
    told = CliRunner().invoke(
        main, ["train", "score", "--rules-alone", "--json", "--data-dir", str(tmp_path)]
    )

    assert json.loads(told.output) == {"site": "demo", "served": False}
