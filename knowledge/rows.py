"""Documents and passages as table rows, and back."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Select, select

from knowledge.tables import DocumentRow, PassageRow
from knowledge.values import Document, DocumentFormat, Passage, Unit

VERSION_LENGTH = 12

_PLAIN = [
    "id",
    "site",
    "path",
    "url",
    "title",
    "description",
    "text",
    "source",
    "format",
    "updated",
    "source_id",
    "language",
    "owner",
    "published",
    "expires",
    "superseded_by",
]
_SERVED = (
    DocumentRow.id,
    DocumentRow.path,
    DocumentRow.url,
    DocumentRow.title,
    DocumentRow.description,
    DocumentRow.text,
    DocumentRow.format,
    DocumentRow.audience,
    DocumentRow.digest,
    DocumentRow.updated,
    DocumentRow.meta,
    DocumentRow.source_id,
    DocumentRow.language,
    DocumentRow.owner,
    DocumentRow.published,
    DocumentRow.expires,
    DocumentRow.superseded_by,
    DocumentRow.supersedes,
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page ready to be saved."""

    document: Document
    digest: str
    passages: tuple[Passage, ...]
    hashes: tuple[str, ...]
    """Of each passage's embedded text."""
    supersedes: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    """Sentences that speak to machines; they were taken out."""


def version_of(digest: str) -> str:
    """What citations name a document's state by."""
    return digest[:VERSION_LENGTH]


def without_source(site: str) -> Select[*tuple[Any, ...]]:
    """A site's documents without what was read, which only a person who looks at a page needs."""
    return select(*_SERVED).where(DocumentRow.site == site).order_by(DocumentRow.path)


def with_source(site: str) -> Select[*tuple[Any, ...]]:
    return select(*_SERVED, DocumentRow.source).where(DocumentRow.site == site).order_by(DocumentRow.path)


def document_values(one: Prepared, now: datetime) -> dict[str, Any]:
    """A row of `knowledge_documents`."""
    document = one.document
    plain = {name: getattr(document, name) for name in _PLAIN}
    return plain | {
        "audience": list(document.audience),
        "digest": one.digest,
        "meta": dict(document.meta),
        "supersedes": list(one.supersedes),
        "ingested_at": now,
    }


def passage_values(one: Prepared) -> list[dict[str, Any]]:
    """Rows of `knowledge_passages`."""
    return [
        {
            "id": passage.id,
            "site": one.document.site,
            "document_id": passage.document_id,
            "heading_path": list(passage.heading_path),
            "anchor": passage.anchor,
            "start": passage.start,
            "end": passage.end,
            "units": [list(astuple(unit)) for unit in passage.units],
            "text_hash": text_hash,
        }
        for passage, text_hash in zip(one.passages, one.hashes, strict=True)
    ]


def document_of(site: str, row: Row[*tuple[Any, ...]], superseded_by: str = "") -> Document:
    """`superseded_by`: the path that was made out for what the page, or another page, says."""
    found: dict[str, Any] = row._asdict()
    return Document(
        id=found["id"],
        site=site,
        path=found["path"],
        url=found["url"],
        title=found["title"],
        description=found["description"],
        text=found["text"],
        source=found.get("source", ""),
        format=cast("DocumentFormat", found["format"]),
        audience=tuple(found["audience"]),
        version=version_of(found["digest"]),
        updated=found["updated"],
        meta=found["meta"],
        source_id=found["source_id"],
        language=found["language"],
        owner=found["owner"],
        published=found["published"],
        expires=found["expires"],
        superseded_by=superseded_by,
    )


def passage_of(row: PassageRow, text: str) -> Passage:
    return Passage(
        id=row.id,
        document_id=row.document_id,
        heading_path=tuple(row.heading_path),
        anchor=row.anchor,
        text=text[row.start : row.end],
        start=row.start,
        end=row.end,
        units=tuple(Unit(*fields) for fields in row.units),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What a page says about its place among the others."""

    path: str
    url: str
    superseded_by: str
    supersedes: tuple[str, ...]


def replacements(pages: list[Standing]) -> dict[str, str]:
    """By path, the path of the page that replaces it; names that lead nowhere, or to the page itself, are left out."""
    by_name = {page.url: page.path for page in pages} | {page.path: page.path for page in pages}
    found: dict[str, str] = {}

    def note(old: str, new: str) -> None:
        known, replacing = by_name.get(_bare(old)), by_name.get(_bare(new))
        if known is not None and replacing is not None and known != replacing:
            found.setdefault(known, replacing)

    for page in pages:
        if page.superseded_by:
            note(page.path, page.superseded_by)
    for page in pages:
        for old in page.supersedes:
            note(old, page.path)
    return found


def _bare(name: str) -> str:
    return name if "://" in name else name.strip("/")
