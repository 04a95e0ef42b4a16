"""Where sentences begin and end, as offsets into the text they stand in."""

from __future__ import annotations

import re

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[]?[A-Z0-9À-ÖØ-Þ¿¡`$€@#/])")
_SHORTENED = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|incl|excl|max|min|no|nos|fig|vol|st|dr|mr|mrs|ms|inc|ltd|co|corp|dept|est)"
    r"|\b[A-Za-z])\.$",
    re.IGNORECASE,
)
_MAX_CHARS = 700


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Offsets of each sentence, without the space around it; together they hold every word."""
    spans: list[tuple[int, int]] = []
    start = 0
    for found in _END.finditer(text):
        candidate = text[start : found.end()]
        if _SHORTENED.search(candidate) and not candidate.lower().endswith("etc."):
            continue
        spans.append((start, found.end()))
        start = found.end()
    spans.append((start, len(text)))
    trimmed = [_trim(text, *span) for span in spans]
    return [part for span in trimmed if span[0] < span[1] for part in _halve(text, *span)]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _halve(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A run-on of many hundred characters (a PDF without full stops) is cut at a space."""
    if end - start <= _MAX_CHARS:
        return [(start, end)]
    cut = text.rfind(" ", start, start + _MAX_CHARS)
    cut = cut if cut > start else start + _MAX_CHARS
    return [_trim(text, start, cut), *_halve(text, *_trim(text, cut, end))]
