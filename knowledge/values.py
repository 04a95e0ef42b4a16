"""What the knowledge room hands out: documents, passages, what was found, and answers with their citations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

PUBLIC = "public"
"""The audience that everybody belongs to."""

UnitKind = Literal["prose", "point", "step", "header", "row", "code"]


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest thing of a passage that can be quoted on its own; offsets count within the passage's text."""

    kind: UnitKind
    start: int
    end: int
    number: int = 0
    """Of a step: the number that the document gives it."""
    language: str = ""
    """Of code: what the fence says."""
    level: int = 0
    """Of list items: how deep it is nested."""
    group: int = 0
    """Items of one list and rows of one table share a group."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one document under one heading: `document.text[start:end] == text`."""

    id: str
    document_id: str
    heading_path: tuple[str, ...]
    anchor: str
    text: str
    start: int
    end: int
    units: tuple[Unit, ...] = ()

    @property
    def heading(self) -> str:
        return self.heading_path[-1] if self.heading_path else ""


@dataclass(frozen=True, slots=True)
class Document:
    """One page as it stands in the current generation. `text` is plain; `source` is what was read."""

    id: str
    site: str
    path: str
    """Without extension, relative to the source's root; `guides/index.md` is `guides`."""
    url: str
    title: str
    description: str
    text: str
    source: str
    format: Literal["markdown", "html", "text", "pdf"]
    audience: tuple[str, ...]
    version: str
    """The first twelve characters of the content's hash."""
    updated: date | None
    meta: Mapping[str, str] = field(default_factory=dict)
    """Further plain fields of the front matter, such as `section` and `order`."""


@dataclass(frozen=True, slots=True)
class PageRef:
    """A page by name, for "the closest pages are"."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with the reasons for its rank; every score is between 0 and 1 except the raw ones."""

    passage: Passage
    page: PageRef
    document_version: str
    updated: date | None
    score: float
    dense: float
    """Cosine to the question."""
    keyword: float
    """Raw BM25."""
    coverage: float = 0.0
    """Share of the question's content words, weighed by rarity, that the passage or its headings hold."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where words come from: `passage[start:end] == quote == document.text[doc_start:doc_end]`."""

    n: int
    url: str
    """Opens the page at the heading, with a text fragment that marks the quote."""
    title: str
    heading: str
    quote: str
    passage: str
    start: int
    end: int
    score: float
    document_version: str
    updated: date | None
    passage_id: str
    document_id: str
    doc_start: int
    doc_end: int


@dataclass(frozen=True, slots=True)
class Line:
    """A run of plain words with the numbers of the citations that support them."""

    text: str
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sentences:
    """A paragraph."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Points:
    """Steps (`ordered`) or points, in the document's order."""

    ordered: bool
    start: int
    items: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of a table that matter, under its header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cites: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Code, verbatim."""

    language: str
    text: str
    cites: tuple[int, ...]


Part = Sentences | Points | TableRows | Code


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question, or that they do not (`abstained`, with the `nearest` pages)."""

    question: str
    searched_for: str
    """The question as it was searched, after a reference to an earlier one was resolved and typos were mended."""
    parts: tuple[Part, ...]
    citations: tuple[Citation, ...]
    abstained: bool
    confidence: float
    """Calibrated probability that the documents answer this."""
    found: tuple[Found, ...]
    nearest: tuple[PageRef, ...]
    generation: int
    timings_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Broken:
    """A source that could not be read, and why; the rest of the ingest went on."""

    path: str
    reason: str
    is_transient: bool = False
    """Whether it may be well again soon: what was read of it before is kept."""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did, by document path."""

    generation: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    broken: tuple[Broken, ...]
    passages: int
    embedded: int
    """Passages whose embedding was not cached and had to be computed."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is."""

    stage: Literal["reading", "embedding", "saving"]
    done: int
    total: int
    name: str = ""


OnProgress = Callable[[Progress], None]
