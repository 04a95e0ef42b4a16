"""The values of trying and buying: what is in the cart, and the moves that fill it, price it and start a trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Period = Literal["month", "year"]


@dataclass(frozen=True, slots=True)
class Basket:
    """What the visitor has in the cart, as it was last shown. `id` is the kept cart's."""

    plan: str
    seats: int
    period: Period = "year"
    addons: tuple[str, ...] = ()
    code: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class AskCart:
    """Which plan, or how many seats."""

    missing: Literal["plan", "seats"]


@dataclass(frozen=True, slots=True)
class FillCart:
    """Price a cart and give its link; with `cart` the one that stands is changed."""

    plan: str
    seats: int
    period: Period
    addons: tuple[str, ...] = ()
    code: str = ""
    cart: str = ""


@dataclass(frozen=True, slots=True)
class EmptyCart:
    """Give up the cart that stands."""

    cart: str = ""


@dataclass(frozen=True, slots=True)
class QuotePrice:
    """Say what the price list says, with the documents' answer after it where there is one.

    Without plans, those that can have so many seats; without seats, what one costs.
    """

    plans: tuple[str, ...] = ()
    seats: int | None = None
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class StartTrial:
    """Start the trial for the known e-mail address. `is_meant`: it was given twice, so a likely slip is none."""

    is_meant: bool = False


@dataclass(frozen=True, slots=True)
class TrialStatus:
    """Say how far the trial of this conversation is."""
