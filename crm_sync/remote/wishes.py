"""What an order wants of each record: its writes, and what follows from the address."""

from __future__ import annotations

from dataclasses import dataclass, field

from crm_sync.comparing.mailboxes import work_domain
from crm_sync.documents.canonical import Json
from crm_sync.proposals import ObjectName
from crm_sync.remote.mapping import RECORD_NAMES
from crm_sync.remote.transforms import Untranslatable
from crm_sync.remote.translating import Translator
from crm_sync.values import Order


@dataclass(frozen=True, slots=True)
class Wishes:
    """Values by field, for each record; what can not be written stands in `notes`."""

    values: dict[ObjectName, dict[str, Json]]
    notes: tuple[str, ...] = ()
    address: str | None = None
    domain: str | None = None
    """Of the company: said, or read off a work address."""
    known: dict[str, Json] = field(default_factory=dict)
    """Every value of the order by `object.name`, for the holes of defaults."""


def wishes_of(order: Order, mapping: Translator) -> Wishes:
    """Sort an order's writes by record."""
    values: dict[ObjectName, dict[str, Json]] = {record: {} for record in RECORD_NAMES}
    notes: list[str] = []
    for write in order.writes:
        problem = _problem(mapping, write.object, write.name, write.value)
        if problem is None:
            values[write.object][write.name] = write.value
        elif problem:
            notes.append(problem)
    address = address_of(order)
    if address and mapping.has("contact", "email"):
        values["contact"].setdefault("email", address)
    said = values["company"].get("domain")
    domain = said or (work_domain(address) if address else None)
    known: dict[str, Json] = {f"{write.object}.{write.name}": write.value for write in order.writes}
    known |= {"contact.email": address} if address else {}
    known |= {"company.domain": domain} if domain else {}
    return Wishes(values, tuple(notes), address, domain, known)


def address_of(order: Order) -> str | None:
    """The e-mail address that an order is about."""
    if order.by == "email":
        return order.match
    said = [write.value for write in order.writes if (write.object, write.name) == ("contact", "email")]
    return said[-1] if said else None


def _problem(mapping: Translator, record: ObjectName, name: str, value: Json) -> str | None:
    """Why a value is not written; empty when that is as the mapping wants it, None when it can be."""
    if name == "owner":
        return f"Kept {record}.owner: owners are never written."
    if mapping.skips(record, name):
        return ""
    if not mapping.has(record, name):
        return f"Left out {record}.{name}: the mapping {mapping.version} has no field for it."
    try:
        mapping.there(record, name, value)
    except Untranslatable as error:
        return f"Left out {record}.{name}: {error}."
    return None
