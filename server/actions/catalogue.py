"""The operator's plans and prices: data with a schema, and the only source of a price that is quoted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Price = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)]
Name = Annotated[str, Field(min_length=1, max_length=80)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StripePrices(_Data):
    """Ids of prices that stand at Stripe already; without them the amounts of the catalogue are sent along."""

    month: str = Field(pattern=r"^price_\w+$")
    year: str = Field(pattern=r"^price_\w+$")


class Tier(_Data):
    """From this many seats on, all seats cost this."""

    seats: int = Field(ge=2)
    monthly: Price
    yearly: Price


class Plan(_Data):
    """One plan. Prices are per seat and month; a plan without a price is sold by a person."""

    key: Key
    name: Name
    monthly: Price | None = None
    """When billed every month."""
    yearly: Price | None = None
    """When billed once a year: still the price of one month."""
    min_seats: int = Field(default=1, ge=1)
    max_seats: int | None = Field(default=None, ge=1)
    url: str | None = None
    """The page that says so, for citing."""
    tiers: tuple[Tier, ...] = ()
    """Lower prices for more seats."""
    trialable: bool = True
    stripe: StripePrices | None = None

    @model_validator(mode="after")
    def _bounds_make_sense(self) -> Self:
        if self.max_seats is not None and self.max_seats < self.min_seats:
            raise ValueError(
                f"plan {self.key!r}: max_seats {self.max_seats} is below min_seats {self.min_seats}; swap"
            )
        if (self.monthly is None) != (self.yearly is None):
            raise ValueError(f"plan {self.key!r}: give both monthly and yearly, or neither (talk to sales)")
        return self

    @model_validator(mode="after")
    def _more_seats_never_cost_more_each(self) -> Self:
        if not self.tiers:
            return self
        if self.monthly is None or self.yearly is None:
            raise ValueError(
                f"plan {self.key!r}: tiers need monthly and yearly prices to begin with; add them"
            )
        seats, monthly, yearly = self.min_seats, self.monthly, self.yearly
        for tier in self.tiers:
            if tier.seats <= seats:
                raise ValueError(
                    f"plan {self.key!r}: the tier from {tier.seats} seats comes after one from {seats}; put the tiers "
                    "in rising order, the first above min_seats"
                )
            if self.max_seats is not None and tier.seats > self.max_seats:
                raise ValueError(
                    f"plan {self.key!r}: nobody reaches the tier from {tier.seats} seats with max_seats "
                    f"{self.max_seats}; remove it or raise max_seats"
                )
            if tier.monthly > monthly or tier.yearly > yearly:
                raise ValueError(
                    f"plan {self.key!r}: a seat costs more from {tier.seats} seats on than before; lower that tier"
                )
            seats, monthly, yearly = tier.seats, tier.monthly, tier.yearly
        return self


class AddOn(_Data):
    """Something beside the seats. Its price is for one month, and for one seat or the whole account."""

    key: Key
    name: Name
    monthly: Price
    yearly: Price
    per: Literal["seat", "account"] = "account"
    plans: tuple[str, ...] = ()
    """Keys of the plans that it goes with; empty: every plan with a price."""
    stripe: StripePrices | None = None


class Discount(_Data):
    """A code that visitors may type."""

    code: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", min_length=3, max_length=40)
    percent: int = Field(ge=1, le=100)
    plans: tuple[str, ...] = ()
    """Keys of the plans that it is for; empty: all."""
    until: date | None = None
    """The last day, in UTC."""
    stripe_coupon: str | None = None
    """The same discount at Stripe; needed where Stripe takes the money."""


class Catalogue(_Data):
    """All that can be bought, in one currency."""

    version: str = "1"
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    tax: Literal["excluded", "included"] | None = None
    """Whether prices hold taxes; said with every total."""
    plans: tuple[Plan, ...] = Field(min_length=1)
    addons: tuple[AddOn, ...] = ()
    discounts: tuple[Discount, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        keys = [*(plan.key for plan in self.plans), *(addon.key for addon in self.addons)]
        names = [*(plan.name for plan in self.plans), *(addon.name for addon in self.addons)]
        if twice := _twice(keys):
            raise ValueError(f"plan key {twice!r} stands twice; give each plan and add-on its own key")
        if twice := _twice([name.casefold() for name in names]):
            raise ValueError(f"the name {twice!r} stands twice; visitors could not tell the two apart")
        if twice := _twice([each.code.casefold() for each in self.discounts]):
            raise ValueError(f"discount code {twice!r} stands twice; remove one")
        return self

    @model_validator(mode="after")
    def _plans_that_are_named_exist(self) -> Self:
        known = {plan.key for plan in self.plans}
        for what, named in self._named():
            if missing := [key for key in named if key not in known]:
                raise ValueError(
                    f"{what}: there is no plan {missing[0]!r}; its plans are {', '.join(sorted(known))}"
                )
        return self

    def plan(self, wanted: str) -> Plan | None:
        """The plan with this key or name, however it is capitalised."""
        folded = wanted.strip().casefold()
        return next((plan for plan in self.plans if folded in {plan.key, plan.name.casefold()}), None)

    def addon(self, wanted: str) -> AddOn | None:
        """The add-on with this key or name, however it is capitalised."""
        folded = wanted.strip().casefold()
        return next((each for each in self.addons if folded in {each.key, each.name.casefold()}), None)

    def discount(self, code: str) -> Discount | None:
        """What a code takes off, however it is capitalised."""
        folded = code.strip().casefold()
        return next((each for each in self.discounts if each.code.casefold() == folded), None)

    def _named(self) -> Iterator[tuple[str, Sequence[str]]]:
        yield from ((f"add-on {each.key!r}", each.plans) for each in self.addons)
        yield from ((f"discount {each.code!r}", each.plans) for each in self.discounts)


def _twice(names: Sequence[str]) -> str | None:
    return next((name for name, times in Counter(names).items() if times > 1), None)
