"""Everything that one audience of one site may find: passages, their vectors, their words. Nothing else is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.chunking import index_text
from knowledge.indexes.dense import DenseIndex
from knowledge.indexes.keywords import KeywordIndex
from knowledge.spelling import Speller
from knowledge.values import Document, PageRef, Passage
from knowledge.words import raw_words, terms


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage as the shelf keeps it."""

    passage: Passage
    document: Document
    names: frozenset[str]
    """Terms of the title and the headings."""

    @property
    def page(self) -> PageRef:
        return PageRef(self.document.title, self.document.url)


class Shelf:
    """Built once for each generation and audience, then only read: safe to share between threads."""

    def __init__(self, pairs: Sequence[tuple[Document, Passage]], vectors: NDArray[np.float32]) -> None:
        self.entries = [
            Entry(passage, document, frozenset(terms(" ".join([document.title, *passage.heading_path]))))
            for document, passage in pairs
        ]
        self.document_ids = sorted({document.id for document, _ in pairs})
        texts = [index_text(document.title, passage) for document, passage in pairs]
        self.dense = DenseIndex(vectors)
        self.keywords = KeywordIndex(texts)
        self.speller = Speller(word for text in texts for word in raw_words(text))

    def __len__(self) -> int:
        return len(self.entries)
