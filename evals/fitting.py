"""Fits the weights of the re-score on question sets: `python -m evals.fitting --help`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from evals.datasets import retrieval_set
from evals.metrics import mean, ndcg
from evals.running import settings_of
from knowledge.corpora import CorpusIndex
from knowledge.ports import Embedder
from knowledge.rescoring import fitted
from server.wiring import embedder_of

_RIDGE = 1e-3
"""Keeps the weights finite where a signal parts everything."""
_ROUNDS = 200

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: the signals of every candidate (rows), its page, and the share that each page has of the answer."""

    signals: Floats
    pages: NDArray[np.intp]
    names: tuple[str, ...]
    answers: Floats
    relevant: Mapping[str, float]


def read_set(folder: Path, embedder: Embedder, signals: Sequence[str]) -> list[Asked]:
    """The questions of a folder in BEIR layout of whose pages any was found: the others teach nothing."""
    data = retrieval_set(folder / "corpus.jsonl", folder / "queries.jsonl", folder / "qrels.tsv")
    index = CorpusIndex(data.pages, embedder)
    asked = []
    for question in data.questions:
        rows, known = index.signals(question.text)
        relevant = data.relevant[question.id]
        names, pages = np.unique([index.page_at(int(row)) for row in rows], return_inverse=True)
        answers = np.array([float(relevant.get(name, 0.0) > 0) for name in names.tolist()])
        if answers.sum():
            matrix = np.stack([known[name] for name in signals], axis=1).astype(np.float64)
            asked.append(Asked(matrix, pages, tuple(names.tolist()), answers / answers.sum(), relevant))
    return asked


def fit(sets: Sequence[Sequence[Asked]]) -> Floats:
    """Softmax over the pages of each question, a page scoring as its best passage; no weight below zero.

    Every set counts the same, however many questions it asks.
    """
    from scipy.optimize import minimize

    weighed = [(one, 1 / len(asked) / len(sets)) for asked in sets for one in asked]
    start = np.ones(weighed[0][0].signals.shape[1])
    found = minimize(
        _loss,
        start,
        args=(weighed,),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * len(start),
        options={"maxiter": _ROUNDS},
    )
    weights: Floats = found.x
    return weights


def _loss(weights: Floats, weighed: Sequence[tuple[Asked, float]]) -> tuple[float, Floats]:
    loss = _RIDGE * float(weights @ weights)
    gradient = 2 * _RIDGE * weights
    for one, share in weighed:
        best = _best_of_pages(one, weights)
        scores = one.signals[best] @ weights
        scores -= scores.max()
        likely = np.exp(scores) / np.exp(scores).sum()
        loss -= share * float(one.answers @ np.log(np.maximum(likely, 1e-12)))
        gradient -= share * ((one.answers - likely) @ one.signals[best])
    return loss, gradient


def _best_of_pages(one: Asked, weights: Floats) -> NDArray[np.intp]:
    """The row that speaks for each page."""
    scores = one.signals @ weights
    order = np.lexsort((-scores, one.pages))
    return order[np.flatnonzero(np.diff(one.pages[order], prepend=-1))]


def gain(asked: Sequence[Asked], weights: Floats) -> float:
    """nDCG@10 over the questions of a set of which a page was found."""
    return mean([ndcg(_ranked(one, weights), one.relevant) for one in asked])


def _ranked(one: Asked, weights: Floats) -> list[str]:
    scores = one.signals[_best_of_pages(one, weights)] @ weights
    return [one.names[at] for at in np.argsort(-scores, kind="stable")]


@click.command()
@click.option("--set", "folders", multiple=True, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), help="Where to write the weights; else they are shown."
)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where models are found.")
def main(folders: tuple[Path, ...], out: Path | None, data_dir: Path | None) -> None:
    """Fit the weights on folders of corpus.jsonl, queries.jsonl and qrels.tsv, and try each set left out."""
    embedder = embedder_of(settings_of(data_dir), lambda line: click.echo(line, err=True))
    names = sorted(fitted())
    sets = {}
    for folder in folders:
        click.echo(f"reading {folder.name}", err=True)
        sets[folder.name] = read_set(folder, embedder, names)
    served = np.array([fitted()[name] for name in names])
    for name, asked in sets.items() if len(sets) > 1 else ():
        others = fit([other for key, other in sets.items() if key != name])
        click.echo(f"{name:24} left out {gain(asked, others):.4f}   as served {gain(asked, served):.4f}")
    weights = {
        name: round(float(weight), 2) for name, weight in zip(names, fit(list(sets.values())), strict=True)
    }
    text = json.dumps(
        {"about": f"Fitted by evals/fitting.py on {', '.join(sets)}.", "weights": weights}, indent=2
    )
    if out is None:
        click.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
