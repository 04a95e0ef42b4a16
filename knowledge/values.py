"""What the knowledge room hands out: documents, passages, what was found, and answers with their citations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

PUBLIC = "public"
"""The audience that everybody belongs to."""

DocumentFormat = Literal["markdown", "html", "text", "pdf", "docx", "csv"]
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
    format: DocumentFormat
    audience: tuple[str, ...]
    version: str
    """The first twelve characters of the content's hash."""
    updated: date | None
    meta: Mapping[str, str] = field(default_factory=dict)
    """Further plain fields of the front matter, such as `section` and `order`."""
    source_id: str = ""
    """Which source it came from; nothing for what was ingested before there were sources."""
    language: str = ""
    """A BCP 47 tag, said by the page or read off its words; nothing when neither tells."""
    owner: str = ""
    published: date | None = None
    expires: datetime | None = None
    """From this moment on nothing of it is found or cited."""
    superseded_by: str = ""
    """The path of the page that replaces it."""
    left_out: tuple[str, ...] = ()
    """What was just put and speaks to machines that read it; not known of a page that was saved before."""


@dataclass(frozen=True, slots=True)
class PageRef:
    """A page by name, for "the closest pages are"."""

    title: str
    url: str
    document_id: str = ""
    """With `document_version`: what the database is asked before the page is named to anybody."""
    document_version: str = ""


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
    superseded_by: PageRef | None = None
    """The page that replaces this one, when there is one."""


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
    superseded_by: PageRef | None = None


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
class Note:
    """What a reader of the answer must know: a source was replaced, two do not agree, a part has no answer."""

    kind: Literal["superseded", "conflict", "unanswered"]
    cites: tuple[int, ...]
    text_key: str
    """Which reviewed sentence says it."""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Written:
    """What an outside writer was asked for, and whether its words were used."""

    model: str
    why: str
    tokens_in: int
    tokens_out: int
    ms: float
    dropped: tuple[str, ...]
    """Sentences that no passage supported, each behind the reason."""
    used: bool
    failed: str = ""
    """Why its words were not used: `writer.timeout`, `too_little_left`, ..."""
    prompt: str = ""
    """Version of the reviewed prompt."""


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
    approved_id: str = ""
    """The reviewed answer that was given; nothing when it was made from passages."""
    writer: Written | None = None
    notes: tuple[Note, ...] = ()


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
    embedding_s: float = 0.0
    """How long the embedder was at work."""
    took_s: float = 0.0
    kept: tuple[str, ...] = ()
    """Pages that could not be had this time and stay as they were."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is."""

    stage: Literal["reading", "embedding", "saving"]
    done: int
    total: int
    name: str = ""


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class PutDocument:
    """A document that another system pushes."""

    path: str
    title: str
    text: str
    format: Literal["markdown", "html", "text"] = "markdown"
    url: str = ""
    audience: tuple[str, ...] = ()
    owner: str = ""
    language: str = ""
    updated: date | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class CitedSpan:
    """Words of one document that an approved answer rests on."""

    path: str
    quote: str


@dataclass(frozen=True, slots=True)
class Approval:
    """A reviewed answer as a person writes it. Paragraphs of `text` are split by an empty line."""

    question: str
    text: str
    cited: tuple[CitedSpan, ...]
    phrasings: tuple[str, ...] = ()
    """Other ways to ask the same."""
    audience: tuple[str, ...] = (PUBLIC,)
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Approved:
    """A reviewed answer as it is kept."""

    id: str
    approval: Approval
    state: Literal["active", "stale", "retired"]
    why: str
    """Of a stale one: which document changed, went or expired."""
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OutdatedAnswer:
    """An answer given earlier that cites a page which is no longer what it was."""

    message_id: str
    conversation_id: str
    question: str
    """Redacted."""
    page: PageRef
    why: Literal["changed", "gone", "expired"]
    at: datetime
    """When the answer was given."""
    quote: str = ""
    still_stands: bool = False
    """The page changed, but the words that were cited are still in it."""
