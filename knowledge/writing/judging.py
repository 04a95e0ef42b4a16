"""From a draft to an answer: keeps what is supported, with quotes, or says that too little is left. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from knowledge.citing import Citer
from knowledge.lead import leans_back
from knowledge.values import Citation, Found, Line, Part, Points, Sentences
from knowledge.words import content_terms, holds, terms
from knowledge.writing.checking import Refused, Similarity, Supported, check
from knowledge.writing.drafting import Said, take_apart
from knowledge.writing.ports import Draft
from knowledge.writing.prompting import NO_ANSWER

MOST_SENTENCES = 8
ON_TOPIC = 0.5
"""The share of the question's content words that the kept sentences and their sources hold."""
_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Verdict:
    """The kept answer, or none of it; `dropped` says what was refused and why."""

    parts: tuple[Part, ...]
    citations: tuple[Citation, ...]
    dropped: tuple[str, ...]
    failed: str = ""
    """Why nothing is used: a stable word."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a draft is held against."""

    question: str
    found: tuple[Found, ...]
    free_names: frozenset[str]
    is_banned: Callable[[str], bool]
    similarity: Similarity


def judge(draft: Draft, grounds: Grounds) -> Verdict:
    """Checks every sentence. At least half of them have to stand, and together they have to speak of the question."""
    if NO_ANSWER in draft.text.upper():
        return Verdict((), (), (), "no_answer")
    said = take_apart(draft.text, is_whole=draft.is_whole)
    if len(said) > MOST_SENTENCES:
        over = [Refused(one, "too_long") for one in said[MOST_SENTENCES:]]
        said = said[:MOST_SENTENCES]
    else:
        over = []
    outcomes = _whole_lists([*_checked(said, grounds), *over])
    kept = [one for one in outcomes if isinstance(one, Supported)]
    dropped = tuple(f"{one.why}: {_short(one.said)}" for one in outcomes if isinstance(one, Refused))
    # A sentence that was cut off is nobody's lie.
    judged = [one for one in outcomes if not (isinstance(one, Refused) and one.why == "unfinished")]
    if not kept or 2 * len(kept) < len(judged):
        return Verdict((), (), dropped, "too_little_left")
    if not _speaks_of(grounds.question, kept):
        return Verdict((), (), dropped, "off_topic")
    parts, citations = _compose(kept)
    return Verdict(parts, citations, dropped)


def _checked(said: Sequence[Said], grounds: Grounds) -> list[Supported | Refused]:
    outcomes: list[Supported | Refused] = []
    before: Supported | Refused | None = None
    for one in said:
        if leans_back(one.text) and isinstance(before, Refused):
            outcome: Supported | Refused = Refused(one, "leans_on_dropped")
        elif grounds.is_banned(one.text):
            outcome = Refused(one, "banned_claim")
        else:
            outcome = check(
                one,
                grounds.found,
                grounds.similarity,
                free_names=grounds.free_names,
                before=before.said.text if before else "",
            )
        outcomes.append(outcome)
        before = outcome
    return outcomes


def _whole_lists(outcomes: Sequence[Supported | Refused]) -> list[Supported | Refused]:
    """Steps with a gap are worse than none: one that is refused takes its whole list along."""
    if not any(isinstance(one, Refused) and one.said.shape == "step" for one in outcomes):
        return list(outcomes)
    return [
        Refused(one.said, "list_has_gaps") if isinstance(one, Supported) and one.said.shape == "step" else one
        for one in outcomes
    ]


def _speaks_of(question: str, kept: Sequence[Supported]) -> bool:
    asked = content_terms(question)
    texts = [one.said.text for one in kept]
    texts += [
        f"{found.page.title} {' '.join(found.passage.heading_path)}"
        for one in kept
        for found, _ in one.evidence
    ]
    held = frozenset(terms(" ".join(texts)))
    return sum(holds(held, term) for term in asked) >= ON_TOPIC * len(asked)


def _compose(kept: Sequence[Supported]) -> tuple[tuple[Part, ...], tuple[Citation, ...]]:
    citer = Citer()
    parts: list[Part] = []
    for one in kept:
        cites = tuple(dict.fromkeys(citer.cite(found, units) for found, units in one.evidence))
        line = Line(one.said.text, cites)
        last = parts[-1] if parts else None
        if one.said.shape == "prose":
            lines = (*last.lines, line) if isinstance(last, Sentences) else (line,)
            parts[-1:] = (
                [Sentences(lines)] if isinstance(last, Sentences) else [*parts[-1:], Sentences(lines)]
            )
            continue
        ordered = one.said.shape == "step"
        if isinstance(last, Points) and last.ordered == ordered:
            parts[-1] = Points(ordered, last.start, (*last.items, line))
        else:
            parts.append(Points(ordered, one.said.number or 1, (line,)))
    return tuple(parts), citer.citations


def _short(said: Said) -> str:
    return said.text if len(said.text) <= _SHOWN else f"{said.text[:_SHOWN]}…"
