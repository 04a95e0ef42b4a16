"""What a trial is, and which product is told of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from server.actions.goods import Provisioning, TrialTerms
from server.dialogue.policy import Rules
from server.playbook.checkout import web_address


class ProvisioningRules(Rules):
    """Where the operator's product hears of a confirmed trial; what is sent is signed."""

    url: Annotated[str, Field(max_length=500), AfterValidator(web_address)]
    allow_private: bool = False
    """Whether the address may lead into the operator's own network."""

    def place(self) -> Provisioning:
        return Provisioning(self.url, self.allow_private)


class TrialRules(Rules):
    """What a trial is."""

    plan: Annotated[str, Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=365)] = 14
    link_hours: Annotated[int, Field(ge=1, le=168)] = 24
    """How long the confirmation link works."""
    provisioning: ProvisioningRules | None = None

    def terms(self) -> TrialTerms:
        return TrialTerms(plan=self.plan, days=self.days, link_hours=self.link_hours)
