"""Checks an export of the audit trail, line by line, without the database that it came from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crm_sync.audit import Chain
from crm_sync.documents.canonical import canonical
from crm_sync.errors import CrmError
from crm_sync.values import AuditReport

_ENTRY = {"site", "n", "at", "who", "act", "update", "detail", "previous_hash", "hash"}
_END = {"site", "end", "hash"}


class NoExport(CrmError):
    """The file is not an export of an audit trail."""

    code = "crm.no_export"


def check(lines: Iterable[str], name: str) -> dict[str, AuditReport]:
    """Whether each site's chain is whole; the first entry that does not fit ends its check. `name` is the file's."""
    chains: dict[str, Chain] = {}
    reports: dict[str, AuditReport] = {}
    for number, line in enumerate(lines, 1):
        told = _read(line, name, number)
        site = str(told["site"])
        chain = chains.setdefault(site, Chain(site))
        if site in reports:
            if reports[site].intact:
                reports[site] = chain.broken("lines stand behind the end")
            continue
        if "end" in told:
            reports[site] = chain.ends(told["end"], told["hash"])
            continue
        try:
            at = datetime.fromisoformat(told["at"])
            entry = {**told, "at": at, "update_id": told["update"]}
            wrong = chain.take(entry, canonical(told["detail"]))
        except (TypeError, ValueError):
            wrong = "the entry was changed"
        if wrong:
            reports[site] = chain.broken(wrong)
    for site, chain in chains.items():
        reports.setdefault(site, chain.broken("the line that ends the export is missing"))
    return reports


def _read(line: str, name: str, number: int) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError as error:
        raise NoExport(f"{name}:{number}: no JSON; export it again with `frontdesk audit export`") from error
    if not isinstance(told, dict) or set(told) not in (_ENTRY, _END):
        raise NoExport(
            f"{name}:{number}: no entry of an audit trail; export it with `frontdesk audit export`"
        )
    return told
