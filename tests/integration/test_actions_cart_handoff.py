"""Carts are ordered once, people are asked for once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.actions import cart, handoff
from server.actions.errors import BadLink
from server.actions.goods import SavedCart
from server.actions.pricing import price
from server.actions.values import Handoff, HandoffRequest, Presence
from server.errors import Conflict, NotFound
from tests.support.actions_world import CATALOGUE, World, a_world, new_id

SOMEBODY = Presence(reps_online=1, open_now=True)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


async def saved(world: World, *, key: str = "k", email: str | None = None) -> SavedCart:
    quote = price(CATALOGUE, [("team", 5)], "year")
    async with world.sessions.begin() as session:
        return await cart.save(
            session, "demo", "c-1", quote, key=key, now=world.clock(), id=new_id(), email=email
        )


async def ask(world: World, presence: Presence, **wish: Any) -> Handoff:
    async with world.sessions.begin() as session:
        request = HandoffRequest("demo", "c-1", **{"reason": "pricing", "summary": "[person_1] asks", **wish})
        return await handoff.request(session, request, presence=presence, now=world.clock(), id=new_id())


async def test_a_cart_is_kept_to_the_cent_and_once_a_key(world: World) -> None:
    first = await saved(world)

    again = await saved(world)

    assert again == first
    async with world.sessions() as session:
        assert await cart.load(session, "demo", first.id) == first
        assert await cart.carts_of(session, "demo", "c-1") == [first]


async def test_an_order_is_noted_once_and_mailed_to_the_team(world: World) -> None:
    kept = await saved(world)

    async with world.sessions.begin() as session:
        ordered, is_new = await cart.order(session, "demo", kept.id, now=world.clock())
        _, is_new_again = await cart.order(session, "demo", kept.id, now=world.clock())
    await world.run_all()

    assert (ordered.state, is_new, is_new_again) == ("ordered", True, False)
    mails = await world.mails()
    assert [mail.to for mail in mails] == ["sales@fernway.example"]
    assert "5 seats of Team at 12 EUR per seat and month: 720 EUR" in mails[0].text


async def test_a_visitor_who_left_an_address_gets_the_order_too(world: World) -> None:
    kept = await saved(world, email="[email_1]")

    async with world.sessions.begin() as session:
        await cart.order(session, "demo", kept.id, now=world.clock())
    await world.run_all()

    assert {mail.to for mail in await world.mails()} == {"sales@fernway.example", "visitor@lifts.example"}


async def test_a_cart_of_another_site_does_not_exist(world: World) -> None:
    kept = await saved(world)

    async with world.sessions() as session:
        with pytest.raises(BadLink):
            await cart.load(session, "other", kept.id)


@pytest.mark.parametrize(
    ("presence", "state"),
    [
        (SOMEBODY, "asked"),
        (Presence(reps_online=0, open_now=True), "nobody"),
        (Presence(reps_online=1, open_now=False), "nobody"),
    ],
)
async def test_whether_somebody_is_there_is_said_honestly(
    world: World, presence: Presence, state: str
) -> None:
    assert (await ask(world, presence)).state == state


async def test_asking_again_keeps_the_place_and_adds_the_address(world: World) -> None:
    first = await ask(world, SOMEBODY)

    again = await ask(world, SOMEBODY, email="[email_1]")
    await world.run_all()

    assert (again.id, again.email) == (first.id, "[email_1]")
    mails = {mail.to: mail for mail in await world.mails()}
    assert mails.keys() == {"sales@fernway.example", "visitor@lifts.example"}
    told = mails["sales@fernway.example"].text
    assert "Grace asks" in told
    assert "visitor@lifts.example" in told
    assert mails["visitor@lifts.example"].subject == "We have your question"


async def test_asking_again_when_somebody_came_in_tells_them(world: World) -> None:
    night = await ask(world, Presence(reps_online=0, open_now=False))
    await world.run_all()

    morning = await ask(world, SOMEBODY)
    await world.run_all()

    assert (night.state, morning.state, morning.id) == ("nobody", "asked", night.id)
    assert {mail.subject for mail in await world.mails()} == {
        "Please get back to a visitor: pricing",
        "A visitor is waiting: pricing",
    }


async def test_asking_again_while_a_person_is_there_keeps_them_and_mails_only_what_is_new(
    world: World,
) -> None:
    await ask(world, SOMEBODY)
    await world.run_all()
    async with world.sessions.begin() as session:
        joined = await handoff.join(session, "demo", "c-1", "ada", now=world.clock())

    again = await ask(world, SOMEBODY)
    await world.run_all()

    assert (again.id, again.state, again.person) == (joined.id, "joined", "ada")
    assert len(await world.mails()) == 1


async def test_an_address_left_after_the_first_mail_is_mailed_too(world: World) -> None:
    await ask(world, SOMEBODY)
    await world.run_all()

    await ask(world, SOMEBODY, email="[email_1]")
    await world.run_all()

    texts = [mail.text for mail in await world.mails() if mail.to == "sales@fernway.example"]
    assert len(texts) == 2
    assert sum("visitor@lifts.example" in text for text in texts) == 1


async def test_one_person_takes_over_and_hands_back(world: World) -> None:
    await ask(world, SOMEBODY)

    async with world.sessions.begin() as session:
        joined = await handoff.join(session, "demo", "c-1", "ada", now=world.clock())
        with pytest.raises(Conflict):
            await handoff.join(session, "demo", "c-1", "ben", now=world.clock())
        closed = await handoff.close(session, "demo", "c-1", now=world.clock())
        with pytest.raises(NotFound):
            await handoff.join(session, "demo", "c-1", "ben", now=world.clock())

    assert (joined.state, joined.person, closed.state) == ("joined", "ada", "closed")


async def test_a_closed_handover_makes_room_for_another(world: World) -> None:
    first = await ask(world, SOMEBODY)
    async with world.sessions.begin() as session:
        await handoff.close(session, "demo", "c-1", now=world.clock())

    second = await ask(world, SOMEBODY)

    assert second.id != first.id
    async with world.sessions() as session:
        assert [each.id for each in await handoff.handoffs(session, "demo", state="asked")] == [second.id]


async def test_a_person_who_came_first_makes_the_mail_needless(world: World) -> None:
    await ask(world, SOMEBODY)
    async with world.sessions.begin() as session:
        await handoff.join(session, "demo", "c-1", "ada", now=world.clock())

    await world.run_all()

    assert await world.mails() == []
