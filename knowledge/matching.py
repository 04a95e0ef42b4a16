"""Whether a visitor's question asks for the same thing as an approved one: rather no than a neighbour's answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge.words import fold, stem, word_list

_LONGEST = 5
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_NEGATION = re.compile(r"\b(?:not|no longer|never|without|cannot|only|nothing)\b|n't\b")
_SHORTENED = re.compile(r"\b(what|where|how|who|when|why)'?s\b")
_NUMBERS = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "ten": "10",
    "second": "2",
    "both": "2",
}
_TELLING = {"before", "until", "during", "other", "another", "own", "more", "less", "most", "few", "once"}
"""Small words that change what is asked, although they say little about what is searched."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LIGHT = _words(
    "plan plans app possible please hello hi hey just currently possibly actually exactly ever already offer offers use"
    " using want need get gets like there way able show shows shown have happen happens work works somebody someone"
    " anybody anyone people organisation organization organisations organizations place amount number done receive"
    " allow"
)
_KINDS = (
    ("why", re.compile(r"\bwhy\b|\bhow come\b")),
    (
        "when",
        re.compile(r"^\W*(?:and |but )?(?:when\b(?! i\b)|(?:at|by) what time\b|since when\b|until when\b)"),
    ),
    ("who", re.compile(r"^\W*who(?:m|se)?\b")),
    ("how long", re.compile(r"\bhow long\b|\bhow many (?:days|weeks|months|years|hours|minutes)\b")),
    ("how often", re.compile(r"\bhow often\b|\bhow frequently\b")),
    ("how many", re.compile(r"\bhow many\b|\bnumber of\b")),
    ("how much", re.compile(r"\bhow much\b")),
    ("where", re.compile(r"^\W*(?:and )?where\b|\bin (?:which|what) (?:country|place|region)\b")),
    ("which", re.compile(r"^\W*(?:and )?(?:what|which)\b")),
    ("how", re.compile(r"^\W*(?:and )?how\b")),
    ("whether", re.compile(r"^\W*(?:can|could|may|do|does|did|is|are|was|were|will|would|am|have|has)\b")),
)
_TOGETHER = (
    {"how", "whether"},
    {"how", "where"},
    {"which", "how much"},
    {"which", "how many"},
    {"which", "whether"},
    {"how many", "whether"},
    {"where", "which"},
)
"""Kinds of question that may ask for the same thing; every other two may not."""
_ASKING = _words("can could may might must do does did will would shall should is are was were am has have")
_BEING = _words("is are was were")
"""Behind its subject it states: my payment was declined."""
_ARTICLES = _words("the a an my our your their his her its any all some")
_ME = frozenset({"i", "we", "me", "us"})
_ANYBODY = _words("you it they there this that he she one possible")
_INCLUDE = "include"
"""What it is in and what is in it may change places: Business includes SSO, SSO is included in Business."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A question reduced to what it asks for."""

    terms: frozenset[str]
    counted: frozenset[tuple[str, str]]
    """Numbers, each with what it counts."""
    is_negated: bool
    kind: str
    subject: str
    source: str
    """What comes after `from`: monthly to yearly is not yearly to monthly."""


def wish(question: str) -> Wish:
    """Reads a question; the same wish in other words is nearly always an equal one."""
    text = _SHORTENED.sub(r"\1 is", fold(question).replace("-", " "))
    kind = next((name for name, pattern in _KINDS if pattern.search(text)), "")
    words = _unified([_NUMBERS.get(word, word) for word in _WORD.findall(text)])
    counted = [
        (word, next((other for other in words[place + 1 :] if _carries(other)), ""))
        for place, word in enumerate(words)
        if word.isdigit()
    ]
    return Wish(
        frozenset(word for word in words if _carries(word)),
        frozenset(counted),
        len(_NEGATION.findall(text)) % 2 == 1,
        kind,
        _subject(words),
        _after_from(words),
    )


def _subject(words: Sequence[str]) -> str:
    """Who or what does it: `i` for us, nothing when that is not said."""
    for place, word in enumerate(words[:-1]):
        if word not in _ASKING or (word in _BEING and any(_carries(other) for other in words[:place])):
            continue
        following = next((w for w in words[place + 1 :] if w not in _ARTICLES and not w.isdigit()), "")
        if following in _ME:
            return "i"
        return following if _carries(following) and following not in _ANYBODY else ""
    return ""


def _after_from(words: Sequence[str]) -> str:
    """Monthly to yearly is not yearly to monthly."""
    if "from" not in words:
        return ""
    return next((word for word in words[words.index("from") + 1 :] if _carries(word)), "")


def agrees(asked: Wish, known: Wish) -> bool:
    """Whether two wishes are the same as far as words tell."""
    return (
        bool(asked.terms)
        and asked.terms == known.terms
        and asked.counted == known.counted
        and asked.is_negated == known.is_negated
        and _fit(asked.kind, known.kind)
        and (_INCLUDE in asked.terms or _equal(asked.subject, known.subject))
        and _equal(asked.source, known.source)
    )


def _equal(one: str, other: str) -> bool:
    return not one or not other or one == other


def _fit(one: str, other: str) -> bool:
    return _equal(one, other) or {one, other} in _TOGETHER


def _carries(word: str) -> bool:
    return word in _TELLING or not (word in _light() or word.isdigit() or not word)


@cache
def _light() -> frozenset[str]:
    small = _LIGHT | word_list("stop_words")
    return (small | {stem(word) for word in small}) - _TELLING


def _unified(words: Sequence[str]) -> list[str]:
    """Stems, with one name for whatever has several; the longest phrases first."""
    stems = [word if word in _light_words() else stem(word) for word in words]
    made: list[str] = []
    place = 0
    while place < len(stems):
        for length in range(min(_LONGEST, len(stems) - place), 0, -1):
            name = _same().get(tuple(stem(word) for word in words[place : place + length]))
            if name:
                made.append(name)
                place += length
                break
        else:
            made.append(stems[place])
            place += 1
    return made


def _light_words() -> frozenset[str]:
    return word_list("stop_words") | _TELLING


@cache
def _same() -> dict[tuple[str, ...], str]:
    lines = (Path(__file__).parent / "data" / "same_words.txt").read_text(encoding="utf-8").splitlines()
    said = [line.split(",") for line in lines if line.strip() and not line.startswith("#")]
    return {
        tuple(stem(word) for word in _WORD.findall(phrase.replace("-", " "))): phrases[0].strip()
        for phrases in said
        for phrase in phrases
    }
