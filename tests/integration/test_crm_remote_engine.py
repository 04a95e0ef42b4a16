"""The engine before a CRM in memory: whom an order meets there, and what it leaves alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from crm_sync.errors import ProviderBusy, ProviderRefused
from crm_sync.remote.engine import RemoteCrm
from crm_sync.remote.tables import RemoteLeaseRow
from crm_sync.values import Write
from tests.support.crm import SITE, Room, a_proposal, a_room, learned, sqlite_url
from tests.support.crm_worlds.memory import world_of
from tests.support.fakes.memory_crm import MemoryCrm
from tests.support.fakes.served import Fault
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


async def test_a_company_without_a_name_is_named_by_its_domain_once_that_is_known(
    crm: MemoryCrm, engine: RemoteCrm
) -> None:
    await engine.apply(an_order(Write("company", "industry", "Lifts")), KEYS[0])
    (company,) = crm.records["company"].values()
    assert company["Name"] == "Unknown"

    effect = await engine.apply(by_mail(), KEYS[1])
    named = company["Name"]
    again = await engine.apply(by_mail(TITLE), KEYS[2])

    assert named == company["Name"] == "lifts.example"
    assert [(each.before, each.after) for each in effect.changes if each.field == "name"] == [
        ("Unknown", "lifts.example")
    ]
    assert [each.field for each in again.changes if each.object == "company"] == []


@pytest.mark.parametrize("typed", ["Lifts of ours", None])
async def test_a_name_that_somebody_typed_or_emptied_is_not_filled_in_again(
    crm: MemoryCrm, engine: RemoteCrm, typed: str | None
) -> None:
    await engine.apply(an_order(Write("company", "industry", "Lifts")), KEYS[0])
    (company_id,) = crm.records["company"]
    crm.edit("company", company_id, "Name", typed)

    await engine.apply(by_mail(), KEYS[1])

    company = crm.records["company"][company_id]
    assert (company.get("Name"), company["Domain"]) == (typed, "lifts.example")


async def test_a_filled_in_name_gives_way_to_the_one_that_is_said(crm: MemoryCrm, engine: RemoteCrm) -> None:
    await engine.apply(an_order(Write("company", "industry", "Lifts")), KEYS[0])
    await engine.apply(by_mail(), KEYS[1])

    effect = await engine.apply(an_order(Write("company", "name", "Example Lifts")), KEYS[2])

    (company,) = crm.records["company"].values()
    assert (company["Name"], effect.notes) == ("Example Lifts", ())


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


# -- two conversations of one person -------------------------------------------------------------------------


@pytest.mark.parametrize("is_ours", [True, False], ids=["builtin", "another company's"])
async def test_an_update_approved_late_undoes_nothing_that_the_person_said_since_in_another_conversation(
    room: Room, engine: RemoteCrm, *, is_ours: bool
) -> None:
    ledger = room.ledger_with(room.crm if is_ours else engine)
    room.vault.values |= {(talk, "[email_1]"): ADA for talk in ("monday", "friday")}
    address = learned("contact.email", "[email_1]")
    early = await room.propose(
        a_proposal(address, learned("deal.seats", 10, confidence=0.4), conversation="monday")
    )
    await ledger.deliver(early.id, now=room.now)
    late = await room.propose(a_proposal(address, learned("deal.seats", 25), conversation="friday"))
    await ledger.deliver(late.id, now=room.now)
    assert early.held is not None

    await ledger.approve(SITE, early.held, by="rep", now=room.now)
    done = await ledger.deliver(early.held, now=room.now)

    record = await ledger.record(SITE, "friday")
    kept = await ledger.update(SITE, early.held)
    assert done == "delivered"
    assert record is not None
    assert [deal.fields["seats"] for deal in record.deals] == [25]
    assert kept.effect is not None
    assert "A newer update already wrote deal.seats." in kept.effect["notes"]
