"""Finds the one cell of a table that a question asks for by its row and its column. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.asked import tells_the_figure
from knowledge.evidence import Rarity, header_of
from knowledge.lead import Spot
from knowledge.parsing.blocks import CELL
from knowledge.values import Found, Unit
from knowledge.words import content_terms, holds, terms

ENOUGH = 0.7
"""The share of the question's words, weighed by rarity, that row, column and headings have to hold together."""
NAMED = 0.6
"""What a word counts that only the title or the headings hold."""

_MORE = 0.15
"""Reads better than a cell: a sentence that says nearly as much."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A cell with the names of its row and its column."""

    found: Found
    header: Unit
    row: Unit
    row_name: str
    column_name: str
    cell: str
    said: float
    """Share of the question's words that it answers to."""


def fact_for(question: str, found: Sequence[Found], rarity: Rarity) -> Fact | None:
    """The cell whose row and column the question names, when it names both."""
    asked = {term: rarity(term) + 0.05 for term in content_terms(question)}
    whole = math.fsum(asked.values())
    if not whole:
        return None
    facts = [fact for one in found for fact in _facts(asked, whole, one)]
    # A column that shares its words with another, and a row with fewer words beside the asked ones, decide a tie.
    return max(facts, key=lambda fact: (round(fact.said, 2), -len(terms(fact.row_name))), default=None)


def tells_more(question: str, fact: Fact, spot: Spot) -> bool:
    """Whether the cell is the better answer than the unit that would lead.

    A row gives way to its cell, and a sentence beside the table, which reads better, only when it says less. A
    sentence from elsewhere may hold all the words by chance: it gives way to the very figure that is asked for.
    """
    lead, at = spot
    if lead.passage.units[at].kind == "row":
        return True
    held = lead.worded[at] if lead.worded else 1.0
    if lead.passage.id == fact.found.passage.id:
        return fact.said > held + _MORE
    return fact.said > held + _MORE or (fact.said > held - _MORE and tells_the_figure(question, fact.cell))


def _facts(asked: dict[str, float], whole: float, found: Found) -> list[Fact]:
    passage = found.passage
    above = frozenset(terms(" ".join([found.page.title, *passage.heading_path])))
    made: list[Fact] = []
    for row in passage.units:
        header = header_of(passage, row) if row.kind == "row" else ()
        cells = passage.text[row.start : row.end].split(CELL)
        if len(header) < 2 or len(cells) != len(header):
            continue
        in_row = _hit(asked, cells[0])
        columns = [_hit(asked, name) for name in header]
        for place in range(1, len(header)):
            own = columns[place]
            # A name that every column bears tells none of them apart.
            told = own - frozenset.intersection(*columns[1:]) if len(header) > 2 else own
            if not in_row or not told - in_row or not any(map(str.isalnum, cells[place])):
                continue
            held = in_row | own
            weight = math.fsum(
                value if term in held else NAMED * value if holds(above, term) else 0.0
                for term, value in asked.items()
            )
            if weight / whole >= ENOUGH:
                unit = _header_unit(found, row)
                made.append(
                    Fact(
                        found,
                        unit,
                        row,
                        cells[0].strip(),
                        header[place].strip(),
                        cells[place].strip(),
                        weight / whole,
                    )
                )
    return made


def _hit(asked: dict[str, float], name: str) -> frozenset[str]:
    held = frozenset(terms(name))
    return frozenset(term for term in asked if holds(held, term))


def _header_unit(found: Found, row: Unit) -> Unit:
    return next(unit for unit in found.passage.units if unit.kind == "header" and unit.group == row.group)
