"""Any corpus in memory behind exactly the retriever that serves visitors; evals and benchmarks use it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge import answering
from knowledge.answering import Study
from knowledge.chunking import chunk, index_text
from knowledge.embedders.remembering import RememberingEmbedder
from knowledge.indexes.shelf import Shelf
from knowledge.parsing.blocks import Parsed, lay_out
from knowledge.parsing.markdown import parse_markdown
from knowledge.ports import Embedder
from knowledge.retrieval import Mode, Query, search, signals_of
from knowledge.snapshot import pile_of
from knowledge.untrusted import without_instructions
from knowledge.values import PUBLIC, Answer, Document, Found, Passage
from knowledge.words import widened

_NAMESPACE = uuid.UUID("7d9c1f0e-52b8-5b0a-9f6e-3f1f6d0a4c11")


@dataclass(frozen=True, slots=True)
class CorpusPage:
    """One page of a corpus in BEIR layout: `{_id, title, text}`; the text may be Markdown."""

    id: str
    title: str
    text: str


class CorpusIndex:
    """A corpus, indexed."""

    def __init__(self, pages: Iterable[CorpusPage], embedder: Embedder) -> None:
        self._embedder = RememberingEmbedder(embedder)
        pairs = [pair for page in pages for pair in _passages(page)]
        texts = [index_text(document.title, passage) for document, passage in pairs]
        vectors = embedder.embed(texts) if texts else np.empty((0, embedder.dim), np.float32)
        self.shelf = Shelf(pile_of(pairs, vectors))
        self._paths = {document.id: document.path for document, _ in pairs}
        self._texts = {document.id: document.text for document, _ in pairs}

    def find(self, question: str, *, k: int = 8, mode: Mode = "served") -> list[Found]:
        """The best passages."""
        if mode == "served":
            return answering.find(self.shelf, self._embedder, question, k)[1]
        return search(
            self.shelf, Query(question, question, self._embedder.embed([question])[0]), k, mode=mode
        )

    def answer(self, question: str) -> Answer:
        """Exactly what a visitor would get; `page_of` tells which page a citation is from."""
        return answering.answer(self.shelf, self._embedder, question)

    def study(self, question: str) -> Study:
        """What the answerability model sees."""
        return answering.study(self.shelf, self._embedder, question)

    def signals(self, question: str) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float32]]]:
        """What the re-score knows of every candidate: their rows, and a value each by signal."""
        text = self.shelf.speller.mend(question)
        wide = widened(text)
        return signals_of(self.shelf, Query(text, wide, self._embedder.embed([wide])[0]))

    def page_at(self, row: int) -> str:
        """The corpus's own id of a row's page."""
        return self._paths[self.shelf.card(row).id]

    def page_of(self, document_id: str) -> str:
        """The corpus's own id of a page."""
        return self._paths[document_id]

    def text_of(self, document_id: str) -> str:
        """The plain text that quotes of a page must stand in."""
        return self._texts[document_id]

    def pages(self, question: str, *, k: int = 10, mode: Mode = "served") -> list[tuple[str, float]]:
        """The best pages by their best passage, with its score."""
        best: dict[str, float] = {}
        for found in self.find(question, k=12 * k, mode=mode):
            best.setdefault(self._paths[found.passage.document_id], found.score)
        return list(best.items())[:k]


def _passages(page: CorpusPage) -> list[tuple[Document, Passage]]:
    document_id = str(uuid.uuid5(_NAMESPACE, page.id))
    version = hashlib.sha256(page.text.encode()).hexdigest()[:12]
    # A corpus holds bodies: three dashes at its head are a rule, not front matter.
    parsed: Parsed = parse_markdown("\n" + page.text, fallback_title=page.title)
    text, placed = lay_out(without_instructions(parsed.blocks).blocks)
    title = page.title or parsed.title
    passages = chunk(document_id, version, text, placed)
    document = Document(
        document_id,
        "corpus",
        page.id,
        page.id,
        title,
        "",
        text,
        page.text,
        "markdown",
        (PUBLIC,),
        version,
        None,
    )
    return [(document, passage) for passage in passages] or _title_only(document)


def _title_only(document: Document) -> list[tuple[Document, Passage]]:
    """A page without a body can still be found by its name."""
    return [(document, Passage(str(uuid.uuid5(_NAMESPACE, document.id)), document.id, (), "", "", 0, 0))]
