"""What a site decided about its CRM updates: what is written at once, and how long an update may wait for a rep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from crm_sync.deciding.policy import Policy


@dataclass(frozen=True, slots=True)
class HouseRules:
    """The rules of one site."""

    policy: Policy = field(default_factory=Policy)
    deadline: timedelta | None = None
    """After this an update that waits for a rep is overdue; None: never."""


RulesOf = Callable[[str], HouseRules]
"""The rules by site."""


def rules_of(rules: Policy | RulesOf) -> RulesOf:
    """One policy for every site and no deadline, or the rules as they are given."""
    if not isinstance(rules, Policy):
        return rules
    same = HouseRules(rules)
    return lambda _site: same
