"""The CRM in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.crm_worlds import BackendWorld
from tests.support.fakes.memory_crm import MemoryCrm

MAPPING = Path(__file__).parent / "memory.yaml"


@asynccontextmanager
async def world() -> AsyncIterator[BackendWorld]:
    crm = MemoryCrm()
    yield world_of(crm)


def world_of(crm: MemoryCrm) -> BackendWorld:
    """The look behind one that a test made itself."""
    return BackendWorld(
        backend=crm,
        faults=crm.faults,
        records=lambda record: crm.records[record],
        entries=lambda: [(entry.kind, entry.subject) for _, entry in crm.entries.values()],
        edit=crm.edit,
        names={
            "contact.email": "Mail",
            "contact.job_title": "Title",
            "company.domain": "Domain",
            "company.team_size": "Staff",
            "deal.seats": "Seats",
            "deal.name": "Name",
        },
        required={
            "contact": {"Last": "Unknown"},
            "company": {"Name": "Unknown"},
            "deal": {"Name": "Deal", "Stage": "Open"},
        },
        mapping=MAPPING,
    )
