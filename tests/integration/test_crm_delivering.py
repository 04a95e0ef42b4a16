"""How updates leave: one effect however often it is tried, in order, put off, given up, never with what is sealed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from crm_sync import ProviderBusy, ProviderRefused
from crm_sync.delivering.states import LEASE, MAX_ATTEMPTS
from crm_sync.delivering.tables import ProviderStateRow
from crm_sync.tables import ActivityRow, AuditRow, ContactRow, UpdateRow
from crm_sync.values import Difference, Effect, Order, UndoResult
from tests.support.crm import (
    DATABASES,
    SEALS,
    SITE,
    TALK,
    Room,
    a_note,
    a_proposal,
    a_room,
    a_room_on,
    learned,
    sqlite_url,
)


@pytest.fixture(params=DATABASES)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with a_room_on(request.param, tmp_path, seals=SEALS) as made:
        yield made


@dataclass
class Flaky:
    """A CRM that fails as told before it works; `effects` counts what it really did."""

    name: str = "flaky"
    failures: list[Exception] = field(default_factory=list)
    applied: dict[str, Order] = field(default_factory=dict)
    calls: int = 0

    async def apply(self, order: Order, key: str) -> Effect:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        self.applied.setdefault(key, order)
        return Effect(reference=key[:8])

    async def undo(
        self, site: str, effect: Effect, key: str, *, seen: tuple[Difference, ...] | None = None
    ) -> UndoResult:
        return UndoResult("undone")


@pytest.fixture
async def flaky(tmp_path: Path) -> AsyncIterator[tuple[Room, Flaky]]:
    crm = Flaky()
    async with a_room(sqlite_url(tmp_path), provider=crm, seals=SEALS) as made:
        yield made, crm


async def test_delivering_twice_at_once_has_one_effect(room: Room) -> None:
    update = await room.propose(a_proposal(learned("company.team_size", 40), activity=a_note()))

    statuses = await asyncio.gather(*(room.deliver(update) for _ in range(6)))
    again = await room.deliver(update)

    assert set(statuses) <= {"delivered", "delivering"}
    assert again == "delivered"
    async with room.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(ActivityRow)) == 1
        assert await session.scalar(select(func.count()).select_from(ContactRow)) == 1


async def test_a_crash_between_effect_and_settling_writes_nothing_twice(room: Room) -> None:
    update = await room.write(learned("company.team_size", 40), activity=a_note())
    async with room.sessions() as session:
        await session.execute(
            update_row(update.id).values(status="delivering", effect=None, next_attempt_at=room.now + LEASE)
        )
        await session.commit()

    before_lease_ends = await room.deliver(update)
    room.now += LEASE
    due = await room.ledger.due(room.now)
    after = await room.deliver(update)

    settled = await room.ledger.update(SITE, update.id)
    record = await room.ledger.record(SITE, TALK)
    assert (before_lease_ends, due, after) == ("delivering", [update.id], "delivered")
    assert settled.effect == update.effect
    assert record is not None
    assert len(record.activities) == 1


def update_row(update_id: str) -> Any:
    return update(UpdateRow).where(UpdateRow.id == update_id)


async def test_an_update_waits_behind_an_older_one_of_the_same_contact(room: Room) -> None:
    older = await room.propose(a_proposal(learned("deal.seats", 10)))
    newer = await room.propose(a_proposal(learned("deal.seats", 20)))
    other = await room.propose(a_proposal(learned("deal.seats", 5), conversation="talk-2"))

    too_early = await room.deliver(newer)
    due = await room.ledger.due(room.now)
    first = await room.ledger.attempt(older.id, now=room.now)
    in_turn = await room.deliver(newer)

    assert (too_early, in_turn) == ("pending", "delivered")
    assert due == [older.id, other.id]
    assert (first.status, first.follower) == ("delivered", newer.id)
    assert (await room.fields())["deal.seats"] == 20


async def test_a_busy_crm_is_tried_again_when_it_asked_for(flaky: tuple[Room, Flaky]) -> None:
    room, crm = flaky
    crm.failures = [ProviderBusy("429 slow down", retry_after_s=90)]
    update = await room.propose(a_proposal(learned("deal.seats", 10)))

    first = await room.deliver(update)
    too_early = await room.ledger.deliver(update.id, now=room.now + timedelta(seconds=89))
    again = await room.ledger.deliver(update.id, now=room.now + timedelta(seconds=91))

    assert (first, too_early, again) == ("retrying", "retrying", "delivered")
    assert crm.calls == 2


async def test_a_crm_that_stays_away_ends_in_review_and_can_be_replayed(flaky: tuple[Room, Flaky]) -> None:
    room, crm = flaky
    crm.failures = [ProviderBusy("503") for _ in range(MAX_ATTEMPTS)]
    update = await room.propose(a_proposal(learned("deal.seats", 10)))

    statuses = []
    for _ in range(MAX_ATTEMPTS):
        statuses.append(await room.deliver(update))
        room.now += timedelta(hours=2)
    await room.ledger.approve(SITE, update.id, by="rep", now=room.now)
    replayed = await room.deliver(update)

    assert statuses == ["retrying"] * (MAX_ATTEMPTS - 1) + ["needs_review"]
    assert replayed == "delivered"
    assert len(crm.applied) == 1


async def test_a_refusal_waits_for_a_person_with_the_words_of_the_crm(flaky: tuple[Room, Flaky]) -> None:
    room, crm = flaky
    crm.failures = [ProviderRefused("field 'seats' is read-only")]
    update = await room.propose(a_proposal(learned("deal.seats", 10)))
    newer = await room.propose(a_proposal(learned("deal.plan", "Team")))

    status = await room.deliver(update)

    assert status == "needs_review"
    assert "field 'seats' is read-only" in ((await room.ledger.update(SITE, update.id)).last_error or "")
    assert await room.deliver(newer) == "delivered"


async def test_the_words_of_the_crm_are_kept_without_the_details_that_they_repeat(
    flaky: tuple[Room, Flaky],
) -> None:
    room, crm = flaky
    real = SEALS["[email_1]"]
    crm.failures = [
        ProviderBusy(f"503 for {real}"),
        ProviderRefused(
            f'INVALID_EMAIL "{real.upper()}" (?q={real.replace("@", "%40")}), like bo@else.example'
        ),
    ]
    update = await room.propose(a_proposal(learned("contact.email", "[email_1]")))

    first = await room.deliver(update)
    later = (await room.ledger.update(SITE, update.id)).last_error or ""
    room.now += timedelta(hours=2)
    last = await room.deliver(update)

    assert (first, last) == ("retrying", "needs_review")
    assert later.endswith("503 for [email_1]")
    said = (await room.ledger.update(SITE, update.id)).last_error or ""
    assert said.endswith('INVALID_EMAIL "[email_1]" (?q=[email_1]), like [an address]')
    async with room.sessions() as session:
        trail = " ".join(await session.scalars(select(AuditRow.detail)))
        gate = await session.scalar(select(ProviderStateRow.words))
    assert "@" not in trail + str(gate)
    assert "%40" not in trail


async def test_a_worker_that_dies_every_time_is_stopped(flaky: tuple[Room, Flaky]) -> None:
    room, crm = flaky
    crm.failures = [RuntimeError("killed") for _ in range(MAX_ATTEMPTS)]
    update = await room.propose(a_proposal(learned("deal.seats", 10)))

    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(RuntimeError):
            await room.deliver(update)
        room.now += LEASE
    status = await room.deliver(update)

    assert status == "needs_review"
    assert crm.applied == {}


async def test_a_detail_that_left_the_vault_is_not_sent(room: Room) -> None:
    update = await room.propose(a_proposal(learned("contact.phone", "[phone_9]")))

    status = await room.deliver(update)

    assert status == "needs_review"
    assert "[phone_9]" in ((await room.ledger.update(SITE, update.id)).last_error or "")
    assert await room.ledger.records(SITE) == []


async def test_an_address_that_is_none_is_not_sent_and_not_repeated_in_the_error(room: Room) -> None:
    room.vault.values[TALK, "[email_2]"] = "not an address"
    update = await room.propose(a_proposal(learned("contact.email", "[email_2]")))

    status = await room.deliver(update)

    error = (await room.ledger.update(SITE, update.id)).last_error or ""
    assert status == "needs_review"
    assert "/contact/email" in error
    assert "not an address" not in error
