"""Phrases that never reach a visitor, whatever the documents say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from knowledge.values import Answer, Code, Points, Sentences, TableRows
from server.dialogue.values import Case, Check


def without_banned(case: Case) -> tuple[Case, Check | None]:
    """The case with an answer that holds a banned phrase taken away, so that no play can give it; and the check."""
    if case.answer is None or case.answer.abstained or not case.policy.banned_claims:
        return case, None
    words = _words(case.answer).casefold()
    banned = next((claim for claim in case.policy.banned_claims if claim.casefold() in words), None)
    if banned is None:
        return case, Check(
            "banned_claims", passed=True, why="none of the banned phrases stands in the answer"
        )
    withheld = replace(case.answer, abstained=True, parts=(), citations=())
    return replace(case, answer=withheld), Check(
        "banned_claims", passed=False, why=f"the answer holds {banned!r}"
    )


def holds_banned(claims: Sequence[str], text: str) -> bool:
    """Whether one of the phrases stands in a text, whatever its case."""
    folded = text.casefold()
    return any(claim.casefold() in folded for claim in claims)


def _words(answer: Answer) -> str:
    """Everything that an answer would show, the passages of its source cards included."""
    texts = [f"{cited.title}\n{cited.heading}\n{cited.passage}" for cited in answer.citations]
    for part in answer.parts:
        match part:
            case Sentences(lines=lines):
                texts += [line.text for line in lines]
            case Points(items=items):
                texts += [item.text for item in items]
            case TableRows(header=header, rows=rows):
                texts += [" ".join(row) for row in (header, *rows)]
            case Code(text=text):
                texts.append(text)
    return "\n".join(texts)
