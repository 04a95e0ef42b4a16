"""The playbook's section `members`: what signed-in users of each plan may read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from server.dialogue.policy import Rules

Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:_-]{0,63}$")]
"""What a document's `audience` can name."""


class PlanAccess(Rules):
    """One plan of the product, by the key that the host application's tokens name it with."""

    name: str = Field(min_length=1, max_length=60)
    """As users know it."""
    audience: tuple[Label, ...] = ()
    """Labels of the documents that users of the plan may read."""
    features: tuple[Label, ...] = ()
    """What the product does for them; guides go by it."""


class MemberRules(Rules):
    """Who reads what once the host application has said who they are."""

    plans: Mapping[Label, PlanAccess] = Field(default_factory=dict)
    signed_in_audience: Label = "signed-in"
    """The label of every signed-in user, whatever their plan."""

    @model_validator(mode="after")
    def _each_is_told_from_the_others(self) -> Self:
        """Tokens name a plan by its key or its name, whatever the case: two that share one would share what they may
        read."""
        owners: dict[str, str] = {}
        for key, plan in self.plans.items():
            for called in (key, plan.name):
                other = owners.setdefault(called.casefold(), key)
                if other != key:
                    raise ValueError(
                        f"{called!r} is what both plan {other!r} and {key!r} are called; rename one"
                    )
        return self
