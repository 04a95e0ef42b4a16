"""Writes the answer: words of the documents only, in order, each with its citation. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.citing import Citer
from knowledge.evidence import Evidence, header_of
from knowledge.parsing.blocks import CELL
from knowledge.selection import Pick, select
from knowledge.values import Citation, Code, Found, Line, Part, Points, Sentences, TableRows, Unit


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's parts and the citations that they point at."""

    parts: tuple[Part, ...]
    citations: tuple[Citation, ...]


def compose(question: str, evidence: Sequence[Evidence]) -> Composed:
    """The shortest run of the documents' own words that answers; no parts when there is nothing to quote."""
    citer = Citer()
    parts: list[Part] = []
    for picks in _by_passage(select(question, evidence)):
        # What is shown together from one passage is one source, not two.
        units = sorted({unit for pick in picks for unit in pick.units}, key=lambda unit: unit.start)
        number = citer.cite(picks[0].found, units)
        for pick in picks:
            part = _part(pick, number)
            earlier = parts[-1] if parts else None
            if isinstance(part, Sentences) and isinstance(earlier, Sentences):
                parts[-1] = Sentences(earlier.lines + part.lines)
            else:
                parts.append(part)
    return Composed(tuple(parts), citer.citations)


def _by_passage(picks: Sequence[Pick]) -> list[list[Pick]]:
    runs: list[list[Pick]] = []
    for pick in picks:
        if runs and runs[-1][-1].found.passage.id == pick.found.passage.id:
            runs[-1].append(pick)
        else:
            runs.append([pick])
    return runs


def _part(pick: Pick, number: int) -> Part:
    match pick.shape:
        case "sentences":
            return Sentences(tuple(_lines(pick, number)))
        case "items":
            return _points(pick, number)
        case "rows":
            return _rows(pick, number)
        case "code":
            unit = pick.units[0]
            return Code(unit.language, _words(pick.found, unit), (number,))


def _lines(pick: Pick, number: int) -> list[Line]:
    """Neighbouring sentences share one citation, at the end of their run."""
    return [Line(" ".join(_words(pick.found, unit) for unit in pick.units), (number,))]


def _points(pick: Pick, number: int) -> Points:
    top = min(unit.level for unit in pick.units)
    items: list[list[Unit]] = []
    for unit in pick.units:
        if items and (unit.level > top or unit.kind == "prose"):
            items[-1].append(unit)
        else:
            items.append([unit])
    first = items[0][0]
    lines = tuple(Line(_item_text(pick.found, units), (number,)) for units in items)
    return Points(ordered=first.kind == "step", start=first.number or 1, items=lines)


def _item_text(found: Found, units: Sequence[Unit]) -> str:
    """An item with what is nested below it on one line."""
    own, *nested = [_words(found, unit) for unit in units]
    if not nested:
        return own
    glue = "; " if own.endswith(":") else " "
    return f"{own} {glue.join(nested)}"


def _rows(pick: Pick, number: int) -> TableRows:
    rows = tuple(tuple(_words(pick.found, unit).split(CELL)) for unit in pick.units)
    header = header_of(pick.found.passage, pick.units[0])
    width = max(len(row) for row in (*rows, header))
    padded = tuple(row + ("",) * (width - len(row)) for row in rows)
    return TableRows(header, padded, (number,))


def _words(found: Found, unit: Unit) -> str:
    return found.passage.text[unit.start : unit.end]
