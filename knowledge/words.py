"""Words as the keyword index and the scores see them: folded, without stop words, stemmed."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_IDENTIFIER = re.compile(r"[^\W_]+(?:_[^\W_]+)+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

_local = threading.local()


@cache
def word_list(name: Literal["stop_words", "question_verbs", "english_words"]) -> frozenset[str]:
    """One of the lists beside this module, as a set."""
    return frozenset((Path(__file__).parent / "data" / f"{name}.txt").read_text(encoding="utf-8").split())


def fold(text: str) -> str:
    """Lower case, without accents; lengths may change, so never use it where offsets matter."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).lower().replace("’", "'")


@cache
def synonyms() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What people write, and what documents may write instead; both ways round."""
    lines = (Path(__file__).parent / "data" / "synonyms.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" = ") for line in lines if " = " in line and not line.startswith("#")]
    both = [(left, right) for left, right in pairs] + [(right, left) for left, right in pairs]
    return tuple(
        (re.compile(rf"(?<!\w){re.escape(said)}s?(?!\w)", re.IGNORECASE), meant) for said, meant in both
    )


def other_words(question: str) -> str:
    """What documents may call the things that the question names; empty for most questions."""
    return " ".join(dict.fromkeys(meant for said, meant in synonyms() if said.search(question)))


@lru_cache(maxsize=4096)
def equal_terms(term: str) -> tuple[frozenset[str], ...]:
    """Sets of stems that say the same as this one: `sso` is {singl, sign}."""
    return tuple(
        frozenset(terms(meant))
        for said, meant in synonyms()
        if any(stem(word) == term for word in _alone(said))
    )


def _alone(said: re.Pattern[str]) -> list[str]:
    """The word that a pattern stands for, when it is a single one."""
    plain = said.pattern.removeprefix(r"(?<!\w)").removesuffix(r"s?(?!\w)")
    return [plain] if plain.isalnum() else []


def holds(held: frozenset[str], term: str) -> bool:
    """Whether a bag of stems says a term, in this word or an equal one."""
    return term in held or any(others <= held for others in equal_terms(term))


def widened(question: str) -> str:
    """The question with those words behind it: what is searched for, though not what is shown."""
    more = other_words(question)
    return f"{question} ({more})" if more else question


def raw_words(text: str) -> list[str]:
    """Every word, folded; `dateRange` also yields its halves, and `rate_limited` is also one word."""
    words = [fold(found) for found in _IDENTIFIER.findall(text)] if "_" in text else []
    for word in _WORD.findall(text):
        words += _readings(word)
    return words


@lru_cache(maxsize=65_536)
def _readings(word: str) -> tuple[str, ...]:
    """A word and its halves; most words of a text were read a moment ago."""
    halves = _CAMEL.split(word)
    return (fold(word), *(fold(half) for half in halves if len(halves) > 1))


def terms(text: str) -> list[str]:
    """Stemmed words without stop words, in order, repeats kept: what is indexed."""
    return stems(raw_words(text))


def stems(words: Sequence[str]) -> list[str]:
    """The same of words that `raw_words` found."""
    small = word_list("stop_words")
    return [stem(word) for word in words if word not in small]


def content_terms(question: str) -> list[str]:
    """The stems that carry the question, each once; when nothing but small words is left, all of them."""
    words = [word for word in raw_words(question) if word not in word_list("stop_words")]
    strong = [word for word in words if word not in word_list("question_verbs")]
    return list(dict.fromkeys(stem(word) for word in (strong or words or raw_words(question))))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """English Snowball; a possessive counts as its owner."""
    return str(_stemmer().stemWord(word.removesuffix("'s").replace("'", "")))


def _stemmer() -> Any:
    # PyStemmer objects keep state while they work: one for each thread.
    if not hasattr(_local, "stemmer"):
        import Stemmer

        _local.stemmer = Stemmer.Stemmer("english")
    return _local.stemmer
