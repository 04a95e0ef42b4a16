"""The engine before a CRM in memory: whom an order meets there, what it leaves alone, and what undoing restores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from crm_sync.errors import ProviderBusy, ProviderRefused
from crm_sync.forgetting import forget_conversation
from crm_sync.remote.engine import RemoteCrm
from crm_sync.remote.previewing import preview
from crm_sync.remote.tables import RemoteLeaseRow, RemoteOrderRow
from crm_sync.values import Difference, Effect, Order, RecordRef, Write
from tests.support.crm import NOW, SITE, TALK, Room, a_room, sqlite_url
from tests.support.crm_worlds.memory import world_of
from tests.support.fakes.memory_crm import MemoryCrm
from tests.support.fakes.served import Fault
from tests.support.remote_crm import a_remote_crm

KEYS = [letter * 64 for letter in "abcdefgh"]
ADA = "ada@lifts.example"


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


def an_order(*writes: Write, **changes: Any) -> Order:
    values: dict[str, Any] = {
        "site": SITE,
        "kind": "contact.qualified",
        "conversation": TALK,
        "by": "conversation",
        "match": TALK,
        "writes": writes,
        "activity": None,
        "document": {},
        "occurred_at": NOW,
    }
    return Order(**{**values, **changes})


def by_mail(*writes: Write, address: str = ADA, **changes: Any) -> Order:
    return an_order(*writes, by="email", match=address, **changes)


TITLE = Write("contact", "job_title", "Operations lead")
SEATS = Write("deal", "seats", 40)


def added(crm: MemoryCrm, record: str, id_: str, **values: Any) -> str:
    crm.records[record][id_] = values  # type: ignore[index]
    return id_


# -- whom it meets -------------------------------------------------------------------------------------------


async def test_a_contact_is_met_by_address_whatever_its_case(crm: MemoryCrm, engine: RemoteCrm) -> None:
    added(crm, "contact", "p1", Mail="Ada@Lifts.Example", Last="Byron")

    effect = await engine.apply(by_mail(TITLE), KEYS[0])

    assert [ref.id for ref in effect.records if ref.object == "contact"] == ["p1"]
    assert crm.records["contact"] == {
        "p1": {"Mail": "Ada@Lifts.Example", "Last": "Byron", "Title": "Operations lead"}
    }


async def test_a_conversation_stays_with_its_contact_and_gives_it_the_address(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    await engine.apply(an_order(TITLE), KEYS[0])
    await engine.apply(by_mail(), KEYS[1])

    (contact,) = crm.records["contact"].values()
    assert contact == {"Last": "Unknown", "Title": "Operations lead", "Mail": ADA}


async def test_a_contact_of_the_vendors_own_id_must_be_there(crm: MemoryCrm, engine: RemoteCrm) -> None:
    added(crm, "contact", "p1", Last="Byron")

    await engine.apply(an_order(TITLE, by="external_id", match="p1"), KEYS[0])

    assert crm.records["contact"]["p1"]["Title"] == "Operations lead"
    with pytest.raises(ProviderRefused, match="There is no contact 'p9' in memory"):
        await engine.apply(an_order(TITLE, by="external_id", match="p9"), KEYS[1])


async def test_doubt_is_a_note_and_never_a_merge(crm: MemoryCrm, engine: RemoteCrm) -> None:
    await engine.apply(an_order(TITLE), KEYS[0])
    added(crm, "contact", "p1", Mail=ADA, Last="Byron")
    added(crm, "contact", "p2", Mail=ADA, Last="Bryon")
    added(crm, "company", "f1", Name="Lifts", Domain="lifts.example")
    added(crm, "company", "f2", Name="Lifts Ltd", Domain="lifts.example")

    effect = await engine.apply(by_mail(TITLE), KEYS[1])

    assert [note for note in effect.notes if note.startswith("Possible duplicate: ")] == [
        "Possible duplicate: contact p2 has the same address.",
        "Possible duplicate: contact c1 came from the same conversation.",
        "Possible duplicate: company f2 has the same domain.",
    ]
    assert len(crm.records["contact"]) == 3


async def test_a_private_mailbox_says_nothing_about_a_company(crm: MemoryCrm, engine: RemoteCrm) -> None:
    await engine.apply(by_mail(TITLE, address="ada@gmail.com"), KEYS[0])

    assert crm.records["company"] == {}


async def test_a_new_company_is_named_by_its_domain_until_somebody_says_its_name(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    await engine.apply(by_mail(TITLE), KEYS[0])
    (company,) = crm.records["company"].values()
    assert company == {"Domain": "lifts.example", "Name": "lifts.example"}

    await engine.apply(an_order(Write("company", "name", "Example Lifts")), KEYS[1])

    assert company["Name"] == "Example Lifts"


async def test_a_deal_after_one_that_was_won_is_another_one(crm: MemoryCrm, engine: RemoteCrm) -> None:
    await engine.apply(an_order(SEATS), KEYS[0])
    (first,) = crm.records["deal"]
    crm.edit("deal", first, "Stage", "Won")

    await engine.apply(an_order(Write("deal", "seats", 60)), KEYS[1])

    assert [deal["Seats"] for deal in crm.records["deal"].values()] == [40, 60]
    assert crm.records["deal"][first]["Stage"] == "Won"


async def test_a_contact_that_somebody_removed_is_made_anew(crm: MemoryCrm, engine: RemoteCrm) -> None:
    await engine.apply(an_order(TITLE), KEYS[0])
    (first,) = list(crm.records["contact"])
    await crm.remove("contact", first)

    await engine.apply(an_order(Write("contact", "phone", "123")), KEYS[1])

    assert list(crm.records["contact"].values()) == [{"Phone": "123", "Last": "Unknown"}]


# -- what it leaves alone ------------------------------------------------------------------------------------


async def test_what_somebody_typed_is_kept_with_a_note(crm: MemoryCrm, engine: RemoteCrm) -> None:
    added(crm, "contact", "p1", Mail=ADA, Last="Byron", Title="Director")

    effect = await engine.apply(by_mail(TITLE, Write("contact", "phone", "123")), KEYS[0])

    assert crm.records["contact"]["p1"]["Title"] == "Director"
    assert crm.records["contact"]["p1"]["Phone"] == "123"
    assert effect.notes == ("Kept contact.job_title: somebody typed it in memory.",)


async def test_our_own_last_value_is_written_over_and_an_edit_of_it_is_not(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    await engine.apply(an_order(SEATS), KEYS[0])
    await engine.apply(an_order(Write("deal", "seats", 50)), KEYS[1])
    (deal,) = crm.records["deal"].values()
    assert deal["Seats"] == 50

    deal["Seats"] = 45
    kept = await engine.apply(an_order(Write("deal", "seats", 60)), KEYS[2])

    assert deal["Seats"] == 45
    assert kept.notes == ("Kept deal.seats: somebody typed it in memory.",)


async def test_what_somebody_emptied_stays_empty(crm: MemoryCrm, engine: RemoteCrm) -> None:
    await engine.apply(an_order(SEATS), KEYS[0])
    (deal,) = crm.records["deal"]
    crm.edit("deal", deal, "Seats", None)

    effect = await engine.apply(an_order(Write("deal", "seats", 60)), KEYS[1])

    assert "Seats" not in crm.records["deal"][deal]
    assert effect.notes == ("Kept deal.seats: somebody typed it in memory.",)


async def test_nothing_is_sent_when_everything_is_so_already(crm: MemoryCrm, engine: RemoteCrm) -> None:
    added(crm, "contact", "p1", Mail=ADA, Last="Byron", Title="Operations lead")

    effect = await engine.apply(by_mail(TITLE, address=ADA.upper()), KEYS[0])

    assert crm.faults.count("CALL", "change/") == 0
    assert [change.field for change in effect.changes if change.object == "contact"] == [
        "@conversation",
        "@company",
    ]


async def test_owners_are_never_written_and_what_has_no_field_is_said(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    writes = (
        Write("contact", "owner", "rep"),
        Write("contact", "language", "de"),
        Write("deal", "stage", "trial"),
    )

    effect = await engine.apply(an_order(*writes, Write("contact", "lead_fit", 5)), KEYS[0])

    assert effect.notes == (
        "Kept contact.owner: owners are never written.",
        "Left out contact.language: the mapping memory-1 has no field for it.",
        "Left out deal.stage: the enumeration of Stage has no counterpart of 'trial'.",
    )
    assert crm.records["deal"] == {}
    assert list(crm.records["contact"].values()) == [{"Last": "Unknown"}]


# -- once ----------------------------------------------------------------------------------------------------


async def test_two_conversations_with_one_address_at_once_make_one_contact_and_one_company(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    orders = [
        engine.apply(by_mail(Write("contact", "phone", f"{n}"), conversation=f"talk-{n}"), KEYS[n])
        for n in range(5)
    ]

    await asyncio.gather(*orders)

    assert len(crm.records["contact"]) == 1
    assert len(crm.records["company"]) == 1


async def test_every_lease_is_given_back_however_it_ends(
    crm: MemoryCrm, engine: RemoteCrm, room: Room
) -> None:
    crm.faults.waiting.append(Fault(503, {}, path="create/deal"))
    with pytest.raises(ProviderBusy):
        await engine.apply(an_order(SEATS), KEYS[0])
    task = asyncio.create_task(engine.apply(an_order(TITLE), KEYS[1]))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    async with room.sessions() as session:
        assert (await session.scalars(select(RemoteLeaseRow.name))).all() == []


# -- timeline ------------------------------------------------------------------------------------------------


def met(start_hour: int, state: str = "confirmed") -> dict[str, Any]:
    start = NOW.replace(hour=start_hour)
    meeting = {
        "ref": "b-1",
        "start": start.isoformat(),
        "end": start.replace(minute=30).isoformat(),
        "zone": "UTC",
    }
    return {
        "type": "meeting",
        "subject": f"Demo at {start_hour}",
        "body": "",
        "at": NOW.isoformat(),
        "url": None,
        "meeting": {**meeting, "state": state},
    }


async def test_a_moved_meeting_stays_one_entry_and_moves_back_on_undo(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    await engine.apply(an_order(activity=met(10)), KEYS[0])
    moved = await engine.apply(an_order(activity=met(15)), KEYS[1])
    ((_, entry),) = crm.entries.values()
    assert (entry.subject, entry.at.hour) == ("Demo at 15", 15)

    await engine.undo(SITE, moved, KEYS[1])

    ((_, entry),) = crm.entries.values()
    assert (entry.subject, entry.at.hour) == ("Demo at 10", 10)


async def test_a_meeting_that_somebody_removed_is_entered_anew_when_it_moves(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    await engine.apply(an_order(activity=met(10)), KEYS[0])
    crm.entries.clear()

    await engine.apply(an_order(activity=met(15, "moved")), KEYS[1])

    assert [entry.subject for _, entry in crm.entries.values()] == ["Demo at 15"]


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


async def test_a_contact_stays_while_a_newer_update_found_its_company_by_it(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    first = await engine.apply(by_mail(), KEYS[0])
    await engine.apply(an_order(Write("company", "team_size", 40)), KEYS[1])

    await engine.undo(SITE, first, KEYS[0])
    await engine.apply(an_order(Write("company", "industry", "Lifts")), KEYS[2])

    (company,) = crm.records["company"].values()
    assert (company["Staff"], company["Industry"]) == (40, "Lifts")


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
