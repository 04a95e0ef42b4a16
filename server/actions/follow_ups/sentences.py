"""Takes a draft apart into sentences with their quotations and citations, each with its place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.sentences import split_sentences

_PAIRS = (("“", "”"), ("„", "“"), ("«", "»"), ('"', '"'))
QUOTED = re.compile(
    "|".join(f"{re.escape(a)}[^{re.escape(a)}{re.escape(b)}\n]*{re.escape(b)}" for a, b in _PAIRS)
)
"""Words between the quotation marks of any of our languages."""
_CITE = re.compile(r"\[(\d{1,2})\]")
_MARK = re.compile(r"(?:\d{1,2}[.)]|[-*•])(?=\s|$)\s*")
"""What begins a point or step of a list."""
_BEHIND = re.compile(r"(?:\s*\[\d{1,2}\])+")
_INVISIBLE = re.compile("[\u2066-\u2069\u200e\u200f]")


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words in quotation marks; the place is that of the words, without the marks."""

    text: str
    start: int
    end: int
    cites: tuple[int, ...]
    line: str
    """The whole line, which may name what the words are about."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence outside quotations, with the places of what it says; quotations in it are blanked out."""

    text: str
    start: int
    end: int
    cites: tuple[int, ...]
    is_question: bool


def quotations(text: str) -> list[Quotation]:
    """Every stretch in quotation marks, with the sources named right behind it."""
    found: list[Quotation] = []
    for match in QUOTED.finditer(text):
        behind = _BEHIND.match(text, match.end())
        cites = tuple(int(n) for n in _CITE.findall(behind.group())) if behind else ()
        start, end = match.start() + 1, match.end() - 1
        line = text[text.rfind("\n", 0, start) + 1 : (text + "\n").index("\n", end)]
        found.append(Quotation(text[start:end], start, end, cites, line))
    return found


def sentences(text: str) -> Iterator[Sentence]:
    """The rest, line by line; offsets point into `text`."""
    plain = _blanked(text)
    at = 0
    for line in plain.split("\n"):
        for start, end in _spans(line):
            words = line[start:end]
            said = _CITE.sub("", words)
            if re.search(r"[^\W_]", said) and not _MARK.fullmatch(said.strip()):
                cites = tuple(int(n) for n in _CITE.findall(words))
                asks = words.rstrip(" )]0123456789[").endswith(("?", "؟"))
                mark = _MARK.match(words)
                lead = mark.end() if mark else 0
                yield Sentence(words[lead:], at + start + lead, at + end, cites, asks)
        at += len(line) + 1


def _spans(line: str) -> Iterator[tuple[int, int]]:
    """Sentences of a line; a citation that stands behind the full stop belongs to the sentence before it."""
    spans: list[tuple[int, int]] = []
    for begins, end in split_sentences(line):
        start = begins
        behind = _BEHIND.match(line, start) if spans else None
        if behind:
            spans[-1] = (spans[-1][0], behind.end())
            start = behind.end()
        if line[start:end].strip():
            lead = len(line[start:end]) - len(line[start:end].lstrip())
            spans.append((start + lead, end))
    yield from spans


def _blanked(text: str) -> str:
    """The text with its quotations as spaces, and what is behind them, so that every place stays what it was."""

    def blank(match: re.Match[str]) -> str:
        return " " * len(match.group())

    pattern = re.compile(f"(?:{QUOTED.pattern})(?:\\s*\\[\\d{{1,2}}\\])*")
    return pattern.sub(blank, text)


def plain(text: str) -> str:
    """For comparing words: one kind of marks, no invisible signs, single spaces."""
    bare = _INVISIBLE.sub("", text).translate(_SAME)
    return " ".join(bare.split())


_SAME = str.maketrans(dict.fromkeys('“”„«»"‘’‚`´', "'") | {"\u00a0": " ", "\u202f": " ", "–": "-", "—": "-"})
