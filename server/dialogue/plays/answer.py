"""Answer from the documents, or say that they do not hold it."""

from __future__ import annotations

from dataclasses import replace

from knowledge.values import Answer, Code, Points, Sentences, TableRows
from server.dialogue.reading import has_answer
from server.dialogue.values import Abstain, Bid, Case, Check, GiveAnswer, OpenOffer


def consider(case: Case) -> Bid:
    banned = _banned(case)
    if has_answer(case) and banned is None:
        fine = Check("banned_claims", passed=True, why="none of the banned phrases stands in the answer")
        return Bid("answer", (GiveAnswer(),), ("documents_answer",), replace(case.state, open=None), (fine,))
    reasons: tuple[str, ...] = ("not_in_documents",)
    checks: tuple[Check, ...] = ()
    if banned is not None:
        reasons = ("banned_claim",)
        checks = (Check("banned_claims", passed=False, why=f"the answer holds {banned!r}"),)
    if "handoff" in case.policy.plays and not case.state.person_wanted:
        state = replace(case.state, open=OpenOffer(case.prompt_id, "handoff"))
    else:
        state = replace(case.state, open=None)
    return Bid("answer", (Abstain(),), reasons, state, checks)


def _banned(case: Case) -> str | None:
    """The first banned phrase that the answer holds."""
    if case.answer is None:
        return None
    words = _words(case.answer).lower()
    return next((claim for claim in case.policy.banned_claims if claim.lower() in words), None)


def _words(answer: Answer) -> str:
    texts: list[str] = []
    for part in answer.parts:
        match part:
            case Sentences(lines=lines):
                texts += [line.text for line in lines]
            case Points(items=items):
                texts += [item.text for item in items]
            case TableRows(rows=rows):
                texts += [" ".join(row) for row in rows]
            case Code(text=text):
                texts.append(text)
    return "\n".join(texts)
