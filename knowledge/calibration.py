"""Fits the answerability model to questions that were judged by hand: `python -m knowledge.calibration --help`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import click

from knowledge.answerability import Model, Signals
from knowledge.corpora import CorpusIndex, CorpusPage
from knowledge.embedders.minilm import MiniLm
from knowledge.errors import SourceUnreadableError
from knowledge.ports import Embedder
from knowledge.sources.files import list_files, read_page
from knowledge.values import PUBLIC

TARGET = Path(__file__).parent / "data" / "answerability.json"
MAX_WRONG = 0.075
"""Share of answers to questions without one, among all answers given, that the threshold aims for.

More than half of the judged questions have no answer, many of them on purpose close to one; visitors ask fewer
of those, so that the share among their answers is lower.
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """A question's signals, whether its documents answer it, and which documents those are."""

    signals: Signals
    answerable: bool
    corpus: str


def fit(samples: Sequence[Sample]) -> Model:
    """Logistic regression; the threshold is set on probabilities from folds that left the corpus out."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    values = np.array([astuple(sample.signals) for sample in samples])
    labels = np.array([sample.answerable for sample in samples])
    corpora = np.array([sample.corpus for sample in samples])
    unseen = np.zeros(len(samples))
    for corpus in sorted(set(corpora)):
        inside = corpora == corpus
        outside = ~inside if (~inside).any() else inside
        model = LogisticRegression(C=30, max_iter=2000).fit(values[outside], labels[outside])
        unseen[inside] = model.predict_proba(values[inside])[:, 1]
    whole = LogisticRegression(C=30, max_iter=2000).fit(values, labels)
    weights = tuple(round(float(weight), 4) for weight in whole.coef_[0])
    pairs = list(zip(unseen.tolist(), labels.tolist(), strict=True))
    return Model(weights, round(float(whole.intercept_[0]), 4), _threshold(pairs))


def _threshold(pairs: Sequence[tuple[float, bool]]) -> float:
    """The lowest that keeps wrong answers within the target; never below an even chance's half."""
    for percent in range(30, 90):
        bar = percent / 100
        given = [answerable for probability, answerable in pairs if probability >= bar]
        if given and given.count(False) / len(given) <= MAX_WRONG:
            return bar
    return 0.9


def corpus_of(folder: Path, embedder: Embedder) -> CorpusIndex:
    """The public pages of a folder."""
    pages = []
    for listed in list_files([folder]):
        try:
            page = read_page(listed, recipe="calibration")
        except SourceUnreadableError:
            continue
        if page.format == "markdown" and PUBLIC in (page.parsed.audience or (PUBLIC,)):
            pages.append(CorpusPage(page.path, page.parsed.title, page.source.split("\n---\n", 1)[-1]))
    return CorpusIndex(pages, embedder)


def gather(sets: Sequence[tuple[Path, Path]], embedder: Embedder) -> list[Sample]:
    """Each set's own questions, and those that no company's documents answer."""
    anywhere = _questions(TARGET.parent / "calibration" / "anywhere.jsonl")
    samples: list[Sample] = []
    for docs, file in sets:
        index = corpus_of(docs, embedder)
        for text, answerable in [*_questions(file), *anywhere]:
            samples.append(Sample(index.study(text).signals, answerable, str(docs)))
    return samples


def _questions(file: Path) -> list[tuple[str, bool]]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(str(row["text"]), bool(row["answerable"])) for row in rows]


@click.command()
@click.option(
    "--model", type=click.Path(path_type=Path, exists=True), required=True, help="The exported embedder."
)
@click.option(
    "--set",
    "sets",
    type=(click.Path(path_type=Path, exists=True), click.Path(path_type=Path, exists=True)),
    multiple=True,
    required=True,
    help="A folder of documents and its questions, `{text, answerable}` a line.",
)
def main(model: Path, sets: Sequence[tuple[Path, Path]]) -> None:
    """Writes the coefficients that ship with the room."""
    from sklearn.metrics import roc_auc_score

    samples = gather(sets, MiniLm(model))
    fitted = fit(samples)
    named = dict(zip([field.name for field in fields(Signals)], fitted.weights, strict=True))
    data = {"bias": fitted.bias, "threshold": fitted.threshold, "weights": named}
    TARGET.write_text(json.dumps(data, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    labels = [sample.answerable for sample in samples]
    cosine = roc_auc_score(labels, [sample.signals.top_cosine for sample in samples])
    click.echo(f"{len(samples)} questions, top cosine alone AUROC {cosine:.3f}; wrote {json.dumps(data)}")


if __name__ == "__main__":
    main()
