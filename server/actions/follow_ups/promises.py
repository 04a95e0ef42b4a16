"""Words that promise: guarantees, superlatives, comparisons, pressure, absolutes, and dates to come. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "claims.yaml"
_BLOCKING = frozenset({"guarantee", "superlative", "comparison", "urgency"})
_FIXES = {
    "guarantee": "No source guarantees this. Say what the page says, or take it out.",
    "superlative": "No source says so. Leave the praise out.",
    "comparison": "No source compares. Say what ours does.",
    "urgency": "Nothing presses, and no price is off the list. Take it out.",
    "absolute": "No source says it so broadly. Say when it holds.",
    "dated": "No source has this time. If you promise it yourself, be sure to keep it.",
}


@dataclass(frozen=True, slots=True)
class Promise:
    """A promising word and its place in the sentence."""

    code: str
    blocks: bool
    said: str
    start: int
    end: int
    fix: str


def promises_in(text: str, language: str) -> Iterator[Promise]:
    """In the mail's language; a sentence in English counts in every mail."""
    taken: list[tuple[int, int]] = []
    for spoken in dict.fromkeys((language, "en")):
        for kind, pattern in _patterns(spoken):
            for match in pattern.finditer(text):
                if any(match.start() < end and start < match.end() for start, end in taken):
                    continue
                taken.append(match.span())
                yield Promise(kind, kind in _BLOCKING, match.group(), *match.span(), _FIXES[kind])


@cache
def _patterns(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    every = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(
        (kind, re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE))
        for kind, words in every.get(language, {}).items()
    )
