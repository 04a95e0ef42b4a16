"""What the ledger takes in: once per cause, with placeholders only, quarantined when invalid."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from crm_sync import Target, UpdateUnknown
from crm_sync.documents.canonical import canonical
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
    new_id,
)


@pytest.fixture(params=DATABASES)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with a_room_on(request.param, tmp_path, seals=SEALS) as made:
        yield made


async def test_what_was_said_reaches_the_crm_with_real_values(room: Room) -> None:
    update = await room.write(
        learned("contact.email", "[email_1]"),
        learned("contact.name", "[person_1]"),
        learned("company.team_size", 40),
        learned("deal.plan", "Team"),
        target=Target("email", "[email_1]"),
        activity=a_note(body="[person_1] wants SAML."),
    )

    fields = await room.fields()
    record = await room.ledger.record(SITE, TALK)
    assert fields["contact.email"] == "ada@example.com"
    assert fields["contact.name"] == "Ada"
    assert fields["company.domain"] == "example.com"
    assert fields["company.team_size"] == 40
    assert fields["deal.plan"] == "Team"
    assert record is not None
    assert record.activities[0].fields["body"] == "Ada wants SAML."
    assert record.updates == (update.id,)


async def test_the_ledger_itself_keeps_only_placeholders(room: Room) -> None:
    update = await room.write(learned("contact.email", "[email_1]"), activity=a_note(body="Mail [email_1]"))

    assert "ada@example.com" not in canonical(update.document)
    assert "[email_1]" in canonical(update.document)


async def test_proposing_twice_makes_one_row(room: Room) -> None:
    proposal = a_proposal(learned("company.team_size", 40))

    first = await room.propose(proposal)
    second = await room.propose(proposal)

    assert second == first
    assert len(await room.ledger.updates(SITE)) == 1


async def test_two_transactions_proposing_the_same_at_once_make_one_row(room: Room) -> None:
    proposal = a_proposal(learned("company.team_size", 40), learned("deal.budget", "10k", confidence=0.4))

    first, second = await asyncio.gather(room.propose(proposal), room.propose(proposal))

    assert first.id == second.id
    assert sorted(update.status for update in await room.ledger.updates(SITE)) == [
        "awaiting_approval",
        "pending",
    ]


async def test_a_rolled_back_turn_proposes_nothing(room: Room) -> None:
    async with room.sessions() as session:
        await room.ledger.propose(
            session, a_proposal(learned("company.team_size", 40)), now=room.now, id=new_id()
        )
        await session.rollback()

    assert await room.ledger.updates(SITE) == []
    assert (await room.ledger.verify_audit(SITE)).entries == 0


async def test_what_the_crm_holds_already_is_not_written_again(room: Room) -> None:
    await room.write(learned("company.team_size", 40))

    update = await room.propose(a_proposal(learned("company.team_size", 40)))

    assert update.status == "unchanged"
    assert not update.is_due


async def test_a_changed_value_names_the_one_it_replaces(room: Room) -> None:
    await room.write(learned("company.team_size", 40))

    update = await room.propose(a_proposal(learned("company.team_size", 60)))

    assert update.document["fields"][0]["previous"] == 40


async def test_the_current_record_counts_more_than_what_was_delivered_to_it(room: Room) -> None:
    await room.write(learned("company.team_size", 40))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    assert record.company is not None
    await room.crm.edit(SITE, "company", record.company.id, {"team_size": 50}, by="rep")
    look = await room.ledger.look(SITE, by="conversation", match=TALK)

    update = await room.propose(a_proposal(learned("company.team_size", 60), current=look.fields))

    assert update.document["fields"][0]["previous"] == 50


async def test_looking_at_the_crm_shows_no_personal_values(room: Room) -> None:
    await room.write(learned("contact.email", "[email_1]"), learned("deal.seats", 40))

    look = await room.ledger.look(SITE, by="email", match="ADA@example.com")

    assert look.fields == {"company.domain": "example.com", "deal.seats": 40}
    assert look.personal == {"contact.email"}


async def test_an_invalid_proposal_is_quarantined_with_its_pointer_and_never_sent(room: Room) -> None:
    update = await room.propose(
        a_proposal(learned("company.team_size", "forty"), learned("deal.plan", "Team"))
    )

    status = await room.deliver(update)

    kept = await room.ledger.update(SITE, update.id)
    assert (update.status, status) == ("quarantined", "quarantined")
    assert kept.problem_pointer == "/fields/0/value"
    assert kept.last_error
    assert await room.ledger.due(room.now + timedelta(days=9)) == []
    assert await room.ledger.records(SITE) == []


async def test_an_address_in_the_open_finds_no_record_and_is_struck_out(room: Room) -> None:
    update = await room.propose(
        a_proposal(learned("deal.seats", 40), target=Target("email", "ada@example.com"))
    )

    assert (update.status, update.problem_pointer) == ("quarantined", "/target/match/value")
    assert "ada@example.com" not in canonical(update.document)
    assert update.last_error is not None
    assert "seal it" in update.last_error


async def test_a_personal_value_in_the_open_is_quarantined_and_struck_out(room: Room) -> None:
    update = await room.propose(a_proposal(learned("contact.email", "ada@example.com")))

    assert update.status == "quarantined"
    assert "seal" in (update.last_error or "")
    assert "ada@example.com" not in canonical(update.document)


async def test_a_site_can_not_see_the_updates_of_another(room: Room) -> None:
    update = await room.propose(a_proposal(learned("company.team_size", 40)))

    with pytest.raises(UpdateUnknown):
        await room.ledger.update("other", update.id)

    assert await room.ledger.updates("other") == []


async def test_what_was_delivered_after_we_looked_counts_before_what_we_saw(room: Room) -> None:
    await room.write(learned("deal.seats", 10))
    seen = await room.ledger.look(SITE, by="conversation", match=TALK)
    read_at = room.now
    await room.write(learned("deal.seats", 20))

    again = await room.propose(
        a_proposal(learned("deal.seats", 20), current=seen.fields, typed=seen.typed, read_at=read_at)
    )
    back = await room.propose(
        a_proposal(learned("deal.seats", 10), current=seen.fields, typed=seen.typed, read_at=read_at)
    )

    assert again.status == "unchanged"
    assert [(each["value"], each["previous"]) for each in back.document["fields"]] == [(10, 20)]


async def test_what_a_person_typed_last_is_seen_in_the_look_and_never_proposed_for_writing(
    room: Room,
) -> None:
    await room.write(learned("deal.seats", 10), learned("deal.plan", "Team"))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    await room.crm.edit(SITE, "deal", record.deals[0].id, {"seats": 30, "budget": None}, by="rep")

    seen = await room.ledger.look(SITE, by="conversation", match=TALK)
    update = await room.propose(
        a_proposal(
            learned("deal.seats", 12),
            learned("deal.plan", "Business"),
            current=seen.fields,
            typed=seen.typed,
            read_at=room.now,
        )
    )

    assert seen.typed == {"deal.seats", "deal.budget"}
    assert [each["name"] for each in update.document["fields"]] == ["plan"]


async def test_a_deal_that_is_closed_says_nothing_of_the_next_one(room: Room) -> None:
    await room.write(learned("deal.timeline", "this spring"))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    await room.crm.edit(SITE, "deal", record.deals[0].id, {"stage": "won"}, by="rep")

    seen = await room.ledger.look(SITE, by="conversation", match=TALK)

    assert not [name for name in seen.fields if name.startswith("deal.")]


async def test_an_address_that_is_not_known_finds_the_company_by_its_domain(room: Room) -> None:
    room.vault.values[TALK, "[email_1]"] = "ada@lifts-nord.com"
    await room.write(learned("contact.email", "[email_1]"), learned("company.team_size", 40))

    colleague = await room.ledger.look(SITE, by="email", match="Ben@Lifts-Nord.com")
    stranger = await room.ledger.look(SITE, by="email", match="ben@gmail.com")

    assert dict(colleague.fields) == {"company.team_size": 40, "company.domain": "lifts-nord.com"}
    assert set(colleague.records) == {"company"}
    assert dict(stranger.fields) == {}
