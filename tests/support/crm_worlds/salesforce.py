"""Salesforce: one fake is served for all, and a new org stands behind it for each test."""

from __future__ import annotations

import atexit
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from functools import cache

from crm_sync.proposals import ObjectName
from crm_sync.providers.salesforce import Salesforce
from crm_sync.remote.mapping_file import shipped_mapping
from crm_sync.remote.translating import Translator
from tests.support.crm_worlds import BackendWorld
from tests.support.fakes.salesforce_crm import SalesforceFake
from tests.support.fakes.salesforce_objects import Column
from tests.support.fakes.served import served

_OBJECTS: dict[ObjectName, str] = {"contact": "Contact", "company": "Account", "deal": "Opportunity"}
KEY, OTHER, ADA = "k" * 64, "o" * 64, "ada@example.com"
_KINDS = {"integer": "double", "number": "double", "choice": "picklist", "text": "textarea"}


@asynccontextmanager
async def world() -> AsyncIterator[BackendWorld]:
    fake = an_org()
    yield world_of(fake)


def an_org() -> SalesforceFake:
    """A new org whose operator made our fields."""
    fake = _served()
    fake.reset()
    fake.add_key("Contact", "Account", "Opportunity", "Task", "Event")
    for sobject, columns in _ours().items():
        fake.objects[sobject] |= {each.name: replace(each) for each in columns}
    return fake


def client(fake: SalesforceFake) -> Salesforce:
    return Salesforce(fake.url, fake.client_id, fake.secret, timeout_s=10)


async def a_contact(crm: Salesforce, address: str = ADA, key: str = KEY) -> str:
    return (await crm.create("contact", {"LastName": "Unknown", "Email": address}, key=key)).id


async def a_deal(crm: Salesforce, key: str = KEY) -> str:
    values = {"Name": "Team for 40", "StageName": "Prospecting", "CloseDate": "2026-12-31"}
    return (await crm.create("deal", values, key=key)).id


def world_of(fake: SalesforceFake) -> BackendWorld:
    def entries() -> list[tuple[str, str]]:
        tasks = [
            ("note" if row["Status"] == "Completed" else "task", row["Subject"])
            for row in fake.rows["Task"].values()
        ]
        return tasks + [("meeting", row["Subject"]) for row in fake.rows["Event"].values()]

    return BackendWorld(
        backend=client(fake),
        faults=fake.faults,
        records=lambda record: fake.rows[_OBJECTS[record]],
        entries=entries,
        edit=lambda record, own, name, value: fake.rows[_OBJECTS[record]][own].update({name: value}),
        names={
            "contact.email": "Email",
            "contact.job_title": "Title",
            "company.domain": "Website",
            "company.team_size": "NumberOfEmployees",
            "deal.seats": "Frontdesk_Seats__c",
            "deal.name": "Name",
        },
        required={
            "contact": {"LastName": "Unknown"},
            "company": {"Name": "Unknown"},
            "deal": {"StageName": "Prospecting"},
        },
    )


@cache
def _ours() -> dict[str, list[Column]]:
    """The fields of ours that the shipped mapping names."""
    mapping = Translator(shipped_mapping("salesforce"))
    return {
        sobject: [
            Column(
                info.name,
                _KINDS.get(info.type, "string"),
                label=info.label,
                options=info.options,
                custom=True,
            )
            for info in mapping.new_fields(record)
        ]
        for record, sobject in _OBJECTS.items()
    }


@cache
def _served() -> SalesforceFake:
    fake, stack = SalesforceFake(), ExitStack()
    fake.url = stack.enter_context(served(fake.app()))
    atexit.register(stack.close)
    return fake
