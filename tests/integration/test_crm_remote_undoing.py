"""The engine before a CRM in memory: what undoing restores, what is read, previewed and forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import select, text

from crm_sync.errors import ProviderRefused
from crm_sync.forgetting import forget_conversation
from crm_sync.ports import CrmProvider
from crm_sync.remote.engine import RemoteCrm
from crm_sync.remote.previewing import preview
from crm_sync.remote.tables import RemoteOrderRow
from crm_sync.values import Difference, Effect, Order, RecordRef, Write
from tests.support.crm import NOW, SITE, TALK, Room, a_note, a_proposal, a_room, learned, sqlite_url
from tests.support.crm_worlds.memory import world_of
from tests.support.fakes.memory_crm import MemoryCrm
from tests.support.remote_crm import ADA, KEYS, SEATS, TITLE, a_remote_crm, added, an_order, by_mail, met


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with a_room(sqlite_url(tmp_path)) as made:
        yield made


@pytest.fixture
def crm() -> MemoryCrm:
    return MemoryCrm()


@pytest.fixture
async def engine(room: Room, crm: MemoryCrm) -> RemoteCrm:
    return await a_remote_crm(world_of(crm), room.sessions)


# -- taking back ---------------------------------------------------------------------------------------------


async def test_undoing_removes_what_was_made_and_leaves_what_was_there(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    added(crm, "company", "f1", Name="Lifts", Domain="lifts.example")
    effect = await engine.apply(by_mail(TITLE, SEATS, Write("company", "team_size", 40)), KEYS[0])

    result = await engine.undo(SITE, effect, KEYS[0])

    assert result.outcome == "undone"
    assert crm.records == {
        "contact": {},
        "deal": {},
        "company": {"f1": {"Name": "Lifts", "Domain": "lifts.example"}},
    }


async def test_a_record_on_which_somebody_worked_is_not_removed(crm: MemoryCrm, engine: RemoteCrm) -> None:
    effect = await engine.apply(an_order(TITLE), KEYS[0])
    (contact,) = crm.records["contact"]
    crm.entries["e9"] = (contact, None)  # type: ignore[assignment]  # somebody's own note

    await engine.undo(SITE, effect, KEYS[0])

    assert crm.records["contact"] == {contact: {"Last": "Unknown"}}


@pytest.mark.parametrize("one_company", [True, False])
async def test_the_company_that_a_contact_had_is_its_again(
    crm: MemoryCrm, engine: RemoteCrm, one_company: bool
) -> None:
    crm.one_company = one_company
    contact = added(crm, "contact", "a1", Mail=ADA, Last="Lovelace")
    theirs = added(crm, "company", "f1", Name="Holding", Domain="holding.example")
    ours = added(crm, "company", "f2", Name="Lifts", Domain="lifts.example")
    await crm.tie(contact, "company", theirs)
    effect = await engine.apply(by_mail(TITLE), KEYS[0])
    assert (contact, "company", ours) in crm.ties

    await engine.undo(SITE, effect, KEYS[0])

    assert crm.ties == [(contact, "company", theirs)]


async def test_a_tie_that_a_person_changed_since_is_left_alone(crm: MemoryCrm, engine: RemoteCrm) -> None:
    crm.one_company = True
    contact = added(crm, "contact", "a1", Mail=ADA, Last="Lovelace")
    added(crm, "company", "f2", Name="Lifts", Domain="lifts.example")
    third = added(crm, "company", "f3", Name="Third", Domain="third.example")
    await crm.tie(contact, "company", added(crm, "company", "f1", Name="Holding", Domain="holding.example"))
    effect = await engine.apply(by_mail(TITLE), KEYS[0])
    await crm.tie(contact, "company", third)

    await engine.undo(SITE, effect, KEYS[0])

    assert crm.ties == [(contact, "company", third)]


async def test_a_contact_stays_while_a_newer_update_found_its_company_by_it(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    first = await engine.apply(by_mail(), KEYS[0])
    await engine.apply(an_order(Write("company", "team_size", 40)), KEYS[1])

    await engine.undo(SITE, first, KEYS[0])
    await engine.apply(an_order(Write("company", "industry", "Lifts")), KEYS[2])

    (company,) = crm.records["company"].values()
    assert (company["Staff"], company["Industry"]) == (40, "Lifts")


async def test_undoing_gives_back_the_name_that_was_filled_in_before(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    first = await engine.apply(an_order(Write("company", "industry", "Lifts")), KEYS[0])
    second = await engine.apply(by_mail(), KEYS[1])

    taken = await engine.undo(SITE, second, KEYS[1])
    (company,) = crm.records["company"].values()
    assert (taken.outcome, company) == ("undone", {"Name": "Unknown", "Industry": "Lifts"})

    await engine.undo(SITE, first, KEYS[0])
    assert crm.records["company"] == {}


async def test_undoing_over_what_was_seen_restores_all_the_same(crm: MemoryCrm, engine: RemoteCrm) -> None:
    await engine.apply(an_order(Write("deal", "seats", 12)), KEYS[0])
    effect = await engine.apply(an_order(SEATS), KEYS[1])
    (deal,) = crm.records["deal"].values()
    deal["Seats"] = 45

    refused = await engine.undo(SITE, effect, KEYS[1])
    stale = await engine.undo(SITE, effect, KEYS[1], seen=(Difference("deal", "d2", "seats", 40, 44, 12),))
    done = await engine.undo(SITE, effect, KEYS[1], seen=refused.differences)

    assert (refused.outcome, stale.outcome, done.outcome) == ("changed_since", "changed_since", "undone")
    assert deal["Seats"] == 12


async def test_an_address_that_another_contact_has_by_now_is_not_given_back(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    await engine.apply(by_mail(address="old@lifts.example"), KEYS[0])
    effect = await engine.apply(an_order(Write("contact", "email", "new@lifts.example")), KEYS[1])
    added(crm, "contact", "p9", Mail="old@lifts.example", Last="Other")

    result = await engine.undo(SITE, effect, KEYS[1])

    assert [each.field for each in result.differences] == ["email"]


async def test_an_update_that_another_crm_was_told_is_not_taken_back_here(engine: RemoteCrm) -> None:
    elsewhere = Effect(records=(RecordRef("contact", "1", created=True),))

    with pytest.raises(ProviderRefused, match="memory was not told this update by us"):
        await engine.undo(SITE, elsewhere, KEYS[0])


# -- reading -------------------------------------------------------------------------------------------------


async def test_a_snapshot_says_what_is_known_and_what_a_person_typed(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    added(crm, "contact", "p1", Mail=ADA, Last="Byron", First="Ada", Title="Director", Country="Germany")
    await engine.apply(by_mail(SEATS), KEYS[0])

    found = await engine.read(SITE, "email", ADA)

    assert found is not None
    assert found.fields == {
        "contact.job_title": "Director",
        "contact.country": "DE",
        "company.domain": "lifts.example",
        "company.name": "lifts.example",
        "deal.seats": 40,
        "deal.stage": "new",
    }
    assert found.personal == {"contact.email", "contact.name"}
    assert found.typed == {"contact.email", "contact.name", "contact.job_title", "contact.country"}
    assert set(found.records) == {"contact", "company", "deal"}
    assert await engine.read(SITE, "conversation", TALK) == found
    assert await engine.read(SITE, "email", "nobody@lifts.example") is None
    of_company = await engine.read(SITE, "domain", "lifts.example")
    assert of_company is not None
    assert set(of_company.records) == {"company"}


async def test_comparing_names_what_somebody_changed_since(crm: MemoryCrm, engine: RemoteCrm) -> None:
    effect = await engine.apply(an_order(TITLE, SEATS), KEYS[0])
    (contact,), (deal,) = crm.records["contact"].values(), crm.records["deal"]
    contact["Title"] = "Director"
    await crm.remove("deal", deal)

    found = await engine.compare(SITE, effect, KEYS[0])

    assert [(each.kind, each.object, each.field, each.wrote, each.found) for each in found] == [
        ("changed", "contact", "job_title", "Operations lead", "Director"),
        ("record_missing", "deal", "", None, None),
    ]


async def test_a_preview_is_what_applying_does_then(crm: MemoryCrm, engine: RemoteCrm, room: Room) -> None:
    added(crm, "contact", "p1", Mail=ADA, Last="Byron", Title="Director")
    order = by_mail(TITLE, SEATS, Write("contact", "phone", "123"), activity=met(10))
    held = {record: dict(values) for record, values in crm.records.items()}

    seen = await preview(engine.account(SITE), order, KEYS[0])

    assert crm.records == held
    assert crm.entries == {}
    async with room.sessions() as session:
        assert (await session.scalars(select(RemoteOrderRow.key))).all() == []
    assert {(cell.name, cell.what) for cell in seen.cells} == {
        ("job_title", "kept"),
        ("seats", "write"),
        ("phone", "write"),
    }
    effect = await engine.apply(order, KEYS[0])
    assert effect.notes == seen.notes
    assert (await preview(engine.account(SITE), order, KEYS[0])).done


# -- forgetting ----------------------------------------------------------------------------------------------


@dataclass
class Erasing:
    """A CRM during whose work somebody erases the conversation."""

    engine: RemoteCrm
    room: Room
    name: str = "memory"

    async def apply(self, order: Order, key: str) -> Effect:
        async with self.room.sessions() as session:
            await forget_conversation(session, SITE, TALK, by="admin", now=self.room.now)
            await session.commit()
        return await self.engine.apply(order, key)


async def test_what_is_erased_while_it_is_delivered_is_kept_by_the_crm_alone(
    crm: MemoryCrm, engine: RemoteCrm, room: Room
) -> None:
    update = await room.propose(
        a_proposal(learned("contact.job_title", "Operations lead"), activity=a_note())
    )
    ledger = room.ledger_with(cast("CrmProvider", Erasing(engine, room)))

    done = await ledger.deliver(update.id, now=room.now)

    assert done == "delivered"
    assert next(iter(crm.records["contact"].values()))["Title"] == "Operations lead"
    assert (await ledger.update(SITE, update.id)).effect is None
    async with room.sessions() as session:
        for table in ("crm_updates", *(f"crm_remote_{name}" for name in ("orders", "fields", "entries"))):
            rows = await session.execute(text(f"SELECT * FROM {table}"))
            assert "Operations lead" not in str(rows.all())


async def test_of_what_was_erased_nothing_is_sent(crm: MemoryCrm, engine: RemoteCrm, room: Room) -> None:
    update = await room.propose(a_proposal(learned("contact.job_title", "Operations lead")))
    ledger = room.ledger_with(engine)
    async with room.sessions() as session:
        # As when a worker dies that had taken it.
        await session.execute(text("UPDATE crm_updates SET status = 'delivering', attempts = 1"))
        await forget_conversation(session, SITE, TALK, by="admin", now=room.now)
        await session.execute(text("UPDATE crm_updates SET next_attempt_at = created_at"))
        await session.commit()

    done = await ledger.deliver(update.id, now=room.now)

    assert done == "needs_review"
    assert crm.records["contact"] == {}


async def test_a_forgotten_conversation_leaves_no_value_of_its_own_here(
    crm: MemoryCrm, engine: RemoteCrm, room: Room
) -> None:
    effect = await engine.apply(by_mail(TITLE, activity=met(10)), KEYS[0])

    async with room.sessions() as session:
        await forget_conversation(session, SITE, TALK, by="rep", now=NOW)
        await session.commit()

    async with room.sessions() as session:
        for table in ("orders", "links", "fields", "made", "entries", "leases"):
            rows = await session.execute(text(f"SELECT * FROM crm_remote_{table}"))
            assert "lifts.example" not in str(rows.all())
            assert "Operations lead" not in str(rows.all())
    again = await engine.apply(by_mail(TITLE), KEYS[0])
    assert again == Effect()
    assert (await engine.undo(SITE, effect, KEYS[0])).outcome == "undone"
    assert next(iter(crm.records["contact"].values()))["Title"] == "Operations lead"
