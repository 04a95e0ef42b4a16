"""Takes the questions out of the pages: which headings ask something, and what a page says without them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from evals.making.pages import SourcePage, as_markdown
from knowledge.parsing.blocks import Block
from knowledge.words import content_terms, fold, raw_words

MASK = "(question)"
"""What stands where a question stood, so that the page keeps its shape."""

Ask = Literal["questions", "headings", "titles"]
Each = Literal["page", "section"]

_ASKS = re.compile(
    r"^(?:how|what|why|when|where|which|who|whose|can|could|do|does|did|is|are|am|should|will|would|may|must|have|has|"
    r"i|my|we)\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"^(?:(?:FAQ|Q|Question|Chapter)\s*[.:]?\s+(?=\d)|(?:Q|Question)[.:]\s+|(?:FAQ|Q|Chapter)?\s*\d+(?:\.\d+)*[.:)]?\s+)+",
    re.IGNORECASE,
)
_SMALL = 3
"""Words; a shorter heading ("Why?") could stand on any page."""
_LEAST_ANSWER = 12
"""Words below a heading before it counts as answered there."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the pages that answer it."""

    text: str
    pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Masked:
    """A page without the questions that it answers."""

    id: str
    title: str
    text: str


def without_number(heading: str) -> str:
    """ "Q: 1.2 What is this?" without what a table of contents put before it."""
    return _NUMBERED.sub("", heading.strip()).strip("¶# ").strip()


def asks(heading: str) -> bool:
    """Whether a heading is a question as a visitor might write it."""
    text = without_number(heading)
    if len(raw_words(text)) < _SMALL or len(text) > 160:
        return False
    return text.endswith("?") or (
        bool(_ASKS.match(text)) and text.lower().startswith(("how ", "why ", "what "))
    )


def names(heading: str) -> bool:
    """Whether a heading says enough to be searched for."""
    text = without_number(heading)
    return len(text.split()) >= _SMALL and len(content_terms(text)) >= _SMALL - 1 and len(text) <= 120


def in_sections(pages: Iterable[SourcePage]) -> Iterator[SourcePage]:
    """Every section as a page of its own: what a list of answers to frequent questions looks like to a search."""
    for page in pages:
        start = 0
        for at, block in enumerate([*page.blocks, Block("heading", "")]):
            if block.kind != "heading":
                continue
            part = page.blocks[start:at]
            if part:
                title = part[0].text if part[0].kind == "heading" else page.title
                body = part[1:] if part[0].kind == "heading" else part
                yield SourcePage(f"{page.id}#{start}", title, body)
            start = at


def masked(pages: Sequence[SourcePage], ask: Ask) -> tuple[list[Masked], list[Asked]]:
    """The corpus, and what is asked of it; a question that two pages answer is answered by both."""
    wanted: dict[str, tuple[str, list[str]]] = {}
    for page in pages:
        for heading in _asked_on(page, ask):
            text = without_number(heading)
            _, found = wanted.setdefault(fold(text), (text, []))
            if page.id not in found:
                found.append(page.id)
    # A heading that many pages share ("What's next?") asks nothing of one of them.
    kept = {key: Asked(text, tuple(ids)) for key, (text, ids) in wanted.items() if len(ids) <= 2}
    return [_masked(page, set(kept)) for page in pages], list(kept.values())


def _asked_on(page: SourcePage, ask: Ask) -> Iterator[str]:
    if ask == "titles":
        if names(page.title) and _weight(page.blocks) >= _LEAST_ANSWER:
            yield page.title
        return
    fits = asks if ask == "questions" else names
    if fits(page.title) and _weight(page.blocks) >= _LEAST_ANSWER and ask == "questions":
        yield page.title
    for at, block in enumerate(page.blocks):
        if block.kind == "heading" and fits(block.text) and _weight(_below(page.blocks, at)) >= _LEAST_ANSWER:
            yield block.text


def _below(blocks: Sequence[Block], at: int) -> Iterator[Block]:
    for block in blocks[at + 1 :]:
        if block.kind == "heading":
            return
        yield block


def _weight(blocks: Iterable[Block]) -> int:
    return sum(len(block.text.split()) for block in blocks if block.kind != "heading")


def _masked(page: SourcePage, asked: set[str]) -> Masked:
    blocks: list[Block] = []
    for block in page.blocks:
        if fold(without_number(block.text)) not in asked:
            blocks.append(block)
        elif block.kind == "heading":
            blocks.append(replace(block, text=MASK))
    title = "" if fold(without_number(page.title)) in asked else page.title
    return Masked(page.id, title, as_markdown(blocks))
