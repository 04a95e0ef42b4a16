"""A suggested talk track made of the company's own proof: each line a quotation with its page, or no line at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from knowledge import listing
from knowledge.sentences import split_sentences
from knowledge.values import Found
from knowledge.words import content_terms, holds, terms
from server.review.deps import Seat

_LOOKED_AT = 40
MOST_LINES = 6
_OF_ONE_PAGE = 3
_LEAST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """Words of a proof document, and what they answer to."""

    quote: str
    title: str
    url: str
    about: str


async def talk_track(seat: Seat, proof: Sequence[str], industry: str, questions: Sequence[str]) -> list[Line]:
    """Lines for this trade, and for what was asked; empty where the proof documents hold nothing."""
    if not proof:
        return []
    wished = [(f"{industry} firm", industry)] if industry else []
    wished += [(f"{question} {industry}".strip(), question) for question in questions]
    lines: list[Line] = []
    for query, about in wished:
        find = partial(seat.desk.library.find, seat.site, query, k=_LOOKED_AT, now=seat.now)
        found = await seat.desk.in_thread(find)
        kept = await _proof(seat, proof, found)
        for each in _of_trade(kept, industry):
            lines += _lines(each, about, query, lines)
    return lines[:MOST_LINES]


async def _proof(seat: Seat, proof: Sequence[str], found: Sequence[Found]) -> list[Found]:
    async with seat.desk.readers() as session:
        ids = list(dict.fromkeys(each.passage.document_id for each in found))
        paths = await listing.paths(session, seat.site, ids)
    return [each for each in found if paths.get(each.passage.document_id, "").startswith(tuple(proof))]


def _of_trade(found: Sequence[Found], industry: str) -> list[Found]:
    """Stories of the reader's trade only: another trade's proves nothing to them."""
    if not industry:
        return list(found)
    wanted = content_terms(industry)
    fitting = {
        each.passage.document_id
        for each in found
        if all(holds(frozenset(terms(f"{each.page.title} {each.passage.text}")), term) for term in wanted)
    }
    return [each for each in found if each.passage.document_id in fitting]


def _lines(found: Found, about: str, query: str, taken: Sequence[Line]) -> list[Line]:
    """The sentences of a passage that carry a figure or speak of what is asked, in the page's own words."""
    wanted = frozenset(content_terms(query))
    made: list[Line] = []
    for line in found.passage.text.split("\n"):
        for start, end in split_sentences(line):
            quote = line[start:end]
            room = _OF_ONE_PAGE - sum(each.url == found.page.url for each in (*taken, *made))
            known = {each.quote for each in (*taken, *made)}
            if room > 0 and quote not in known and _says_something(quote, wanted):
                made.append(Line(quote, found.page.title, found.page.url, about))
    return made


def _says_something(sentence: str, wanted: frozenset[str]) -> bool:
    if len(sentence.split()) < _LEAST_WORDS or not sentence.rstrip().endswith((".", "!")):
        return False
    held = frozenset(terms(sentence))
    return any(char.isdigit() for char in sentence) or sum(holds(held, term) for term in wanted) >= 2
