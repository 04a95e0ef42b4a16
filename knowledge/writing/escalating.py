"""When the writer is asked: small first, and only where the extractive answer is unsure of itself. Pure."""

from __future__ import annotations

import re
from typing import Literal

from knowledge.answerability import fitted
from knowledge.values import Answer, Found

When = Literal["never", "unsure", "always"]

BAND = 0.15
"""How far from the threshold of answering a confidence is called unsure, to either side."""
PASSAGES = 5

_WEIGHS = re.compile(
    r"\bcompar\w*|\bdiffer\w*|\bversus\b|\bvs\b|\bboth\b|\binstead of\b|\bbetter\b|\brather than\b",
    re.IGNORECASE,
)


def why_ask(answer: Answer, when: When, threshold: float | None = None) -> str:
    """The reason to ask, or nothing. Without evidence there is none: the writer may not answer without passages."""
    bar = fitted().threshold if threshold is None else threshold
    if (
        when == "never"
        or answer.approved_id
        or answer.notes
        or not answer.found
        or answer.confidence < bar - BAND
    ):
        # A reviewed answer is final, and passages that do not agree are best shown as they are.
        return ""
    if answer.abstained:
        return "nearly_answerable"
    if when == "always":
        return "always"
    if answer.confidence < bar + BAND:
        return "low_confidence"
    if _WEIGHS.search(answer.searched_for) or len({one.document_id for one in answer.citations}) > 1:
        return "several_passages"
    return ""


def passages(answer: Answer) -> tuple[Found, ...]:
    """What the writer is shown: the cited passages first, then the best found. All are this audience's own."""
    cited = {one.passage_id for one in answer.citations}
    current = [one for one in answer.found if one.superseded_by is None]
    ranked = sorted(current, key=lambda one: one.passage.id not in cited)
    return tuple(ranked[:PASSAGES])
