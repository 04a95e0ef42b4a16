"""Notices when two pages tell different figures about the same thing. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from knowledge.evidence import Evidence
from knowledge.values import Found, Unit
from knowledge.words import content_terms, holds, stem, terms

SAME_SUBJECT = 0.8
"""The share of the shorter sentence's words that the other has to hold as well."""
AS_RELEVANT = 0.75
"""How near the other sentence has to come to the first one's relevance."""
_FEWEST = 3
"""Words that two sentences share beside the figure, at least: fewer are no subject."""

_NUMBER = r"\d[\d.,]*\d|\d"
_FIGURE = re.compile(
    rf"(?P<before>EUR|USD|GBP|CHF|[€$£])\s?(?P<sum>{_NUMBER})"
    rf"|(?P<number>{_NUMBER})\s?(?P<unit>%|[€$£]|[^\W\d_]+)?",
    re.IGNORECASE,
)
_CURRENCIES = {"€": "eur", "$": "usd", "£": "gbp"}
_MONTH = re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a found passage."""

    found: Found
    unit: Unit

    @property
    def text(self) -> str:
        return self.found.passage.text[self.unit.start : self.unit.end]

    @property
    def when(self) -> date:
        """The page's date; one without a date is taken for the oldest."""
        return self.found.updated or date.min


def dispute(question: str, led: Statement, evidence: Sequence[Evidence]) -> Statement | None:
    """The statement of another page that says another figure about what `led` says, if there is one."""
    own = figures(led.text)
    if not own:
        return None
    bar = AS_RELEVANT * _relevance(led, evidence)
    rivals = [
        (relevance, Statement(one.found, unit))
        for one in evidence
        if one.passage.document_id != led.found.passage.document_id and one.found.superseded_by is None
        for unit, relevance in zip(one.passage.units, one.relevance, strict=True)
        if unit.kind in {"prose", "point"} and relevance >= bar
    ]
    against = [pair for pair in rivals if _contradicts(question, led, pair[1], own)]
    return max(against, key=lambda pair: pair[0], default=(0.0, None))[1]


def figures(text: str) -> dict[str, frozenset[str]]:
    """Numbers by what they count: `{"eur": {"12", "15"}, "day": {"14"}}`."""
    found: dict[str, set[str]] = {}
    for match in _FIGURE.finditer(text):
        if match["before"]:
            unit, number = match["before"].lower(), match["sum"]
        else:
            unit, number = (match["unit"] or "").lower(), match["number"]
        if not unit or (_MONTH.match(unit) and len(unit) <= 9):
            continue
        found.setdefault(_CURRENCIES.get(unit) or stem(unit), set()).add(number.rstrip(".,"))
    return {unit: frozenset(numbers) for unit, numbers in found.items()}


def _contradicts(question: str, led: Statement, other: Statement, own: dict[str, frozenset[str]]) -> bool:
    theirs = figures(other.text)
    shared = own.keys() & theirs.keys()
    if not shared or any(own[unit] & theirs[unit] for unit in shared):
        return False
    here, there = _subject(led), _subject(other)
    fewer, more = sorted((here, there), key=len)
    common = fewer & more
    if len(common) < _FEWEST or len(common) < SAME_SUBJECT * len(fewer):
        return False
    # Both have to be about what was asked: every word of the question that the one says, the other says too.
    asked = content_terms(question)
    return all(holds(there, term) for term in asked if holds(here, term))


def _subject(statement: Statement) -> frozenset[str]:
    return frozenset(term for term in terms(statement.text) if not term[:1].isdigit())


def _relevance(led: Statement, evidence: Sequence[Evidence]) -> float:
    for one in evidence:
        if one.passage.id == led.found.passage.id:
            places = [n for n, unit in enumerate(one.passage.units) if unit == led.unit]
            return one.relevance[places[0]] if places else 0.0
    return 0.0
