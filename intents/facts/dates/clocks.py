"""Times of day as people name them: 3pm, half four, 9-11, two thirty, after lunch, in the morning. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from intents.facts.dates.words import CARDINALS, any_of


@dataclass(frozen=True, slots=True)
class Clock:
    """Minutes after midnight. A point has only `begin`; `bound` says that only one end was said.

    `part` is the part of the day that is named instead of a time. `sure` is false for a bare "9-11" or "at 5",
    which are times only beside a day or in answer to us; `cued` when a word such as "at" or "before" goes with it.
    `half_known`: morning or evening was said.
    """

    start: int
    end: int
    begin: int | None
    finish: int | None
    bound: str = ""
    part: str = ""
    sure: bool = True
    cued: bool = False
    half_known: bool = True

    @property
    def is_point(self) -> bool:
        return self.begin is not None and self.finish is None and not self.bound and not self.part


PARTS: dict[str, tuple[str, int, int]] = {
    "early morning": (r"early (?:in the |this )?morning|first thing(?: in the morning)?", 8 * 60, 10 * 60),
    "late morning": (r"late(?:r in the| this)? morning|mid-?morning", 10 * 60, 12 * 60),
    "early afternoon": (r"early (?:in the |this )?afternoon|after lunch", 13 * 60, 15 * 60),
    "late afternoon": (r"late(?:r in the| this)? afternoon", 15 * 60, 18 * 60),
    "end of day": (r"end of (?:the )?(?:day|business)|eod|cob|close of business", 15 * 60, 18 * 60),
    "before lunch": (r"before lunch", 9 * 60, 12 * 60),
    "lunch": (
        r"(?:at |over )?lunch ?time|at lunch|over lunch|during lunch|lunch(?: break| hour)|midday",
        12 * 60,
        14 * 60,
    ),
    "early evening": (r"early (?:in the |this )?evening", 17 * 60, 19 * 60),
    "late evening": (r"late(?:r in the| this)? evening", 19 * 60, 22 * 60),
    "daytime": (r"(?:in the )?day ?time|business hours|office hours|working hours", 9 * 60, 17 * 60),
    "morning": (r"mornings?", 8 * 60, 12 * 60),
    "afternoon": (r"afternoons?|afternon|aft", 12 * 60, 18 * 60),
    "evening": (r"evenings?|after work", 17 * 60, 21 * 60),
    "night": (r"nights?|night-?time|tonight|tonite", 18 * 60, 24 * 60),
}
"""What counts as which part of the day, for a visitor who may be offered times in it."""

_H = r"(?:2[0-4]|1\d|0?\d)"
_HW = rf"(?:{any_of(name for name, value in CARDINALS.items() if value <= 12)})"
_HOUR = rf"(?:{_H}|{_HW}\b)"
_MINUTE_WORDS = any_of(name for name, value in CARDINALS.items() if value >= 10)
_M = rf"(?:[0-5]\d|(?:{_MINUTE_WORDS})\b)"
_AP = r"(?:\s?\.?[ap]\s?\.\s?m\b\s?\.?|\s?\.?[ap]\s?m\b|(?<=\d)[ap]\b(?![.'’]\w)|(?<=\d)ampm\b)"
_OCLOCK = r"(?:\s?o\s?['’\"]?\s?clock\b|\s?uhr\b|(?<=\d)\s?h\b)"
_PAST = (
    r"(?:(?:half|(?:a\s)?quarter)(?:\s(?:past|to|til|till|before|after|of))?|(?:[0-5]?\d"
    rf"|{any_of(CARDINALS)})"
    r"\s(?:(?:minutes?|mins?)\s)?(?:past|to|til|before))"
)
_NOON = r"(?:(?:12\s|high\s)?noon(?:ish)?|mid-?\s?night|midday)"
SURE = (
    rf"(?:{_PAST}\s{_HOUR}(?:{_OCLOCK}|{_AP})?|{_H}[:h]\s?[0-5]\d(?::[0-5]\d)?(?:{_AP}"
    rf"|\s?uhr\b)?(?![:\d])|{_H}\.[0-5]\d{_AP}|{_H}\.[0-5]\d\s?uhr\b"
    rf"|{_HOUR}\s{_M}{_AP}|{_HOUR}{_AP}|{_HOUR}{_OCLOCK}(?:\s[0-5]\d\b)?|{_NOON}\b)"
)
ANY = (
    rf"(?:{SURE}|{_HOUR}\s(?:[0-5]\d\b|(?:{_MINUTE_WORDS})\b)(?:\sminutes)?(?!\s?(?:%|people"
    rf"|users|seats|days|hours|min))|{_H}\.[0-5]\d(?!\d)|{_HOUR})"
)
_about = r"(?:(?:about|around|like|roughly|maybe|say|approx\.?|approximately|circa|ca\.?|~)\s?)?"
_BEFORE = r"(?<![\w.,:/€$£#-])"
_follows = (
    r"(?=\s*(?:$|[.,!?;)]|on\b|tom\w+\b|today|tonight|next\b|this\b|please|pls|plz|works?\b"
    r"|would|is\b|your|my\b|instead\b|sharp\b"
    r"|for (?:a|the|me|us|my|our)\b|to\b|go\b|until\b|or\b|and\b|if\b|with\b|the\s\d|ok\b"
    r"|okay\b|thanks|fits\b|suits\b|then\b|(?:mon|tue|wed|thu|fri)))"
)
_READ_PAST = re.compile(rf"(?P<how>{_PAST})\s(?P<h>{_HOUR})(?:{_OCLOCK})?(?P<ap>{_AP})?", re.IGNORECASE)
_READ = re.compile(
    rf"(?P<h>{_HOUR})(?:\s?[:.h]\s?(?P<m>[0-5]\d)(?::[0-5]\d)?|\s(?P<mw>{_M})"
    rf"(?:\sminutes)?)?(?P<ap>{_AP})?(?:{_OCLOCK})?(?:\s(?P<m2>[0-5]\d))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Time:
    minutes: int
    half: str
    """ "a", "p", or "" when it was not said; "24" when the hour says it."""


def _read(said: str, like: str = "") -> _Time | None:
    """A bare 1 to 6 is afternoon, 7 to 12 is as it stands; `like` lends its am or pm."""
    plain = said.strip().lower()
    if re.fullmatch(_NOON, plain):
        return _Time(0 if "night" in plain else 720, "24")
    past = _READ_PAST.fullmatch(plain)
    if past:
        return _past(past, like)
    match = _READ.fullmatch(plain)
    if not match:
        return None
    hour = _number(match["h"])
    minute = _number(match["m"] or match["mw"] or match["m2"] or "0")
    half = (re.sub(r"[^apm]", "", match["ap"] or "") or like)[:1]
    if "ampm" in plain:
        half = ""
    if hour > 24 or (hour == 24 and minute):
        return None
    known = half or ("24" if hour > 12 or hour == 0 or match["h"].startswith("0") else "")
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif 1 <= hour <= 6 and not known:
        hour += 12
    return _Time(hour * 60 + minute, known)


def _past(match: re.Match[str], like: str) -> _Time | None:
    """Half four is half past four in British English."""
    hour = _read(f"{match['h']}{match['ap'] or ''}", like)
    if hour is None:
        return None
    words = match["how"].lower()
    away = 30 if "half" in words else 15 if "quarter" in words else _number(re.sub(r"\s.*", "", words))
    if re.search(r"[a-z]+ [a-z]+ (?:past|to)", words) and "quarter" not in words:
        away = _number(re.sub(r"\s(?:minutes?\s|mins?\s)?(?:past|to|til|before)$", "", words))
    return replace(
        hour,
        minutes=(hour.minutes + (-away if re.search(r"\b(?:to|til|before|of)\b", words) else away)) % 1440,
    )


def _number(said: str) -> int:
    plain = said.lower().replace("-", " ").strip()
    return int(plain) if plain.isdigit() else CARDINALS.get(plain, 0)


Maker = Callable[[re.Match[str]], Clock | None]


def _clock(
    match: re.Match[str], begin: int | None, finish: int | None, bound: str = "", *, known: bool
) -> Clock:
    return Clock(match.start(), match.end(), begin, finish, bound, half_known=known)


def _range(match: re.Match[str]) -> Clock | None:
    low, high = match["low"], match["high"]
    alone = _read(low), _read(high)
    if alone[0] is None or alone[1] is None:
        return None
    # "9-11am" lends its am to the 9; "11-2pm" lends nothing, since eleven in the evening is not meant.
    lent = [
        _read(low, alone[1].half if alone[1].half in "ap" else ""),
        _read(high, alone[0].half if alone[0].half in "ap" else ""),
    ]
    begin, finish = (alone[0] if alone[0].half else lent[0]), (alone[1] if alone[1].half else lent[1])
    if begin is None or finish is None:
        return None
    first, last = begin.minutes, finish.minutes
    if last <= first and not alone[0].half:
        first = alone[0].minutes
    if not alone[0].half and not alone[1].half and first >= 720 and last < first - 240 and last + 720 > 1440:
        return None
    if last <= first and last + 720 <= 1440 and not alone[1].half:
        last += 720
    if last == 0 and alone[1].half == "24":
        last = 1440
    known = bool(alone[0].half or alone[1].half)
    return _clock(match, first, last, known=known) if first < last else None


def _after(match: re.Match[str]) -> Clock | None:
    time = _read(match["t"])
    return None if time is None else _clock(match, time.minutes, None, "after", known=bool(time.half))


def _before(match: re.Match[str]) -> Clock | None:
    time = _read(match["t"])
    return (
        None
        if time is None or not time.minutes
        else _clock(match, None, time.minutes, "before", known=bool(time.half))
    )


def _point(match: re.Match[str]) -> Clock | None:
    said = match["t"]
    to = re.fullmatch(rf"(?P<low>{_HOUR})\sto\s(?P<high>{_HOUR})", said, re.IGNORECASE)
    if to and _number(to["low"]) < _number(to["high"]):
        # "five to seven" is from five to seven; "ten to four" can only be ten minutes.
        first, last = _number(to["low"]), _number(to["high"])
        first, last = (first + 12, last + 12) if first <= 6 else (first, last)
        return replace(_clock(match, first * 60, last * 60, known=False), sure=False)
    time = _read(said)
    return (
        None
        if time is None or time.minutes >= 1440
        else _clock(match, time.minutes, None, known=bool(time.half))
    )


def _in_part(match: re.Match[str]) -> Clock | None:
    """ "Nine in the morning", "8 at night"."""
    part = match["part"].lower()
    time = _read(match["t"])
    if time is None or time.minutes >= 1440:
        return None
    minutes = time.minutes
    if not time.half or time.half in "ap":
        twelve = minutes % 720
        minutes = twelve if part == "morning" or (part == "night" and twelve < 300) else twelve + 720
    return _clock(match, minutes, None, known=True)


def _military(match: re.Match[str]) -> Clock | None:
    low, high = (int(match[name][:2]) * 60 + int(match[name][2:]) for name in ("low", "high"))
    return _clock(match, low, high, known=True) if low < high else None


def _or_later(match: re.Match[str]) -> Clock | None:
    """ "3pm or later", "from 3pm onwards"."""
    time = _read(match["t"] or match["t2"])
    return None if time is None else _clock(match, time.minutes, None, "after", known=bool(time.half))


def _or_that(match: re.Match[str]) -> Clock | None:
    """ "At 3 or 4": the second hour is a time because the first is."""
    return _point(match) if _AT_HOUR.search(match.string[: match.start()]) else None


_AT_HOUR = re.compile(rf"\b(?:at|around)\s{_HOUR}\sor\s$", re.IGNORECASE)
_MOVES = re.compile(
    r"\b(?:move|change|reschedule|push|shift|postpone|put|meeting|appointment|appt|call|demo|slot)\b",
    re.IGNORECASE,
)


def _moved(match: re.Match[str]) -> Clock | None:
    """ "Move it to 4": a bare number where something is moved to it."""
    return _point(match) if _MOVES.search(match.string[: match.start()]) else None


def _rule(pattern: str, make: Maker, *, sure: bool) -> tuple[str, Maker, bool]:
    return pattern, make, sure


_TO = r"\s?(?:-|–|—|~|to|until|till|til|through|bis)\s?"
_LAST = (
    r"(?![\w%:]|[.,]\d|\s?(?:people|users|technicians|seats|days|weeks|months|hours|minutes"
    r"|mins?|percent|%|€|\$)\b)"
)
_AFTER = (
    r"(?:any ?time\s)?(?:after|from|(?<!no )(?<!not )later than|not before|no earlier than"
    r"|as early as|starting(?: at| from)?|since)"
)
_UNTIL = r"(?:any ?time\s)?(?:before|by|until|till|no later than|not later than|earlier than|as late as)"


@cache
def _rules() -> tuple[tuple[re.Pattern[str], Maker, bool], ...]:
    """Compiled when the first text is read: these patterns are long."""
    return tuple((re.compile(pattern, re.IGNORECASE), make, sure) for pattern, make, sure in _WRITTEN)


_WRITTEN: tuple[tuple[str, Maker, bool], ...] = (
    _rule(rf"{_BEFORE}(?:at\s|around\s|circa\s)?(?P<t>{ANY})\s(?:in the|at)\s(?P<part>morning"
r"|afternoon|evening|night)\b", _in_part, sure=True),
    _rule(r"(?<=\d)T(?P<t>[012]\d:[0-5]\d)(?::[0-5]\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?(?!\d)", _point, sure=True),
    _rule(rf"\b(?:between|from)\s{_about}(?P<low>{ANY})\s?(?:and|to|until|till|til|through|-|–"
rf"|—)\s?(?P<high>{ANY}){_LAST}", _range, sure=False),
    _rule(r"\bbetween\s(?!(?:19|20)\d\d\D+(?:19|20)\d\d)(?P<low>(?:[01]\d|2[0-3])[0-5]\d)\s?"
r"(?:and|-)\s?(?P<high>(?:[01]\d|2[0-3])[0-5]\d)(?!\d)", _military, sure=True),
    _rule(rf"{_BEFORE}(?P<low>{ANY}){_TO}(?P<high>{SURE}){_LAST}", _range, sure=True),
    _rule(rf"{_BEFORE}(?P<low>{SURE}){_TO}(?P<high>{ANY}){_LAST}", _range, sure=True),
    _rule(rf"\b{_AFTER}\s{_about}(?P<t>{SURE})(?:\s(?:onwards?|on(?!\s\w)))?(?!\w)", _after, sure=True),
    _rule(rf"\b{_UNTIL}\s{_about}(?P<t>{SURE})(?!\w)", _before, sure=True),
    _rule(rf"{_BEFORE}(?P<t>{SURE})\s(?:or|and)\s(?:later|after)\b|{_BEFORE}"
rf"(?P<t2>{SURE})\sonwards?\b", _or_later, sure=True),
    _rule(rf"{_BEFORE}{_about}(?P<t>{SURE})(?!\w)", _point, sure=True),
    _rule(rf"{_BEFORE}(?P<low>{_H}){_TO}(?P<high>{_H})(?:{_OCLOCK})?{_LAST}(?!-\d)", _range, sure=False),
    _rule(rf"{_BEFORE}(?P<low>{_HW})\s(?:to|until|till)\s(?P<high>{_HW})\b{_follows}", _range, sure=False),
    _rule(rf"\b{_AFTER}\s{_about}(?P<t>{ANY})(?:\s(?:onwards?|on(?!\s\w)))?{_follows}", _after, sure=False),
    _rule(rf"\b{_UNTIL}\s{_about}(?P<t>{ANY}){_follows}", _before, sure=False),
    _rule(rf"\b(?:to|for)\s(?P<t>{_HOUR}(?:\s[0-5]\d)?)(?=\s*(?:$|instead|please|[.!?]))", _moved, sure=False),
    _rule(rf"\bfor\s(?P<t>{_H}\s[0-5]\d|{_HOUR}\s(?:{_MINUTE_WORDS}))\b(?=\s*(?:$|[.,!?]|tom|today"
r"|next|on|this))", _point, sure=False),
    _rule(rf"(?:\bat\s|@\s?){_about}(?P<t>{_H}[. ][0-5]\d)(?![\w.]\d|%|\d|\s?(?:people|users"
r"|seats))", _point, sure=False),
    _rule(rf"(?:\b(?:at|around|about)\s|@\s?){_about}(?P<t>{_HOUR}\s(?:{_MINUTE_WORDS}))\b", _point, sure=False),
    _rule(rf"(?:\b(?:at|around|about)\s|@\s?){_about}(?P<t>{_HOUR})(?:ish)?{_follows}", _point, sure=False),
    _rule(rf"(?<= or )(?P<t>{_HOUR}){_follows}", _or_that, sure=False),
    _rule(rf"\b(?P<t>{_HOUR})ish\b", _point, sure=False),
)  # fmt: skip


_NEEDS = re.compile(
    rf"\d|\b(?:noon|mid-?\s?night|midday|half|quarter|o'?\s?clock|{_HW})|(?P<part>morning"
    r"|afternoo?n|\baft\b|evening|night|tonite|lunch|first thing|\beod\b|\bcob\b"
    r"|close of|end of (?:the )?(?:day|bus)|after work|hours|day ?time|\bam\b|\bpm\b)",
    re.IGNORECASE,
)
_PART_RULES = tuple(
    (name, re.compile(rf"\b(?:in the |during the |the |in )?(?:{words})\b", re.IGNORECASE), begin, finish)
    for name, (words, begin, finish) in PARTS.items()
)
_HALF_OF_DAY = re.compile(r"(?<=day\s|row\s)(?P<half>[ap]m)\b", re.IGNORECASE)
_CUE = re.compile(
    r"(?:at\b|@|between|from|after|before|by|until|till|no |not |later|earlier|as |starting"
    r"|any|since|around|to |for )|.{0,40}ish$|.{0,40}\btil",
    re.IGNORECASE,
)
_GOOD = re.compile(r"\b(?:good|this is the|lovely|nice|every|each|all|over)\s$", re.IGNORECASE)


def find_clocks(text: str) -> Iterator[Clock]:
    """Times, windows and parts of the day, in the order they are named."""
    kinds = {match.lastgroup for match in _NEEDS.finditer(text)}
    found: list[Clock] = []
    for pattern, make, sure in _rules() if None in kinds else ():
        for match in pattern.finditer(text):
            made = None if _overlaps(match.span(), found) else make(match)
            if made:
                found.append(replace(made, sure=sure and made.sure, cued=bool(_CUE.match(match.group()))))
    for name, words, begin, finish in _PART_RULES if "part" in kinds else ():
        for match in words.finditer(text):
            if not _overlaps(match.span(), found) and not _GOOD.search(text[: match.start()]):
                found.append(Clock(match.start(), match.end(), begin, finish, part=name, sure=False))
    for match in _HALF_OF_DAY.finditer(text) if "part" in kinds else ():
        name = "morning" if match["half"].lower() == "am" else "afternoon"
        if not _overlaps(match.span(), found):
            found.append(Clock(match.start(), match.end(), *PARTS[name][1:], part=name, sure=False))
    yield from sorted(found, key=lambda clock: clock.start)


def _overlaps(span: tuple[int, int], found: Iterable[Clock]) -> bool:
    return any(span[0] < clock.end and clock.start < span[1] for clock in found)
