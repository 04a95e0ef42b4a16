"""Makes one answer of the answers to each question of a message. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from knowledge.values import Answer, Citation, Code, Line, Note, Part, Points, Sentences, TableRows


def joined(question: str, pieces: Sequence[str], made: Sequence[Answer]) -> Answer:
    """The answers in the order of the questions; nothing is said twice, and a part without an answer is named."""
    parts: list[Part] = []
    citations: dict[tuple[str, int, int], Citation] = {}
    notes: list[Note] = []
    for piece, answer in zip(pieces, made, strict=True):
        if answer.abstained:
            notes.append(Note("unanswered", (), "unanswered", {"question": piece.strip(" ,;")}))
            continue
        numbers = {cited.n: _number(cited, citations) for cited in answer.citations}
        parts += [part for part in (_renumbered(one, numbers) for one in answer.parts) if part not in parts]
        notes += [
            replace(note, cites=tuple(numbers[n] for n in note.cites))
            for note in answer.notes
            if note.values not in [other.values for other in notes]
        ]
    given = [answer for answer in made if not answer.abstained]
    found = {one.passage.id: one for answer in made for one in answer.found}
    return replace(
        made[0],
        question=question,
        searched_for=" / ".join(answer.searched_for for answer in made),
        parts=tuple(parts),
        citations=tuple(citations.values()),
        abstained=not parts,
        confidence=min(answer.confidence for answer in given),
        found=tuple(found.values()),
        nearest=tuple(dict.fromkeys(page for answer in made for page in answer.nearest))[:3],
        timings_ms=_summed([answer.timings_ms for answer in made]),
        notes=tuple(notes),
    )


def _number(cited: Citation, citations: dict[tuple[str, int, int], Citation]) -> int:
    key = (cited.passage_id, cited.start, cited.end)
    kept = citations.setdefault(key, replace(cited, n=len(citations) + 1))
    return kept.n


def _renumbered(part: Part, numbers: Mapping[int, int]) -> Part:
    match part:
        case Sentences(lines=lines):
            return Sentences(tuple(_line(line, numbers) for line in lines))
        case Points(items=items):
            return replace(part, items=tuple(_line(item, numbers) for item in items))
        case TableRows(cites=cites) | Code(cites=cites):
            return replace(part, cites=tuple(numbers[n] for n in cites))
        case _:
            assert_never(part)


def _line(line: Line, numbers: Mapping[int, int]) -> Line:
    return Line(line.text, tuple(numbers[n] for n in line.cites))


def _summed(laps: Sequence[Mapping[str, float]]) -> dict[str, float]:
    names = dict.fromkeys(name for one in laps for name in one)
    return {name: round(sum(one.get(name, 0.0) for one in laps), 3) for name in names}
