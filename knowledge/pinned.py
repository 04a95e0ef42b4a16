"""Approved answers in memory: which one a question gets, and how it reads with its citations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from knowledge.citing import marked_url
from knowledge.indexes.pile import Card, Pile
from knowledge.matching import Wish, agrees, wish
from knowledge.ports import Embedder
from knowledge.values import PUBLIC, Answer, Approved, Citation, Found, Line, Part, Passage, Points, Sentences

NEAR = 0.6
"""Cosine below which questions of the same words are not taken for the same; see tests/support/approved_cases.yaml."""
_ITEM = re.compile(r"(?:[-*•]|(\d+)[.)])\s+(.*)")


@dataclass(frozen=True, slots=True)
class _Cited:
    card: Card
    passage: Passage
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pinned:
    """An approved answer whose words were found in the pages in memory."""

    approved: Approved
    wishes: tuple[tuple[str, Wish], ...]
    """Each phrasing with what it asks for."""
    cited: tuple[_Cited, ...]

    def is_for(self, labels: AbstractSet[str], now: datetime, without: AbstractSet[str]) -> bool:
        """Whether this audience may have it at a moment: it and every page that it cites."""
        expires = [self.approved.approval.expires, *(one.card.expires for one in self.cited)]
        return (
            not labels.isdisjoint(self.approved.approval.audience)
            and all(end is None or end > now for end in expires)
            and all(labels & one.card.audience and one.card.id not in without for one in self.cited)
        )


def pin(approved: Sequence[Approved], pile: Pile) -> tuple[Pinned, ...]:
    """Those whose words stand in the pages in memory, the latest first."""
    by_path = {card.path: number for number, card in enumerate(pile.cards)}
    pinned: list[Pinned] = []
    for one in sorted(approved, key=lambda each: each.at, reverse=True):
        found = [_find(pile, by_path.get(span.path), span.quote) for span in one.approval.cited]
        cited = tuple(each for each in found if each is not None)
        if len(cited) == len(one.approval.cited):
            asked = (one.approval.question, *one.approval.phrasings)
            pinned.append(Pinned(one, tuple((text, wish(text)) for text in asked), cited))
    return tuple(pinned)


def _find(pile: Pile, number: int | None, quote: str) -> _Cited | None:
    if number is None:
        return None
    card = pile.cards[number]
    for row in pile.rows_of_page(number):
        passage = pile.passages.passage(row, card.id)
        at = passage.text.find(quote)
        if at >= 0:
            return _Cited(card, passage, at, at + len(quote))
    return None


def choose(
    pinned: Sequence[Pinned],
    embedder: Embedder,
    question: str,
    labels: AbstractSet[str],
    now: datetime,
    without: AbstractSet[str],
) -> Pinned | None:
    """The approved answer to this question; None when it is not surely one of those."""
    asked = wish(question)
    audience = labels | {PUBLIC}
    agreeing = [
        (text, one)
        for one in pinned
        if one.is_for(audience, now, without)
        for text, known in one.wishes
        if agrees(asked, known)
    ]
    if not agreeing:
        return None
    vectors = embedder.embed([question, *(text for text, _ in agreeing)])
    cosines = vectors[1:] @ vectors[0]
    best = int(cosines.argmax())
    return agreeing[best][1] if cosines[best] >= NEAR else None


def answer(pinned: Pinned, question: str, generation: int) -> Answer:
    """The reviewed words, each paragraph with the citations that they rest on."""
    citations = tuple(_citation(number, one) for number, one in enumerate(pinned.cited, start=1))
    cites = tuple(citation.n for citation in citations)
    return Answer(
        question=question,
        searched_for=question,
        parts=_parts(pinned.approved.approval.text, cites),
        citations=citations,
        abstained=False,
        confidence=1.0,
        found=tuple(_found(one) for one in pinned.cited),
        nearest=tuple(dict.fromkeys(one.card.ref for one in pinned.cited)),
        generation=generation,
        timings_ms={},
        approved_id=pinned.approved.id,
    )


def _parts(text: str, cites: tuple[int, ...]) -> tuple[Part, ...]:
    parts: list[Part] = []
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in paragraph.splitlines() if line.strip()]
        for is_list, group in groupby(lines, key=lambda line: _ITEM.match(line) is not None):
            make = _list if is_list else _paragraph
            parts.append(make(list(group), cites))
    return tuple(parts)


def _paragraph(lines: Sequence[str], cites: tuple[int, ...]) -> Part:
    return Sentences((Line(" ".join(lines), cites),))


def _list(lines: Sequence[str], cites: tuple[int, ...]) -> Part:
    items = [match for line in lines if (match := _ITEM.match(line)) is not None]
    first = items[0][1]
    return Points(first is not None, int(first or 1), tuple(Line(item[2], cites) for item in items))


def _citation(number: int, one: _Cited) -> Citation:
    passage, card = one.passage, one.card
    quote = passage.text[one.start : one.end]
    lines = [line for line in quote.splitlines() if line.strip()]
    last = lines[-1] if len(lines) > 1 else ""
    return Citation(
        n=number,
        url=marked_url(card.url, passage.anchor, lines[0], last),
        title=card.title,
        heading=passage.heading,
        quote=quote,
        passage=passage.text,
        start=one.start,
        end=one.end,
        score=1.0,
        document_version=card.version,
        updated=card.updated,
        passage_id=passage.id,
        document_id=card.id,
        doc_start=passage.start + one.start,
        doc_end=passage.start + one.end,
    )


def _found(one: _Cited) -> Found:
    return Found(one.passage, one.card.ref, one.card.version, one.card.updated, 1.0, 1.0, 0.0, 1.0)
