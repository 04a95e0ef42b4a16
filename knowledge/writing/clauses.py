"""Cuts a sentence into the stretches that claim one thing each, and says what each claims about what. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.parsing.blocks import CELL
from knowledge.writing.facts import Facts, facts_of, is_sign, says_something, tokens_of

_BREAK = re.compile(
    r"[;()]|[,:](?!\d)|\s[–—]\s|\b(?:and|or|but|while|whereas|although|though|nor|plus)\b", re.IGNORECASE
)
_LAST_NAME = re.compile(r"\b([A-Z][\w-]*)\s*$")
_NEXT_NAME = re.compile(r"\s*(?:(?:and|or|nor)\s+)?[A-Z]")
_TURNS = re.compile(r"\W*(?:but|while|whereas|although|though)\b", re.IGNORECASE)
_EDGES = " ,;:()"
_ENOUGH = 3
"""Content words that make a claim without a name."""
_NONE = frozenset({"", "-", "–", "—", "no", "none", "n/a", "✗", "✘"})


@dataclass(frozen=True, slots=True)
class Clause:
    """A claim: its facts, its content words, and the names that it is about."""

    text: str
    facts: Facts
    content: frozenset[str]
    names: frozenset[str]
    """Its own, or those of the clause before it when it has none."""
    inherited: frozenset[str] = frozenset()
    """Content of the clause that this one goes on with: "12 EUR per seat yearly, or 15 EUR monthly"."""

    @property
    def denied(self) -> frozenset[str]:
        """What a denial may speak of: "can be washed by hand, but not in a dishwasher"."""
        return self.content | self.inherited if self.is_denied else self.content

    @property
    def carried(self) -> frozenset[str]:
        """Its words, with those of the clause before when it has hardly any of its own: "or 15 EUR monthly"."""
        return self.content | self.inherited if len(self.content - self.names) <= 1 else self.content

    @property
    def is_denied(self) -> bool:
        return len(self.facts.denials) % 2 == 1


def clauses(sentence: str) -> list[Clause]:
    """What says nothing by itself belongs to the clause before it."""
    pieces: list[str] = []
    waiting = ""
    for piece in _pieces(sentence):
        if waiting and facts_of(piece).denials:
            # "can be washed by hand, but not in a dishwasher" says two things.
            pieces.append(waiting)
            waiting = ""
        waiting += piece
        if _stands_alone(waiting):
            pieces.append(waiting)
            waiting = ""
        elif pieces and _turns(pieces[-1], waiting):
            # "We do not sell data, but we share it" denies the one and not the other.
            pieces.append(waiting)
            waiting = ""
        elif pieces and not waiting.startswith(";"):
            pieces[-1] += waiting
            waiting = ""
    if waiting:
        pieces.append(waiting)
    return _with_subjects([_clause(piece) for piece in pieces])


def row_clauses(row: str, header: Sequence[str]) -> list[Clause]:
    """A row says one thing for each cell: what its first cell names, of what the column names. A dash says no."""
    cells = row.split(CELL)
    if len(cells) < 2:
        return clauses(row)
    named = list(header) + [""] * (len(cells) - len(header))
    lines = [
        f"{cells[0]} {name} {'not' if cell.strip().casefold() in _NONE else cell}"
        for name, cell in zip(named[1:], cells[1:], strict=False)
    ]
    return [_clause(line) for line in lines]


def content_of(text: str) -> frozenset[str]:
    """The stems that say something; figures, units and limits are facts and counted there."""
    return frozenset(token.key for token in tokens_of(text) if says_something(token))


def _pieces(sentence: str) -> list[str]:
    cuts = [0, *(found.start() for found in _BREAK.finditer(sentence) if not _joins_names(sentence, found))]
    return [
        sentence[start:end]
        for start, end in zip(cuts, [*cuts[1:], len(sentence)], strict=True)
        if start < end
    ]


def _joins_names(sentence: str, cut: re.Match[str]) -> bool:
    """ "Okta, Entra ID and Keycloak are tested" is one claim about three names."""
    before = _LAST_NAME.search(sentence[: cut.start()])
    return (
        before is not None and not is_sign(before[1]) and _NEXT_NAME.match(sentence[cut.end() :]) is not None
    )


def _stands_alone(piece: str) -> bool:
    facts = facts_of(piece.strip(_EDGES))
    more = content_of(piece) - facts.names
    return bool(facts.numbers or facts.denials) or (bool(facts.names) and bool(more)) or len(more) >= _ENOUGH


def _turns(before: str, piece: str) -> bool:
    return (
        _TURNS.match(piece) is not None
        and bool(facts_of(before).denials) != bool(facts_of(piece).denials)
        and bool(content_of(piece))
    )


def _clause(text: str) -> Clause:
    facts = facts_of(text.strip(_EDGES))
    return Clause(text, facts, content_of(text), facts.names)


def _with_subjects(found: Sequence[Clause]) -> list[Clause]:
    told: list[Clause] = []
    for one in found:
        if told:
            goes_on = one.is_denied or not one.names
            inherited = told[-1].content if goes_on else frozenset()
            one = replace(one, names=one.names or told[-1].names, inherited=inherited)  # noqa: PLW2901
        told.append(one)
    return told
