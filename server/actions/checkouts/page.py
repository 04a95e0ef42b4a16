"""Our own page: it shows the cart and notes the order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.actions.checkouts.ports import Payment
from server.actions.goods import SavedCart
from server.actions.links import Links


@dataclass(frozen=True, slots=True)
class PageCheckout:
    """No money moves; the order is mailed to the team."""

    links: Links
    kind: Literal["page"] = "page"

    def link(self, saved: SavedCart, *, now: datetime) -> str:
        return self.links.checkout(saved, now=now)

    async def begin(self, saved: SavedCart, *, now: datetime) -> Payment | None:  # noqa: ARG002  nothing to begin
        return None
