"""CRMs of other companies for tests: an adapter in front of a stateful fake, and a look behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crm_sync.proposals import ObjectName
from crm_sync.remote.ports import Backend
from tests.support.fakes.served import Faults


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
