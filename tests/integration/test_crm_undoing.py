"""Taking back what was written, and the audit trail that remembers everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from crm_sync import MoveRefused
from crm_sync.documents.canonical import canonical
from crm_sync.errors import DifferencesUnseen
from crm_sync.tables import AuditRow
from tests.support.crm import (
    DATABASES,
    SEALS,
    SITE,
    TALK,
    Room,
    a_note,
    a_proposal,
    a_room_on,
    learned,
)


@pytest.fixture(params=DATABASES)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with a_room_on(request.param, tmp_path, seals=SEALS) as made:
        yield made


async def test_undo_restores_what_was_there_before(room: Room) -> None:
    await room.write(learned("deal.seats", 10))
    before = await room.fields()
    update = await room.write(
        learned("deal.seats", 20),
        learned("deal.custom.region", "north"),
        activity=a_note(subject="More seats"),
    )

    result = await room.ledger.undo(SITE, update.id, by="rep", now=room.now)

    record = await room.ledger.record(SITE, TALK)
    assert result.outcome == "undone"
    assert await room.fields() == before
    assert record is not None
    assert record.activities == ()
    assert (await room.ledger.update(SITE, update.id)).status == "undone"


async def test_undo_of_the_first_update_leaves_an_empty_crm(room: Room) -> None:
    update = await room.write(
        learned("contact.email", "[email_1]"), learned("deal.seats", 20), activity=a_note()
    )

    await room.ledger.undo(SITE, update.id, by="rep", now=room.now)

    assert await room.ledger.records(SITE) == []
    assert await room.ledger.record(SITE, TALK) is None


async def test_undo_after_a_human_edit_shows_the_difference_and_writes_nothing(room: Room) -> None:
    update = await room.write(learned("deal.seats", 20), learned("deal.plan", "Team"))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    await room.crm.edit(SITE, "deal", record.deals[0].id, {"seats": 30}, by="rep")

    result = await room.ledger.undo(SITE, update.id, by="manager", now=room.now)

    assert result.outcome == "changed_since"
    assert [(item.field, item.wrote, item.found, item.before) for item in result.differences] == [
        ("seats", 20, 30, None)
    ]
    assert await room.fields() == {"deal.seats": 30, "deal.plan": "Team"}
    assert (await room.ledger.update(SITE, update.id)).status == "delivered"


async def test_undo_over_what_was_seen_needs_that_it_was_seen(room: Room) -> None:
    update = await room.write(learned("deal.seats", 20), learned("deal.plan", "Team"))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    await room.crm.edit(SITE, "deal", record.deals[0].id, {"seats": 30}, by="rep")
    shown = await room.ledger.undo(SITE, update.id, by="manager", now=room.now)

    with pytest.raises(DifferencesUnseen):
        await room.ledger.undo(SITE, update.id, by="manager", now=room.now, force=True)
    assert (await room.fields())["deal.seats"] == 30

    await room.crm.edit(SITE, "deal", record.deals[0].id, {"seats": 31}, by="rep")
    again = await room.ledger.undo(SITE, update.id, by="manager", now=room.now, force=True, seen=shown.token)
    assert [item.found for item in again.differences] == [31]
    assert (await room.fields())["deal.seats"] == 31

    done = await room.ledger.undo(SITE, update.id, by="manager", now=room.now, force=True, seen=again.token)
    trail = [entry async for entry in room.ledger.audit_entries(SITE, update_id=update.id)]
    assert done.outcome == "undone"
    assert await room.fields() == {}
    assert (trail[-1]["who"], trail[-1]["act"]) == ("manager", "undone")
    assert trail[-1]["detail"]["more"] == {"over": ["deal.seats"]}


async def test_an_address_that_is_somebody_elses_by_now_is_not_given_back(room: Room) -> None:
    room.vault.values[TALK, "[email_2]"] = "ben@example.com"
    room.vault.values["talk-2", "[email_1]"] = "ada@example.com"
    await room.write(learned("contact.email", "[email_1]"))
    update = await room.write(learned("contact.email", "[email_2]"), learned("deal.seats", 20))
    await room.write(learned("contact.email", "[email_1]"), conversation="talk-2", contact="talk-2")

    shown = await room.ledger.undo(SITE, update.id, by="rep", now=room.now)
    done = await room.ledger.undo(SITE, update.id, by="rep", now=room.now, force=True, seen=shown.token)

    assert (shown.outcome, done.outcome) == ("changed_since", "undone")
    assert await room.fields() == {"contact.email": "ben@example.com", "company.domain": "example.com"}


async def test_undoing_twice_is_undoing_once(room: Room) -> None:
    update = await room.write(learned("deal.seats", 20))

    results = await asyncio.gather(
        *(room.ledger.undo(SITE, update.id, by="rep", now=room.now) for _ in range(2))
    )

    assert {result.outcome for result in results} == {"undone"}
    trail = [entry async for entry in room.ledger.audit_entries(SITE, update_id=update.id)]
    assert [entry["act"] for entry in trail] == ["pending", "delivered", "undone"]


async def test_what_was_not_delivered_can_not_be_undone(room: Room) -> None:
    update = await room.propose(a_proposal(learned("deal.seats", 20)))

    with pytest.raises(MoveRefused):
        await room.ledger.undo(SITE, update.id, by="rep", now=room.now)


async def test_a_value_that_a_person_typed_is_kept(room: Room) -> None:
    await room.write(learned("deal.seats", 20))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    await room.crm.edit(SITE, "deal", record.deals[0].id, {"seats": 30}, by="rep")

    update = await room.write(learned("deal.seats", 40))

    assert (await room.fields())["deal.seats"] == 30
    assert update.effect is not None
    assert "rep typed it" in update.effect["notes"][0]


async def _trail_of_three(room: Room) -> None:
    await room.write(learned("deal.seats", 20))
    await room.propose(a_proposal(learned("deal.plan", "Team")))
    assert (await room.ledger.verify_audit(SITE)).intact


async def test_an_audit_entry_that_was_changed_is_found(room: Room) -> None:
    await _trail_of_three(room)
    async with room.sessions() as session:
        await session.execute(update(AuditRow).where(AuditRow.n == 2).values(who="somebody else"))
        await session.commit()

    report = await room.ledger.verify_audit(SITE)

    assert (report.intact, report.broken_at) == (False, 2)


@pytest.mark.parametrize("n", [1, 2, 3])
async def test_an_audit_entry_that_was_removed_is_found(room: Room, n: int) -> None:
    await _trail_of_three(room)
    async with room.sessions() as session:
        await session.execute(delete(AuditRow).where(AuditRow.n == n))
        await session.commit()

    report = await room.ledger.verify_audit(SITE)

    assert (report.intact, report.broken_at) == (False, n)


async def test_writers_of_one_chain_take_turns(room: Room) -> None:
    proposals = [a_proposal(learned("deal.seats", n), conversation=f"talk-{n}") for n in range(1, 9)]

    await asyncio.gather(*(room.propose(proposal) for proposal in proposals))

    report = await room.ledger.verify_audit(SITE)
    assert report.intact
    assert report.entries == 8


async def test_the_audit_trail_names_evidence_and_policy_but_no_values(room: Room) -> None:
    await room.write(learned("contact.email", "[email_1]"), learned("deal.plan", "Enterprise"))

    text = canonical([entry async for entry in room.ledger.audit_entries(SITE)])

    assert '"evidence":["m-1"]' in text
    assert '"policy":"default-2"' in text
    assert "ada@example.com" not in text
    assert "Enterprise" not in text


async def test_newest_updates_come_first_and_page_on(room: Room) -> None:
    made = [await room.propose(a_proposal(learned("deal.seats", n))) for n in (1, 2, 3)]

    first = await room.ledger.updates(SITE, limit=2)
    rest = await room.ledger.updates(SITE, limit=2, before=first[-1].id)

    assert [update.id for update in (*first, *rest)] == [update.id for update in reversed(made)]
    assert await room.ledger.counts(SITE) == {"pending": 3}
    assert replace(rest[0], held=None) == made[0]
