"""Times of day as people name them: 3pm, half four, 9-11 CET, after lunch, in the morning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Minutes after midnight; `finish` is None for a point in time. `sure` is false for a bare "9-11" or "at 5"."""

    start: int
    end: int
    begin: int
    finish: int | None
    grain: str
    sure: bool


@dataclass(frozen=True, slots=True)
class ZoneWord:
    """A time zone that is named beside a time."""

    start: int
    end: int
    zone: str


# Abbreviations name the place's clock, not an offset: people say CET in summer and mean the time in Berlin.
_ZONES = {
    "cet": "Europe/Berlin", "cest": "Europe/Berlin", "mez": "Europe/Berlin", "mesz": "Europe/Berlin", "gmt": "Etc/GMT",
    "utc": "UTC", "bst": "Europe/London", "wet": "Europe/Lisbon", "eet": "Europe/Helsinki", "eest": "Europe/Helsinki",
    "est": "America/New_York", "edt": "America/New_York", "et": "America/New_York", "eastern": "America/New_York",
    "cst": "America/Chicago", "cdt": "America/Chicago", "ct": "America/Chicago", "central": "America/Chicago",
    "mst": "America/Denver", "mdt": "America/Denver", "mt": "America/Denver", "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles", "pt": "America/Los_Angeles", "pacific": "America/Los_Angeles", "ist": "Asia/Kolkata",
    "gst": "Asia/Dubai", "jst": "Asia/Tokyo", "sgt": "Asia/Singapore", "aest": "Australia/Sydney",
    "aedt": "Australia/Sydney", "nzst": "Pacific/Auckland",
}  # fmt: skip
_CITIES = {
    city.lower(): f"{area}/{city.replace(' ', '_')}"
    for area, cities in {
        "Europe": "Berlin London Paris Madrid Rome Vienna Zurich Amsterdam Brussels Dublin Lisbon Stockholm Oslo"
        " Copenhagen Helsinki Warsaw Prague Budapest Athens Istanbul Kyiv Bucharest",
        "Asia": "Dubai Tokyo Singapore Kolkata Shanghai Riyadh Jerusalem",
        "America": "New_York Chicago Denver Los_Angeles Toronto Vancouver Sao_Paulo",
        "Australia": "Sydney Melbourne",
    }.items()
    for city in (name.replace("_", " ") for name in cities.split())
}
_ZONE = re.compile(
    rf"(?<=[\d\w)])\s?\(?\b(?P<abbr>{'|'.join(_ZONES)})\b(?:\stime)?\)?(?P<sign>[+-]\d{{1,2}})?"
    rf"|\b(?P<city>{'|'.join(_CITIES)})\stime\b",
    re.IGNORECASE,
)


def find_zones(text: str) -> Iterator[ZoneWord]:
    """Time zones named by abbreviation, offset or city."""
    for match in _ZONE.finditer(text):
        if match["city"]:
            yield ZoneWord(match.start(), match.end(), _CITIES[match["city"].lower()])
        elif match["sign"] and match["abbr"].lower() in {"utc", "gmt"}:
            # POSIX turns the sign round: Etc/GMT-2 is two hours ahead of UTC.
            hours = int(match["sign"])
            yield ZoneWord(match.start(), match.end(), f"Etc/GMT{-hours:+d}" if hours else "UTC")
        else:
            yield ZoneWord(match.start(), match.end(), _ZONES[match["abbr"].lower()])


_PARTS: tuple[tuple[str, int, int], ...] = (
    (r"early (?:in the )?morning|first thing(?: in the morning)?", 8 * 60, 10 * 60),
    (r"late morning|mid-?morning", 10 * 60, 12 * 60),
    (r"early afternoon|after lunch", 13 * 60, 15 * 60),
    (r"late(?:r in the)? afternoon|end of (?:the )?(?:day|business)|eod|cob", 15 * 60, 18 * 60),
    (r"lunch ?time|lunch(?: break| hour)?|over lunch|midday", 12 * 60, 14 * 60),
    (r"mornings?", 8 * 60, 12 * 60),
    (r"afternoons?|aft", 12 * 60, 18 * 60),
    (r"evenings?|after work", 17 * 60, 21 * 60),
    (r"(?:business|office|working) hours", 9 * 60, 17 * 60),
    (r"tonight", 18 * 60, 22 * 60),
)
_GOOD = re.compile(r"\b(?:good|this is the|lovely)\s$", re.IGNORECASE)
_HOUR_WORDS = "one two three four five six seven eight nine ten eleven twelve"
_HOURS = {name: place + 1 for place, name in enumerate(_HOUR_WORDS.split())}
_h = rf"(?:2[0-3]|1\d|0?\d|{'|'.join(_HOURS)})"
_ap = r"(?:a\.?m\.?|p\.?m\.?|a|p)(?![a-z])"
_time = rf"{_h}(?:[:.h]\s?[0-5]\d)?\s?(?:{_ap}|uhr|h\b|o'?\s?clock)?"
_about = r"(?:(?:about|around|like|roughly|maybe|say|approx\.?|ca\.?|~)\s?)?"


def _minutes(said: str, *, like: str | None = None) -> int | None:
    """Minutes after midnight; a bare 1 to 6 is afternoon, 7 to 12 is as it stands, `like` lends its am or pm."""
    match = re.fullmatch(
        rf"(?P<h>{_h})(?:[:.h]\s?(?P<m>[0-5]\d))?\s?(?P<ap>{_ap})?(?P<full>uhr|h|o'?\s?clock)?",
        said.strip().lower(),
    )
    if not match:
        return None
    hour = _HOURS.get(match["h"]) or int(match["h"]) if not match["h"].isdigit() else int(match["h"])
    half = (match["ap"] or like or "")[:1]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif 1 <= hour <= 6 and not match["h"].startswith("0"):
        hour += 12
    return hour * 60 + int(match["m"] or 0)


def _half_of(said: str) -> str | None:
    match = re.search(r"([ap])\.?m?\.?$", said.strip().lower())
    return match.group(1) if match else None


def _range(match: re.Match[str]) -> tuple[int, int | None, str] | None:
    low, high = match["low"], match["high"]
    # "9-11am" lends its am to the 9; "11-2pm" lends nothing, since eleven in the evening is not meant.
    begin, finish = _minutes(low, like=_half_of(high)), _minutes(high, like=_half_of(low))
    if begin is not None and finish is not None and finish <= begin and not _half_of(low):
        begin = _minutes(low)
    if begin is None or finish is None:
        return None
    if finish <= begin and finish + 720 <= 1440:
        finish += 720
    return (begin, finish, "window") if begin < finish else None


def _after(match: re.Match[str]) -> tuple[int, int | None, str] | None:
    begin = _minutes(match["t"])
    return None if begin is None else (begin, max(18 * 60, min(begin + 180, 1440)), "window")


def _before(match: re.Match[str]) -> tuple[int, int | None, str] | None:
    finish = _minutes({"noon": "12", "lunch": "12", "midday": "12"}.get(match["t"].lower(), match["t"]))
    return (min(8 * 60, finish - 60), finish, "window") if finish and finish > 60 else None


def _point(match: re.Match[str]) -> tuple[int, int | None, str] | None:
    begin = _minutes(match["t"])
    return None if begin is None or begin >= 1440 else (begin, None, "minute")


def _past(match: re.Match[str]) -> tuple[int, int | None, str] | None:
    """Half four is half past four in British English."""
    hour = _minutes(f"{match['h']}{match['ap'] or ''}")
    if hour is None:
        return None
    words = match["how"].lower()
    away = 30 if "half" in words else 15 if "quarter" in words else int(re.sub(r"\D", "", words) or 0)
    return hour + (-away if re.search(r"\b(?:to|til|before)\b", words) else away), None, "minute"


def _noon(match: re.Match[str]) -> tuple[int, int | None, str]:
    return (0 if "midnight" in match.group().lower() else 720), None, "minute"


def _in_part(match: re.Match[str]) -> tuple[int, int | None, str] | None:
    """ "Nine in the morning", "8 at night"."""
    half = "a" if match["part"].lower() == "morning" else "p"
    begin = _minutes(match["t"], like=half)
    return None if begin is None or begin >= 1440 else (begin, None, "minute")


Maker = Callable[[re.Match[str]], tuple[int, int | None, str] | None]
# What may follow a bare hour: "at 5 on friday" is a time, "at 5 locations" is none.
_follows = (
    r"(?=\s*(?:$|[.,!?;)]|on\b|tomorrow|today|next\b|this\b|please|pls|plz|works?\b|would|is\b|your|my\b"
    r"|for (?:a|the|me|us)\b|or\b|and\b|if\b|the\s\d|ok\b|thanks|(?:mon|tue|wed|thu|fri)))"
)


def _rule(pattern: str, make: Maker, *, sure: bool) -> tuple[re.Pattern[str], Maker, bool]:
    return re.compile(pattern, re.IGNORECASE), make, sure


_RULES = (
    _rule(
        rf"(?<![\w.,:/-])(?:at\s)?(?P<t>{_h}(?:[:.][0-5]\d)?)"
        r"\s(?:o'?\s?clock\s)?(?:in the|at)\s(?P<part>morning|afternoon|evening|night)\b",
        _in_part,
        sure=True,
    ),
    _rule(
        rf"\b(?:between|from)\s{_about}(?P<low>{_time})\s?(?:and|to|until|till|til|-"
        rf"|–)\s?(?P<high>{_time})(?![\w%:]|\s?(?:people|users|technicians|seats))",
        _range,
        sure=False,
    ),
    _rule(
        rf"(?<![\w.,:/€$£-])(?P<low>{_time})\s?(?:-|–|—|to|until"
        rf"|till)\s?(?P<high>{_h}(?:[:.][0-5]\d)?\s?{_ap})(?!\w)",
        _range,
        sure=True,
    ),
    _rule(
        rf"(?<![\w.,:/€$£-])(?P<low>{_h}[:.][0-5]\d)\s?(?:-|–|—|to|until"
        rf"|till)\s?(?P<high>{_h}[:.][0-5]\d)(?![\w:])",
        _range,
        sure=True,
    ),
    _rule(
        r"(?<![\w.,:/€$£-])(?P<low>(?:2[0-3]|1\d|\d))\s?(?:-|–|—|to)\s?(?P<high>(?:2[0-3]|1\d"
        r"|\d))(?:\s?(?:uhr|h|o'?clock))?(?![\w%.,/€$£:-]\d|[\w%€$£])",
        _range,
        sure=False,
    ),
    _rule(
        r"\b(?P<how>(?:at\s)?(?:half(?:\spast)?|(?:a\s)?quarter\s(?:past|to)"
        rf"|\d{{1,2}}\s(?:min(?:utes)?\s)?(?:past|to)))\s(?P<h>{_h})\s?(?P<ap>{_ap})?(?!\w|[:.]\d)",
        _past,
        sure=True,
    ),
    _rule(
        r"\b(?:any ?time\s)?(?:after|from|past|later than"
        rf"|not before)\s{_about}(?P<t>{_h}(?:[:.][0-5]\d)?\s?{_ap}?)(?:\s?(?:on|onwards?))?{_follows}",
        _after,
        sure=False,
    ),
    _rule(
        rf"\b(?:any ?time\s)?(?:before|by|until|till|no later than|earlier than)\s{_about}(?P<t>noon|lunch"
        rf"|midday|{_h}(?:[:.][0-5]\d)?\s?{_ap}?){_follows}",
        _before,
        sure=False,
    ),
    _rule(rf"(?<![\w.,:/-]){_about}(?P<t>{_h}(?:[:.][0-5]\d)?\s?(?:{_ap}))(?!\w)", _point, sure=True),
    _rule(rf"(?<![\w.,:/-])(?P<t>{_h}\s?(?:o'?\s?clock|uhr))\b", _point, sure=True),
    _rule(r"(?<![\w.,:/-])(?P<t>(?:[01]?\d|2[0-3]):[0-5]\d)(?![\w:]|\s?%)", _point, sure=True),
    _rule(rf"\bat\s{_about}(?P<t>(?:[01]?\d|2[0-3])\.[0-5]\d)(?![\w.]\d|%)", _point, sure=False),
    _rule(rf"\b(?:at|around|about|@)\s?{_about}(?P<t>{_h})(?:ish)?{_follows}", _point, sure=False),
    _rule(rf"\b(?P<t>{_h})ish\b", _point, sure=False),
    _rule(r"\b(?:at\s)?(?:(?:12\s)?noon|midnight)\b", _noon, sure=True),
)


def find_clock(text: str) -> Iterator[Clock]:
    """Times and windows in the order they are named."""
    found: list[Clock] = []
    for pattern, make, sure in _RULES:
        for match in pattern.finditer(text):
            made = None if _overlaps(match.span(), found) else make(match)
            if made:
                found.append(Clock(match.start(), match.end(), *made, sure))
    for words, begin, finish in _PARTS:
        for match in re.finditer(rf"\b(?:in the |during the |the )?(?:{words})\b", text, re.IGNORECASE):
            if not _overlaps(match.span(), found) and not _GOOD.search(text[: match.start()]):
                found.append(Clock(match.start(), match.end(), begin, finish, "part_of_day", sure=False))
    yield from sorted(found, key=lambda clock: clock.start)


def _overlaps(span: tuple[int, int], found: Iterable[Clock]) -> bool:
    return any(span[0] < clock.end and clock.start < span[1] for clock in found)
