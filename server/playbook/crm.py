"""Where a site's CRM updates go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from crm_sync import load_policy
from crm_sync.errors import PolicyInvalid
from server.dialogue.policy import Rules


class CrmRules(Rules):
    """The CRM of a site; keys and secrets stand in a file of their own, never here."""

    provider: Literal["builtin", "hubspot", "salesforce", "pipedrive", "webhook"] = "builtin"
    mapping: str = ""
    """YAML file that says which of our fields are which of the CRM's, beside the playbook; empty: the shipped one."""
    policy: str = ""
    """YAML file of rules that say what is written at once, beside the playbook; empty: the shipped policy."""
    deadline_hours: Annotated[float, Field(gt=0, le=24 * 365)] | None = None
    """After so many an update that waits for a rep is overdue: it goes to whoever stands in, and the team is told."""

    def placed(self, folder: Path) -> CrmRules:
        """The same with the files where they lie: beside the playbook."""
        return self.model_copy(update={"policy": str(folder / self.policy)}) if self.policy else self

    def amiss(self, folder: Path) -> list[tuple[tuple[int | str, ...], str]]:
        """What is wrong with the files that are named, with their own line and fix."""
        if not self.policy:
            return []
        try:
            load_policy(folder / self.policy)
        except PolicyInvalid as error:
            return [(("crm", "policy"), str(error))]
        return []

    concurrency: int = Field(4, ge=1, le=32)
    """How many updates are sent at once, over all processes."""
    per_second: float = Field(0.0, ge=0, le=1000)
    """How many updates are sent a second, over all processes; 0: as fast as the CRM takes them."""
