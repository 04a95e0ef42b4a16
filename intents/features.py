"""Words and letters of a text as sparse features: the half of the classifier that knows spelling, not meaning."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from intents.values import PLACEHOLDER

_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def plain(text: str) -> str:
    """Lower case, with the digits of a number and of a placeholder made alike."""
    return _NUMBER.sub("0", PLACEHOLDER.sub(r" \1x ", text.lower().replace("’", "'")))


def grams(text: str) -> tuple[Counter[str], Counter[str]]:
    """Counts of words and word pairs, and of runs of 3 to 5 letters within words."""
    words = _WORD.findall(plain(text))
    word_grams = Counter(words)
    word_grams.update(f"{left} {right}" for left, right in pairwise(words))
    return word_grams, Counter(_letters(words))


def _letters(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        # The bars keep them apart from whole words and mark where a word starts and ends.
        padded = f"|{word}|"
        for size in (3, 4, 5):
            for at in range(max(1, len(padded) - size + 1)):
                yield "|" + padded[at : at + size]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The n-grams that training kept, with the weight of each (inverse document frequency)."""

    index: Mapping[str, int]
    idf: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.index)

    def weigh(self, text: str) -> tuple[list[int], NDArray[np.float32]]:
        """Columns and values of one text; its words and its letters have length 1/sqrt(2) each."""
        columns: list[int] = []
        values: list[NDArray[np.float32]] = []
        for counts in grams(text):
            known = [(self.index[gram], count) for gram, count in counts.items() if gram in self.index]
            if not known:
                continue
            at = [column for column, _ in known]
            weighed = np.array([1.0 + math.log(count) for _, count in known], dtype=np.float32) * self.idf[at]
            weighed *= 1.0 / math.sqrt(2.0) / float(np.linalg.norm(weighed))
            columns += at
            values.append(weighed)
        return columns, np.concatenate(values) if values else np.zeros(0, dtype=np.float32)


def learn_vocabulary(texts: Sequence[str], *, at_least: int = 2, at_most: int = 40_000) -> Vocabulary:
    """Keep n-grams that stand in `at_least` texts, the most frequent ones first."""
    seen: Counter[str] = Counter()
    for text in texts:
        words, letters = grams(text)
        seen.update(words.keys())
        seen.update(letters.keys())
    kept = [gram for gram, count in seen.most_common() if count >= at_least][:at_most]
    total = len(texts)
    idf = np.array([math.log((1 + total) / (1 + seen[gram])) + 1.0 for gram in kept], dtype=np.float32)
    return Vocabulary({gram: column for column, gram in enumerate(kept)}, idf)
