"""The playbook's section `members`: what signed-in users of each plan may read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

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
