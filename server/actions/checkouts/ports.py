"""What a cart needs from wherever it is paid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from server.actions.errors import Refusal
from server.actions.goods import SavedCart

CheckoutKind = Literal["page", "stripe", "template"]


@dataclass(frozen=True, slots=True)
class Payment:
    """Where paying goes on. `id` is what the provider calls it, where it tells us of the end."""

    url: str
    id: str = ""


class CheckoutAway(Refusal):
    """The provider can not be asked; the cart is kept."""

    code = "checkout_away"
    status = 503


class Checkout(Protocol):
    """One way to pay."""

    @property
    def kind(self) -> CheckoutKind: ...

    def link(self, saved: SavedCart, *, now: datetime) -> str:
        """What a cart in the chat leads to. Asks nobody."""

    async def begin(self, saved: SavedCart, *, now: datetime) -> Payment | None:
        """Where the visitor goes on; None: the order is noted here. Begun twice it is one payment.

        Raises `CheckoutAway`.
        """


CheckoutOf = Callable[[str], Checkout]
"""The way to pay at a site."""
