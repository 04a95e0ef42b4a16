"""What is old leaves the tables by itself; what still guards something, or was promised for good, stays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync.deciding.tables import LessonRow
from server.actions.follow_ups import cadences
from server.actions.follow_ups.tables import CadenceRow
from server.actions.tables import EffectRow, MailRow, WebhookRow
from server.desk import Desk
from server.schema import upgrade
from server.store.engine import open_engine, open_sessions
from server.store.tables import Assignment, Nudge, Touch
from server.wiring.life import _forget_old

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
OLD, YOUNG = NOW - timedelta(days=401), NOW - timedelta(days=399)

Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture
async def sessions(tmp_path: Path) -> AsyncIterator[Sessions]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'ageing.db'}"
    upgrade(url)
    engine = open_engine(url)
    yield open_sessions(engine)
    await engine.dispose()


class _Library:
    async def forget_old(self, site: str, now: datetime) -> None: ...


async def forget(sessions: Sessions) -> None:
    desk = SimpleNamespace(
        playbooks=SimpleNamespace(sites=["demo"]), library=_Library(), writers=sessions, clock=lambda: NOW
    )
    await _forget_old(cast("Desk", desk))


async def left(sessions: Sessions, column: Any) -> list[str]:
    async with sessions() as session:
        return sorted(await session.scalars(select(column)))


def effect(name: str, at: datetime, status: str = "done") -> EffectRow:
    return EffectRow(
        id=name, site="demo", conversation="c", kind="letter", payload={}, key=name, status=status, attempts=1,
        next_attempt_at=at, created_at=at, updated_at=at,
    )  # fmt: skip


def cadence(name: str, at: datetime, state: str = "ended", head: int = 1) -> CadenceRow:
    return CadenceRow(
        id=name, site="demo", conversation=name, person="p", rule="r", step=0, state=state, why="", next_at=None,
        head=head, created_at=at, updated_at=at,
    )  # fmt: skip


def nudge(name: str, at: datetime, became: str = "shown") -> Nudge:
    return Nudge(
        id=name, site="demo", visitor="v", person="", conversation="c", rule="r", asked_as=name, page="/",
        checks={}, version="1", became=became, at=at, became_at=at,
    )  # fmt: skip


async def test_touches_shown_messages_and_draws_are_forgotten_but_not_who_wants_none(
    sessions: Sessions,
) -> None:
    async with sessions.begin() as session:
        for name, at in (("old", OLD), ("young", YOUNG)):
            session.add(
                Touch(
                    id=name,
                    site="demo",
                    visitor="v",
                    person="",
                    conversation="c",
                    kind="offer",
                    key="k",
                    at=at,
                )
            )
            session.add(
                Assignment(
                    site="demo", who=name, experiment="holdout", is_in=True, share=0.1, version="1", at=at
                )
            )
        session.add_all([nudge("old", OLD), nudge("refused", OLD, "off"), nudge("young", YOUNG)])

    await forget(sessions)

    assert await left(sessions, Touch.id) == ["young"]
    assert await left(sessions, Assignment.who) == ["young"]
    assert await left(sessions, Nudge.id) == ["refused", "young"]


async def test_done_effects_and_ended_cadences_are_forgotten_but_not_what_goes_on(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        session.add_all([effect("old", OLD), effect("failed", OLD, "failed"), effect("young", YOUNG)])
        session.add_all([effect("waits", OLD, "queued"), effect("mailed", OLD)])
        session.add(MailRow(id="m", site="demo", key="mailed", to="a", subject="s", text="t", sent_at=OLD))
        session.add_all([cadence("old", OLD), cadence("paused", OLD, "paused"), cadence("young", YOUNG)])
        for name, days in (("fresh", 29), ("stale", 31)):
            session.add(WebhookRow(site="demo", sender="product", id=name, at=NOW - timedelta(days=days)))

    await forget(sessions)

    assert await left(sessions, EffectRow.id) == ["mailed", "waits", "young"]
    assert await left(sessions, CadenceRow.id) == ["paused", "young"]
    assert await left(sessions, WebhookRow.id) == ["fresh"]


async def test_every_cadence_that_waits_is_reached_however_many_there_are(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        for number in range(7):
            session.add(cadence(f"c{number}", YOUNG, "paused" if number % 2 else "active"))
        session.add(cadence("over", YOUNG))
    seen: list[str] = []

    for _ in range(3):
        async with sessions() as session:
            some = await cadences.waiting(session, "demo", after=seen[-1] if seen else "", limit=3)
        seen += [each.id for each in some]

    assert seen == [f"c{number}" for number in range(7)]


async def test_a_lesson_of_long_ago_keeps_what_became_of_it_and_no_word(sessions: Sessions) -> None:
    def lesson(name: str, at: datetime) -> LessonRow:
        return LessonRow(
            id=name, site="demo", at=at, who="rep", update_id="u", conversation="c", kind="contact.qualified",
            became="rejected", field="deal.budget", how="said", confidence=0.4, proposed='"10k"', corrected=None,
            code="misread", reason="a joke", evidence='[{"quote":"ten"}]', policy_version="1",
        )  # fmt: skip

    async with sessions() as session:
        session.add_all([lesson("old", OLD), lesson("young", YOUNG)])
        await session.commit()

    await forget(sessions)

    async with sessions() as session:
        old, young = await session.scalars(select(LessonRow).order_by(LessonRow.id))
    assert (old.proposed, old.reason, old.evidence, old.became, old.code) == (
        None,
        "",
        "[]",
        "rejected",
        "misread",
    )
    assert (young.proposed, young.reason) == ('"10k"', "a joke")
