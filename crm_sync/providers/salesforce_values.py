"""Queries, paths and values as Salesforce writes them; names of fields are checked, values quoted by the package."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from crm_sync.errors import ProviderRefused
from crm_sync.remote.ports import Held

WEBSITE = "Website"


def select(sobject: str, fields: Collection[str], where: str = "", *values: Any, then: str = "") -> str:
    """A query; every `{}` of `where` takes a value, quoted."""
    parts = ["SELECT", ", ".join(map(named, dict.fromkeys(fields))), "FROM", sobject]
    if where:
        parts += ["WHERE", soql(where, *values)]
    return " ".join([*parts, then]).strip()


def soql(text: str, *values: Any) -> str:
    """The text with its values, quoted by simple-salesforce's own rules."""
    from simple_salesforce.format import format_soql

    return str(format_soql(text, *values))


def query(text: str) -> str:
    """The path that asks it within a composite request."""
    return f"query?q={quote(text, safe='')}"


def path(sobject: str, id: str) -> str:  # noqa: A002
    """Where a record stands."""
    return f"sobjects/{sobject}/{quote(id, safe='')}"


def named(field: str) -> str:
    """Names come from a mapping that somebody wrote; in a query only a name may stand."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,79}", field):
        raise ProviderRefused(f"{field!r} is no name of a Salesforce field; correct the mapping.")
    return field


def held(row: Mapping[str, Any], wanted: Collection[str]) -> Held:
    """A row of an answer, empty fields left out. A website is told as its host: people type it in many ways."""
    told = {name: row.get(name) for name in wanted}
    if told.get(WEBSITE):
        told[WEBSITE] = host(told[WEBSITE]) or told[WEBSITE]
    return Held(str(row["Id"]), {name: value for name, value in told.items() if value not in (None, "")})


def outward(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as a request carries them; several choices are one text."""
    return {named(name): _outward(value) for name, value in values.items()}


def same(value: Any) -> str:
    """An e-mail address or website as it is compared."""
    text = str(value or "").strip().lower()
    return text if "@" in text else host(text)


def is_same_id(one: Any, other: Any) -> bool:
    """Ids come with 15 characters, or with three more that say which of them are capitals."""
    return bool(one) and str(one)[:15] == str(other)[:15]


def host(value: Any) -> str:
    """The host of a website, however it was typed."""
    text = str(value or "").strip().lower()
    try:
        found = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    return found.removeprefix("www.")


def _outward(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return ";".join(str(each) for each in value)
    return value
