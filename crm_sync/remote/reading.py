"""Reads another company's CRM in our words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crm_sync.comparing.mailboxes import work_domain
from crm_sync.documents.canonical import Json
from crm_sync.documents.catalogue import sealed_fields
from crm_sync.proposals import ObjectName
from crm_sync.remote.account import Account
from crm_sync.remote.ports import Held
from crm_sync.remote.writing import is_somebody_elses
from crm_sync.values import CrmRecord, RecordView, Snapshot


async def contact_by(account: Account, by: str, match: str) -> Held | None:
    """The contact found by address, by the vendor's id or by conversation."""
    if by == "email":
        found = await account.find("contact", "email", match)
        return found[0] if found else None
    if by == "external_id":
        return await account.read("contact", match)
    return await account.contact_of(match)


async def snapshot(account: Account, by: str, match: str) -> Snapshot | None:
    """What an update would find: the contact with its company and its open deal; by `domain` the company alone."""
    if by == "domain":
        found = await account.find("company", "domain", match)
        return await _snapshot(account, {"company": found[0]}) if found else None
    contact = await contact_by(account, by, match)
    if contact is None:
        return None
    held: dict[ObjectName, Held] = {"contact": contact}
    if company := await _company(account, contact, work_domain(match) if by == "email" else None):
        held["company"] = company
    deals = await account.tied(contact.id, "deal")
    if deal := next((each for each in deals if not account.mapping.is_closed(each.values)), None):
        held["deal"] = deal
    return await _snapshot(account, held)


async def _company(account: Account, contact: Held, domain: str | None) -> Held | None:
    """As an update does: the company of the address before the one that the contact has."""
    own = await account.tied(contact.id, "company")
    if domain is None or (search := account.mapping.lookup("company", "domain", domain)) is None:
        return next(iter(own), None)
    wanted = dict([search])
    if mine := next(
        (each for each in own if account.mapping.alike("company", "domain", each.values, wanted)), None
    ):
        return mine
    return next(iter(await account.find("company", "domain", domain) or own), None)


async def _snapshot(account: Account, held: Mapping[ObjectName, Held]) -> Snapshot:
    sealed = sealed_fields()
    fields: dict[tuple[str, str], Json] = {}
    typed: set[str] = set()
    for record, each in held.items():
        fields |= {
            (record, name): value for name, value in account.mapping.fields(record, each.values).items()
        }
        last = await account.memory.wrote(record, each.id)
        typed |= {
            f"{record}.{name}"
            for name in account.mapping.ours(record)
            if is_somebody_elses(account, record, name, each.values, last.get(name))
        }
    return Snapshot(
        fields={
            f"{record}.{name}": value
            for (record, name), value in fields.items()
            if (record, name) not in sealed
        },
        personal=frozenset(f"{record}.{name}" for record, name in fields if (record, name) in sealed),
        typed=frozenset(typed),
        records={record: each.id for record, each in held.items()},
    )


async def record(account: Account, contact: Held, now: datetime) -> CrmRecord:
    """A contact with everything that hangs on it; of its timeline, what we wrote there. The vendor's own times are
    not read: `now` says when we looked."""
    companies = await account.tied(contact.id, "company")
    deals = await account.tied(contact.id, "deal")
    views: dict[str, list[RecordView]] = {"activity": [], "task": []}
    for kept, at in await account.memory.entries(contact.id):
        entry = kept.document
        if kept.kind == "task":
            fields = {"title": entry["subject"], "due": entry["due"], "priority": entry["priority"]}
            name = "task"
        else:
            fields = {
                "type": kept.kind,
                "subject": entry["subject"],
                "body": entry["body"],
                "at": entry["at"],
            }
            fields["url"] = entry["url"]
            name = "activity"
        shown = {key: value for key, value in fields.items() if value is not None}
        views[name].append(RecordView(name, kept.id, shown, at, at))  # type: ignore[arg-type]  # two of the names
    return CrmRecord(
        contact=_view(account, "contact", contact, now),
        company=_view(account, "company", companies[0], now) if companies else None,
        deals=tuple(_view(account, "deal", deal, now) for deal in deals),
        activities=tuple(views["activity"]),
        tasks=tuple(views["task"]),
    )


def _view(account: Account, name: ObjectName, held: Held, now: datetime) -> RecordView:
    return RecordView(name, held.id, account.mapping.fields(name, held.values), now, now)
