"""Frustration that no single word tells: a linear head over the sentence vector and the words themselves."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from intents.values import PLACEHOLDER

_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[?!.]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_READ_AT_MOST = 400
_FEWEST_WORDS = 5
"""Of less, a sentence vector tells the matter and not the tone."""

LEANS, SURE, MOST = 0.25, 0.5, 0.65
"""What the head weighs where it begins to count, where it is heard alone, and at most: below what offers a person."""


def signs(text: str) -> frozenset[str]:
    """Words, pairs of words and marks."""
    plain = PLACEHOLDER.sub(" ", text).replace("’", "'").lower()
    tokens = _TOKEN.findall(plain[:_READ_AT_MOST])
    return frozenset(tokens) | {f"{one} {next_}" for one, next_ in pairwise(tokens)}


def is_too_short(text: str) -> bool:
    """Whether there is too little to tell a tone."""
    return len(_WORD.findall(text[:_READ_AT_MOST])) < _FEWEST_WORDS


@dataclass(frozen=True, slots=True)
class MoodHead:
    """`leans` and `sure` are the sums from which on it counts and is heard alone; `top` is the highest met."""

    dense: NDArray[np.float32]
    signs: Mapping[str, float]
    bias: float
    leans: float
    sure: float
    top: float

    def sum_of(self, vector: NDArray[np.float32], text: str) -> float:
        """Above 0 leans to frustration."""
        known = [weight for sign in signs(text) if (weight := self.signs.get(sign)) is not None]
        spelled = sum(known) / math.sqrt(max(len(known), 1))
        return float(vector @ self.dense) + spelled + self.bias

    def weight(self, vector: NDArray[np.float32], text: str) -> float:
        """What it adds to the rules, from 0 to `MOST`."""
        if is_too_short(text):
            return 0.0
        return weight_of(self.sum_of(vector, text), self.leans, self.sure, self.top)


def weight_of(found: float, leans: float, sure: float, top: float) -> float:
    """Nothing below `leans`, then a straight line to `sure`, and a flatter one to `top`."""
    if found < leans:
        return 0.0
    if found < sure:
        # Rounded down below the line: only from `sure` on it is heard without a rule beside it.
        return min(LEANS + (SURE - LEANS) * (found - leans) / max(sure - leans, 1e-6), SURE - 0.01)
    return SURE + (MOST - SURE) * min((found - sure) / max(top - sure, 1e-6), 1.0)
