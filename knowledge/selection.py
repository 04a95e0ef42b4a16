"""Chooses the few sentences, steps, items or rows that answer a question. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from knowledge.evidence import Evidence
from knowledge.parsing.blocks import CELL
from knowledge.values import Found, Unit
from knowledge.words import content_terms, terms

MAX_SENTENCES = 3
MAX_ITEMS = 12
MAX_ROWS = 8
PASSAGE_SHARE = 1.5
FIRST_BONUS = 0.1
ROW_MALUS = 0.12
NAMED_ROW_BONUS = 0.4
POINT_MALUS = 0.05
DEFINITION_BONUS = 0.25
HEADING_SHARE = 0.12

_HOW_TO = re.compile(
    r"\bhow (?:do|can|to|should|could|would)\b|\bsteps?\b|\bset(?:ting)? ?up\b|\bwalk me through\b|\binstructions?\b",
    re.IGNORECASE,
)
_WANTS_MANY = re.compile(
    r"\b(?:which|list|types?|kinds?|options|features|examples?|include[sd]?|what are|what all|all the|ways|formats)\b",
    re.IGNORECASE,
)
_WANTS_TABLE = re.compile(
    r"^\s*(?:who are|which|what)\s+(?:your |are |the )*(?!is\b|does\b)\w+s\b", re.IGNORECASE
)
_WHAT_IS = re.compile(r"^\s*(?:what (?:is|are|does)|what's|define|explain)\b", re.IGNORECASE)
_IS = re.compile(r"(\b(?:is|are|means|measures|shows|lets)\b)")
_WANTS_CODE = re.compile(
    r"\b(?:code|snippet|example|curl|command|script|json|payload|request|syntax)\b", re.IGNORECASE
)
# A sentence that opens like this leans on the one before it.
_LEANS_BACK = re.compile(
    r"(?:This|That|These|Those|It|Its|They|Their|Then|Otherwise|However|But|And|So|Also|Here|Instead|If so|If not)\b"
)

Shape = Literal["sentences", "items", "rows", "code"]


@dataclass(frozen=True, slots=True)
class Pick:
    """Units of one passage that are shown together, in the document's order."""

    found: Found
    shape: Shape
    units: tuple[Unit, ...]


def select(question: str, evidence: Sequence[Evidence]) -> list[Pick]:
    """The picks that make the answer; empty when there is nothing to quote."""
    spot = _best_spot(question, evidence)
    if spot is None:
        return []
    lead, at = spot
    picks = _around(question, lead, at)
    spent = sum(len(pick.units) for pick in picks if pick.shape == "sentences")
    if all(pick.shape == "sentences" for pick in picks) and spent < MAX_SENTENCES:
        further = _second_voice(lead, at, evidence)
        if further:
            picks.append(further)
            picks.sort(key=lambda pick: _reading_order(pick, lead))
    return picks


def _reading_order(pick: Pick, lead: Evidence) -> tuple[bool, int]:
    """Two voices of one page speak in its order; another page comes after."""
    passage = pick.found.passage
    return passage.document_id != lead.passage.document_id, passage.start


def _best_spot(question: str, evidence: Sequence[Evidence]) -> tuple[Evidence, int] | None:
    top = max((one.found.score for one in evidence), default=0.0) or 1.0
    best: tuple[float, Evidence, int] | None = None
    for one in evidence:
        base = PASSAGE_SHARE * one.found.score / top + HEADING_SHARE * _heading_says(question, one)
        for index, unit in enumerate(one.passage.units):
            if not _can_lead(one, unit) or _announces_nothing(one, index):
                continue
            worth = base + one.relevance[index] + _standing(question, one, index)
            if best is None or worth > best[0]:
                best = (worth, one, index)
    return (best[1], best[2]) if best else None


def _heading_says(question: str, evidence: Evidence) -> float:
    """How nearly the heading is the question: the harmonic mean of what each holds of the other."""
    asked = frozenset(content_terms(question))
    named = frozenset(terms(evidence.passage.heading))
    both = len(asked & named)
    return 2 * both / (len(asked) + len(named)) if both else 0.0


def _standing(question: str, evidence: Evidence, index: int) -> float:
    """What a unit's kind and place add: how-to questions want steps, the others a sentence, and rarely a lone cell."""
    unit = evidence.passage.units[index]
    how_to = _HOW_TO.search(question) is not None
    match unit.kind:
        case "step":
            return 0.25 if how_to else -POINT_MALUS
        case "point":
            return 0.12 if how_to else -POINT_MALUS
        case "row":
            return NAMED_ROW_BONUS if _is_named(question, _text(evidence, unit)) else -ROW_MALUS
        case "prose" if _defines(question, _text(evidence, unit)):
            return DEFINITION_BONUS
        case "prose" if index == 0 and _WHAT_IS.match(question) and _heading_says(question, evidence) > 0.9:
            return DEFINITION_BONUS
        case "prose" if index == 0 and not how_to:
            return FIRST_BONUS
        case _:
            return 0.0


def _is_named(question: str, row: str) -> bool:
    """Whether the question names the row by its first cell, as in "what does rate_limited mean"."""
    name = row.split(CELL, maxsplit=1)[0].strip().casefold()
    return len(name) >= 3 and not name.isalpha() and name in question.casefold()


def _defines(question: str, sentence: str) -> bool:
    """ "A bounce is a visit with …" for "What is a bounce?"."""
    if not _WHAT_IS.match(question):
        return False
    subject, verb, _ = _IS.split(sentence, maxsplit=1) if _IS.search(sentence) else (sentence, "", "")
    return bool(verb) and len(subject.split()) <= 8 and set(content_terms(question)) <= set(terms(subject))


def _can_lead(evidence: Evidence, unit: Unit) -> bool:
    text = _text(evidence, unit)
    if unit.kind == "header":
        return False
    if unit.kind == "code":
        return True
    # A question in the documents is not an answer, a scrap is not a sentence, and data is neither.
    is_data = text.count('"') >= 4 and "{" in text
    return not is_data and not (unit.kind == "prose" and (text.endswith("?") or len(text.split()) < 3))


def _announces_nothing(evidence: Evidence, index: int) -> bool:
    """A sentence that ends in a colon at the end of its passage."""
    units = evidence.passage.units
    return index + 1 == len(units) and _text(evidence, units[index]).endswith(":")


def _around(question: str, lead: Evidence, at: int) -> list[Pick]:
    unit = lead.passage.units[at]
    match unit.kind:
        case "row":
            return _rows(lead, unit)
        case "step":
            wants_all = _HOW_TO.search(question) or _WANTS_MANY.search(question)
            return _list(lead, unit.group) if wants_all else [Pick(lead.found, "sentences", (unit,))]
        case "point":
            return _points(question, lead, at)
        case "code":
            return [*_sentence_before(lead, at), Pick(lead.found, "code", (unit,))]
        case _:
            return _prose(question, lead, at)


def _prose(question: str, lead: Evidence, at: int) -> list[Pick]:
    units = lead.passage.units
    following = units[at + 1] if at + 1 < len(units) else None
    if _text(lead, units[at]).endswith(":") and following is not None:
        return _led_in(lead, at, following)
    rows = tuple(unit for unit in units if unit.kind == "row")
    if len(rows) > 1 and _WANTS_TABLE.search(question):
        return [Pick(lead.found, "rows", rows[:MAX_ROWS])]
    if _HOW_TO.search(question):
        steps = _list_near(lead, at)
        if steps is not None:
            return _list(lead, steps)
    sentences = Pick(lead.found, "sentences", _with_neighbours(lead, at))
    code = next((unit for unit in units[at + 1 : at + 4] if unit.kind == "code"), None)
    if code is not None and _WANTS_CODE.search(question):
        return [sentences, Pick(lead.found, "code", (code,))]
    return [sentences]


def _led_in(lead: Evidence, at: int, following: Unit) -> list[Pick]:
    """A sentence that ends in a colon is shown with what it announces."""
    match following.kind:
        case "point" | "step":
            return _list(lead, following.group)
        case "row" | "header":
            rows = tuple(
                unit for unit in lead.passage.units if unit.group == following.group and unit.kind == "row"
            )
            announced = Pick(lead.found, "rows", rows[:MAX_ROWS])
        case "code":
            announced = Pick(lead.found, "code", (following,))
        case _:
            announced = Pick(lead.found, "sentences", (following,))
    return [Pick(lead.found, "sentences", (lead.passage.units[at],)), announced]


def _list_near(lead: Evidence, at: int) -> int | None:
    """The list that tells how: steps anywhere in the passage, or points right after the sentence."""
    units = lead.passage.units
    steps = [unit.group for unit in units if unit.kind == "step"]
    if steps:
        return steps[0]
    after = [unit.group for unit in units[at + 1 : at + 3] if unit.kind == "point"]
    return after[0] if after and sum(unit.group == after[0] for unit in units) > 1 else None


def _list(lead: Evidence, group: int) -> list[Pick]:
    """A whole list with the sentence that introduces it; code between steps stays in its place."""
    units = lead.passage.units
    inside = [index for index, unit in enumerate(units) if unit.group == group]
    first, last = inside[0], inside[-1]
    picks = [_lead_in(lead, first)]
    run: list[Unit] = []
    for unit in units[first : last + 1]:
        if unit.kind != "code":
            run.append(unit)
            continue
        picks += [Pick(lead.found, "items", tuple(run)), Pick(lead.found, "code", (unit,))]
        run = []
    picks.append(Pick(lead.found, "items", tuple(run[:MAX_ITEMS])))
    return [pick for pick in picks if pick is not None and pick.units]


def _lead_in(lead: Evidence, first: int) -> Pick | None:
    if first == 0:
        return None
    before = lead.passage.units[first - 1]
    if before.kind != "prose" or not _can_lead(lead, before):
        return None
    return Pick(lead.found, "sentences", (before,))


def _points(question: str, lead: Evidence, at: int) -> list[Pick]:
    """One item when it stands out, the list when the question asks for one."""
    unit = lead.passage.units[at]
    group = [index for index, other in enumerate(lead.passage.units) if other.group == unit.group]
    best = lead.relevance[at]
    close = [index for index in group if lead.relevance[index] >= 0.85 * best]
    wants_all = _HOW_TO.search(question) or _WANTS_MANY.search(question) or len(close) >= 3
    if wants_all and len(group) > 1:
        return _list(lead, unit.group)
    if len(close) > 1:
        return [Pick(lead.found, "items", tuple(lead.passage.units[index] for index in close))]
    return [Pick(lead.found, "sentences", (unit,))]


def _rows(lead: Evidence, best: Unit) -> list[Pick]:
    """The rows that say nearly as much as the best one."""
    units = lead.passage.units
    bar = 0.88 * lead.relevance[units.index(best)]
    rows = [
        unit
        for unit, relevance in zip(units, lead.relevance, strict=True)
        if unit.kind == "row" and unit.group == best.group and relevance >= bar
    ]
    return [Pick(lead.found, "rows", tuple(rows[:MAX_ROWS]))]


def _sentence_before(lead: Evidence, at: int) -> list[Pick]:
    before = lead.passage.units[at - 1] if at else None
    if before is None or before.kind != "prose":
        return []
    return [Pick(lead.found, "sentences", (before,))]


def _with_neighbours(lead: Evidence, at: int) -> tuple[Unit, ...]:
    """The best sentence with those beside it that say nearly as much, or that it leans on."""
    units = lead.passage.units
    chosen = {at}
    if at and units[at - 1].kind == "prose" and _LEANS_BACK.match(_text(lead, units[at])):
        chosen.add(at - 1)
    for index in (at + 1, at - 1, at + 2):
        # What follows explains; what comes before is only worth it when it says as much.
        bar = (0.62 if index > at else 0.8) * lead.relevance[at]
        if len(chosen) >= MAX_SENTENCES or not 0 <= index < len(units) or index in chosen:
            continue
        touches = index + 1 in chosen or index - 1 in chosen
        if touches and _can_follow(lead, index) and lead.relevance[index] >= bar:
            chosen.add(index)
    return tuple(units[index] for index in sorted(chosen))


def _can_follow(lead: Evidence, index: int) -> bool:
    unit = lead.passage.units[index]
    return unit.kind == "prose" and _can_lead(lead, unit) and not _text(lead, unit).endswith(":")


def _second_voice(lead: Evidence, at: int, evidence: Sequence[Evidence]) -> Pick | None:
    """One sentence of another passage that says nearly as much and something else."""
    said = frozenset(terms(_text(lead, lead.passage.units[at])))
    bar = 0.95 * lead.relevance[at]
    best: tuple[float, Evidence, Unit] | None = None
    for one in evidence:
        if one.passage.id == lead.passage.id:
            continue
        for unit, relevance in zip(one.passage.units, one.relevance, strict=True):
            text = _text(one, unit)
            if unit.kind != "prose" or relevance < bar or not _can_lead(one, unit):
                continue
            if text.endswith(":") or _LEANS_BACK.match(text) or _repeats(said, frozenset(terms(text))):
                continue
            if best is None or relevance > best[0]:
                best = (relevance, one, unit)
    return Pick(best[1].found, "sentences", (best[2],)) if best else None


def _repeats(said: frozenset[str], new: frozenset[str]) -> bool:
    return not new or len(said & new) / len(new) > 0.6


def _text(evidence: Evidence, unit: Unit) -> str:
    return evidence.passage.text[unit.start : unit.end]
