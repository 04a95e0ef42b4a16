"""Stored update documents of every version, read in the shape of today. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from crm_sync.documents.models import SCHEMA_VERSION, CrmUpdate
from crm_sync.errors import CrmError

Document = Mapping[str, Any]

UPGRADES: Mapping[int, Callable[[Document], Document]] = {}
"""From a version to the next one. Version 1 is the first: a second one adds its step here, and leaves the published
`crm-update.v1.json` and the golden document of version 1 where they are."""


class DocumentUnreadable(CrmError):
    """A stored document is not of a version that this release reads."""

    code = "crm.document_unreadable"


def current(document: Document) -> Document:
    """The document in the shape of today; raises DocumentUnreadable, which names the version and what to do."""
    version = document.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DocumentUnreadable(f"/schema_version is {version!r} and no version of an update; reject it.")
    if version > SCHEMA_VERSION:
        raise DocumentUnreadable(
            f"/schema_version is {version}, written by a newer release; this one reads up to {SCHEMA_VERSION}: "
            "install the newer one again, then replay."
        )
    for step in range(version, SCHEMA_VERSION):
        document = UPGRADES[step](document)
    return document


def readable(document: Document) -> Document | None:
    """The document in the shape of today; None when it is of no version that we read: then it tells us nothing."""
    try:
        return current(document)
    except DocumentUnreadable:
        return None


def read(document: Document) -> CrmUpdate:
    """The document as values; raises DocumentUnreadable, or pydantic's ValidationError when it is not valid."""
    return CrmUpdate.model_validate(dict(current(document)))
