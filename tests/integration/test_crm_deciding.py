"""What the policy and the reps decide: held back, corrected, approved, rejected, withdrawn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from crm_sync import EditRefused, MoveRefused
from crm_sync.deciding.policy import Policy, Rule
from tests.support.crm import (
    DATABASES,
    SEALS,
    SITE,
    TALK,
    Room,
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


async def test_an_unsure_value_waits_for_a_rep_while_the_rest_is_written(room: Room) -> None:
    update = await room.propose(
        a_proposal(learned("company.team_size", 40), learned("deal.budget", "10k", confidence=0.4))
    )
    await room.deliver(update)

    assert update.held is not None
    held = await room.ledger.update(SITE, update.held)
    assert held.status == "awaiting_approval"
    assert await room.deliver(held) == "awaiting_approval"
    assert "deal.budget" not in await room.fields()


async def test_an_approved_value_is_written_as_the_rep_corrected_it(room: Room) -> None:
    update = await room.propose(a_proposal(learned("deal.budget", "10k", confidence=0.4)))

    approved = await room.ledger.approve(
        SITE, update.id, by="rep", now=room.now, edits={"deal.budget": "12k"}
    )
    status = await room.deliver(approved)

    assert status == "delivered"
    assert (await room.fields())["deal.budget"] == "12k"
    assert approved.document["fields"][0]["how"] == "edited"


@pytest.mark.parametrize(
    ("edits", "pointer"),
    [
        ({"deal.seats": 0}, "/fields/0/value"),
        ({"deal.plan": "Team"}, "/deal.plan"),
        ({"contact.name": "[person_2]"}, "/contact.name"),
    ],
)
async def test_an_edit_that_would_break_the_document_changes_nothing(
    room: Room, edits: dict[str, Any], pointer: str
) -> None:
    update = await room.propose(
        a_proposal(
            learned("deal.seats", 4, confidence=0.4), learned("contact.name", "[person_1]", confidence=0.4)
        )
    )

    with pytest.raises(EditRefused) as refused:
        await room.ledger.approve(SITE, update.id, by="rep", now=room.now, edits=edits)

    assert refused.value.pointer == pointer
    assert (await room.ledger.update(SITE, update.id)) == update


async def test_a_rejected_update_stays_rejected_with_its_reason(room: Room) -> None:
    update = await room.propose(a_proposal(learned("deal.budget", "10k", confidence=0.4)))

    await room.ledger.reject(SITE, update.id, by="rep", reason="was a joke", now=room.now)

    kept = await room.ledger.update(SITE, update.id)
    assert (kept.status, kept.decided_by, kept.decided_reason) == ("rejected", "rep", "was a joke")
    with pytest.raises(MoveRefused):
        await room.ledger.approve(SITE, update.id, by="rep", now=room.now)


async def test_a_reps_own_words_stay_out_of_the_trail_that_can_not_be_erased(room: Room) -> None:
    update = await room.propose(a_proposal(learned("deal.budget", "10k", confidence=0.4)))

    await room.ledger.reject(SITE, update.id, by="rep", reason="Ada told me it was a joke", now=room.now)

    trail = [entry["detail"]["more"] async for entry in room.ledger.audit_entries(SITE, update_id=update.id)]
    assert trail == [None, {"code": "other"}]


async def test_the_same_unsure_value_is_asked_about_once(room: Room) -> None:
    await room.propose(a_proposal(learned("deal.budget", "10k", confidence=0.4)))

    again = await room.propose(a_proposal(learned("deal.budget", "10k", confidence=0.5)))

    assert again.status == "unchanged"


async def test_an_update_approved_late_does_not_undo_what_was_said_since(room: Room) -> None:
    early = await room.propose(a_proposal(learned("deal.seats", 10, confidence=0.4)))
    await room.write(learned("deal.seats", 25))

    await room.ledger.approve(SITE, early.id, by="rep", now=room.now)
    await room.deliver(early)

    kept = await room.ledger.update(SITE, early.id)
    assert (await room.fields())["deal.seats"] == 25
    assert kept.effect is not None
    assert "deal.seats" in kept.effect["notes"][0]


async def test_what_a_person_typed_last_is_not_even_proposed(room: Room) -> None:
    await room.write(learned("deal.seats", 20), learned("deal.plan", "Team"))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    await room.crm.edit(SITE, "deal", record.deals[0].id, {"seats": 30}, by="rep")
    held = await room.ledger.look(SITE, by="conversation", match=TALK)

    update = await room.propose(
        a_proposal(
            learned("deal.seats", 40), learned("deal.plan", "Business"), current=held.fields, typed=held.typed
        )
    )

    trail = [entry async for entry in room.ledger.audit_entries(SITE, update_id=update.id)]
    assert [change["name"] for change in update.document["fields"]] == ["plan"]
    assert trail[0]["detail"]["more"] == {"withheld": ["deal.seats"]}


async def test_a_withdrawn_consent_stops_what_has_not_left_yet(room: Room) -> None:
    sent = await room.write(learned("company.team_size", 40))
    queued = await room.propose(a_proposal(learned("deal.seats", 40)))
    waiting = await room.propose(a_proposal(learned("deal.budget", "10k", confidence=0.4)))

    async with room.sessions() as session:
        stopped = await room.ledger.withdraw(session, SITE, TALK, by="visitor", now=room.now)
        await session.commit()

    assert set(stopped) == {queued.id, waiting.id}
    assert await room.deliver(queued) == "rejected"
    assert (await room.ledger.update(SITE, sent.id)).status == "delivered"


async def test_a_policy_decides_per_field(tmp_path: Path) -> None:
    policy = Policy(version="7", rules=(Rule(field="deal.seats", tier="never"),), otherwise="write")

    async with a_room(sqlite_url(tmp_path), policy=policy) as room:
        update = await room.write(learned("deal.seats", 40, confidence=0.1), learned("deal.plan", "Team"))
        trail = [entry async for entry in room.ledger.audit_entries(SITE, update_id=update.id)]

        assert await room.fields() == {"deal.plan": "Team"}
        assert update.document["policy_version"] == "7"
        assert trail[0]["detail"]["more"] == {"withheld": ["deal.seats"]}
