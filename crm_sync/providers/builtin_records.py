"""Fields of the built-in CRM's records by name, custom ones included."""

from __future__ import annotations

from crm_sync.documents.canonical import Json
from crm_sync.documents.catalogue import CUSTOM, value_schemas
from crm_sync.tables import CompanyRow, ContactRow, DealRow

PERSON = "person:"
UPDATE = "update:"
RecordRow = ContactRow | CompanyRow | DealRow
RECORD_TABLES: dict[str, type[ContactRow | CompanyRow | DealRow]] = {
    "contact": ContactRow,
    "company": CompanyRow,
    "deal": DealRow,
}


def current(row: RecordRow, name: str) -> Json:
    """The value of a field; None when it is empty."""
    if name.startswith(CUSTOM):
        return row.custom.get(name.removeprefix(CUSTOM))
    return getattr(row, name)


def put(row: RecordRow, name: str, value: Json) -> None:
    """Set a field; None empties it."""
    if name.startswith(CUSTOM):
        kept = {key: item for key, item in row.custom.items() if key != name.removeprefix(CUSTOM)}
        row.custom = kept if value is None else {**kept, name.removeprefix(CUSTOM): value}
        return
    setattr(row, name, value)
    if isinstance(row, ContactRow) and name == "email":
        row.email_key = email_key(value) if value is not None else None


def write(row: RecordRow, name: str, value: Json, writer: str | None) -> None:
    """Set a field and remember who did; a writer of None forgets."""
    put(row, name, value)
    others = {field: who for field, who in row.writers.items() if field != name}
    row.writers = others if writer is None else {**others, name: writer}


def person_who_typed(row: RecordRow, name: str) -> str | None:
    """The person who set the field last, to a value or to nothing; None when an update did, or nobody."""
    writer = row.writers.get(name, "")
    return writer.removeprefix(PERSON) if writer.startswith(PERSON) else None


def filled(row: RecordRow, record: str) -> dict[str, Json]:
    """Every field that has a value."""
    fields = {name: getattr(row, name) for name in value_schemas()[record]}
    fields |= {CUSTOM + name: value for name, value in row.custom.items()}
    return {name: value for name, value in fields.items() if value is not None}


def email_key(address: str) -> str:
    """What two spellings of one address share."""
    return address.strip().casefold()
