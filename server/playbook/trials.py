"""What a trial is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from server.actions.goods import TrialTerms
from server.dialogue.policy import Rules


class TrialRules(Rules):
    """What a trial is."""

    plan: Annotated[str, Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=365)] = 14
    link_hours: Annotated[int, Field(ge=1, le=168)] = 24
    """How long the confirmation link works."""

    def terms(self) -> TrialTerms:
        return TrialTerms(plan=self.plan, days=self.days, link_hours=self.link_hours)
