"""The operator's rules, as data: which fields are written at once, which wait for a rep, which are never written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_sync.proposals import How

Tier = Literal["write", "approve", "never"]


class Rule(BaseModel):
    """One line of the table; the first one that fits decides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: Annotated[str, Field(pattern=r"^(\*|[a-z]+)\.([a-z0-9_.]*\*|[a-z0-9_.]+)$")] = "*.*"
    """`object.name`; either part may be `*`, and `custom.*` means every custom field."""
    how: tuple[How, ...] = ()
    """Empty: however it was obtained."""
    confidence_from: Annotated[float, Field(ge=0, le=1)] = 0.0
    replaces: bool | None = None
    """True: only when the CRM has another value already; False: only when it has none."""
    tier: Tier

    def fits(self, record: str, name: str, how: str, confidence: float, *, replaces: bool) -> bool:
        wanted_record, wanted_name = self.field.split(".", 1)
        return (
            wanted_record in ("*", record)
            and _name_fits(wanted_name, name)
            and (not self.how or how in self.how)
            and confidence >= self.confidence_from
            and self.replaces in (None, replaces)
        )


class Policy(BaseModel):
    """The table with its version, which every update carries."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[str, Field(min_length=1, max_length=64)] = "default-1"
    rules: tuple[Rule, ...] = (
        Rule(field="*.owner", tier="never"),
        Rule(how=("edited", "scored"), tier="write"),
        Rule(how=("said", "chosen"), confidence_from=0.8, tier="write"),
        Rule(field="contact.consent_level", tier="write"),
    )
    otherwise: Tier = "approve"
    forward_only: dict[str, tuple[str, ...]] = {
        "contact.lifecycle": ("visitor", "lead", "qualified", "opportunity", "customer"),
        "deal.stage": ("new", "qualified", "meeting", "trial", "proposal", "won"),
    }
    """Fields whose values have an order; a step backwards is never written."""

    def tier(self, record: str, name: str, *, value: Any, previous: Any, how: str, confidence: float) -> Tier:
        """What happens with this change."""
        order = self.forward_only.get(f"{record}.{name}", ())
        if value in order and previous in order and order.index(value) < order.index(previous):
            return "never"
        for rule in self.rules:
            if rule.fits(record, name, how, confidence, replaces=previous is not None):
                return rule.tier
        return self.otherwise


def _name_fits(wanted: str, name: str) -> bool:
    if wanted.endswith("*"):
        return name.startswith(wanted[:-1])
    return wanted == name
