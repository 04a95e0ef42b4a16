"""The nouns of what is tried and bought: trials and how far they are, carts as they were priced."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

# -- trials --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Provisioning:
    """Where the operator's product hears of trials."""

    url: str
    allow_private: bool = False
    """Whether the address may stand inside the operator's own network."""


@dataclass(frozen=True, slots=True)
class TrialTerms:
    """What a trial is: from the operator's data."""

    plan: str
    days: int = 14
    link_hours: int = 48


@dataclass(frozen=True, slots=True)
class TrialRequest:
    """A wish for a trial: the address itself, and the placeholder under which it may be stored."""

    site: str
    conversation: str
    address: str = field(repr=False)
    sealed_email: str = "[email_1]"
    is_meant: bool = False
    """Given twice: an address that looks mistyped is taken as it stands."""


Provision = Literal["", "waiting", "pending", "ready", "failed"]
"""How far the operator's product is: told of it, working on it, done. Nothing where no product is told."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial and how far it is; `ends_at` is set once its address is verified."""

    id: str
    site: str
    conversation: str
    email: str
    plan: str
    days: int
    state: Literal["sent", "verified"]
    mails: int
    created_at: datetime
    ends_at: datetime | None
    provision: Provision = ""
    login_url: str = ""
    """Where the product said that one signs in."""
    verified_at: datetime | None = None
    converted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """What asking for a trial led to. `waiting`: a mail went out a moment ago."""

    state: Literal["mail_sent", "waiting", "exists", "ended"]
    trial: Trial


# -- carts ---------------------------------------------------------------------------------------------------

Period = Literal["month", "year"]
LineKind = Literal["plan", "addon_seat", "addon_account"]


@dataclass(frozen=True, slots=True)
class CartLine:
    """Seats of one plan, or an add-on. `unit_price` is per month and seat, `total` what one period costs."""

    plan: str
    name: str
    quantity: int
    unit_price: Decimal
    total: Decimal
    kind: LineKind = "plan"
    """Of an add-on, whether it is paid by seat or once for the account."""


@dataclass(frozen=True, slots=True)
class Cart:
    """A priced cart; `version` names the catalogue it was priced from."""

    lines: tuple[CartLine, ...]
    period: Period
    currency: str
    total: Decimal
    """What is paid for one period, the discount taken off."""
    version: str
    discount: Decimal = Decimal(0)
    code: str = ""
    """The discount's code, as the catalogue writes it."""
    tax: Literal["", "excluded", "included"] = ""


@dataclass(frozen=True, slots=True)
class SavedCart:
    """A cart with the place it is kept."""

    id: str
    site: str
    conversation: str
    cart: Cart
    state: Literal["open", "ordered"]
    email: str | None
    ordered_at: datetime | None
    revision: int = 1
    """Counts its changes: who orders says which one they saw."""
    paid_at: datetime | None = None
    payment: str = ""
    """What the payment provider calls the payment that was begun."""
