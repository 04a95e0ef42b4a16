"""The engine in front of a vendor's world, and a look at both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

import crm_sync.remote.tables  # noqa: F401  its tables are made with the room's
from crm_sync.ports import CrmProvider
from crm_sync.remote.engine import RemoteCrm
from crm_sync.remote.mapping import RECORD_NAMES, MappingFile
from crm_sync.remote.mapping_file import load_mapping, shipped_mapping
from crm_sync.values import Order, Write
from tests.support.crm import NOW, SITE, TALK
from tests.support.crm_worlds import BackendWorld
from tests.support.fakes.memory_crm import MemoryCrm


def mapping_of(world: BackendWorld) -> MappingFile:
    return _mapping(world.mapping, world.backend.name)


@cache
def _mapping(file: Path | None, provider: str) -> MappingFile:
    return load_mapping(file) if file else shipped_mapping(provider)


async def a_remote_crm(world: BackendWorld, sessions: async_sessionmaker[AsyncSession]) -> RemoteCrm:
    """The engine, with the fields of our own made at the vendor."""
    crm = RemoteCrm(world.backend, mapping_of(world), sessions, clock=lambda: NOW)
    for record in RECORD_NAMES:
        await world.backend.prepare(record, crm.mapping.new_fields(record))
    return crm


@dataclass
class RemoteWorld:
    """A provider for the suite that all of them pass."""

    engine: RemoteCrm
    world: BackendWorld

    @property
    def provider(self) -> CrmProvider:
        return self.engine

    async def fields(self) -> dict[str, Any]:
        """What all records hold by `object.name`; what was only filled in at their making is left out."""
        found: dict[str, Any] = {}
        for contact_id in list(self.world.records("contact")):
            held = await self.engine.contact(SITE, contact_id)
            assert held is not None
            for view in (held.contact, held.company, *held.deals):
                if view is not None:
                    found |= {f"{view.object}.{name}": value for name, value in view.fields.items()}
        if "deal.stage" in found and found["deal.stage"] == "new":
            del found["deal.stage"]
        return found

    async def activities(self) -> list[str]:
        return [subject for kind, subject in self.world.entries() if kind != "task"]

    async def edit(self, name: str, value: Any) -> None:
        record, field = name.split(".", 1)
        record_id = next(iter(self.world.records(record)))  # type: ignore[arg-type]
        for theirs, each in self.engine.mapping.there(record, field, value).items():  # type: ignore[arg-type]
            self.world.edit(record, record_id, theirs, each)  # type: ignore[arg-type]


KEYS = [letter * 64 for letter in "abcdefgh"]
ADA = "ada@lifts.example"


def an_order(*writes: Write, **changes: Any) -> Order:
    values: dict[str, Any] = {
        "site": SITE,
        "kind": "contact.qualified",
        "conversation": TALK,
        "by": "conversation",
        "match": TALK,
        "writes": writes,
        "activity": None,
        "document": {},
        "occurred_at": NOW,
    }
    return Order(**{**values, **changes})


def by_mail(*writes: Write, address: str = ADA, **changes: Any) -> Order:
    return an_order(*writes, by="email", match=address, **changes)


TITLE = Write("contact", "job_title", "Operations lead")
SEATS = Write("deal", "seats", 40)


def added(crm: MemoryCrm, record: str, id_: str, **values: Any) -> str:
    crm.records[record][id_] = values  # type: ignore[index]
    return id_


def met(start_hour: int, state: str = "confirmed") -> dict[str, Any]:
    start = NOW.replace(hour=start_hour)
    meeting = {
        "ref": "b-1",
        "start": start.isoformat(),
        "end": start.replace(minute=30).isoformat(),
        "zone": "UTC",
    }
    return {
        "type": "meeting",
        "subject": f"Demo at {start_hour}",
        "body": "",
        "at": NOW.isoformat(),
        "url": None,
        "meeting": {**meeting, "state": state},
    }
