"""Mends words that the documents do not know, when they know one that is nearly the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from knowledge.words import fold, stem, word_list

_WORD = re.compile(r"[^\W\d_]{4,}")


class Speller:
    """Knows the vocabulary of one shelf, so that a mended word never reveals another audience's."""

    def __init__(self, words: Iterable[str]) -> None:
        self._seen = Counter(word for word in words if len(word) >= 4 and not word.isdigit())
        self._stems = {stem(word) for word in self._seen}
        self._by_initial: dict[str, list[str]] = {}
        for word in self._seen:
            self._by_initial.setdefault(word[0], []).append(word)

    def mend(self, question: str) -> str:
        """The question with each unknown word replaced by the nearest known one, where there is a near one."""
        return _WORD.sub(lambda found: self._nearest(found[0]), question)

    def _nearest(self, written: str) -> str:
        word = fold(written)
        known = word in self._seen or stem(word) in self._stems
        # English as the embedder's own vocabulary has it: "cost" is no typo of "host", whatever the documents say.
        if known or word in word_list("stop_words") or word in word_list("english_words"):
            return written
        # A typo in the first letter is rare; trying it only after the others keeps the search short.
        for pool in (self._by_initial.get(word[0], []), self._seen):
            best = self._best(word, pool)
            if best:
                return best
        return written

    def _best(self, word: str, pool: Iterable[str]) -> str:
        from rapidfuzz.distance import OSA

        allowed = 1 if len(word) <= 7 else 2
        near = [
            (OSA.distance(word, other, score_cutoff=allowed), -self._seen[other], other)
            for other in pool
            if abs(len(other) - len(word)) <= allowed
        ]
        return min((one for one in near if one[0] <= allowed), default=(0, 0, ""))[2]
