"""Finds the one sentence, step, item or row that answers a question best. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.asked import (
    asks_the_prices,
    tells_prices,
    tells_the_figure,
    wants_code,
    wants_definition,
    wants_many,
    wants_steps,
)
from knowledge.evidence import Evidence
from knowledge.parsing.blocks import CELL
from knowledge.values import Unit
from knowledge.words import content_terms, terms

PASSAGE_SHARE = 2.5
"""What the passage's rank weighs beside the relevance of a single unit."""
FIRST_BONUS = 0.05
ROW_MALUS = 0.05
NAMED_ROW_BONUS = 1.0
POINT_MALUS = 0.05
DEFINITION_BONUS = 0.25
OPENING_BONUS = 0.4
HEADED = 0.66
"""How nearly a heading has to be the question for its section's opening to be the answer."""
FIGURE_BONUS = 0.15
STEP_BONUS = 0.25
ALL_SAID, LONG = 0.95, 4
ALL_SAID_BONUS = 0.15
"""For a unit that holds every word of a question of some length."""

PRICE_LIST_BONUS = 2.0
"""For the table of prices where prices as such are asked for."""
LEANING_MALUS = 0.4
CODE_MALUS = 0.15
"""For code where nobody asked for any."""
REPLACED_MALUS = 1.5
"""For a page that another one replaces: it only leads where the new one is silent."""

# A sentence that opens like this leans on the one before it.
_LEANS_BACK = re.compile(
    r"(?:This|That|These|Those|It|Its|They|Their|Then|Otherwise|However|But|And|So|Also|Here|Instead|If so|If not"
    r"|As an alternative|Alternatively|In addition|Additionally|Similarly|Likewise|For example|For instance"
    r"|In (?:this|that|these|such) cases?|After that|Afterwards|Next|Besides|Furthermore|Moreover|Finally|Therefore"
    r"|Thus|Hence|Again|Still|Yet|Or|The (?:former|latter|same))\b"
    # What goes on in small letters is the rest of a sentence that something stood between.
    r"|(?:and|or|but|so|then|which|because|with|where|if so)\b"
)
_PROMISES = re.compile(
    r"\b(?:(?:the )?following(?: steps| commands?| options)?|these steps|steps below|as follows|(?:see|shown) below)\b",
    re.IGNORECASE,
)
_IS = re.compile(r"(\b(?:is|are|means|measures|shows|lets)\b)")


Spot = tuple[Evidence, int]
"""A passage and the place of a unit in it."""


def best_spot(question: str, evidence: Sequence[Evidence]) -> Spot | None:
    """The unit that answers best; nothing when there is none to quote."""
    top = max((one.found.score for one in evidence), default=0.0) or 1.0
    is_long = len(content_terms(question)) >= LONG
    wants_prices = asks_the_prices(question)
    best: tuple[float, Evidence, int] | None = None
    for one in evidence:
        base = PASSAGE_SHARE * one.found.score / top - (REPLACED_MALUS if one.found.superseded_by else 0.0)
        says = heading_says(question, one)
        for index, unit in enumerate(one.passage.units):
            is_price_list = wants_prices and unit.kind == "header" and _holds_prices(one, unit)
            names_table = unit.kind == "header" and says >= HEADED and wants_many(question)
            names_table = names_table or is_price_list
            if not (can_lead(one, unit) or names_table) or _announces_nothing(one, index):
                continue
            worth = base + one.relevance[index] + _standing(question, one, index)
            if is_price_list:
                worth += PRICE_LIST_BONUS
            is_told = tells_the_figure(question, words_of(one, unit))
            if is_told:
                worth += FIGURE_BONUS
            if one.worded and one.worded[index] >= ALL_SAID and is_long:
                worth += ALL_SAID_BONUS
            if index == 0 and opens(one, evidence) and says >= (HEADED if is_told else 1):
                worth += OPENING_BONUS
            if best is None or worth > best[0]:
                best = (worth, one, index)
    return (best[1], best[2]) if best else None


def opens(evidence: Evidence, others: Sequence[Evidence]) -> bool:
    """Whether a passage is the first of its section, as far as was found."""
    own = evidence.passage
    return not any(
        other.passage.document_id == own.document_id
        and other.passage.anchor == own.anchor
        and other.passage.start < own.start
        for other in others
    )


def heading_says(question: str, evidence: Evidence) -> float:
    """How nearly the heading, or the title above the first one, is the question: the F1 of their words."""
    asked = frozenset(content_terms(question))
    named = frozenset(terms(evidence.passage.heading or evidence.found.page.title))
    both = len(asked & named)
    return 2 * both / (len(asked) + len(named)) if both else 0.0


def _standing(question: str, evidence: Evidence, index: int) -> float:
    """What a unit's kind and place add: how-to questions want steps, the others a sentence, and rarely a lone cell."""
    unit = evidence.passage.units[index]
    how_to = wants_steps(question)
    match unit.kind:
        case "step" | "point" if wants_definition(question) and not how_to:
            return -LEANING_MALUS
        case "step":
            return STEP_BONUS if how_to else -POINT_MALUS
        case "point":
            return 0.12 if how_to else -POINT_MALUS
        case "row":
            return NAMED_ROW_BONUS if _is_named(question, words_of(evidence, unit)) else -ROW_MALUS
        case "code":
            return 0.0 if wants_code(question) else -CODE_MALUS
        case "prose" if hangs_in_the_air(evidence, index) or _promises_in_vain(evidence, index):
            return -LEANING_MALUS
        case "prose" if _defines(question, words_of(evidence, unit)):
            return DEFINITION_BONUS
        case "prose" if index == 0 and wants_definition(question) and heading_says(question, evidence) > 0.9:
            return DEFINITION_BONUS
        case "prose" if index == 0 and not how_to:
            return FIRST_BONUS
        case _:
            return 0.0


def _holds_prices(evidence: Evidence, header: Unit) -> bool:
    """Whether most rows of a table hold an amount of money."""
    rows = [unit for unit in evidence.passage.units if unit.kind == "row" and unit.group == header.group]
    priced = sum(tells_prices(words_of(evidence, row)) for row in rows)
    return len(rows) > 1 and priced * 2 > len(rows)


def _is_named(question: str, row: str) -> bool:
    """Whether the question names the row by one of its cells, as in "what does rate_limited mean"."""
    asked = set(re.findall(r"[^\s?!,;:()\"]+", question.casefold()))
    names = (cell.strip(" `").casefold() for cell in row.split(CELL))
    return any(len(name) >= 3 and not name.isalpha() and name in asked for name in names)


def _defines(question: str, sentence: str) -> bool:
    """ "A bounce is a visit with …" for "What is a bounce?"."""
    if not wants_definition(question):
        return False
    subject, verb, _ = _IS.split(sentence, maxsplit=1) if _IS.search(sentence) else (sentence, "", "")
    return bool(verb) and len(subject.split()) <= 8 and set(content_terms(question)) <= set(terms(subject))


def can_lead(evidence: Evidence, unit: Unit) -> bool:
    text = words_of(evidence, unit)
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
    return index + 1 == len(units) and words_of(evidence, units[index]).endswith(":")


def _promises_in_vain(evidence: Evidence, index: int) -> bool:
    """ "Use the following steps." where no steps follow in the passage."""
    units = evidence.passage.units
    if not _PROMISES.search(words_of(evidence, units[index])):
        return False
    return all(unit.kind == "prose" for unit in units[index + 1 : index + 2])


def announces(evidence: Evidence, index: int) -> bool:
    """ "You need:", and "Use the following steps." before a list: nothing without what comes next."""
    units = evidence.passage.units
    words = words_of(evidence, units[index])
    following = units[index + 1] if index + 1 < len(units) else None
    return words.endswith(":") or (
        following is not None
        and following.kind not in {"prose", "header"}
        and _PROMISES.search(words) is not None
    )


def hangs_in_the_air(evidence: Evidence, index: int) -> bool:
    """Whether a sentence leans on one that is not there: on another passage's, or on a title."""
    units = evidence.passage.units
    if not leans_back(words_of(evidence, units[index])):
        return False
    before = units[index - 1] if index else None
    return before is None or before.kind != "prose" or not is_whole(words_of(evidence, before))


def is_whole(text: str) -> bool:
    """A sentence, and not a title or a label."""
    return text.rstrip("”\"')")[-1:] in tuple(".!?:…")


def leans_back(sentence: str) -> bool:
    """Whether a sentence is not to be understood without the one before it."""
    return _LEANS_BACK.match(sentence) is not None


def words_of(evidence: Evidence, unit: Unit) -> str:
    return evidence.passage.text[unit.start : unit.end]
