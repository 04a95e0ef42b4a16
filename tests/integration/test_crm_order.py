"""Updates of one person go in order, whichever of their conversations told them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from crm_sync.forgetting import forget_conversation
from crm_sync.proposals import PERSON
from crm_sync.tables import UpdateRow
from tests.support.crm import DATABASES, SITE, Room, a_note, a_proposal, a_room_on, learned

ADA = f"{PERSON}{'a' * 64}"


@pytest.fixture(params=DATABASES)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with a_room_on(request.param, tmp_path) as made:
        yield made


async def _keys(room: Room, conversation: str) -> set[str]:
    async with room.sessions() as session:
        mine = select(UpdateRow.contact_key).where(UpdateRow.conversation == conversation)
        return set(await session.scalars(mine))


async def test_a_note_of_a_persons_second_conversation_waits_for_that_of_the_first(room: Room) -> None:
    first = await room.propose(a_proposal(activity=a_note("Monday"), conversation="monday", contact=ADA))
    second = await room.propose(a_proposal(activity=a_note("Friday"), conversation="friday", contact=ADA))

    too_early = await room.deliver(second)
    done = [await room.deliver(first), await room.deliver(second)]

    assert too_early == "pending"
    assert done == ["delivered", "delivered"]


async def test_what_was_told_before_the_person_was_known_goes_in_their_order_too(room: Room) -> None:
    elsewhere = await room.propose(a_proposal(activity=a_note(), conversation="monday", contact=ADA))
    before = await room.propose(a_proposal(activity=a_note(), conversation="friday"))

    known = await room.propose(a_proposal(activity=a_note(), conversation="friday", contact=ADA))
    after = await room.propose(a_proposal(activity=a_note(), conversation="friday"))

    queue = [elsewhere, before, known, after]
    too_early = [await room.deliver(update) for update in reversed(queue[1:])]
    assert too_early == ["pending"] * 3
    assert [await room.deliver(update) for update in queue] == ["delivered"] * 4


async def test_what_another_conversation_told_is_not_taken_for_told_in_this_one(room: Room) -> None:
    size = learned("company.team_size", 40)
    await room.propose(a_proposal(size, conversation="monday", contact=ADA))

    again = await room.propose(a_proposal(size, conversation="friday", contact=ADA))

    assert [(change["name"], change["previous"]) for change in again.document["fields"]] == [
        ("team_size", None)
    ]


async def test_no_hash_of_an_address_outlives_its_conversation(room: Room) -> None:
    await room.propose(a_proposal(activity=a_note(), conversation="friday", contact=ADA))
    before = await _keys(room, "friday")

    async with room.sessions() as session:
        await forget_conversation(session, SITE, "friday", by="visitor", now=room.now)
        await session.commit()

    assert (before, await _keys(room, "friday")) == ({ADA}, {"conversation:friday"})
