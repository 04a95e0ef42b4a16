"""Who takes part in what: a holdout that gets answers only, and a pilot group that gets what is tried out. Pure."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated, Literal

from pydantic import Field

from server.dialogue.policy import Key, Policy, Rules

Group = Literal["", "pilot", "holdout"]
"""Empty is everybody else."""
HOLDOUT = "holdout"


class PilotRules(Rules):
    """A share of visitors for whom questions and messages marked `pilot: true` hold."""

    key: Key = "pilot"
    """Names the experiment; another key draws anew."""
    share: Annotated[float, Field(ge=0, le=0.10)] = 0.05


class HoldoutRules(Rules):
    """A share of visitors who get answers and what they ask for, and nothing unasked."""

    share: Annotated[float, Field(ge=0, le=0.5)] = 0.0


def lot(salt: str, site: str, who: str, experiment: str) -> float:
    """A number from 0 to below 1 that stays the same for the same four, and tells nothing of another experiment's."""
    said = f"{site}\0{experiment}\0{who}".encode()
    drawn = hmac.new(salt.encode(), said, hashlib.sha256).digest()
    return int.from_bytes(drawn[:7], "big") / 2**56


def is_in(salt: str, site: str, who: str, experiment: str, share: float) -> bool:
    """Whether somebody takes part: a larger share keeps all who took part at a smaller one."""
    return lot(salt, site, who, experiment) < share


def group_of(*, holdout: bool, pilot: bool) -> Group:
    """Held out wins: who gets nothing unasked can not try out questions."""
    if holdout:
        return "holdout"
    return "pilot" if pilot else ""


def policy_for(policy: Policy, group: Group) -> Policy:
    """What decisions go by for somebody of that group."""
    if group == "holdout":
        gates = {play: gate.model_copy(update={"offer": None}) for play, gate in policy.gates.items()}
        return policy.model_copy(update={"questions": (), "gates": gates})
    if group == "pilot" or not any(question.pilot for question in policy.questions):
        return policy
    kept = tuple(question for question in policy.questions if not question.pilot)
    return policy.model_copy(update={"questions": kept})
