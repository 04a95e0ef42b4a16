"""Where a site's CRM updates go."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from crm_sync import load_policy
from crm_sync.errors import MappingInvalid, PolicyInvalid
from crm_sync.remote.mapping_file import load_mapping
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

    concurrency: int = Field(4, ge=1, le=32)
    """How many updates are sent at once, over all processes."""
    per_second: float = Field(0.0, ge=0, le=1000)
    """How many updates are sent a second, over all processes; 0: as fast as the CRM takes them."""

    def placed(self, folder: Path) -> CrmRules:
        """The same with the files where they lie: beside the playbook."""
        named = {
            name: str(folder / getattr(self, name)) for name in ("policy", "mapping") if getattr(self, name)
        }
        return self.model_copy(update=named)

    def amiss(self, folder: Path) -> list[tuple[tuple[int | str, ...], str]]:
        """What is wrong with the files that are named, with their own line and fix."""
        found: list[tuple[tuple[int | str, ...], str]] = []
        try:
            if self.policy:
                load_policy(folder / self.policy)
        except PolicyInvalid as error:
            found.append((("crm", "policy"), str(error)))
        try:
            if self.mapping:
                mapping = load_mapping(folder / self.mapping)
                if mapping.provider != self.provider:
                    fix = (
                        f"is for {mapping.provider}, and the provider is {self.provider}; name one that fits"
                    )
                    found.append((("crm", "mapping"), f"{self.mapping} {fix}"))
        except MappingInvalid as error:
            found.append((("crm", "mapping"), str(error)))
        return found
