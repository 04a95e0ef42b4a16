"""HubSpot: the adapter in front of a fake that is served once for all tests."""

from __future__ import annotations

import atexit
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from functools import cache
from typing import Any

from crm_sync.proposals import ObjectName
from crm_sync.providers.hubspot import HubSpot
from crm_sync.providers.hubspot_values import PLURALS, to_make
from crm_sync.remote.mapping_file import shipped_mapping
from crm_sync.remote.translating import Translator
from tests.support.crm_worlds import BackendWorld
from tests.support.fakes.hubspot_account import definition
from tests.support.fakes.hubspot_crm import TOKEN, HubSpotFake
from tests.support.fakes.served import Fault, served

_SUBJECTS = {"meetings": "hs_meeting_title", "tasks": "hs_task_subject"}
_BOLD = re.compile(r"<strong>(.*?)</strong>")


@cache
def the_fake() -> HubSpotFake:
    """The one that is served; `clear` makes it a new account."""
    fake = HubSpotFake()
    open_until_exit = ExitStack()
    fake.url = open_until_exit.enter_context(served(fake.app()))
    atexit.register(open_until_exit.close)
    return fake


@asynccontextmanager
async def world() -> AsyncIterator[BackendWorld]:
    fake = the_fake()
    fake.clear()
    prepare(fake)
    yield world_of(fake, an_adapter(fake))


def prepare(fake: HubSpotFake) -> None:
    """As `frontdesk crm prepare` leaves the account. How it does that has tests of its own, and would take each of the
    others half of its time."""
    fake.prepared()
    for plural, bodies in _made().items():
        for body in bodies:
            known = definition(body["name"], body["type"], body["fieldType"], hubspotDefined=False)
            fake.defined[plural][body["name"]] = {**known, **body}


@cache
def _made() -> dict[str, list[dict[str, Any]]]:
    mapping = Translator(shipped_mapping("hubspot"))
    return {PLURALS[record]: [to_make(field) for field in mapping.new_fields(record)] for record in PLURALS}


def an_adapter(fake: HubSpotFake, *, token: str = TOKEN, timeout_s: float = 10.0) -> HubSpot:
    return HubSpot(token, base_url=fake.url, timeout_s=timeout_s)


def world_of(fake: HubSpotFake, adapter: HubSpot) -> BackendWorld:
    def edit(record: ObjectName, id_: str, name: str, value: object) -> None:
        fake.type_in(PLURALS[record], id_, name, value)

    return BackendWorld(
        backend=adapter,
        faults=fake.faults,
        records=lambda record: fake.living(PLURALS[record]),
        entries=lambda: entries(fake),
        edit=edit,
        names={
            "contact.email": "email",
            "contact.job_title": "jobtitle",
            "company.domain": "domain",
            "company.team_size": "numberofemployees",
            "deal.seats": "frontdesk_seats",
            "deal.name": "dealname",
        },
        required={"deal": {"dealstage": "appointmentscheduled"}},
        settle=lambda: fake.later(fake.lag_s + 1),
        denied=revoked,
        limited=limited,
        limited_for_s=10.0,
    )


def entries(fake: HubSpotFake) -> list[tuple[str, str]]:
    """Kind and subject of everything on a timeline; a note's subject is the bold line on top."""
    notes = [("note", _bold(each["hs_note_body"])) for each in fake.living("notes").values()]
    others = [
        (plural.removesuffix("s"), each[name])
        for plural, name in _SUBJECTS.items()
        for each in fake.living(plural).values()
    ]
    return notes + others


def _bold(html: str) -> str:
    found = _BOLD.search(html)
    return found.group(1) if found else html


def revoked() -> Fault:
    told = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
    return Fault(401, {"status": "error", "message": told, "category": "INVALID_AUTHENTICATION"})


def limited() -> Fault:
    """As answered in the client's issue 117, with the headers of the usage guidelines."""
    body = {
        "status": "error",
        "message": "You have reached your ten_secondly_rolling limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": "c93e06a4-7d61-4c3e-b63f-edf486fc6e90",
        "policyName": "TEN_SECONDLY_ROLLING",
    }
    headers = {"X-HubSpot-RateLimit-Max": "190", "X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}
    return Fault(429, body, headers)
