"""Carts: a quote that was given is kept as it was, and is ordered once."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import outbox
from server.actions.errors import BadLink
from server.actions.goods import Cart, CartLine, SavedCart
from server.actions.tables import CartRow, insert_missing
from server.actions.values import EffectRequest

Paying = Literal["ordered", "paid", "twice", "unchanged"]
"""What a payment did to its cart: `paid` one that was ordered before, `twice` is money to give back."""


async def save(
    session: AsyncSession,
    site: str,
    conversation: str,
    cart: Cart,
    *,
    key: str,
    now: datetime,
    id: str,  # noqa: A002
    email: str | None = None,
) -> SavedCart:
    """Keep a cart in the caller's transaction; the same key is the same cart. `email` is a placeholder."""
    row = {
        "id": id,
        "site": site,
        "conversation": conversation,
        "key": key,
        "quote": _written(cart),
        "state": "open",
        "email": email,
        "created_at": now,
        "ordered_at": None,
        "revision": 1,
        "payment": None,
        "paid_at": None,
    }
    await insert_missing(session, CartRow, [row])
    same = select(CartRow).where(CartRow.site == site, CartRow.key == key)
    return _saved((await session.execute(same)).scalar_one())


async def load(session: AsyncSession, site: str, cart_id: str) -> SavedCart:
    """One cart; raises `BadLink`, because only links ask."""
    return _saved(await _row(session, site, cart_id))


async def carts_of(session: AsyncSession, site: str, conversation: str) -> list[SavedCart]:
    """The carts of a conversation, the latest first."""
    found = (
        select(CartRow)
        .where(CartRow.site == site, CartRow.conversation == conversation)
        .order_by(CartRow.created_at.desc(), CartRow.id.desc())
    )
    return [_saved(row) for row in (await session.execute(found)).scalars()]


async def change(session: AsyncSession, site: str, cart_id: str, cart: Cart) -> SavedCart | None:
    """Put other lines into an open cart, in the caller's transaction; its link shows them from now on.

    None when it is ordered, gone, or on its way to being paid: what somebody is paying does not change.
    """
    mine = select(CartRow).where(CartRow.site == site, CartRow.id == cart_id).with_for_update()
    row = await session.scalar(mine.execution_options(populate_existing=True))
    if row is None or row.state != "open" or row.payment:
        return None
    written = _written(cart)
    if written != row.quote:
        row.quote = written
        row.revision += 1
        await session.flush()
    return _saved(row)


async def discard(session: AsyncSession, site: str, cart_id: str) -> bool:
    """Give an open cart up, in the caller's transaction; False when it is ordered or on its way to being paid."""
    mine = select(CartRow).where(CartRow.site == site, CartRow.id == cart_id).with_for_update()
    row = await session.scalar(mine.execution_options(populate_existing=True))
    if row is not None and (row.state != "open" or row.payment):
        return False
    if row is not None:
        await session.delete(row)
        await session.flush()
    return True


async def begin_payment(session: AsyncSession, saved: SavedCart, payment: str) -> bool:
    """Note what the provider calls the payment: the cart stays as it is from now on.

    False when it was changed meanwhile: what would be paid is not what it holds.
    """
    row = await _row(session, saved.site, saved.id, lock=True)
    if row.revision != saved.revision or row.state != "open":
        return False
    row.payment = payment
    await session.flush()
    return True


async def pay(
    session: AsyncSession, site: str, cart_id: str, payment: str, *, now: datetime
) -> tuple[SavedCart, Paying]:
    """Note that it is paid, which orders it unless it was; what it was paid with first stays."""
    row = await _row(session, site, cart_id, lock=True)
    if row.paid_at is not None:
        return _saved(row), "unchanged" if row.payment == payment else "twice"
    row.paid_at, row.payment = now, payment
    await session.flush()
    saved, is_new = await order(session, site, cart_id, now=now)
    return saved, "ordered" if is_new else "paid"


async def order(session: AsyncSession, site: str, cart_id: str, *, now: datetime) -> tuple[SavedCart, bool]:
    """Note the order and queue its mail; the flag says whether this call did it, or an earlier one had."""
    row = await _row(session, site, cart_id, lock=True)
    if row.state == "ordered":
        return _saved(row), False
    row.state = "ordered"
    row.ordered_at = now
    await session.flush()
    for audience in ("sales", "visitor") if row.email else ("sales",):
        request = EffectRequest(
            site=site,
            conversation=row.conversation,
            kind="order_mail",
            payload={"cart": row.id, "audience": audience},
            key=f"order:{row.id}:{audience}",
        )
        await outbox.enqueue(session, request, now=now)
    return _saved(row), True


async def _row(session: AsyncSession, site: str, cart_id: str, *, lock: bool = False) -> CartRow:
    wanted = select(CartRow).where(CartRow.site == site, CartRow.id == cart_id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    row = (await session.execute(wanted)).scalar_one_or_none()
    if row is None:
        raise BadLink("no_cart")
    return row


def _written(cart: Cart) -> dict[str, Any]:
    return {
        "period": cart.period,
        "currency": cart.currency,
        "total": str(cart.total),
        "version": cart.version,
        "discount": str(cart.discount),
        "code": cart.code,
        "tax": cart.tax,
        "lines": [
            {
                "plan": line.plan,
                "name": line.name,
                "quantity": line.quantity,
                "unit_price": str(line.unit_price),
                "total": str(line.total),
                "kind": line.kind,
            }
            for line in cart.lines
        ],
    }


def _read(quote: dict[str, Any]) -> Cart:
    lines = tuple(
        CartLine(
            line["plan"],
            line["name"],
            line["quantity"],
            Decimal(line["unit_price"]),
            Decimal(line["total"]),
            line.get("kind", "plan"),
        )
        for line in quote["lines"]
    )
    # Carts of before there were discounts and taxes lack what tells of them.
    return Cart(
        lines, quote["period"], quote["currency"], Decimal(quote["total"]), quote["version"],
        Decimal(quote.get("discount", "0")), quote.get("code", ""), quote.get("tax", ""),
    )  # fmt: skip


def _saved(row: CartRow) -> SavedCart:
    return SavedCart(
        id=row.id,
        site=row.site,
        conversation=row.conversation,
        cart=_read(row.quote),
        state="ordered" if row.state == "ordered" else "open",
        email=row.email,
        ordered_at=row.ordered_at,
        revision=row.revision,
        paid_at=row.paid_at,
        payment=row.payment or "",
    )
