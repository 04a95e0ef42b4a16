"""What the host application says of its signed-in user, as the dialogue knows it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from server.dialogue.known import Known

if TYPE_CHECKING:
    from server.dialogue.values import State


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who it is; personal values are placeholders."""

    name: str = ""
    email: str = ""
    plan: str = ""
    """As the company writes it."""
    company: str = ""


def introduced(state: State, who: SignedIn) -> State:
    """Their name and address are known and not asked for. What they told here themselves holds before it."""
    told = {"person": who.name, "email": who.email, "company": who.company}
    facts = tuple(Known(name, value, "signed_in", 1.0) for name, value in told.items() if value)
    own = tuple(fact for fact in state.facts if fact.how != "signed_in")
    return replace(state, signed_in=who, facts=(*facts, *own))
