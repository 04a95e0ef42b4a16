"""What "sorry, austria", "I meant March, not May" and "make that Thursday" set right, whatever the fact.

The corrected words are put in the place of the ones they correct, and the sentence is read once more: so every kind of
fact that can be read can be corrected. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from intents.facts.found import Found
from intents.facts.numbers import NUMBER

Read = Callable[[str, str], Sequence[Found]]
"""Reads the facts of one name from a text."""

_SORRY = (
    r"(?:(?:oh\s|oops,?\s|ah,?\s|well,?\s)?(?:sorry|correction|scratch that|i meant?|make (?:that|it)|oops|typo"
    r"|(?:no,?\s)?wait,?(?:\sno(?=[\s,.]+\w))?|(?:or )?rather(?! than)|well(?=,?\s\d)|well,? actually"
    r"|actually(?:\sno(?=[\s,.]+\w))?|no actually)"
    r"|(?<=[.,;?!-]\s)no(?=,?\s(?!idea|problem|rush|need|thanks|budget)))"
)
_MARK = re.compile(
    rf"(?:^|(?<=[\s.,;:!?()–—-])){_SORRY}\b[\s.,:;-]*"
    rf"(?:(?:{_SORRY}|it['’]?s|it is|that['’]?s|not that|but|well|we(?:['’]re| are)(?=\s\d))\b[\s.,:;-]*)*",
    re.IGNORECASE,
)
_NOT = re.compile(
    r",?\s(?:and\s)?(?:not|instead of|rather than)\s(?P<wrong>[^.,;!?]{1,40})\s*$|^\s*$", re.IGNORECASE
)
_NOT_FIRST = re.compile(
    r"^\W*(?:sorry,?\s)?not\s(?P<wrong>(?:on\s)?[\w:.]{1,12}(?:\s\w{2,12})?)(?:,\s(?:but\s)?|\sbut\s)"
    r"(?P<right>[^.,;!?]{2,30})\s*[.!]?$",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"\b(?P<right>(?:on\s)?[\w:.€$]{1,30})(?:,\snot|,?\sand not|\sinstead of|\srather than)\s"
    r"(?P<wrong>(?:on\s)?[\w:.€$]+)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?;]\s|\n|$|\s-\s")
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|satur|sun)(?:day)?"
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul"
    r"|aug|sept?|oct|nov|dec)"
)
_KINDS = tuple(
    re.compile(rf"(?<![\w.,]){pattern}(?![\w])", re.IGNORECASE)
    for pattern in (
        _WEEKDAY,
        _MONTH,
        r"q[1-4]",
        r"(?:the\s)?\d{1,2}(?:st|nd|rd|th)",
        r"(?:monthly|yearly|annual(?:ly)?)",
        rf"{NUMBER}\s?(?:-|to|and)\s?{NUMBER}",
        r"\d{1,2}(?::\d\d)?\s?(?:am|pm)",
        rf"(?:[€$£]\s?)?{NUMBER}(?:\s?[€$£])?",
    )
)
_UNCHANGED = frozenset(
    {"yes_no", "email", "phone", "person", "email_kind", "declined", "use_case", "impossible_date"}
)
_LONGEST = 60


def is_corrected(text: str) -> bool:
    """Whether anything here may be a correction: whatever is not is read once only."""
    return bool(_MARK.search(text) or _INSTEAD.search(text) or _NOT_FIRST.match(text))


@dataclass(frozen=True, slots=True)
class Clause:
    """The words that correct, and the facts that they set right; none when they may say something else."""

    start: int
    end: int
    words: str
    facts: tuple[Found, ...]


def find_corrections(text: str, found: Sequence[Found], read: Read) -> Iterator[Clause]:
    """The facts that hold in place of earlier ones, each where the correcting words stand."""
    for start, end, before in _right_words(text):
        words = text[start:end].strip(" .,!")
        if words:
            begin = text.index(words, start)
            yield Clause(
                begin, begin + len(words), words, tuple(_corrected(before, words, begin, found, read))
            )


def without_wrong(text: str) -> str:
    """The text with blanks for what it says is not so: "monday instead of friday", "not 40, 14"."""
    for pattern in (_INSTEAD, _NOT_FIRST):
        for match in pattern.finditer(text):
            first = min(match.end("right"), match.start("wrong"))
            text = _blank(text, first, match.end("wrong"))
    return text


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + " " * (end - start) + text[end:]


def _right_words(text: str) -> Iterator[tuple[int, int, str]]:
    """Where the words that hold stand, and the text before them."""
    for mark in _MARK.finditer(text):
        stop = _SENTENCE_END.search(text, mark.end())
        end = stop.start() if stop else len(text)
        wrong = _NOT.search(text, mark.end(), end)
        end = wrong.start() if wrong and wrong["wrong"] else end
        if end - mark.end() <= _LONGEST:
            yield mark.end(), end, text[: mark.start()]


def _corrected(before: str, words: str, begin: int, found: Sequence[Found], read: Read) -> Iterator[Found]:
    """Each fact said before whose words can give way to these."""
    done: set[str] = set()
    if any(one.name == "yes_no" and one.end <= len(before) for one in found):
        for one in read(words, "yes_no"):
            yield replace(one, start=begin + one.start, end=begin + one.end, how="rule:correction")
    for old in reversed([one for one in found if one.end <= len(before) and one.name not in _UNCHANGED]):
        if old.name in done:
            continue
        for start, end, new_words in _places(before, old, words):
            put = before[:start] + new_words + before[end:]
            new = _of_name(read(put, old.name), old.name, start)
            if new is not None and new.value != old.value:
                done.add(old.name)
                value = _kept(old.value, new.value)
                yield replace(
                    new,
                    value=value,
                    start=begin,
                    end=begin + len(words),
                    confidence=0.85,
                    how="rule:correction",
                )
                break


def _of_name(found: Sequence[Found], name: str, near: int) -> Found | None:
    some = [one for one in found if one.name == name]
    return min(some, key=lambda one: abs(one.start - near), default=None)


def _places(before: str, old: Found, words: str) -> Iterator[tuple[int, int, str]]:
    """Where the correcting words may stand: in place of words of their kind, else of all the fact's words."""
    span = before[old.start : old.end]
    for kind in _KINDS:
        right = kind.search(words)
        if right is None:
            continue
        olds = list(kind.finditer(span))
        # Where the whole fact gives way, all the words that correct it take its place.
        if olds and olds[-1].group() != span:
            place = olds[-1]
            yield old.start + place.start(), old.start + place.end(), right.group()
    bare = re.sub(r"^(?:in|on|at|by|before|from|the|a|an|our)\s", "", words, flags=re.IGNORECASE)
    bare = re.split(r"\s(?:since|because|please|if)\b", bare)[0]
    for said in dict.fromkeys((bare, words)):
        yield old.start, old.end, said
        prefix = re.match(r"(?:in|on|at|by|before|from|using|use)\s", span, re.IGNORECASE)
        if prefix:
            yield old.start + prefix.end(), old.end, said


def _kept(old: Any, new: Any) -> Any:
    """Of "500 euros a month, sorry, 700" the currency and the month still hold."""
    if isinstance(old, dict) and isinstance(new, dict) and "currency" in old:
        return {key: old.get(key) if new.get(key) is None else value for key, value in new.items()}
    return new
