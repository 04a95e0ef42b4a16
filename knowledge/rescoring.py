"""Weighs what is known about each candidate passage into one score; a linear model, fitted on many question sets."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.shelf import Shelf
from knowledge.words import fold

LOOKED_INTO = 20
"""Candidates whose text is read for the question's phrases; reading more changed no figure."""

_BETWEEN = str.maketrans(dict.fromkeys(string.punctuation.replace("'", "") + "“”„‘’«»…–—·•", " "))
_ASKS = re.compile(
    r"^\W*(?:how|what|why|when|where|which|who|can|could|do|does|is|are|should|will)\b", re.IGNORECASE
)
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidates:
    """What both searches put forward."""

    rows: NDArray[np.int64]
    dense: Scores
    keyword: Scores


@cache
def fitted() -> Mapping[str, float]:
    """The weights that serve, by signal; none is below zero, so that no sign of a match ever counts against it."""
    data = json.loads((Path(__file__).parent / "data" / "rescoring.json").read_text(encoding="utf-8"))
    return {str(name): float(weight) for name, weight in data["weights"].items()}


def rescore(
    shelf: Shelf,
    text: str,
    words: Sequence[str],
    found: Candidates,
    weights: Mapping[str, float] | None = None,
) -> Scores:
    """One score each, between 0 for the least of them and 1 for the best."""
    given = fitted() if weights is None else weights
    whole = _weighed(all_signals(shelf, text, words, found, given), given, len(found.rows))
    # What nothing parts is all as good as the best.
    return min_max(whole) if np.ptp(whole) > 0 else np.ones_like(whole)


def all_signals(
    shelf: Shelf, text: str, words: Sequence[str], found: Candidates, weights: Mapping[str, float]
) -> dict[str, Scores]:
    """Of every candidate, by name; `weights` tell which candidates are read for phrases."""
    known = signals(shelf, text, words, found)
    top = np.argsort(-_weighed(known, weights, len(found.rows)), kind="stable")[:LOOKED_INTO]
    return known | phrases(shelf, text, found.rows, top)


def _weighed(known: Mapping[str, Scores], weights: Mapping[str, float], count: int) -> Scores:
    whole = np.zeros(count, np.float32)
    for name, values in known.items():
        whole += np.float32(weights.get(name, 0.0)) * values
    return whole


def signals(shelf: Shelf, text: str, words: Sequence[str], found: Candidates) -> dict[str, Scores]:
    """What the indexes know, each over this question's candidates only."""
    framed = shelf.frames.scores(words, found.rows)
    meaning = min_max(found.dense)
    asks = text.rstrip().endswith("?") or _ASKS.match(text) is not None
    return {
        "dense": meaning,
        "keyword": min_max(found.keyword),
        "dense_of_question": meaning if asks else np.zeros_like(meaning),
        "page_keyword": min_max(framed.page),
        "near_keyword": min_max(framed.near),
        "page_dense": min_max(_best_two(shelf.page_numbers[found.rows], found.dense)),
    }


def _best_two(pages: NDArray[np.int32], dense: Scores) -> Scores:
    """The mean of a page's two nearest passages: a page on the subject beats a passing mention."""
    order = np.lexsort((-dense, pages))
    grouped, scores = pages[order], dense[order]
    first = np.flatnonzero(np.diff(grouped, prepend=-1))
    # Where a page has one passage only, the next one belongs to another page.
    second = np.minimum(first + 1, len(order) - 1)
    second = np.where(grouped[second] == grouped[first], second, first)
    best = (scores[first] + scores[second]) / np.float32(2)
    spread = np.empty_like(dense)
    spread[order] = np.repeat(best, np.diff(np.append(first, len(order))))
    return spread


def phrases(shelf: Shelf, text: str, rows: NDArray[np.int64], top: NDArray[np.intp]) -> dict[str, Scores]:
    """The share of the question's neighbouring words that stand together in a passage as well."""
    together = np.zeros(len(rows), np.float32)
    asked = set(pairwise(_apart(text)))
    if asked:
        for at in top.tolist():
            together[at] = len(asked & _pairs(shelf.written(int(rows[at])))) / len(asked)
    return {"phrases": together}


@lru_cache(maxsize=512)
def _pairs(text: str) -> frozenset[tuple[str, str]]:
    """Neighbouring words of a passage; a site's popular ones are read for every other question."""
    return frozenset(pairwise(_apart(text)))


def _apart(text: str) -> list[str]:
    """Words one by one, the quick way: twenty passages are read for every question."""
    return fold(text).translate(_BETWEEN).split()


def min_max(scores: Scores) -> Scores:
    """Over the candidates of one question; nothing parts them when all are the same."""
    low, high = float(scores.min()), float(scores.max())
    if high - low < 1e-9:
        return np.zeros_like(scores)
    return ((scores - low) / (high - low)).astype(np.float32)
