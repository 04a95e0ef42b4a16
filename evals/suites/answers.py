"""Whether questions get an answer from the right page in the page's own words, and whether it says so when not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evals import gates
from evals.datasets import RetrievalSet
from evals.metrics import auroc, mean, median
from evals.report import Report
from knowledge.corpora import CorpusIndex
from knowledge.ports import Embedder
from knowledge.values import Answer

_COVERAGES = (0.5, 0.7, 0.9, 1.0)
_REMARKS = 12

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and what became of it. `right` and `said` are None where they can not be told."""

    id: str
    question: str
    is_answerable: bool
    was_answered: bool
    confidence: float
    right: bool | None
    """Whether the page cited first is one that answers the question."""
    right_among: bool
    """Whether any of the cited pages is."""
    quotes: int
    verbatim: int
    ms: float
    cosine: float
    """Of the passage nearest in meaning: what the confidence has to beat."""
    said: bool | None = None
    """Whether the words that a golden answer needs were in the answer."""


def run(data: RetrievalSet, strangers: Sequence[str], embedder: Embedder, tell: Tell) -> Report:
    """Anybody's corpus in BEIR layout; `strangers` are questions that it does not answer."""
    tell(f"indexing {len(data.pages)} pages")
    index = CorpusIndex(data.pages, embedder)
    tell(f"asking {len(data.questions) + len(strangers)} questions")
    asked = [
        *_answerable(data, index),
        *(_ask(index, f"U{n}", text, None) for n, text in enumerate(strangers, 1)),
    ]
    figures = figures_of(asked)
    return Report(
        "answers", figures, gates.bars_of_known(f"answers-{data.known_as}", figures), remarks_of(asked)
    )


def _answerable(data: RetrievalSet, index: CorpusIndex) -> list[Asked]:
    return [_ask(index, one.id, one.text, set(data.relevant[one.id])) for one in data.questions]


def _ask(index: CorpusIndex, name: str, question: str, relevant: set[str] | None) -> Asked:
    answer = index.answer(question)
    cited = [index.page_of(one.document_id) for one in answer.citations]
    right = cited[0] in relevant if relevant is not None and cited else None
    return Asked(
        id=name,
        question=question,
        is_answerable=relevant is not None,
        was_answered=not answer.abstained,
        confidence=answer.confidence,
        right=right,
        right_among=bool(relevant and relevant & set(cited)),
        quotes=len(answer.citations),
        verbatim=verbatim(answer, index.text_of),
        ms=sum(answer.timings_ms.values()),
        cosine=top_cosine(answer),
    )


def top_cosine(answer: Answer) -> float:
    """What an answerer without a model of its own would go by."""
    return max((one.dense for one in answer.found), default=0.0)


def verbatim(answer: Answer, text_of: Callable[[str], str]) -> int:
    """How many citations stand, character by character, where they say."""
    return sum(
        text_of(cited.document_id)[cited.doc_start : cited.doc_end] == cited.quote
        and cited.passage[cited.start : cited.end] == cited.quote
        for cited in answer.citations
    )


def figures_of(asked: Sequence[Asked]) -> dict[str, float | None]:
    """The figures of a set of questions."""
    inside = [one for one in asked if one.is_answerable]
    outside = [one for one in asked if not one.is_answerable]
    given = [one for one in inside if one.was_answered]
    quotes = sum(one.quotes for one in asked)
    figures: dict[str, float | None] = {
        "answered": mean([float(one.was_answered) for one in inside]),
        "right_page": mean([float(bool(one.right)) for one in given]),
        "right_page_among_cited": mean([float(one.right_among) for one in given]),
        "verbatim": sum(one.verbatim for one in asked) / quotes if quotes else None,
        "abstained_on_unanswerable": mean([float(not one.was_answered) for one in outside])
        if outside
        else None,
        "answerability_auroc": auroc([one.confidence for one in inside], [one.confidence for one in outside]),
        "cosine_auroc": auroc([one.cosine for one in inside], [one.cosine for one in outside]),
        "wrong_among_given": wrong_among_given(asked),
        "ms_median": median([one.ms for one in asked]),
        "questions": len(inside),
        "unanswerable": len(outside),
    }
    return figures | {
        f"risk_at_{share:.0%}".replace("%", "_percent"): _risk(asked, share) for share in _COVERAGES
    }


def wrong_among_given(asked: Sequence[Asked]) -> float:
    """Of all answers that were given, the share from a wrong page or to a question without an answer."""
    return mean([float(not one.right) for one in asked if one.was_answered])


def _risk(asked: Sequence[Asked], share: float) -> float:
    """A point of the risk-coverage curve: the share of wrong ones if only the surest `share` were answered."""
    surest = sorted(asked, key=lambda one: -one.confidence)[: max(1, round(share * len(asked)))]
    return mean([float(not one.right) for one in surest])


def remarks_of(asked: Sequence[Asked]) -> tuple[str, ...]:
    """What went wrong, the worst first: answers that should not be, wrong pages, missing words, silence."""
    invented = [_remark("answered without a source for it", one) for one in asked if _is_invented(one)]
    wrong = [_remark("wrong page", one) for one in asked if one.is_answerable and one.right is False]
    silent = [_remark("not answered", one) for one in asked if one.is_answerable and not one.was_answered]
    unsaid = [_remark("words missing", one) for one in asked if one.right and one.said is False]
    groups = [invented, wrong, unsaid, silent]
    return tuple(line for group in groups for line in [*group[:_REMARKS], *_more(len(group) - _REMARKS)])


def _more(count: int) -> list[str]:
    return [f"... and {count} more"] if count > 0 else []


def _is_invented(one: Asked) -> bool:
    return one.was_answered and not one.is_answerable


def _remark(what: str, one: Asked) -> str:
    return f"{what} ({one.confidence:.2f}) {one.id[:40]}: {one.question[:90]!r}"
