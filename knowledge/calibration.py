"""Fits the answerability model: `python -m knowledge.calibration --help`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import click

from knowledge.answerability import Model, Signals
from knowledge.corpora import CorpusIndex, CorpusPage
from knowledge.embedders.minilm import MiniLm
from knowledge.embedders.remembering import RememberingEmbedder
from knowledge.errors import SourceUnreadableError
from knowledge.ports import Embedder
from knowledge.sources.files import list_files, read_page
from knowledge.values import PUBLIC
from knowledge.words import content_terms, terms

TARGET = Path(__file__).parent / "data" / "answerability.json"
JUDGED = TARGET.parent / "calibration"
MAX_WRONG = 0.044
"""Share of answers to questions without one, among all given, that the threshold aims for, on the judged questions and
those borrowed from other sites. Answers from a wrong page come on top."""
REMOVED = 60
"""Questions of each set that are asked again without the page that answers them."""
BORROWED = 4
"""Questions of each other set that a set is asked."""
COUNTS = {"judged": 4.0, "removed": 0.2}
"""How much a sample counts. People judged the first. Of the second, many look just like answered questions: in full
they teach to doubt what is near, and strangers pass (AUROC on seven other sites .965 in full, .973 so, .979 without
them; on the demo company's golden questions .939, .944 and .936)."""
_SAYS_IT_TOO = 0.6
"""The share of an answer's words, weighed by rarity, at which another passage is taken to answer as well."""
_STRENGTH = 1.0
"""Of the regularisation; between 0.3 and 10 the held-out figures are the same."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the pages that answer it; `answer` is what stands there, if it is known."""

    text: str
    pages: frozenset[str]
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Ground:
    """A set of documents with questions about it."""

    name: str
    pages: tuple[CorpusPage, ...]
    asked: tuple[Asked, ...]
    judged: tuple[tuple[str, bool], ...]
    """Questions that were judged by hand, and whether the documents answer them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A question's signals, whether its documents answer it, and which documents those are."""

    signals: Signals
    answerable: bool
    corpus: str
    kind: str = "judged"
    """`own`, `judged`, `removed` (its page was taken away) or `borrowed` (from other documents)."""


def gather(grounds: Sequence[Ground], embedder: Embedder, anywhere: Sequence[str]) -> list[Sample]:
    """Each set's own questions, the same without their pages, other sets' questions, and nobody's."""
    made: list[Sample] = []
    for ground in grounds:
        remembering = RememberingEmbedder(embedder)
        index = CorpusIndex(ground.pages, remembering)
        told = [one for one in ground.asked if _can_be_told(one, index)]
        made += [_sample(index, one.text, ground, "own", answerable=True) for one in told]
        made += [
            _sample(index, text, ground, "judged", answerable=told_so) for text, told_so in ground.judged
        ]
        made += list(_removed(ground, told[:REMOVED], remembering))
        strangers = [one.text for other in grounds if other is not ground for one in other.asked[:BORROWED]]
        made += [
            _sample(index, text, ground, "borrowed", answerable=False)
            for text in [*strangers, *anywhere]
            if stands_alone(text)
        ]
    return made


def _sample(index: CorpusIndex, text: str, ground: Ground, kind: str, *, answerable: bool) -> Sample:
    return Sample(index.study(text).signals, answerable, ground.name, kind)


def stands_alone(question: str) -> bool:
    """ "How does this work?" is answered wherever it stands, and nowhere else."""
    return len(content_terms(question)) > 1


def _can_be_told(asked: Asked, index: CorpusIndex) -> bool:
    """Whether the page was found at all: when it was not, it being there or not looks the same."""
    if not stands_alone(asked.text):
        return False
    found = index.study(asked.text).found[:5]
    return not asked.pages or any(index.page_of(one.passage.document_id) in asked.pages for one in found)


def _removed(ground: Ground, told: Sequence[Asked], embedder: Embedder) -> Iterator[Sample]:
    """How a real gap looks: everything about the subject is there, and the answer is not."""
    built: dict[frozenset[str], CorpusIndex] = {}
    for one in told:
        if not one.pages:
            continue
        if one.pages not in built:
            kept = [page for page in ground.pages if page.id not in one.pages]
            built[one.pages] = CorpusIndex(kept, embedder)
        index = built[one.pages]
        if not _says_it_too(index, one.answer):
            yield _sample(index, one.text, ground, "removed", answerable=False)


def _says_it_too(index: CorpusIndex, answer: str) -> bool:
    """Whether one passage that is left holds most of the answer's rare words."""
    words = dict.fromkeys(terms(" ".join(answer.split()[:60])))
    weights = {term: index.shelf.keywords.rarity(term) for term in words}
    whole = sum(weights.values())
    if not whole:
        return False
    passages = (entry.bag for entry in index.shelf.entries)
    best = max(sum(weight for term, weight in weights.items() if term in bag) for bag in passages)
    return best / whole > _SAYS_IT_TOO


def fit(samples: Sequence[Sample]) -> tuple[Model, dict[str, float]]:
    """Logistic regression; the threshold and the figures are of folds that left the corpus out."""
    import numpy as np

    values = np.array([astuple(sample.signals) for sample in samples])
    labels = np.array([sample.answerable for sample in samples])
    corpora = np.array([sample.corpus for sample in samples])
    shares = _shares(samples)
    unseen = np.zeros(len(samples))
    for corpus in sorted(set(corpora)):
        inside = corpora == corpus
        outside = ~inside if (~inside).any() else inside
        weights, bias = _regressed(values[outside], labels[outside], shares[outside])
        unseen[inside] = 1 / (1 + np.exp(-(values[inside] @ weights + bias)))
    weights, bias = _regressed(values, labels, shares)
    model = Model(
        tuple(round(float(one), 4) for one in weights), round(float(bias), 4), _threshold(samples, unseen)
    )
    return model, figures(samples, unseen.tolist())


def _shares(samples: Sequence[Sample]) -> Any:
    """What each sample counts; every corpus counts by the root of its size."""
    import numpy as np

    sizes = Counter((sample.corpus, sample.answerable) for sample in samples)
    return np.array(
        [sizes[sample.corpus, sample.answerable] ** -0.5 * COUNTS.get(sample.kind, 1.0) for sample in samples]
    )


def _regressed(values: Any, labels: Any, shares: Any) -> tuple[Any, float]:
    """Coefficients for the signals as they are."""
    from sklearn.linear_model import LogisticRegression

    mean, spread = values.mean(0), values.std(0)
    spread[spread == 0] = 1
    model = LogisticRegression(C=_STRENGTH, max_iter=2000)
    model.fit((values - mean) / spread, labels, sample_weight=shares / shares.mean())
    weights = model.coef_[0] / spread
    return weights, float(model.intercept_[0] - weights @ mean)


def _threshold(samples: Sequence[Sample], unseen: Any) -> float:
    """The lowest that keeps wrong answers within the target; questions without their page are rarer in life."""
    pairs = [
        (float(probability), sample.answerable)
        for sample, probability in zip(samples, unseen, strict=True)
        if sample.kind != "removed"
    ]
    for percent in range(30, 90):
        given = [answerable for probability, answerable in pairs if probability >= percent / 100]
        if given and given.count(False) / len(given) <= MAX_WRONG:
            return percent / 100
    return 0.9


def figures(samples: Sequence[Sample], unseen: Sequence[float]) -> dict[str, float]:
    """AUROC of each corpus while it was left out, the top cosine's beside it, and the calibration error."""
    from sklearn.metrics import roc_auc_score

    told: dict[str, float] = {}
    for corpus in sorted({sample.corpus for sample in samples}):
        rows = [n for n, sample in enumerate(samples) if sample.corpus == corpus]
        labels = [samples[n].answerable for n in rows]
        if len(set(labels)) == 2:
            told[corpus] = float(roc_auc_score(labels, [unseen[n] for n in rows]))
            told[f"{corpus} cosine"] = float(
                roc_auc_score(labels, [samples[n].signals.top_cosine for n in rows])
            )
    return told | {"calibration error": _calibration_error(samples, unseen)}


def _calibration_error(samples: Sequence[Sample], unseen: Sequence[float]) -> float:
    """The mean distance of what is promised from what holds, in tenths (ECE), for questions as they come."""
    error = 0.0
    asked = [n for n, sample in enumerate(samples) if sample.kind != "removed"]
    for tenth in range(10):
        rows = [n for n in asked if min(9, int(unseen[n] * 10)) == tenth]
        if rows:
            promised = sum(unseen[n] for n in rows) / len(rows)
            holds = sum(samples[n].answerable for n in rows) / len(rows)
            error += len(rows) / len(asked) * abs(promised - holds)
    return error


def judged_ground(docs: Path, file: Path) -> Ground:
    """The public pages of a folder and its judged questions."""
    pages = []
    for listed in list_files([docs]):
        try:
            page = read_page(listed, recipe="calibration")
        except SourceUnreadableError:
            continue
        if page.format == "markdown" and PUBLIC in (page.parsed.audience or (PUBLIC,)):
            pages.append(CorpusPage(page.path, page.parsed.title, page.source.split("\n---\n", 1)[-1]))
    judged = tuple((str(row["text"]), bool(row["answerable"])) for row in _lines(file))
    return Ground(str(docs), tuple(pages), (), judged)


def asked_ground(folder: Path) -> Ground:
    """`corpus.jsonl`, `queries.jsonl` and `qrels.tsv` in BEIR layout; queries may hold the `answer`."""
    pages = tuple(
        CorpusPage(str(row["_id"]), str(row.get("title") or ""), str(row["text"]))
        for row in _lines(folder / "corpus.jsonl")
    )
    relevant: dict[str, set[str]] = {}
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if len(cells) == 3 and cells[2].strip() not in {"0", "score"}:
            relevant.setdefault(cells[0], set()).add(cells[1])
    asked = tuple(
        Asked(str(row["text"]), frozenset(relevant[row["_id"]]), str(row.get("answer", "")))
        for row in _lines(folder / "queries.jsonl")
        if row["_id"] in relevant
    )
    return Ground(str(folder), pages, asked, ())


def _lines(file: Path) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


_FOLDER = click.Path(path_type=Path, exists=True)


@click.command()
@click.option("--model", type=_FOLDER, required=True, help="The exported embedder.")
@click.option(
    "--set",
    "sets",
    type=(_FOLDER, _FOLDER),
    multiple=True,
    help="A folder of documents and its questions, `{text, answerable}` a line.",
)
@click.option("--asked", type=_FOLDER, multiple=True, help="A folder with corpus, queries and qrels.")
def main(model: Path, sets: Sequence[tuple[Path, Path]], asked: Sequence[Path]) -> None:
    """Writes the coefficients that ship with the room."""
    grounds = [judged_ground(docs, file) for docs, file in sets] + [asked_ground(folder) for folder in asked]
    anywhere = [str(row["text"]) for row in _lines(JUDGED / "anywhere.jsonl")]
    samples = gather(grounds, MiniLm(model), anywhere)
    fitted, told = fit(samples)
    named = dict(zip([field.name for field in fields(Signals)], fitted.weights, strict=True))
    data = {"bias": fitted.bias, "threshold": fitted.threshold, "weights": named}
    TARGET.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    for name, value in told.items():
        click.echo(f"{name}: {value:.3f}")
    click.echo(f"{len(samples)} questions; wrote {json.dumps(data)}")


if __name__ == "__main__":
    main()
