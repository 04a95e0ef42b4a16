"""Writes the answer: words of the documents only, in order, each with its citation. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.citing import Citer
from knowledge.disputes import Statement, dispute
from knowledge.evidence import Evidence, Rarity, header_of
from knowledge.lead import Spot, best_spot
from knowledge.parsing.blocks import CELL
from knowledge.selection import Pick, select
from knowledge.tablefacts import Fact, fact_for, tells_more
from knowledge.values import Citation, Code, Found, Line, Note, Part, Points, Sentences, TableRows, Unit


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer's parts, the citations that they point at, and what has to be said about those."""

    parts: tuple[Part, ...] = ()
    citations: tuple[Citation, ...] = ()
    notes: tuple[Note, ...] = ()


def compose(
    question: str,
    evidence: Sequence[Evidence],
    rarity: Rarity = lambda _: 1.0,
    *,
    further: Sequence[Found] = (),
) -> Composed:
    """The shortest run of the documents' own words that answers; no parts when there is nothing to quote.

    `further` are passages that were found and not weighed: one cell of a table is told by its names alone.
    """
    spot = best_spot(question, evidence)
    if spot is None:
        return Composed()
    citer = Citer()
    fact = fact_for(question, [*(one.found for one in evidence), *further], rarity)
    if fact is not None and tells_more(question, fact, spot):
        return Composed((_told(fact, citer),), citer.citations, _replaced(citer))
    led, rival = _newest_first(question, spot, evidence)
    kept = [
        one for one in evidence if rival is None or one.passage.document_id != rival.found.passage.document_id
    ]
    parts = _parts(select(question, kept, led), citer)
    notes = _replaced(citer)
    if rival is not None and parts:
        notes = (*notes, _conflict(citer, rival))
    return Composed(tuple(parts), citer.citations, notes)


def _parts(picks: Sequence[Pick], citer: Citer) -> list[Part]:
    parts: list[Part] = []
    for run in _by_passage(picks):
        # What is shown together from one passage is one source, not two.
        units = sorted({unit for pick in run for unit in pick.units}, key=lambda unit: unit.start)
        number = citer.cite(run[0].found, units)
        for pick in run:
            part = _part(pick, number)
            earlier = parts[-1] if parts else None
            if isinstance(part, Sentences) and isinstance(earlier, Sentences):
                parts[-1] = Sentences(earlier.lines + part.lines)
            else:
                parts.append(part)
    return parts


def _told(fact: Fact, citer: Citer) -> Sentences:
    """ "API requests a minute — Business: 1,800"; the source runs from the names of the columns to the row."""
    number = citer.cite(fact.found, (fact.header, fact.row))
    return Sentences((Line(f"{fact.row_name} — {fact.column_name}: {fact.cell}", (number,)),))


def _newest_first(question: str, spot: Spot, evidence: Sequence[Evidence]) -> tuple[Spot, Statement | None]:
    """What leads, and the older page that contradicts it, if one does."""
    lead, at = spot
    led = Statement(lead.found, lead.passage.units[at])
    rival = dispute(question, led, evidence)
    if rival is None or rival.when <= led.when:
        return spot, rival
    one = next(one for one in evidence if one.passage.id == rival.found.passage.id)
    return (one, one.passage.units.index(rival.unit)), led


def _conflict(citer: Citer, rival: Statement) -> Note:
    newer = citer.citations[0]
    number = citer.cite(rival.found, (rival.unit,))
    values = {
        "newer": newer.title,
        "newer_date": newer.updated.isoformat() if newer.updated else "",
        "older": rival.found.page.title,
        "older_date": rival.found.updated.isoformat() if rival.found.updated else "",
        "quote": rival.text,
    }
    return Note("conflict", (newer.n, number), "conflict", values)


def _replaced(citer: Citer) -> tuple[Note, ...]:
    """One note for each cited page that another page replaces."""
    notes: dict[str, Note] = {}
    for cited in citer.citations:
        if cited.superseded_by is not None:
            values = {
                "title": cited.title,
                "date": cited.updated.isoformat() if cited.updated else "",
                "successor": cited.superseded_by.title,
                "url": cited.superseded_by.url,
            }
            notes.setdefault(cited.document_id, Note("superseded", (cited.n,), "superseded", values))
    return tuple(notes.values())


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
