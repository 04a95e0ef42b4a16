"""One word put into English: compounds parted, Arabic little words and endings taken off. Pure."""

from __future__ import annotations

from functools import lru_cache

from intents.gloss.glossary import Glossary, glossary_of
from intents.gloss.spelling import folded, written_out

_SHORTEST_PART = 3
_LINKS = ("", "s", "es", "n", "en", "er", "e")
_BEFORE = (
    ("", ""), ("ال", ""), ("و", "and "), ("وال", "and "), ("بال", "with "), ("لل", "for "), ("ب", "with "),
    ("ل", "for "), ("ف", "then "), ("س", "will "), ("ك", "as "), ("ول", "and for "), ("وب", "and with "),
)  # fmt: skip
_BEHIND = (
    ("", ""), ("نا", "our "), ("ي", "my "), ("كم", "your "), ("ك", "your "), ("ه", "its "), ("ها", "its "),
    ("هم", "their "), ("ات", ""), ("ين", ""), ("ون", ""), ("ا", ""), ("وا", ""),
)  # fmt: skip
_SHORTEST_ARABIC = 3
_ELIDED = (
    ("qu", "that "),
    ("j", "i "),
    ("l", ""),
    ("d", ""),
    ("n", "not "),
    ("m", ""),
    ("s", ""),
    ("c", "it "),
)
_SHORTEST_ELIDED = 4


@lru_cache(maxsize=8_192)
def word_in_english(word: str, language: str) -> str | None:
    """The English words for one word; None when it is not known."""
    glossary = glossary_of(language)
    if language == "ar":
        # "Our data" is more than the stem of "data": what is joined to a word is taken off before its stem is tried.
        plain = folded(word, language)
        parted = glossary.folded.get(plain)
        parted = _arabic(plain, glossary) if parted is None else parted
        return glossary.look_up(word) if parted is None else parted
    found = glossary.look_up(word)
    if found is not None:
        return found
    if language == "de":
        plain = folded(word, language)
        number = german_number(plain, glossary)
        if number is not None:
            return str(number)
        typed = written_out(plain)
        if typed != plain and (found := glossary.look_up(typed)) is not None:
            return found
        return _compound(plain, glossary) or _shortened(plain, glossary)
    return _elided(folded(word, language), glossary) if language == "fr" else None


def _shortened(word: str, glossary: Glossary) -> str | None:
    """As it is spoken: "hab" is "habe", "gehts" is "geht es", "gehn" is "gehen"."""
    if word.endswith("s") and (found := glossary.look_up(word[:-1])):
        return f"{found} it"
    if word.endswith("hn") and (found := glossary.look_up(f"{word[:-1]}en")):
        return found
    return glossary.look_up(word + "e") if len(word) >= _SHORTEST_PART else None


def _elided(word: str, glossary: Glossary) -> str | None:
    """An apostrophe left out: "jaimerais", "lappli"."""
    for little, said in _ELIDED:
        rest = word.removeprefix(little)
        if rest == word or len(rest) < _SHORTEST_ELIDED or rest[0] not in "aeiouhy":
            continue
        if found := glossary.look_up(rest):
            return said + found
    return None


def _compound(word: str, glossary: Glossary) -> str | None:
    """ "Kundenportal": both parts are known; the longest last part decides."""
    for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
        last = glossary.look_up(word[at:])
        if not last:
            continue
        first = _first_part(word[:at], glossary)
        if first:
            return f"{first} {last}"
    return None


def _first_part(part: str, glossary: Glossary) -> str | None:
    for link in _LINKS:
        stem = part.removesuffix(link) if link else part
        if len(stem) >= _SHORTEST_PART and part.endswith(link):
            found = glossary.look_up(stem) or (_compound(stem, glossary) if len(stem) > 6 else None)
            if found:
                return found
    return None


def _arabic(word: str, glossary: Glossary) -> str | None:
    for before, said_before in _BEFORE:
        if not word.startswith(before):
            continue
        for behind, said_behind in _BEHIND:
            stem = word[len(before) :].removesuffix(behind)
            if not word.endswith(behind) or len(stem) < _SHORTEST_ARABIC or (not before and not behind):
                continue
            found = glossary.folded.get(stem)
            if found is None and behind and stem.endswith("ت"):
                found = glossary.folded.get(stem.removesuffix("ت") + "ه")
            if found:
                return f"{said_before}{said_behind}{found}"
    return None


def german_number(word: str, glossary: Glossary) -> int | None:
    """ "Fünfundzwanzig", "zweihundert", "dreitausend"."""
    if word in glossary.numbers:
        return glossary.numbers[word]
    for name, size in (("tausend", 1_000), ("hundert", 100)):
        left, found, right = word.partition(name)
        if found:
            count = german_number(left, glossary) if left else 1
            rest = german_number(right.removeprefix("und"), glossary) if right else 0
            return None if count is None or rest is None else count * size + rest
    unit, found, ten = word.partition("und")
    count = {"ein": 1, **glossary.numbers}.get(unit) if found else None
    tens = glossary.numbers.get(ten)
    return count + tens if count and tens and count < 10 <= tens else None
