"""The operator's rules, as data: which fields are written at once, which wait for a rep, which are never written."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crm_sync.deciding.verdicts import After
from crm_sync.proposals import ConsentLevel, How

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
    previous: tuple[str | int | float | bool, ...] = ()
    """Only when the CRM holds one of these now; empty: whatever it holds."""
    typed: bool | None = None
    """True: only when a person set the CRM's value last; False: only when nobody is known to have."""
    consent: tuple[ConsentLevel, ...] = ()
    """Only what was learned under one of these; empty: under any."""
    tier: Tier
    after: After = "wait"
    """Of what waits for a rep: what becomes of it when nobody decided in time. Never written unless it says `write`."""

    @model_validator(mode="after")
    def _only_what_waits_can_be_late(self) -> Self:
        if self.after != "wait" and self.tier != "approve":
            raise ValueError(f"`after: {self.after}` is for `tier: approve`; remove it, or change the tier")
        return self

    def fits(self, change: Mapping[str, Any], *, typed: bool) -> bool:
        """Whether this line is about a field of an update document."""
        wanted_record, wanted_name = self.field.split(".", 1)
        previous = change.get("previous")
        return (
            wanted_record in ("*", change["object"])
            and _name_fits(wanted_name, str(change["name"]))
            and (not self.how or change["how"] in self.how)
            and _number(change["confidence"]) >= self.confidence_from
            and self.replaces in (None, previous is not None)
            and (not self.previous or any(_alike(previous, each) for each in self.previous))
            and self.typed in (None, typed)
            and (not self.consent or change.get("consent") in self.consent)
        )


class Policy(BaseModel):
    """The table with its version, which every update carries."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[str, Field(min_length=1, max_length=64)] = "default-2"
    rules: tuple[Rule, ...] = (
        Rule(field="*.owner", tier="never"),
        Rule(typed=True, tier="never"),
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

    def tier(self, change: Mapping[str, Any], *, typed: Collection[str] = ()) -> Tier:
        """What happens with a field of an update document; `typed` is what a person set last, by `object.name`."""
        name = f"{change['object']}.{change['name']}"
        order = self.forward_only.get(name, ())
        value, previous = change["value"], change.get("previous")
        # An order is one of words; a list could not be looked up in it.
        has_order = isinstance(value, str) and value in order and previous in order
        if has_order and order.index(str(value)) < order.index(str(previous)):
            return "never"
        rule = self._rule(change, typed=name in typed)
        return rule.tier if rule is not None else self.otherwise

    def after_of(self, change: Mapping[str, Any], *, typed: Collection[str] = ()) -> After:
        """What becomes of a field that waits when nobody decided in time."""
        rule = self._rule(change, typed=f"{change['object']}.{change['name']}" in typed)
        return rule.after if rule is not None else "wait"

    def _rule(self, change: Mapping[str, Any], *, typed: bool) -> Rule | None:
        return next((rule for rule in self.rules if rule.fits(change, typed=typed)), None)


def _number(confidence: object) -> float:
    # Whatever was proposed is weighed before the schema has seen it.
    return float(confidence) if isinstance(confidence, int | float) else 0.0


def _alike(found: object, wanted: object) -> bool:
    # In Python True == 1; in a CRM they are not the same answer.
    return isinstance(found, bool) == isinstance(wanted, bool) and found == wanted


def _name_fits(wanted: str, name: str) -> bool:
    if wanted.endswith("*"):
        return name.startswith(wanted[:-1])
    return wanted == name
