"""The operator's own shop: an address with the cart's values in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote

from server.actions.checkouts.ports import Payment
from server.actions.goods import SavedCart


@dataclass(frozen=True, slots=True)
class TemplateCheckout:
    """Says nothing of the visitor: the cart's id is a reference for whoever reconciles orders."""

    template: str
    kind: Literal["template"] = "template"

    def link(self, saved: SavedCart, *, now: datetime) -> str:  # noqa: ARG002  the address holds for ever
        cart = saved.cart
        plan = next(line for line in cart.lines if line.kind == "plan")
        values = {
            "plan": plan.plan,
            "seats": str(plan.quantity),
            "period": cart.period,
            "ref": saved.id,
            "currency": cart.currency,
            "addons": ",".join(line.plan for line in cart.lines if line.kind != "plan"),
            "code": cart.code,
        }
        return self.template.format(**{name: quote(value, safe="") for name, value in values.items()})

    async def begin(self, saved: SavedCart, *, now: datetime) -> Payment | None:
        return Payment(self.link(saved, now=now))
