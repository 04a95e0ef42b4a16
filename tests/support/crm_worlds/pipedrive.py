"""Pipedrive: the adapter in front of a fake that is served once for all tests."""

from __future__ import annotations

import atexit
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from crm_sync.proposals import ObjectName
from crm_sync.providers.pipedrive import Pipedrive
from crm_sync.providers.pipedrive_fields import FIELDS, KEY_FIELD, PATHS, to_make
from crm_sync.remote.mapping_file import shipped_mapping
from crm_sync.remote.translating import Translator
from tests.support.crm_worlds import BackendWorld
from tests.support.fakes.pipedrive_crm import TOKEN, PipedriveFake
from tests.support.fakes.served import Fault, served

ADA, KEY = "ada@example.com", "k" * 64
_BOLD = re.compile(r"<b>(.*?)</b>")


@cache
def the_fake() -> PipedriveFake:
    """The one that is served; `clear` makes it a new account."""
    fake, stack = PipedriveFake(), ExitStack()
    fake.url = stack.enter_context(served(fake.app()))
    atexit.register(stack.close)
    return fake


@asynccontextmanager
async def world() -> AsyncIterator[BackendWorld]:
    fake = the_fake()
    fake.clear()
    prepare(fake)
    adapter = an_adapter(fake)
    yield world_of(fake, adapter)
    await adapter.aclose()


def prepare(fake: PipedriveFake) -> None:
    """As `frontdesk crm prepare` leaves the account; how it does that has tests of its own."""
    for path, bodies in _made().items():
        for body in bodies:
            fake.make_field(path, body)


@cache
def _made() -> dict[str, list[dict[str, Any]]]:
    mapping = Translator(shipped_mapping("pipedrive"))
    return {
        FIELDS[record]: [to_make(field) for field in (KEY_FIELD, *mapping.new_fields(record))]
        for record in PATHS
    }


def an_adapter(fake: PipedriveFake, *, token: str = TOKEN, timeout_s: float = 10.0) -> Pipedrive:
    return Pipedrive(
        token, fake.url, timeout_s=timeout_s, clock=lambda: datetime.fromtimestamp(fake.now, UTC)
    )


async def a_contact(crm: Pipedrive, address: str = ADA, key: str = KEY, **more: Any) -> str:
    return (await crm.create("contact", {"name": "Ada", "email": address, **more}, key=key)).id


async def a_deal(crm: Pipedrive, key: str = KEY, **more: Any) -> str:
    return (await crm.create("deal", {"title": "Team for 40", **more}, key=key)).id


def world_of(fake: PipedriveFake, adapter: Pipedrive) -> BackendWorld:
    def edit(record: ObjectName, id_: str, name: str, value: Any) -> None:
        plural = PATHS[record]
        if name.startswith("frontdesk_"):
            fake.store(plural, int(id_), custom_fields={fake.code_of(plural, name): value})
        elif name in ("email", "phone"):
            listed = [{"value": value, "primary": True, "label": "work"}] if value else []
            fake.store(plural, int(id_), **{f"{name}s": listed})
        else:
            fake.store(plural, int(id_), **{name: value})

    return BackendWorld(
        backend=adapter,
        faults=fake.faults,
        records=lambda record: fake.living(PATHS[record]),
        entries=lambda: entries(fake),
        edit=edit,
        names={
            "contact.email": "email",
            "contact.job_title": "frontdesk_job_title",
            "company.domain": "frontdesk_domain",
            "company.team_size": "frontdesk_team_size",
            "deal.seats": "frontdesk_seats",
            "deal.name": "title",
        },
        required={"contact": {"name": "Unknown"}, "company": {"name": "Unknown"}},
        settle=lambda: fake.later(fake.lag_s + 1),
        denied=revoked,
        limited=limited,
        limited_for_s=2.0,
    )


def entries(fake: PipedriveFake) -> list[tuple[str, str]]:
    """Kind and subject of everything on a timeline; a note's subject is the bold line on top."""
    notes = [("note", _bold(row["content"])) for row in fake.living("notes").values()]
    return notes + [(row["type"], row["subject"]) for row in fake.living("activities").values()]


def _bold(html: str) -> str:
    found = _BOLD.search(html)
    return found.group(1) if found else html


def revoked() -> Fault:
    return Fault(401, {"success": False, "error": "unauthorized access", "errorCode": 401})


def limited() -> Fault:
    headers = {"x-ratelimit-limit": "20", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2"}
    return Fault(429, {"success": False, "error": "request over limit"}, headers)
