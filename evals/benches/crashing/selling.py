"""The sagas of what is tried and bought: a trial with the operator's product told of it, a cart ordered or paid."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from evals.benches.crashing.world import SITE, World, new_id
from server.actions import activations, cart, trial
from server.actions.goods import Cart, CartLine, TrialRequest, TrialTerms
from server.actions.provisioning import ProductAnswer
from server.actions.tables import CartRow, TrialRow
from server.actions.values import TrialChanged

_PATIENCE = timedelta(days=2)
"""For as long the product may not answer."""


async def try_out(world: World, _draw: Random) -> None:
    """Where no product is told."""
    await _ask(world)
    await _verify(world, provision=False)


async def try_out_there(world: World, _draw: Random) -> None:
    """The product makes the trial, and tells later that it is used."""
    await _ask(world)
    await _verify(world, provision=True)
    for known in world.product.trials():

        async def used(session: AsyncSession, known: str = known) -> None:
            # What the product repeats until we have taken it.
            if not await activations.is_new(session, SITE, "product", f"used-{known}", now=world.clock()):
                return
            found = await activations.find(session, SITE, "", known)
            moved = await activations.apply(
                session, SITE, found, "trial.activated", ProductAnswer(external_id=known), at=world.clock()
            )
            if moved is not None:
                await world.tell_of_trial(session, TrialChanged(*moved))

        await world.save(used)
    await world.settle(until=world.clock() + _PATIENCE)


async def order(world: World, draw: Random) -> None:
    """On our own page."""

    async def ordered(session: AsyncSession) -> None:
        row = await _cart(session)
        saved, is_new = await cart.order(session, SITE, row.id, now=world.clock())
        if is_new:
            await world.tell(session, "cart.filled", f"{saved.id}:ordered", "ordered the cart")

    await _fill(world, draw)
    await world.once("ordered", ordered)
    await world.settle(until=world.clock() + _PATIENCE)


async def pay(world: World, draw: Random) -> None:
    """At a provider, who tells us until we have taken it."""
    await _fill(world, draw)
    async with world.sessions() as session:
        saved = await cart.load(session, SITE, (await _cart(session)).id)
    if saved.state == "open":
        payment = await world.till.begin(saved, now=world.clock())

        async def begun(session: AsyncSession) -> None:
            assert await cart.begin_payment(session, saved, payment.id), "nobody else changes the cart"

        if payment.id != saved.payment:
            await world.save(begun)
    for held in world.till.payments():

        async def paid(session: AsyncSession, held: dict[str, str] = held) -> None:
            if not await activations.is_new(session, SITE, "till", f"paid-{held['id']}", now=world.clock()):
                return
            known, paying = await cart.pay(session, SITE, held["cart"], held["id"], now=world.clock())
            if paying == "ordered":
                await world.tell(session, "cart.filled", f"{known.id}:ordered", "paid the cart")

        await world.save(paid)
    await world.settle(until=world.clock() + _PATIENCE)


async def _ask(world: World) -> None:
    async def asked(session: AsyncSession) -> None:
        request = TrialRequest(SITE, "c-1", "visitor@lifts.example")
        outcome = await trial.start(
            session, request, TrialTerms("Business"), secret="s", now=world.clock(), id=new_id()
        )
        await world.tell(session, "trial.started", f"{outcome.trial.id}:1", "asked for a trial")

    await world.once("asked", asked)
    await world.settle(until=world.clock() + _PATIENCE)


async def _verify(world: World, *, provision: bool) -> None:
    async def verified(session: AsyncSession) -> None:
        row = await session.scalar(select(TrialRow))
        assert row is not None, "it was asked for"
        known = await trial.trial(session, SITE, row.id)
        link = world.links.verify(known, expires=world.clock() + timedelta(hours=48))
        opened = world.links.read("trial", link.rsplit("/", 1)[-1], now=world.clock())
        done = await trial.verify(session, opened, now=world.clock(), provision=provision)
        await world.tell(session, "trial.verified", f"{done.id}:verified", "the trial runs")

    await world.once("verified", verified)
    await world.settle(until=world.clock() + _PATIENCE)


async def _fill(world: World, draw: Random) -> None:
    seats = draw.randint(4, 50)
    price = Decimal("24.00")
    total = price * seats * 12

    async def filled(session: AsyncSession) -> None:
        line = CartLine("business", "Business", seats, price, total)
        quote = Cart((line,), "year", "EUR", total, "2026-03")
        await cart.save(
            session, SITE, "c-1", quote, key="c-1:cart", now=world.clock(), id=new_id(), email="[email_1]"
        )

    await world.once("filled", filled)


async def _cart(session: AsyncSession) -> CartRow:
    return (await session.scalars(select(CartRow))).one()
