"""Where a site's CRM updates go."""

from __future__ import annotations

from typing import Literal

from server.dialogue.policy import Rules


class CrmRules(Rules):
    """The CRM of a site; keys and secrets stand in a file of their own, never here."""

    provider: Literal["builtin", "hubspot", "salesforce", "pipedrive", "webhook"] = "builtin"
    mapping: str = ""
    """YAML file that says which of our fields are which of the CRM's, beside the playbook; empty: the shipped one."""
    policy: str = ""
    """YAML file of rules that say what is written at once, beside the playbook; empty: the shipped policy."""
