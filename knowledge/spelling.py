"""Mends words that the documents do not know, when they know one that is nearly the same."""

from __future__ import annotations

import re
from functools import cache
from itertools import takewhile

from knowledge.indexes.vocabulary import Vocabulary
from knowledge.words import fold, stem, word_list

COMMON = 10
"""How often a word has to stand in the documents before a correct one is taken for a slip of it."""

SHORTEST = 4
"""Letters of a word that is mended, or put in another's place."""

_WORD = re.compile(r"(?<![\w.@/-])[^\W\d_]{4,}(?![\w@/(]|[.-]\w)")
"""Standing alone: parts of `webhook_url`, `OAuth2`, `self-hosted` or an address are somebody's own spelling."""
_JOINED = re.compile(r"\b([^\W\d_]{2,})(\d+)\b")
_QUOTED = re.compile(r"(\"[^\"]*\"|`[^`]*`|“[^”]*”|«[^»]*»)")
_PREFIX = re.compile(r"^(?:un|re|de|dis|mis|non|pre|sub|over|inter|auto|multi)(?=.{3})")
_NAME_COUNT = 3
"""How often the documents have to say what a name is taken for a slip of."""
_HALF = 3
"""Letters of either half of two words written as one."""


class Speller:
    """Knows the vocabulary of one shelf, so that a mended word never reveals another audience's."""

    def __init__(self, known: Vocabulary) -> None:
        self._known = known

    def mend(self, question: str) -> str:
        """The question with each unknown word replaced by the nearest known one, where there is a near one.

        What stands in quotes is meant as it stands.
        """
        is_shouted = question.isupper()
        parts = _QUOTED.split(question)
        return "".join(part if at % 2 else self._mended(part, is_shouted) for at, part in enumerate(parts))

    def _mended(self, text: str, is_shouted: bool) -> str:  # noqa: FBT001
        apart = _JOINED.sub(self._apart, text)
        return _WORD.sub(lambda found: self._nearest(found[0], is_shouted), apart)

    def _apart(self, found: re.Match[str]) -> str:
        """ "soc2" as the documents write it: "soc 2"."""
        is_theirs = self._count(found[0]) > 0 or self._count(found[1]) == 0
        return found[0] if is_theirs else f"{found[1]} {found[2]}"

    def _nearest(self, written: str, is_shouted: bool) -> str:  # noqa: FBT001
        word = fold(written)
        # English as the embedder's own vocabulary has it: "cost" is no typo of "host", whatever the documents say.
        if self._count(word):
            return written
        # "CRMs": the stemmer leaves the plural of an abbreviation as it is, and to the mender it is nearly "arms".
        if word.endswith("s") and len(word) == 4 and self._count(word[:-1]):
            return written[:-1]
        if not _english().isdisjoint({word, word.removesuffix("s")}):
            return self._swapped(word) or written
        if self._is_derived(word):
            return written
        if is_shouted or not any(letter.isupper() for letter in written):
            return (
                self._best(word, self._known)
                or self._halves(word)
                or self._best(word, _english_words())
                or written
            )
        # "VoIP" and "DBAPI" are names and meant so; "Frenway" is a slip when the documents keep saying "Fernway".
        if not written.istitle():
            return written
        meant = self._best(word, self._known)
        return meant if self._count(meant) >= _NAME_COUNT else written

    def _is_derived(self, word: str) -> bool:
        """ "correlating", "deactivate": no list has every form, and its stem or what its prefix hides is known."""
        bare = _PREFIX.sub("", word)
        return stem(word) in _english_stems() or stem(bare) in _english_stems() or self._count(bare) > 0

    def _halves(self, word: str) -> str:
        """ "selfhosted" as the documents write it: "self hosted"."""
        cuts = ((word[:at], word[at:]) for at in range(_HALF, len(word) - _HALF + 1))
        sure = [(min(self._count(left), self._count(right)), left, right) for left, right in cuts]
        count, left, right = max(sure, default=(0, "", ""))
        return f"{left} {right}" if count else ""

    def _swapped(self, word: str) -> str:
        """A known word with two neighbouring letters the other way round: a "trail" of 14 days is a trial."""
        swaps = (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(1, len(word) - 1))
        return max((other for other in swaps if self._count(other) >= COMMON), key=self._count, default="")

    def _best(self, word: str, known: Vocabulary) -> str:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        # A slip is rarely at the first letter, and in a short word two slips are rarer than another word.
        allowed = 1 if len(word) <= 8 else 2
        pool = known.like(word, allowed, shortest=SHORTEST)
        near = process.extract(word, pool, scorer=OSA.distance, score_cutoff=allowed, limit=None)
        # Among equally near ones, the ending is wrong more often than the beginning.
        ranked = [
            (distance, -_shared_start(word, other), -self._count(other), other)
            for other, distance, _ in near
            if other[0] == word[0] or other[:2] == word[1::-1]
        ]
        best = min(ranked, default=(0, 0, 0, ""))[3]
        # Another form of the same word is found as it is.
        return word if best and stem(best) == stem(word) else best

    def _count(self, word: str) -> int:
        return 0 if word.isdigit() else self._known.count(fold(word))


def _shared_start(left: str, right: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))


@cache
def _english() -> frozenset[str]:
    return word_list("english_words") | {word for word in word_list("stop_words") if len(word) >= 4}


@cache
def _english_stems() -> frozenset[str]:
    return frozenset(stem(word) for word in _english())


@cache
def _english_words() -> Vocabulary:
    return Vocabulary.of(_english())
