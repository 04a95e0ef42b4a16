"""Holds every sentence of a draft against the passage that it cites; what is not supported there is dropped. Pure.

Made to be hard to pass: a sentence that is refused costs little, for the extractive answer stands behind it, and one
that is invented costs everything. The thresholds were measured; see docs/writer.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from knowledge.evidence import header_of, unit_text
from knowledge.lead import leans_back
from knowledge.values import Found, Unit
from knowledge.words import holds
from knowledge.writing.clauses import Clause, clauses, content_of, row_clauses
from knowledge.writing.drafting import Said
from knowledge.writing.facts import PERIODS, Facts, facts_of, tokens_of
from knowledge.writing.hedges import surer
from knowledge.writing.order import in_order

COVERED = 0.9
"""The share of a clause's content words that its evidence must hold."""
TOGETHER = 0.67
"""The share that must stand in one clause of the evidence, beside the very name that is spoken of."""
NEAR = 0.45
"""The least cosine of a sentence to its evidence."""

_STAGES = (
    "unsupported", "link", "number", "unit", "name", "limit", "binding", "surer", "negation", "order", "uncovered",
    "mixed",
)  # fmt: skip

_OURS = re.compile(r"\b(?:we|us|our|ours)\b", re.IGNORECASE)

Similarity = Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class Supported:
    """A sentence that may be shown, and the units of each cited passage that say it."""

    said: Said
    evidence: tuple[tuple[Found, tuple[Unit, ...]], ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A sentence that may not, and why: a stable word."""

    said: Said
    why: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """One unit of a passage as evidence."""

    found: Found
    unit: Unit
    facts: Facts
    words: frozenset[str]
    """Its content words with those of its headings, and of the sentence that it leans on."""
    named: frozenset[str]
    """The names that it can be about; those of its headings when it has no subject of its own."""
    around: frozenset[str]
    """The words of its title and headings alone."""
    above: Counter[str]
    """Figures of its title and headings."""
    limits_above: frozenset[str]
    """Periods that its headings name; "What each role may do" makes nothing true of all."""
    clauses: tuple[Clause, ...]

    @property
    def text(self) -> str:
        return self.found.passage.text[self.unit.start : self.unit.end]


def check(
    said: Said,
    found: Sequence[Found],
    similarity: Similarity,
    *,
    free_names: frozenset[str] = frozenset(),
    before: str = "",
) -> Supported | Refused:
    """`found` are the passages by number; `free_names` need not stand in a passage: the company's own name.

    `before` is the sentence that this one may lean on: "It costs 12 EUR" is about what was named there.
    """
    if said.refused:
        return Refused(said, said.refused)
    if not all(1 <= n <= len(found) for n in said.cites):
        return Refused(said, "no_such_passage")
    claimed = _about(clauses(said.text), before if leans_back(said.text) else "")
    free = _free(said.text, free_names)
    why = "unsupported"
    # Each passage by itself first: a passage that adds nothing is no source.
    alone: list[tuple[Found, tuple[Unit, ...]]] = []
    for n in said.cites:
        units, why_not = _supports(claimed, [found[n - 1]], free)
        alone += [(found[n - 1], units[0][1])] if units else []
        why = why_not or why
    evidence = alone
    if not evidence and len(said.cites) > 1:
        evidence, why_not = _supports(claimed, [found[n - 1] for n in said.cites], free)
        why = why_not or why
    if not evidence:
        return Refused(said, why)
    texts = [" ".join(_evidence_text(one, units) for one, units in evidence), *_cells(evidence)]
    if max(similarity(said.text, text) for text in texts) < NEAR:
        return Refused(said, "far_from_passage")
    return Supported(said, tuple(evidence))


def _free(text: str, company: frozenset[str]) -> frozenset[str]:
    """ "Fernway keeps backups" needs no passage that says whose product it is; "Monday to Fernway" does."""
    tokens = tokens_of(text)
    if any(one.key in company for one in tokens[:2]):
        return company
    # "We" is the company, unless the sentence names it beside.
    speaks = _OURS.search(text) and not any(one.key in company for one in tokens)
    return company if speaks else frozenset()


def _about(claimed: list[Clause], before: str) -> list[Clause]:
    subject = clauses(before)[-1].names if before else frozenset()
    return [one if one.names else replace(one, names=subject) for one in claimed]


def _supports(
    claimed: Sequence[Clause], passages: Sequence[Found], free: frozenset[str]
) -> tuple[list[tuple[Found, tuple[Unit, ...]]], str]:
    """The units that say every clause, by passage; or nothing, and what was missing."""
    pieces = [piece for one in passages for piece in _pieces(one)]
    used: list[_Piece] = []
    for clause in claimed:
        fits: list[tuple[float, _Piece]] = []
        missing: list[tuple[float, int]] = []
        for piece in pieces:
            covered = _covered(clause, piece)
            why = _violated(clause, piece, free) or ("uncovered" if covered < COVERED else "")
            if not why and covered < 1 and _mixes(clause, piece, pieces):
                why = "mixed"
            if why:
                missing.append((covered, _STAGES.index(why)))
            else:
                fits.append((covered, piece))
        if not fits:
            # The reason where the nearest piece gave out.
            return [], _STAGES[max(missing, default=(0.0, 0))[1]]
        used.append(max(fits, key=lambda fit: fit[0])[1])
    by_passage: dict[str, tuple[Found, set[Unit]]] = {}
    for piece in used:
        by_passage.setdefault(piece.found.passage.id, (piece.found, set()))[1].add(piece.unit)
    ordered = [(one, tuple(sorted(units, key=lambda unit: unit.start))) for one, units in by_passage.values()]
    return ordered, ""


def _pieces(found: Found) -> list[_Piece]:
    passage = found.passage
    above = f"{found.page.title} {' '.join(passage.heading_path)}"
    around = content_of(above)
    heads = facts_of(above)
    made: list[_Piece] = []
    for place, unit in enumerate(passage.units):
        if unit.kind in {"header", "code"}:
            continue
        raw = passage.text[unit.start : unit.end]
        is_row = unit.kind == "row"
        claims = row_clauses(raw, header_of(passage, unit)) if is_row else clauses(raw)
        text = ". ".join(claim.text for claim in claims) if is_row else raw
        before = passage.units[place - 1] if place else None
        words = content_of(text)
        leans = leans_back(raw)
        if before is not None and leans:
            words |= content_of(passage.text[before.start : before.end])
        named = facts_of(text).names | words
        if leans or unit.kind != "prose":
            named |= heads.names
        facts = facts_of(f"{above}. {text}")
        made.append(
            _Piece(
                found,
                unit,
                facts,
                words | around,
                named,
                around,
                Counter(heads.numbers),
                heads.limits & PERIODS,
                tuple(claims),
            )
        )
    return made


def _covered(clause: Clause, piece: _Piece) -> float:
    wanted = clause.content - clause.facts.names
    if not wanted:
        return 1.0
    return sum(holds(piece.words, term) for term in wanted) / len(wanted)


def _mixes(clause: Clause, piece: _Piece, pieces: Sequence[_Piece]) -> bool:
    """Whether a word that the piece lacks stands elsewhere in the passages: then two claims were made one."""
    lacking = [term for term in clause.content - clause.facts.names if not holds(piece.words, term)]
    return any(holds(other.words, term) for term in lacking for other in pieces)


def _violated(clause: Clause, piece: _Piece, free: frozenset[str]) -> str:
    """The first hard fact of the clause that the piece does not have."""
    facts, held = clause.facts, piece.facts
    if not facts.links <= held.links:
        return "link"
    if not set(facts.numbers) <= set(held.numbers):
        return "number"
    if not _units_agree(facts, held):
        return "unit"
    if not all(holds(piece.named, name) for name in clause.names - free):
        return "name"
    if not facts.limits <= held.limits:
        return "limit"
    return _misplaced(clause, piece, free)


def _units_agree(facts: Facts, held: Facts) -> bool:
    """A figure keeps its unit, and what is counted keeps its figure."""
    counted = {unit for _, unit in held.measured}
    counting = {number for number, _ in held.measured}
    return all(
        (number, unit) in held.measured or (unit not in counted and number not in counting)
        for number, unit in facts.measured
    )


def _misplaced(clause: Clause, piece: _Piece, free: frozenset[str]) -> str:
    """Whether figures, limits and words stand beside other names, or under a denial, in the evidence."""
    about = frozenset(name for name in clause.names - free if name not in piece.around)
    figures = Counter(clause.facts.numbers)
    # All figures of one clause stand in one clause of the evidence, as often; those of headings are free.
    beside = [
        one
        for one in piece.clauses
        if _is_about(one, about, piece) and not figures - Counter(one.facts.numbers) - piece.above
    ]
    if not beside:
        return "binding"
    beside = [one for one in beside if clause.facts.limits - piece.limits_above <= one.facts.limits]
    if not beside:
        return "limit"
    wanted = clause.content - clause.facts.names - piece.around
    beside = [one for one in beside if _together(one, wanted) >= TOGETHER]
    if not beside:
        return "binding"
    if _OURS.search(clause.text):
        beside = [one for one in beside if _is_ours(one, piece, free)]
        if not beside:
            return "name"
    beside = [one for one in beside if not surer(clause.text, one.text)]
    if not beside:
        return "surer"
    if not _agrees(clause, beside, piece.clauses):
        return "negation"
    return "" if in_order(clause.text, piece.text) else "order"


def _is_about(one: Clause, about: frozenset[str], piece: _Piece) -> bool:
    """Names that the piece has at all stand in this very clause, capitalised or not."""
    return all(name in one.names | one.content for name in about if name in piece.facts.names | piece.words)


def _is_ours(one: Clause, piece: _Piece, free: frozenset[str]) -> bool:
    """Whether the company speaks of itself: "Competitors charge 40 EUR" does not make "We charge 40 EUR"."""
    if _OURS.search(one.text) or not free.isdisjoint(one.names | one.content):
        return True
    # "We keep backups for a month and delete them afterwards" names itself once.
    at = piece.clauses.index(one)
    return not one.facts.names and at > 0 and _is_ours(piece.clauses[at - 1], piece, free)


def _together(one: Clause, wanted: frozenset[str]) -> float:
    words = one.carried | one.names
    return sum(holds(words, term) for term in wanted) / len(wanted) if wanted else 1.0


def _agrees(clause: Clause, beside: Sequence[Clause], every: Sequence[Clause]) -> bool:
    """Denied where the evidence denies: in the clause that shares the most, and in one for each word."""
    weights = [_shared(clause, one) for one in beside]
    top = max(weights)
    nearest = [one for one, weight in zip(beside, weights, strict=True) if weight == top]
    if not any(_same_polarity(clause, one) for one in nearest):
        return False
    for term in clause.content - clause.facts.names:
        saying = [one for one in every if holds(one.denied, term)]
        if saying and not any(_same_polarity(clause, one) for one in saying):
            return False
    return True


def _same_polarity(one: Clause, other: Clause) -> bool:
    """`other` is the evidence's."""
    if one.is_denied != other.is_denied or not one.is_denied:
        return one.is_denied == other.is_denied
    denied = other.content - other.names
    if denied and sum(holds(one.content, term) for term in denied) / len(denied) < TOGETHER:
        return False  # it is something else that the evidence denies
    kinds = {*one.facts.denials, *other.facts.denials}
    # "no fines" is "not ... fines" and "no limit" is "without a limit"; "not work" is not "work without".
    return bool(set(one.facts.denials) & set(other.facts.denials)) or "no" in kinds


def _shared(clause: Clause, other: Clause) -> float:
    figures = len(set(clause.facts.numbers) & set(other.facts.numbers))
    names = len(clause.facts.names & other.names)
    return 2.0 * (figures + names) + sum(holds(other.denied, term) for term in clause.content)


def _evidence_text(found: Found, units: Sequence[Unit]) -> str:
    heading = found.passage.heading or found.page.title
    return f"{heading}. {' '.join(unit_text(found.passage, unit) for unit in units)}"


def _cells(evidence: Sequence[tuple[Found, tuple[Unit, ...]]]) -> list[str]:
    """Each cell of a single row with what it is about: a whole row says too much to be near one sentence."""
    if len(evidence) > 1 or len(evidence[0][1]) > 1 or evidence[0][1][0].kind != "row":
        return []
    found, (unit,) = evidence[0]
    row = found.passage.text[unit.start : unit.end]
    return [claim.text for claim in row_clauses(row, header_of(found.passage, unit))]
