"""CRMs of other companies for tests: an adapter in front of a stateful fake, and a look behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crm_sync.proposals import ObjectName
from crm_sync.remote.ports import Backend
from tests.support.fakes.served import Fault, Faults


def _denied() -> Fault:
    return Fault(401, {"message": "the key was revoked"})


def _limited() -> Fault:
    return Fault(429, {"message": "slow down"}, {"retry-after": "7"})


@dataclass(frozen=True, slots=True)
class BackendWorld:
    """A vendor's adapter and what a test may do behind its back."""

    backend: Backend
    faults: Faults
    """What the vendor answers instead of working, before or after the effect."""
    records: Callable[[ObjectName], Mapping[str, Mapping[str, Any]]]
    """What the vendor holds: values by id."""
    entries: Callable[[], list[tuple[str, str]]]
    """Kind and subject of every entry of every timeline."""
    edit: Callable[[ObjectName, str, str, Any], None]
    """Somebody types a value in the vendor's own screens: record, id, field, value."""
    names: Mapping[str, str]
    """The vendor's names of `contact.email`, `contact.job_title`, `company.domain`, `company.team_size`, `deal.seats`
    and `deal.name`."""
    required: Mapping[ObjectName, Mapping[str, Any]] = field(default_factory=dict)
    """What the vendor needs besides, to make a record at all."""
    mapping: Path | None = None
    """The mapping that the engine uses; None: the one that is shipped for `backend.name`."""
    settle: Callable[[], None] = lambda: None
    """Lets a search that lags catch up."""
    denied: Callable[[], Fault] = _denied
    """How the vendor says that the key is refused."""
    limited: Callable[[], Fault] = _limited
    """How the vendor says that there were too many requests."""
    limited_for_s: float | None = 7.0
    """The pause that it asks for then, where it names one."""
