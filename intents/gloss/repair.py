"""Words typed with one slip, put right when exactly one word of the glossary is that near. Pure."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from intents.gloss.glossary import glossary_of
from intents.gloss.spelling import folded
from intents.gloss.words import word_in_english

_LISTS = Path(__file__).parent.parent
_SHORTEST = 5
_SHORTEST_NOUN = 8


@lru_cache(maxsize=8_192)
def repaired(word: str, language: str) -> str | None:
    """The word that was meant; None for words that are known, are English, may be names, or are near to several."""
    if language == "ar" or len(word) < _SHORTEST or not word.isalpha() or word.isupper():
        return None
    # German writes all nouns with a capital; elsewhere a capital is a name's.
    if word[0].isupper() and (language != "de" or len(word) < _SHORTEST_NOUN):
        return None
    plain = folded(word, language)
    if plain in _left_alone() or plain in glossary_of(language).parts:
        return None
    if word_in_english(word, language) is not None:
        return None
    from rapidfuzz.distance import OSA

    near = [
        known
        for known in _by_beginning(language).get(plain[0], ())
        if abs(len(known) - len(plain)) <= 1 and OSA.distance(plain, known, score_cutoff=1) <= 1
    ]
    meanings = {glossary_of(language).folded.get(known, known) for known in near}
    return near[0] if len(meanings) == 1 else None


@lru_cache(maxsize=1)
def _left_alone() -> frozenset[str]:
    """English words and given names."""
    return frozenset(
        line.strip().lower()
        for name in ("common_words.txt", "given_names.txt")
        for line in (_LISTS / name).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )


@lru_cache(maxsize=4)
def _by_beginning(language: str) -> dict[str, tuple[str, ...]]:
    """The words of the glossary that are long enough, by their first letter: a slip is seldom there."""
    glossary = glossary_of(language)
    found: dict[str, list[str]] = {}
    for known in sorted({*glossary.folded, *glossary.parts}):
        if len(known) >= _SHORTEST and known.isalpha():
            found.setdefault(known[0], []).append(known)
    return {first: tuple(some) for first, some in found.items()}
