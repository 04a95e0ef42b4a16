"""What of a sentence must stand in its passage as it is: figures, names, addresses, limits, denials. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

from knowledge.words import fold, stem, word_list

_ENDINGS = (
    "com|net|org|io|dev|app|ai|co|eu|de|uk|us|info|biz|xyz|example|test|invalid|ru|cn|me|ly|gg|site|online|shop|top"
    "|link|click"
)
_LINK = re.compile(
    r"https?://[^\s<>\"')\]]+|www\.[^\s<>\"')\]]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    rf"|\b(?:[\w-]+\.)+(?:{_ENDINGS})\b(?:/[^\s<>\"')\]]*)?",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"\d+(?:[.,:]\d+)*(?:st|nd|rd|th)?\b|\d+(?:[.,:]\d+)*|[€$£%]|[^\W\d_][^\W_]*(?:['’][^\W_]+)*(?:_[^\W_]+)*"
)
_SIGNS = {
    "€": "eur", "eur": "eur", "euro": "eur", "euros": "eur", "$": "usd", "usd": "usd", "dollar": "usd",
    "dollars": "usd", "£": "gbp", "gbp": "gbp", "chf": "chf", "%": "percent", "percent": "percent",
}  # fmt: skip
_COUNTS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
# "one" is a pronoun as often as a number.
_SPELLED = {word: str(value) for value, word in enumerate(_COUNTS) if word != "one"} | {
    "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100", "twice": "2",
}  # fmt: skip

Denial = Literal["not", "no", "without", "except"]
_DENIALS: dict[str, Denial] = {
    **dict.fromkeys(["not", "never", "cannot", "neither", "nor", "hardly"], "not"),
    **dict.fromkeys(["no", "none", "nothing", "nobody", "nowhere"], "no"),
    "without": "without",
    **dict.fromkeys(["except", "unless"], "except"),
}  # fmt: skip

# Words that move the meaning of what stands beside them; those of one group say the same. A sentence may leave them
# out; it may not put them in.
_LIMITS = {
    word: name
    for name, words in {
        "only": "only solely exclusively",
        "all": "always every all each any everything everyone both",
        "unlimited": "unlimited unrestricted",
        "free": "free gratis",
        "same": "same",
        "once": "once",
        "before": "before earlier prior",
        "after": "after later afterwards",
        "until": "until till",
        "least": "least minimum minimal upwards upward",
        "most": "most maximum maximal",
        "above": "above exceed exceeds",
        "over": "over",
        "below": "below under",
        "within": "within",
        "must": "must required require requires mandatory obligatory",
        "optional": "optional optionally",
        "automatic": "automatic automatically",
        "manual": "manual manually",
        "yearly": "yearly annually annual",
        "monthly": "monthly",
        "weekly": "weekly",
        "daily": "daily",
        "hourly": "hourly",
        "year": "year years",
        "month": "month months",
        "week": "week weeks",
        "day": "day days",
        "hour": "hour hours",
        "minute": "minute minutes",
        "strong": "permanently permanent forever immediately instantly guarantee guaranteed guarantees",
    }.items()
    for word in words.split()
}
_PHRASES = {
    ("up", "to"): "most", ("more", "than"): "above", ("less", "than"): "below", ("fewer", "than"): "below",
}  # fmt: skip
_SIZES = {
    **dict.fromkeys(["kb", "kilobyte", "kilobytes"], "kb"),
    **dict.fromkeys(["mb", "megabyte", "megabytes"], "mb"),
    **dict.fromkeys(["gb", "gigabyte", "gigabytes"], "gb"),
    **dict.fromkeys(["tb", "terabyte", "terabytes"], "tb"),
    **dict.fromkeys(["second", "seconds"], "second"),
}


@dataclass(frozen=True, slots=True)
class Token:
    """A word or figure in its place. `key` is how it is compared."""

    kind: Literal["number", "name", "sign", "word"]
    word: str
    key: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Each as it is compared: folded, numbers without separators."""

    links: frozenset[str]
    numbers: tuple[str, ...]
    measured: frozenset[tuple[str, str]]
    """A number with the unit, or the thing counted, beside it."""
    names: frozenset[str]
    limits: frozenset[str]
    denials: tuple[Denial, ...]


def facts_of(text: str) -> Facts:
    """Reads the facts off one sentence or a stretch of a passage."""
    tokens = tokens_of(_LINK.sub(" ", text))
    pairs = pairwise(tokens)
    phrases = {_PHRASES[one.word, two.word] for one, two in pairs if (one.word, two.word) in _PHRASES}
    denials = (_denial(token.word) for token in tokens)
    return Facts(
        links=frozenset(found[0].rstrip(".,;:!?/").casefold() for found in _LINK.finditer(text)),
        numbers=tuple(token.key for token in tokens if token.kind == "number"),
        measured=frozenset(
            (one.key, unit)
            for place, one in enumerate(tokens)
            if one.kind == "number" and (unit := _unit_beside(tokens, place))
        ),
        names=frozenset(token.key for token in tokens if token.kind == "name"),
        limits=frozenset(_LIMITS[token.word] for token in tokens if token.word in _LIMITS) | phrases,
        denials=tuple(denial for denial in denials if denial),
    )


def tokens_of(text: str) -> list[Token]:
    """The words and figures of a text, in order."""
    return [_token(found[0], opens=_opens(text, found.start())) for found in _TOKEN.finditer(text)]


def _token(word: str, *, opens: bool) -> Token:
    plain = fold(word)
    if word[0].isdigit():
        return Token("number", plain, _number(word))
    if plain in _SPELLED:
        return Token("number", plain, _SPELLED[plain])
    if plain in _SIGNS:
        return Token("sign", plain, _SIGNS[plain])
    return Token("name" if _is_name(word, opens=opens) else "word", plain, stem(plain))


def _number(word: str) -> str:
    """`1,440` and `1440` are the same number, and so are 3 and 3.0; `17:30` keeps its mark."""
    bare = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", re.sub(r"[a-z]+$", "", word))
    return bare.rstrip("0").rstrip(".") if re.fullmatch(r"\d+\.\d+", bare) else bare


def _is_name(word: str, *, opens: bool) -> bool:
    """Capitalised or an identifier. The first word of a sentence may be a plan's name, so it counts as well."""
    plain = fold(word)
    if _denial(plain) or plain in _LIMITS:
        return False
    if plain in word_list("stop_words"):
        # The US is no pronoun.
        return word.isupper() and len(word) > 1
    if "_" in word or any(char.isupper() for char in word[1:]):
        return True
    return word[0].isupper() and not (opens and stem(plain) in light_stems())


def says_something(token: Token) -> bool:
    """Whether it is a word of content."""
    if (
        token.kind in {"number", "sign"}
        or token.word in _LIMITS
        or token.word in _SIZES
        or _denial(token.word)
    ):
        return False
    return token.word not in word_list("stop_words") and token.key not in light_stems()


def is_sign(word: str) -> bool:
    """Whether it is a currency."""
    return fold(word) in _SIGNS


def _opens(text: str, at: int) -> bool:
    before = text[:at].rstrip(" \"'“‘(")
    return not before or before[-1] in ".!?:;\n\t"


def _unit_beside(tokens: list[Token], place: int) -> str:
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    before = tokens[place - 1] if place else None
    for one in (after, before):
        if one is not None and one.kind == "sign":
            return one.key
    if after is None or after.kind not in {"word", "name"}:
        return ""
    if after.word in _SIZES:
        return _SIZES[after.word]
    if after.word in _LIMITS:
        return _LIMITS[after.word] if _LIMITS[after.word] in TIMES else ""
    is_plain = after.word in word_list("stop_words") or after.key in light_stems()
    return "" if is_plain else after.key


TIMES = frozenset({"year", "month", "week", "day", "hour", "minute", "second"})
PERIODS = TIMES | frozenset({"yearly", "monthly", "weekly", "daily", "hourly"})


def _denial(word: str) -> Denial | None:
    return "not" if word.endswith("n't") else _DENIALS.get(word)


@cache
def light_stems() -> frozenset[str]:
    """Stems of words that claim nothing by themselves."""
    file = Path(__file__).parent.parent / "data" / "light_words.txt"
    return frozenset(stem(word) for word in file.read_text(encoding="utf-8").split())
