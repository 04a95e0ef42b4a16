"""Until when somebody should decide, whose it is, and who stands in for them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from crm_sync.deciding.policy import Policy
from crm_sync.deciding.verdicts import After, Delegation

_RECORDS = ("contact", "company", "deal")


def due(now: datetime, deadline: timedelta | None) -> datetime | None:
    """When an update that starts to wait now is overdue; never without a deadline."""
    return now + deadline if deadline is not None else None


def owner_of(current: Mapping[str, Any]) -> str | None:
    """Whose records these are in the CRM, the contact's owner first; None: nobody's."""
    names = (current.get(f"{record}.owner") for record in _RECORDS)
    return next((str(name) for name in names if name), None)


def after(policy: Policy, fields: Iterable[Mapping[str, Any]], *, typed: Collection[str] = ()) -> After:
    """What the policy does with an update that is overdue: only what it says of every field alike, else it waits on."""
    wanted = {policy.after_of(change, typed=typed) for change in fields}
    return wanted.pop() if len(wanted) == 1 else "wait"


def delegate_of(delegations: Iterable[Delegation], person: str, now: datetime) -> str | None:
    """Who stands in for `person` now: whom they named last."""
    named = [each for each in delegations if each.person == person and _holds(each, now)]
    return max(named, key=lambda each: (each.named_at, each.id)).delegate if named else None


def stands_in_for(delegations: Iterable[Delegation], login: str, now: datetime) -> tuple[str, ...]:
    """For whom `login` stands in now. A stand-in's own stand-in takes nobody else's work over."""
    known = tuple(delegations)
    people = dict.fromkeys(each.person for each in known if each.delegate == login)
    return tuple(person for person in people if delegate_of(known, person, now) == login)


def _holds(delegation: Delegation, now: datetime) -> bool:
    return delegation.since <= now < delegation.until
