"""Words as the keyword index and the scores see them: folded, without stop words, stemmed."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

_local = threading.local()


@cache
def word_list(name: Literal["stop_words", "question_verbs", "english_words"]) -> frozenset[str]:
    """One of the lists beside this module, as a set."""
    return frozenset((Path(__file__).parent / "data" / f"{name}.txt").read_text(encoding="utf-8").split())


def fold(text: str) -> str:
    """Lower case, without accents; lengths may change, so never use it where offsets matter."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).lower().replace("’", "'")


def raw_words(text: str) -> list[str]:
    """Every word, folded; `dateRange` also yields its halves."""
    words: list[str] = []
    for found in _WORD.finditer(text):
        word = found[0]
        words.append(fold(word))
        halves = _CAMEL.split(word)
        if len(halves) > 1:
            words.extend(fold(half) for half in halves)
    return words


def terms(text: str) -> list[str]:
    """Stemmed words without stop words, in order, repeats kept: what is indexed."""
    return [stem(word) for word in raw_words(text) if word not in word_list("stop_words")]


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
