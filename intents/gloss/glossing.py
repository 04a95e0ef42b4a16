"""A whole message put into English words: times first, then phrases, numbers and single words. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from intents.gloss.aligned import Aligned
from intents.gloss.glossary import Glossary, glossary_of, without_article
from intents.gloss.repair import repaired
from intents.gloss.separable import separated
from intents.gloss.spelling import VOWEL_MARKS, arabic, folded
from intents.gloss.times import times_in_english
from intents.gloss.words import word_in_english
from intents.gloss.zones import zones_in_english

GLOSSED = frozenset({"de", "fr", "es", "ar"})
"""Languages that have a glossary."""
_READ_AT_MOST = 2_000
_LONGEST_WORD = 64
"""In letters: a longer run is no word, and parting it into words would take long."""
# Bounded, so that no run of letters is gone through once from each of them.
_KEPT = re.compile(r"\[[a-z]+_\d+\]|https?://\S+|\w{1,64}(?:\.\w{1,64})+|\b\d+(?:[:.,]\d+)*")
_TOKEN = re.compile(rf"(?P<kept>{_KEPT.pattern})|(?P<word>[^\W\d_]+)")
_NEXT_TO = re.compile(r"[\s'’\u2010-]+")
_CLAUSE_NEXT = re.compile(r",?[\s'’\u2010-]+")
_CLAUSES = 5
"""Words of a phrase that is long enough to hold a clause, before which German writes a comma."""
_BLANKS = re.compile(r"^\s+|\s+(?=[?!.,;:]|$)|(?<=\s)\s+")
_JOINTS = re.compile(r"(?<=[^\W\d_])[-–]+(?=[^\W\d_])|['’](?=\w)|(?<=\w)['’]")
_DECIMALS = re.compile(
    r"(?<![\d.,])(?P<whole>\d{1,3}(?:[. \u00a0\u202f]\d{3})+|\d+),(?P<rest>\d{1,2})(?![\d.,])"
)
_GROUPS = re.compile(r"(?<=\d)[\u202f\u00a0](?=\d{3}\b)")
_AND = {"de": "und", "fr": "et", "es": "y"}
_SHOUTED = 4
# Without their accents these join clauses, but nothing stands before a message's first word that they could join.
_ASKED_FIRST = {
    "es": {"que": "what", "como": "how", "cuando": "when", "donde": "where", "quien": "who", "cual": "what"},
    "fr": {"que": "what", "ou": "where"},
}


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    word: str
    folded: str


def gloss(text: str, language: str, names: Collection[str] = ()) -> Aligned | None:
    """The message in English words; None when the language has no glossary or nothing was put into English.

    `names`, in lower case, are those of the site and its plans, which are not translated.
    """
    if language not in GLOSSED:
        return None
    said = Aligned.of(text[:_READ_AT_MOST])
    if language == "ar":
        said = replace(said, text=arabic(said.text)).replaced(VOWEL_MARKS, lambda _: "")
    said = said.replaced(_DECIMALS, _with_point).replaced(_GROUPS, lambda _: "")
    said = zones_in_english(said, language)
    said = times_in_english(said) or said
    said = _words(said, glossary_of(language), names)
    if said.text == text:
        return None
    # What is left of elisions and joined words; in our own words ("don't", "o'clock") they belong.
    joints = [match.span() for match in _JOINTS.finditer(said.text)]
    said = said.rewritten([(start, end, " ") for start, end in joints if not said.ours[start]])
    return said.replaced(_BLANKS, lambda _: "")


def _with_point(match: re.Match[str]) -> str:
    whole = re.sub(r"[. \u00a0\u202f]", "", match["whole"])
    return f"{whole}.{match['rest']}"


def _words(said: Aligned, glossary: Glossary, names: Collection[str]) -> Aligned:
    """Phrases, numbers and words from left to right."""
    tokens = _tokens(said, glossary.language, names)
    apart = _apart(said.text, tokens, glossary)
    spans: list[tuple[int, int, str]] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        count, english = _at(said.text, tokens, at, glossary)
        if count == 1:
            english = apart.get(at, english)
        if english is not None and english.casefold() != token.word.casefold():
            if token.word.isupper() and len(token.word) >= _SHOUTED:
                english = english.upper()
            spans.append((token.start, tokens[at + count - 1].end, english))
        at += count
    return said.rewritten(spans)


def _tokens(said: Aligned, language: str, names: Collection[str]) -> list[_Token]:
    return [
        _Token(
            *match.span(), match.group(), folded(repaired(match.group(), language) or match.group(), language)
        )
        for match in _TOKEN.finditer(said.text)
        if match["word"]
        and len(match.group()) <= _LONGEST_WORD
        and not said.ours[match.start()]
        and not _is_name(match.group(), names)
    ]


def _apart(text: str, tokens: Sequence[_Token], glossary: Glossary) -> dict[int, str]:
    if glossary.language != "de":
        return {}
    words, places = [token.folded for token in tokens], [(token.start, token.end) for token in tokens]
    return separated(text, words, places, glossary.verbs)


def _is_name(word: str, names: Collection[str]) -> bool:
    return word[0].isupper() and word.lower() in names


def _at(text: str, tokens: Sequence[_Token], at: int, glossary: Glossary) -> tuple[int, str | None]:
    """How many words are taken together here, and what they are in English."""
    number = _number(text, tokens, at, glossary)
    phrase = _phrase(text, tokens, at, glossary)
    if phrase and (number is None or phrase[0] > number[0]) and not phrase[1].isdigit():
        return phrase
    if number:
        return number
    if (
        phrase is None
        and at == 0
        and (asked := _ASKED_FIRST.get(glossary.language, {}).get(tokens[0].folded))
    ):
        return 1, asked
    return phrase or (1, _single(tokens[at], glossary.language))


def _single(token: _Token, language: str) -> str | None:
    """By its very spelling first; a word that was put right is looked up as what was meant."""
    found = word_in_english(token.word, language)
    return word_in_english(token.folded, language) if found is None else found


def _phrase(text: str, tokens: Sequence[_Token], at: int, glossary: Glossary) -> tuple[int, str] | None:
    is_arabic = glossary.language == "ar"
    first = tokens[at].folded
    starts = [(first, "")]
    if is_arabic:
        starts = [(without_article(first), "")]
        starts += [(without_article(first[1:]), "and ")] if first.startswith("و") else []
    for start, before in starts:
        for atoms, english in glossary.phrases.get(start, ()):
            some = tokens[at : at + len(atoms)]
            read = [without_article(one.folded) if is_arabic else one.folded for one in some[1:]]
            if tuple(read) == atoms[1:] and len(some) == len(atoms) and _adjacent(text, some):
                return len(atoms), before + english
    return None


def _adjacent(text: str, tokens: Sequence[_Token]) -> bool:
    next_to = _NEXT_TO if len(tokens) < _CLAUSES else _CLAUSE_NEXT
    return all(next_to.fullmatch(text[left.end : right.start]) for left, right in itertools.pairwise(tokens))


def _number(text: str, tokens: Sequence[_Token], at: int, glossary: Glossary) -> tuple[int, str] | None:
    """Number words that stand together are one number: "treinta y cinco", "soixante-douze", "خمسة وعشرون"."""
    total = current = 0
    place = last = at
    while place < len(tokens):
        if place > at and not _adjacent(text, tokens[place - 1 : place + 1]):
            break
        if place > at and tokens[place].folded == _AND.get(glossary.language):
            place += 1
            continue
        one = _one_number(text, tokens, place, glossary, is_first=place == at)
        if one is None:
            break
        count, value = one
        joined = _joined(current, value, glossary.language) if last > at else value
        if joined is None:
            break
        if value >= 1_000:
            total, current = total + joined, 0
        else:
            current = joined
        place += count
        last = place
    return (last - at, str(total + current)) if last > at else None


def _one_number(
    text: str, tokens: Sequence[_Token], at: int, glossary: Glossary, *, is_first: bool
) -> tuple[int, int] | None:
    phrase = _phrase(text, tokens, at, glossary)
    if phrase and phrase[1].isdigit():
        return phrase[0], int(phrase[1])
    word = tokens[at].folded
    if not is_first and glossary.language == "ar" and word.startswith("و"):
        word = word[1:]
    value = glossary.numbers.get(word)
    return None if value is None else (1, value)


def _joined(current: int, value: int, language: str) -> int | None:
    """Two numbers in a row as one; None when they are two."""
    if value >= 100 and 0 < current < value:
        return current * value
    if language == "ar" and 0 < current < 10 and 20 <= value < 100:
        return current + value
    if current >= 100 and value < 100:
        return current + value
    tens = current % 100
    if tens >= 20 and not current % 10 and (value < 10 or (tens in {60, 80} and value < 20)):
        return current + value
    return None
