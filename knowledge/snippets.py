"""The words of a passage that a search result shows, and where the words that were looked for stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.values import Passage
from knowledge.words import raw_words, stem

_LONGEST = 170
_BEFORE = 50
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_GAP = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Snippet:
    """`marks` count characters of `text`; an end is the place behind the last one."""

    text: str
    marks: tuple[tuple[int, int], ...]


def snippet(passage: Passage, terms: frozenset[str]) -> Snippet:
    """The unit with most of the terms, cut to what one reads at a glance."""
    lines = [passage.text[unit.start : unit.end] for unit in passage.units] or [passage.text]
    best = max(lines, key=lambda line: len({term for _, _, term in _found(line, terms)}))
    text = _cut(_GAP.sub(" ", best.replace("\t", " · ")).strip(), terms)
    return Snippet(text, tuple((start, end) for start, end, _ in _found(text, terms)))


def _found(text: str, terms: frozenset[str]) -> Iterator[tuple[int, int, str]]:
    for word in _WORD.finditer(text):
        term = next((held for part in raw_words(word[0]) if (held := stem(part)) in terms), "")
        if term:
            yield word.start(), word.end(), term


def _cut(text: str, terms: frozenset[str]) -> str:
    if len(text) <= _LONGEST:
        return text
    first = next((start for start, _, _ in _found(text, terms)), 0)
    start = max(0, min(first - _BEFORE, len(text) - _LONGEST))
    if start:
        start = text.find(" ", start) + 1
    end = start + _LONGEST
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + 1)
    before, after = ("… " if start else ""), (" …" if end < len(text) else "")
    return f"{before}{text[start:end]}{after}"
