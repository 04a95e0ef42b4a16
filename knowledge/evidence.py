"""How much each unit of the found passages says about the question; the input of composing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.asked import tells_the_figure, wants_definition
from knowledge.parsing.blocks import CELL
from knowledge.values import Found, Passage, Unit
from knowledge.words import content_terms, holds, terms

PASSAGES = 5
"""Passages that an answer may draw on."""
UNITS = 5
"""Units that are compared by meaning, each at the price of embedding it; eight chose no better one on eight sites."""
WORDS = 30
"""Words of a unit that are compared: a batch takes as long as its longest text, and longer ones found no more."""
WORDED = 0.25
"""What a unit's words weigh beside its meaning."""
NAMED = 0.5
"""What a word that only the headings hold counts, in choosing the units to compare."""
DEFINES = 0.5
"""What a section's first sentence counts where something is to be defined."""
TOLD = 0.3
"""What the figure that is asked for counts, in choosing the units to compare."""

Rarity = Callable[[str], float]
"""How rare a term is among the documents, between 0 and 1."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A found passage with the relevance of each of its units, between 0 and 1."""

    found: Found
    relevance: tuple[float, ...]
    meant: tuple[float, ...] = ()
    """Cosine of each unit to the question; 0 for those that were not compared."""
    worded: tuple[float, ...] = ()
    """Share of the question's words, weighed by rarity, in each unit itself."""

    @property
    def passage(self) -> Passage:
        return self.found.passage

    @property
    def best(self) -> float:
        return max(self.relevance, default=0.0)


def weigh(
    question: str,
    found: Sequence[Found],
    rarity: Rarity,
    similarity: Callable[[Sequence[str]], Sequence[float]],
) -> tuple[Evidence, ...]:
    """Relevance by words for every unit, by meaning for the most promising ones."""
    chosen = found[:PASSAGES]
    asked = content_terms(question)
    worded = [[_covered(asked, one, unit, rarity) for unit in one.passage.units] for one in chosen]
    promise = {
        (i, j): one.score + _covered(asked, one, unit, rarity, named=NAMED) + _figure(question, one, unit)
        for i, one in enumerate(chosen)
        for j, unit in enumerate(one.passage.units)
    }
    if wants_definition(question):
        promise |= {
            spot: DEFINES + promise[spot] for spot in promise if _begins(asked, chosen[spot[0]], spot[1])
        }
    # What the best passage opens with says its subject, in whatever words.
    promise |= {spot: 2.0 + promise[spot] for spot in [(0, 0)] if spot in promise}
    # Earlier passages first among equals: Python's sort keeps their order.
    spots = sorted(promise, key=lambda spot: -promise[spot])[:UNITS]
    cosines = similarity([_compared(chosen[i], chosen[i].passage.units[j]) for i, j in spots])
    meant = dict(zip(spots, cosines, strict=True))
    return tuple(
        _evidence(one, [meant.get((i, j), 0.0) for j in range(len(worded[i]))], worded[i])
        for i, one in enumerate(chosen)
    )


def _evidence(found: Found, meant: Sequence[float], worded: Sequence[float]) -> Evidence:
    blended = [_blend(cosine, covered) for cosine, covered in zip(meant, worded, strict=True)]
    return Evidence(found, tuple(blended), tuple(meant), tuple(worded))


def _blend(cosine: float, covered: float) -> float:
    return (1 - WORDED) * max(0.0, cosine) + WORDED * covered


def _begins(asked: Sequence[str], found: Found, place: int) -> bool:
    """Whether a unit is the first of a section about what is to be defined."""
    named = frozenset(terms(found.passage.heading or found.page.title))
    return place == 0 and bool(named) and named <= frozenset(asked)


def _figure(question: str, found: Found, unit: Unit) -> float:
    """What asks for a number is compared with what holds one, in whatever words."""
    return TOLD if tells_the_figure(question, found.passage.text[unit.start : unit.end]) else 0.0


def _compared(found: Found, unit: Unit) -> str:
    """A unit below its heading: "the limit is 600" says of what only there."""
    opening = " ".join(unit_text(found.passage, unit).split()[:WORDS])
    return f"{found.passage.heading or found.page.title}. {opening}"


def _covered(asked: Sequence[str], found: Found, unit: Unit, rarity: Rarity, *, named: float = 0.0) -> float:
    """Share of the question's words in the unit; a word that only its title or headings hold counts `named`."""
    passage = found.passage
    held = _terms(passage.text[unit.start : unit.end])
    above = _terms(" ".join([found.page.title, *passage.heading_path])) if named else frozenset()
    weights = [
        (rarity(term), 1.0 if holds(held, term) else named if holds(above, term) else 0.0) for term in asked
    ]
    whole = math.fsum(weight for weight, _ in weights)
    return math.fsum(weight * share for weight, share in weights) / whole if whole else 0.0


@lru_cache(maxsize=4_096)
def _terms(text: str) -> frozenset[str]:
    """The stems of a text; the units of popular passages are weighed again and again."""
    return frozenset(terms(text))


def unit_text(passage: Passage, unit: Unit) -> str:
    """A unit as it is compared: a row says its columns' names."""
    text = passage.text[unit.start : unit.end]
    header = header_of(passage, unit)
    if unit.kind == "row" and header:
        text = "; ".join(f"{name}: {cell}" for name, cell in zip(header, text.split(CELL), strict=False))
    return text


def header_of(passage: Passage, unit: Unit) -> tuple[str, ...]:
    """The column names above a row, when its table has them."""
    for other in passage.units:
        if other.kind == "header" and other.group == unit.group:
            return tuple(passage.text[other.start : other.end].split(CELL))
    return ()
