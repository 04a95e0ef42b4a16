"""Train a model from labelled texts: heads, their mix, calibration and scope threshold, all from the same folds."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.classifier import (
    Model,
    Neighbours,
    Scope,
    Standardised,
    scope_of,
    softmax,
    split_strange,
    votes,
)
from intents.errors import ModelError
from intents.features import Vocabulary, learn_vocabulary
from intents.heads import Machines, choose_mix, fit_machines, said_name
from intents.mood_head import MoodHead
from intents.mood_training import CALM_INTENTS, Felt, learn_mood
from intents.negatives import Negatives
from intents.ports import Embedder, Vectors

ACCEPTED = 0.95
"""The share of in-scope texts that the scope threshold lets through, measured out of fold."""


_RECIPE = "margins, likelihoods and neighbours, mixed by cross-validation, 4"
"""Part of a model's version: change the recipe, and the same data gives another version."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with the intent it carries."""

    text: str
    intent: str


Progress = Callable[[str, float], None]
"""Called with what is being done and how much of the whole is done (0 to 1)."""


def _silent(_doing: str, _done: float) -> None:
    """Progress that nobody watches."""


def train(
    labelled: Sequence[Labelled],
    embedder: Embedder,
    *,
    strangers: Sequence[str] = (),
    negatives: Sequence[Labelled] = (),
    moods: Sequence[Felt] = (),
    progress: Progress = _silent,
    folds: int | None = None,
    seed: int = 7,
) -> Model:
    """A calibrated model. `strangers` are texts that no intent should claim; `moods` teach the tone of one.

    At least two intents are needed.
    """
    names = tuple(sorted({item.intent for item in labelled}))
    if len(names) < 2:
        raise ModelError(
            f"training needs at least two intents, the data holds {len(names)}; add labelled texts"
        )
    progress(f"embedding {len(labelled) + len(strangers)} texts", 0.0)
    material = replace(
        _gather(labelled, strangers, names, embedder), negatives=_negatives(negatives, names, embedder)
    )
    progress("cross-validating", 0.3)
    # Few texts: many folds cost little, and a head that misses a third of them would look worse than it is.
    count = folds or (10 if len(material.targets) < 1_200 else 5 if len(material.targets) < 3_000 else 3)
    unseen = _out_of_fold(material, count, seed, progress)
    progress("calibrating", 0.8)
    known = slice(0, len(labelled))
    targets = material.targets[known]
    mix, temperature = choose_mix(unseen.svm[known], unseen.logistic[known], unseen.votes[known], targets)
    every = mix.whole(mix.linear(unseen.svm, unseen.logistic), unseen.votes)
    decided, strange = split_strange(every[known], len(names))
    scope = _choose_scope(decided, strange, unseen.near[known])
    progress("training on everything", 0.85)
    everything = np.arange(len(material.targets))
    vocabulary, machines = material.fit(everything)
    examples, starts = material.examples(everything)
    scale, offset = mix.neighbour_factors
    progress("learning moods", 0.95)
    heard = _mood(moods, labelled, material.vectors, embedder) if moods else None
    progress("done", 1.0)
    return Model(
        names=names,
        version=_version_of(labelled, strangers, embedder.name, moods, negatives),
        embedder=embedder.name,
        vocabulary=vocabulary,
        head=mix.head(machines),
        neighbours=Neighbours(
            examples, starts, mix.neighbours, mix.neighbours * scale, mix.neighbours * offset
        ),
        temperature=temperature,
        scope=scope,
        metrics={
            **_metrics(decided, temperature, names, labelled, material),
            **_scope_metrics(every[len(labelled) :], unseen.near[len(labelled) :], scope, len(names)),
            "mix": {"logistic": mix.logistic, "neighbours": mix.neighbours},
            **({"mood": heard[1]} if heard else {}),
        },
        mood=heard[0] if heard else None,
    )


def _mood(
    moods: Sequence[Felt], labelled: Sequence[Labelled], vectors: Vectors, embedder: Embedder
) -> tuple[MoodHead, dict[str, Any]]:
    """Examples of calm intents are calm messages, and embedded already."""
    calm = [row for row, item in enumerate(labelled) if item.intent in CALM_INTENTS]
    return learn_mood(moods, embedder, [labelled[row].text for row in calm], vectors[calm])


@dataclass(frozen=True, slots=True)
class _Material:
    """Texts, vectors and targets; those of strangers come last and are the class after the intents."""

    texts: Sequence[str]
    vectors: Vectors
    targets: NDArray[np.int64]
    intents: int
    names: Sequence[str]
    name_vectors: Vectors
    name_targets: NDArray[np.int64]
    negatives: Negatives | None = None

    @property
    def classes(self) -> int:
        return max(self.intents, int(self.targets.max()) + 1)

    def fit(self, rows: NDArray[np.int64]) -> tuple[Vocabulary, Machines]:
        """Vocabulary and machines of these rows, and of the intents' names, which are an example each."""
        texts = [*(self.texts[int(row)] for row in rows), *self.names]
        vectors = np.concatenate([self.vectors[rows], self.name_vectors])
        targets = np.concatenate([self.targets[rows], self.name_targets])
        vocabulary = learn_vocabulary(texts)
        machines = fit_machines(vectors, texts, targets, self.classes, vocabulary, self.negatives)
        return vocabulary, machines

    def examples(self, rows: NDArray[np.int64]) -> tuple[Vectors, NDArray[np.int64]]:
        """The vectors of intents' texts sorted by intent, and where each intent's begin.

        Strangers are nobody's neighbours. An intent without a text among the rows has the next one's first, or the
        last of all: a lonely text's intent is not worth a special case.
        """
        own = rows[self.targets[rows] < self.intents]
        ordered = own[np.argsort(self.targets[own], kind="stable")]
        starts = np.searchsorted(self.targets[ordered], np.arange(self.intents))
        return self.vectors[ordered], np.minimum(starts, len(ordered) - 1)


def _gather(
    labelled: Sequence[Labelled], strangers: Sequence[str], names: Sequence[str], embedder: Embedder
) -> _Material:
    texts = [*(item.text for item in labelled), *strangers]
    place = {name: at for at, name in enumerate(names)}
    said = [(text, at) for at, name in enumerate(names) if (text := said_name(name))]
    vectors = np.ascontiguousarray(embedder.embed([*texts, *(text for text, _ in said)]), dtype=np.float32)
    return _Material(
        texts=texts,
        vectors=vectors[: len(texts)],
        targets=np.array([*(place[item.intent] for item in labelled), *[len(names)] * len(strangers)]),
        intents=len(names),
        names=[text for text, _ in said],
        name_vectors=vectors[len(texts) :],
        name_targets=np.array([at for _, at in said], dtype=np.int64),
    )


def _negatives(negatives: Sequence[Labelled], names: Sequence[str], embedder: Embedder) -> Negatives | None:
    """Texts that are not the intent that they carry; of intents that are not trained they say nothing."""
    place = {name: at for at, name in enumerate(names)}
    own = [item for item in negatives if item.intent in place]
    if not own:
        return None
    texts = [item.text for item in own]
    vectors = np.ascontiguousarray(embedder.embed(texts), dtype=np.float32)
    return Negatives(texts, vectors, np.array([place[item.intent] for item in own], dtype=np.int64))


@dataclass(frozen=True, slots=True)
class _Unseen:
    """What machines that have not seen a text make of it, a row a text."""

    svm: NDArray[np.float32]
    logistic: NDArray[np.float32]
    votes: NDArray[np.float32]
    near: Vectors


def _out_of_fold(material: _Material, folds: int, seed: int, progress: Progress) -> _Unseen:
    """Decision values and nearness of every text from machines that have not seen it."""
    size, classes = len(material.targets), material.classes
    unseen = _Unseen(
        svm=np.full((size, classes), -1.0, dtype=np.float32),
        logistic=np.zeros((size, classes), dtype=np.float32),
        votes=np.zeros((size, material.intents), dtype=np.float32),
        near=np.zeros(size, dtype=np.float32),
    )
    fold_of = _deal(material.targets, folds, seed)
    for fold in range(folds):
        progress(f"cross-validating, fold {fold + 1} of {folds}", 0.3 + 0.5 * fold / folds)
        inside, outside = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        vocabulary, machines = material.fit(inside)
        asked = [material.texts[int(row)] for row in outside]
        vectors = material.vectors[outside]
        unseen.svm[outside] = machines.svm.decide(vectors, asked, vocabulary)
        unseen.logistic[outside] = machines.logistic.decide(vectors, asked, vocabulary)
        unseen.votes[outside], unseen.near[outside] = votes(vectors, *material.examples(inside))
    return unseen


def _deal(targets: NDArray[np.int64], folds: int, seed: int) -> NDArray[np.int64]:
    """Folds dealt like cards, class by class, so that each holds its share of every class."""
    order = np.random.default_rng(seed).permutation(len(targets))
    fold_of = np.zeros(len(targets), dtype=np.int64)
    dealt: Counter[int] = Counter()
    for i in order:
        fold_of[i] = dealt[int(targets[i])] % folds
        dealt[int(targets[i])] += 1
    return fold_of


def _choose_scope(decided: NDArray[np.float32], strange: NDArray[np.float32], near: Vectors) -> Scope:
    top = decided.max(axis=1)
    margin = Standardised(float(top.mean()), float(top.std()))
    nearby = Standardised(float(near.mean()), float(near.std()))
    raw = scope_of(decided, strange, near, margin, nearby)
    return Scope(margin, nearby, threshold=float(np.quantile(raw, 1.0 - ACCEPTED)))


def _scope_metrics(decided: NDArray[np.float32], near: Vectors, scope: Scope, intents: int) -> dict[str, Any]:
    """How many of the known out-of-scope texts are refused, out of fold."""
    if not len(decided):
        return {}
    known, strange = split_strange(decided, intents)
    raw = scope_of(known, strange, near, scope.margin, scope.nearness)
    return {
        "out_of_scope_texts": len(decided),
        "out_of_scope_recall": round(float((raw < scope.threshold).mean()), 4),
    }


def _metrics(
    decided: NDArray[np.float32],
    temperature: float,
    names: tuple[str, ...],
    labelled: Sequence[Labelled],
    material: _Material,
) -> dict[str, Any]:
    """Out-of-fold figures: accuracy, macro F1, calibration error, and the confusions worth mending."""
    targets = material.targets[: len(labelled)]
    chances = softmax(decided * temperature)
    guessed = chances.argmax(axis=1)
    sure = chances.max(axis=1)
    right = guessed == targets
    f1 = [_f1(guessed == i, targets == i) for i in range(len(names))]
    confusions = Counter((int(t), int(g)) for t, g in zip(targets, guessed, strict=True) if t != g)
    return {
        "texts": len(targets),
        "intents": len(names),
        "accuracy": round(float(right.mean()), 4),
        "macro_f1": round(float(np.mean(f1)), 4),
        "calibration_error": round(calibration_error(sure, right), 4),
        "accepted_in_scope": ACCEPTED,
        "confusions": [
            {"is": names[true], "read_as": names[read], "count": count}
            | _responsible(material, np.flatnonzero((targets == true) & (guessed == read))[:3], read)
            for (true, read), count in confusions.most_common(12)
        ],
    }


def _responsible(material: _Material, misread: NDArray[np.int64], read: int) -> dict[str, list[str]]:
    """Examples that were misread, and for each the nearest example of the intent that it was taken for."""
    there = np.flatnonzero(material.targets == read)
    nearest = there[(material.vectors[misread] @ material.vectors[there].T).argmax(axis=1)]
    return {
        "examples": [material.texts[int(row)] for row in misread],
        "nearest": [material.texts[int(row)] for row in nearest],
    }


def _f1(guessed: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    both = int((guessed & true).sum())
    return 2 * both / max(int(guessed.sum()) + int(true.sum()), 1)


def calibration_error(sure: NDArray[np.float32], right: NDArray[np.bool_], *, bins: int = 10) -> float:
    """Expected calibration error: how far stated confidence lies from the share that is right."""
    which = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [
        abs(float(sure[which == b].mean()) - float(right[which == b].mean())) * float((which == b).mean())
        for b in range(bins)
        if (which == b).any()
    ]
    return sum(gaps)


def _version_of(
    labelled: Sequence[Labelled],
    strangers: Sequence[str],
    embedder: str,
    moods: Sequence[Felt],
    negatives: Sequence[Labelled],
) -> str:
    """The same data, recipe and embedder give the same version, so a trained model can be found again."""
    hashed = hashlib.sha256(f"{_RECIPE}\x1f{embedder}".encode())
    for item in labelled:
        hashed.update(f"\x1e{item.intent}\x1f{item.text}".encode())
    for text in strangers:
        hashed.update(f"\x1d{text}".encode())
    for item in negatives:
        hashed.update(f"\x1b{item.intent}\x1f{item.text}".encode())
    for felt in moods:
        hashed.update(f"\x1c{felt.degree}\x1f{felt.text}".encode())
    return hashed.hexdigest()[:12]
