"""Stripe Checkout: a session of Stripe's own page, made when the visitor goes on to pay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import httpx

from server.actions.catalogue import Catalogue
from server.actions.checkouts.ports import CheckoutAway, Payment
from server.actions.goods import CartLine, SavedCart
from server.actions.links import Links
from server.actions.pricing import MONTHS, unit_price
from server.telemetry import log

_VERSION = "2024-06-20"
_SECONDS = 15.0
_ZERO_DECIMAL = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
"""Currencies that Stripe counts in whole units."""
_THREE_DECIMAL = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])


@dataclass(frozen=True, slots=True)
class StripeCheckout:
    """One site's account at Stripe."""

    key: str = field(repr=False)
    links: Links
    catalogue: Callable[[], Catalogue]
    base: str = "https://api.stripe.com"
    transport: httpx.AsyncBaseTransport | None = None
    kind: Literal["stripe"] = "stripe"

    def link(self, saved: SavedCart, *, now: datetime) -> str:
        """Our page first: it shows the quote, and a session is only made for who goes on."""
        return self.links.checkout(saved, now=now)

    async def begin(self, saved: SavedCart, *, now: datetime) -> Payment | None:
        """The session that is open for this cart, or a new one; a cart has one open session at most."""
        back = self.links.checkout(saved, now=now)
        if saved.payment:
            held = await self._ask("GET", f"/v1/checkout/sessions/{saved.payment}")
            if held.get("status") == "complete":
                # Paid, and the webhook is still on its way: our page waits for it, and nothing is paid twice.
                return Payment(f"{back}?paid=1", saved.payment)
            if held.get("status") != "expired" and held.get("url"):
                return Payment(str(held["url"]), str(held["id"]))
        made = await self._ask(
            "POST",
            "/v1/checkout/sessions",
            form=dict(session_form(saved, self.catalogue(), back)),
            # Pressed twice, or repeated after a lost answer, it is the same session.
            key=f"frontdesk-{saved.id}-{saved.revision}-{saved.payment or 'first'}",
        )
        return Payment(str(made["url"]), str(made["id"]))

    async def _ask(
        self, method: str, path: str, *, form: dict[str, str] | None = None, key: str = ""
    ) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.key}", "stripe-version": _VERSION}
        if key:
            headers["idempotency-key"] = key
        try:
            async with httpx.AsyncClient(
                base_url=self.base, timeout=_SECONDS, transport=self.transport
            ) as client:
                answer = await client.request(method, path, data=form, headers=headers)
                answer.raise_for_status()
                found: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            status = error.response.status_code if isinstance(error, httpx.HTTPStatusError) else 0
            log().warning("checkout.away", provider="stripe", status=status, kind=type(error).__name__)
            raise CheckoutAway("checkout_away", code="checkout_away", status=503) from error
        if method == "POST" and not (found.get("url") and found.get("id")):
            raise CheckoutAway("checkout_away", code="checkout_away", status=503)
        return found


def session_form(saved: SavedCart, catalogue: Catalogue, back: str) -> Iterator[tuple[str, str]]:
    """The session as Stripe wants it: a subscription of the cart's lines, and the way back to our page."""
    cart = saved.cart
    yield "mode", "subscription"
    yield "client_reference_id", saved.id
    yield "metadata[cart]", saved.id
    yield "metadata[site]", saved.site
    yield "success_url", f"{back}?paid=1"
    yield "cancel_url", back
    for place, line in enumerate(cart.lines):
        at = f"line_items[{place}]"
        yield f"{at}[quantity]", str(line.quantity)
        held = _price_id(line, cart.period, catalogue)
        if held:
            yield f"{at}[price]", held
            continue
        yield f"{at}[price_data][currency]", cart.currency.lower()
        yield (
            f"{at}[price_data][unit_amount]",
            str(smallest(line.unit_price * MONTHS[cart.period], cart.currency)),
        )
        yield f"{at}[price_data][recurring][interval]", cart.period
        yield f"{at}[price_data][product_data][name]", line.name
    discount = catalogue.discount(cart.code) if cart.code else None
    if discount is not None and discount.stripe_coupon:
        yield "discounts[0][coupon]", discount.stripe_coupon


def smallest(amount: Decimal, currency: str) -> int:
    """The amount in the currency's smallest unit, as Stripe counts it."""
    places = 0 if currency in _ZERO_DECIMAL else 3 if currency in _THREE_DECIMAL else 2
    exact = amount.scaleb(places)
    if exact != exact.to_integral_value():
        raise CheckoutAway("checkout_away", code="amount_not_whole", status=503)
    return int(exact)


def _price_id(line: CartLine, period: Literal["month", "year"], catalogue: Catalogue) -> str:
    """The price that stands at Stripe, while the catalogue still has the one that was quoted."""
    plan, addon = catalogue.plan(line.plan), catalogue.addon(line.plan)
    if line.kind == "plan" and plan is not None and plan.stripe is not None:
        now = unit_price(plan, period, line.quantity)
        return getattr(plan.stripe, period) if now == line.unit_price and not plan.tiers else ""
    if line.kind != "plan" and addon is not None and addon.stripe is not None:
        now = addon.monthly if period == "month" else addon.yearly
        return getattr(addon.stripe, period) if now == line.unit_price else ""
    return ""
