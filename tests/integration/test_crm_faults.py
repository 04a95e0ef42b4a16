"""Many conversations, several workers, a CRM that fails before and after the effect: one effect each, in order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from crm_sync import ProviderBusy, Target
from crm_sync.delivering.states import LEASE
from crm_sync.providers.builtin import BuiltinCrm
from crm_sync.values import Difference, Effect, Order, UndoResult
from tests.support.crm import DATABASES, NOW, SITE, Room, a_note, a_proposal, a_room_on, learned

TALKS, UPDATES, WORKERS = 12, 4, 3


class WorkerDied(Exception):  # an event, not an error of ours
    """The process ended here."""


@dataclass
class Unreliable:
    """The built-in CRM behind a bad line: a fifth of the calls fail, half of those after the effect."""

    crm: BuiltinCrm
    chance: random.Random
    name: str = "unreliable"

    async def apply(self, order: Order, key: str) -> Effect:
        fate = self.chance.random()
        if fate < 0.08:
            raise ProviderBusy("503")
        effect = await self.crm.apply(order, key)
        if fate < 0.16:
            raise ProviderBusy("timeout after the effect")
        if fate < 0.24:
            raise WorkerDied
        return effect

    async def undo(
        self, site: str, effect: Effect, key: str, *, seen: tuple[Difference, ...] | None = None
    ) -> UndoResult:
        return await self.crm.undo(site, effect, key)


@pytest.fixture(params=DATABASES)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with a_room_on(request.param, tmp_path) as made:
        yield made


async def test_every_update_has_one_effect_in_order_whatever_fails(room: Room) -> None:
    ledger = room.ledger_with(Unreliable(room.crm, random.Random(7)))
    for n in range(UPDATES):
        for talk in range(TALKS):
            await room.propose(
                a_proposal(
                    learned("deal.seats", n + 1),
                    conversation=f"talk-{talk}",
                    target=Target("conversation", f"talk-{talk}"),
                    activity=a_note(subject=str(n), at=NOW + timedelta(minutes=n)),
                )
            )

    async def work() -> None:
        for update_id in await ledger.due(room.now, TALKS):
            with suppress(WorkerDied):
                await ledger.deliver(update_id, now=room.now)

    for _ in range(200):
        await asyncio.gather(*(work() for _ in range(WORKERS)))
        room.now += LEASE
        if await ledger.counts(SITE) == {"delivered": TALKS * UPDATES}:
            break

    assert await ledger.counts(SITE) == {"delivered": TALKS * UPDATES}
    records = await room.crm.contacts(SITE, limit=100)
    assert len(records) == TALKS
    for record in records:
        assert [view.fields["subject"] for view in reversed(record.activities)] == ["0", "1", "2", "3"]
        ids = [view.id for view in reversed(record.activities)]
        assert ids == sorted(ids), "written in the order they were proposed"
        assert [view.fields["seats"] for view in record.deals] == [UPDATES]
    assert (await ledger.verify_audit(SITE)).intact


async def test_two_conversations_with_one_address_meet_in_one_contact(room: Room) -> None:
    made = []
    for talk in ("talk-1", "talk-2"):
        room.vault.values[talk, "[email_1]"] = "ada@example.com"
        proposal = a_proposal(
            learned("contact.email", "[email_1]"), conversation=talk, target=Target("email", "[email_1]")
        )
        made.append(await room.propose(proposal))

    await asyncio.gather(*(room.deliver(update) for update in made))
    room.now += timedelta(minutes=1)
    statuses = [await room.deliver(update) for update in made]

    records = await room.crm.contacts(SITE, limit=10)
    assert statuses == ["delivered", "delivered"]
    assert [record.contact.fields["email"] for record in records] == ["ada@example.com"]
    assert (await room.ledger.record(SITE, "talk-2")) is not None
