"""Chooses the few sentences, steps, items or rows that answer a question. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from knowledge.asked import tells_of_trouble, wants_code, wants_many, wants_steps, wants_table, welcomes_steps
from knowledge.evidence import Evidence
from knowledge.lead import (
    HEADED,
    Spot,
    announces,
    can_lead,
    hangs_in_the_air,
    heading_says,
    is_whole,
    leans_back,
    opens,
    words_of,
)
from knowledge.values import Found, Unit
from knowledge.words import content_terms, terms

MAX_SENTENCES = 3
MAX_ITEMS = 12
MAX_ROWS = 8
AFTER, BEFORE = 0.62, 0.6
"""The share of the lead's relevance at which its neighbours are shown with it."""
SECOND_VOICE = 0.95

Shape = Literal["sentences", "items", "rows", "code"]


@dataclass(frozen=True, slots=True)
class Pick:
    """Units of one passage that are shown together, in the document's order."""

    found: Found
    shape: Shape
    units: tuple[Unit, ...]


def select(question: str, evidence: Sequence[Evidence], spot: Spot) -> list[Pick]:
    """The picks that make the answer, around the unit that answers best."""
    lead, at = spot
    picks = _around(question, lead, at, is_opening=opens(lead, evidence))
    if welcomes_steps(question) and all(pick.shape == "sentences" for pick in picks):
        steps = _steps_for(question, lead, evidence)
        if steps:
            return [*picks, *steps]
    spent = sum(len(pick.units) for pick in picks if pick.shape == "sentences")
    if all(pick.shape == "sentences" for pick in picks) and spent < MAX_SENTENCES:
        further = _second_voice(lead, at, picks, evidence)
        if further:
            picks.append(further)
            picks.sort(key=lambda pick: _reading_order(pick, lead))
    return picks


def _steps_for(question: str, lead: Evidence, evidence: Sequence[Evidence]) -> list[Pick]:
    """The steps of the lead's page under a heading that the question names."""
    asked = frozenset(content_terms(question))
    for one in evidence:
        named = frozenset(terms(one.passage.heading))
        step = next((unit for unit in one.passage.units if unit.kind == "step"), None)
        if step and named and named <= asked and one.passage.document_id == lead.passage.document_id:
            return _list(one, step.group)
    return []


def _reading_order(pick: Pick, lead: Evidence) -> tuple[bool, int]:
    """Two voices of one page speak in its order; another page comes after."""
    passage = pick.found.passage
    return passage.document_id != lead.passage.document_id, passage.start + pick.units[0].start


def _around(question: str, lead: Evidence, at: int, *, is_opening: bool) -> list[Pick]:
    unit = lead.passage.units[at]
    match unit.kind:
        case "header":
            return _whole_table(lead, unit)
        case "row":
            return _rows(lead, unit)
        case "step":
            wants_all = wants_steps(question) or wants_many(question) or tells_of_trouble(question)
            return _list(lead, unit.group) if wants_all else [Pick(lead.found, "sentences", (unit,))]
        case "point":
            return _points(question, lead, at)
        case "code":
            return [*_sentence_before(lead, at), Pick(lead.found, "code", (unit,))]
        case _:
            return _prose(question, lead, at, is_opening=is_opening)


def _prose(question: str, lead: Evidence, at: int, *, is_opening: bool) -> list[Pick]:
    units = lead.passage.units
    following = units[at + 1] if at + 1 < len(units) else None
    if following is not None and announces(lead, at):
        return _led_in(lead, at, following)
    rows = tuple(unit for unit in units if unit.kind == "row")
    if len(rows) > 1 and wants_table(question):
        return [Pick(lead.found, "rows", rows[:MAX_ROWS])]
    if wants_steps(question):
        steps = _list_near(lead, at)
        if steps is not None:
            return _list(lead, steps)
    if is_opening and heading_says(question, lead) >= HEADED:
        return _headed(lead, at)
    sentences = Pick(lead.found, "sentences", _with_neighbours(lead, at))
    code = next((unit for unit in units[at + 1 : at + 4] if unit.kind == "code"), None)
    if code is not None and wants_code(question):
        return [sentences, Pick(lead.found, "code", (code,))]
    return [sentences]


def _headed(lead: Evidence, at: int) -> list[Pick]:
    """The opening of the section that is headed by the question, and the lead where that says more."""
    picks = _opening(lead)
    shown = {unit for pick in picks for unit in pick.units}
    best = lead.passage.units[at]
    if best in shown or any(pick.shape != "sentences" for pick in picks):
        return picks
    return [*picks, Pick(lead.found, "sentences", (best,))]


def _opening(lead: Evidence) -> list[Pick]:
    """The first sentences of a section, with the list that they announce."""
    units = lead.passage.units
    run: list[Unit] = []
    for index, unit in enumerate(units):
        if unit.kind != "prose" or len(run) == MAX_SENTENCES or not can_lead(lead, unit):
            break
        if not run and (hangs_in_the_air(lead, index) or not is_whole(words_of(lead, unit))):
            continue
        if words_of(lead, unit).endswith(":"):
            announced = _led_in(lead, index, units[index + 1]) if index + 1 < len(units) else []
            return [*_paragraph(lead, run), *announced]
        run.append(unit)
    return _paragraph(lead, run)


def _paragraph(lead: Evidence, units: Sequence[Unit]) -> list[Pick]:
    return [Pick(lead.found, "sentences", tuple(units))] if units else []


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
    if before.kind != "prose" or not can_lead(lead, before):
        return None
    return Pick(lead.found, "sentences", (before,))


def _points(question: str, lead: Evidence, at: int) -> list[Pick]:
    """One item when it stands out, the list when the question asks for one."""
    unit = lead.passage.units[at]
    group = [index for index, other in enumerate(lead.passage.units) if other.group == unit.group]
    best = lead.relevance[at]
    close = [index for index in group if lead.relevance[index] >= 0.85 * best]
    wants_all = wants_steps(question) or wants_many(question) or len(close) >= 3
    if wants_all and len(group) > 1:
        return _list(lead, unit.group)
    if len(close) > 1:
        return [Pick(lead.found, "items", tuple(lead.passage.units[index] for index in close))]
    return [Pick(lead.found, "sentences", (unit,))]


def _whole_table(lead: Evidence, header: Unit) -> list[Pick]:
    rows = tuple(unit for unit in lead.passage.units if unit.kind == "row" and unit.group == header.group)
    return [Pick(lead.found, "rows", rows[:MAX_ROWS])] if rows else []


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
    if at and units[at - 1].kind == "prose" and leans_back(words_of(lead, units[at])):
        chosen.add(at - 1)
    for index in (at + 1, at - 1, at + 2):
        # What follows explains; what comes before is only worth it when it says as much.
        bar = (AFTER if index > at else BEFORE) * lead.relevance[at]
        if len(chosen) >= MAX_SENTENCES or not 0 <= index < len(units) or index in chosen:
            continue
        touches = index + 1 in chosen or index - 1 in chosen
        if touches and _can_follow(lead, index) and lead.relevance[index] >= bar:
            chosen.add(index)
    return tuple(units[index] for index in sorted(chosen))


def _can_follow(lead: Evidence, index: int) -> bool:
    unit = lead.passage.units[index]
    return unit.kind == "prose" and can_lead(lead, unit) and not words_of(lead, unit).endswith(":")


def _second_voice(
    lead: Evidence, at: int, picks: Sequence[Pick], evidence: Sequence[Evidence]
) -> Pick | None:
    """One more sentence, from farther off, that says nearly as much and something else."""
    said = [frozenset(terms(_said(pick, unit))) for pick in picks for unit in pick.units]
    bar = SECOND_VOICE * lead.relevance[at]
    best: tuple[float, Evidence, Unit] | None = None
    for one in evidence:
        if one.found.superseded_by is not None:
            continue
        for index, (unit, relevance) in enumerate(zip(one.passage.units, one.relevance, strict=True)):
            text = words_of(one, unit)
            beside = one.passage.id == lead.passage.id and abs(index - at) < MAX_SENTENCES
            if beside or unit.kind != "prose" or relevance < bar or not can_lead(one, unit):
                continue
            if text.endswith(":") or leans_back(text) or _repeats(said, frozenset(terms(text))):
                continue
            if best is None or relevance > best[0]:
                best = (relevance, one, unit)
    return Pick(best[1].found, "sentences", (best[2],)) if best else None


def _said(pick: Pick, unit: Unit) -> str:
    return pick.found.passage.text[unit.start : unit.end]


def _repeats(said: Sequence[frozenset[str]], new: frozenset[str]) -> bool:
    """Whether one sentence so far holds most of the new one's words."""
    return not new or any(len(one & new) / len(new) > 0.6 for one in said)
