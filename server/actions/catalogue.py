"""The operator's plans and prices: data with a schema, and the only source of a price that is quoted."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Price = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class Plan(BaseModel):
    """One plan. Prices are per seat and month; a plan without a price is sold by a person."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)
    name: str = Field(min_length=1, max_length=80)
    monthly: Price | None = None
    """When billed every month."""
    yearly: Price | None = None
    """When billed once a year: still the price of one month."""
    min_seats: int = Field(default=1, ge=1)
    max_seats: int | None = Field(default=None, ge=1)
    url: str | None = None
    """The page that says so, for citing."""

    @model_validator(mode="after")
    def _bounds_make_sense(self) -> Self:
        if self.max_seats is not None and self.max_seats < self.min_seats:
            raise ValueError(
                f"plan {self.key!r}: max_seats {self.max_seats} is below min_seats {self.min_seats}; swap"
            )
        if (self.monthly is None) != (self.yearly is None):
            raise ValueError(f"plan {self.key!r}: give both monthly and yearly, or neither (talk to sales)")
        return self


class Catalogue(BaseModel):
    """All plans that can be bought, in one currency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str = "1"
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    plans: tuple[Plan, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _keys_are_unique(self) -> Self:
        keys = [plan.key for plan in self.plans]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"plan key {twice[0]!r} stands twice; give each plan its own key")
        return self

    def plan(self, wanted: str) -> Plan | None:
        """The plan with this key or name, however it is capitalised."""
        folded = wanted.strip().casefold()
        return next((plan for plan in self.plans if folded in {plan.key, plan.name.casefold()}), None)
