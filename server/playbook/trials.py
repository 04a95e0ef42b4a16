"""What a trial is, and which product is told of it."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from server.actions.goods import Provisioning, TrialTerms
from server.dialogue.policy import Rules
from server.playbook.checkout import web_address


class ProvisioningRules(Rules):
    """Where the operator's product hears of a confirmed trial; what is sent is signed."""

    url: Annotated[str, Field(max_length=500), AfterValidator(web_address)]
    allow_private: bool = False
    """Whether the address may lead into the operator's own network."""

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        """The address and the name of whoever asked go there: in the clear only where nobody else listens."""
        parts = urlsplit(self.url)
        host = (parts.hostname or "").removeprefix("127.0.0.1")
        is_inside = "." not in host and ":" not in host and self.allow_private
        if parts.scheme == "http" and not is_inside:
            raise ValueError(
                f"{self.url!r} would send addresses of visitors in the clear; write https://, or, for a name of your "
                "own network such as http://app:8000, also allow_private: true"
            )
        return self

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
