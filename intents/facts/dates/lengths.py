"""How long something takes: 30 minutes, an hour and a half, 2.5 hours, all day, three weeks. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from intents.facts.dates.words import CARDINALS, any_of, count

_SECONDS = {
    "second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3_600, "hr": 3_600, "h": 3_600, "day": 86_400,
    "d": 86_400, "week": 604_800, "wk": 604_800, "w": 604_800, "fortnight": 1_209_600, "month": 2_592_000,
    "quarter": 7_776_000, "year": 31_536_000, "yr": 31_536_000, "weekend": 172_800, "night": 86_400,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Length:
    """So many units at `start:end`; `seconds` counts a month as 30 days and a year as 365."""

    start: int
    end: int
    count: float
    unit: str
    seconds: float

    @property
    def is_short(self) -> bool:
        """Shorter than a day: an instant is reached by it, not a date."""
        return self.unit in {"second", "minute", "hour"}


_N = (
    rf"(?:\d{{1,4}}(?:\.\d{{1,2}})?|½|(?:{any_of(CARDINALS)})(?:\sand\s"
    rf"(?:{any_of(name for name, value in CARDINALS.items() if value < 10)}))?\b|an?\b"
    r"|another\b"
    r"|(?:a\s)?couple(?:\sof)?\b|(?:a\s)?few\b|several\b|some\b)"
)
_UNIT = (
    r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|fortnights?|months?"
    r"|quarters?|years?|yrs?|weekends)"
)
_HALF = r"(?:\sand\s(?:a\s)?(?:half|quarter))"
_LENGTH = re.compile(
    r"(?<![\w.,:/€$£-])(?:(?P<half>half(?:\san?|\sof\san?)?|½|a\squarter\sof\san"
    r"|three[ -]quarters\sof\san)[\s-](?P<hu>hour|day|year|hr)\b"
    rf"|(?P<n>{_N})(?P<nh>{_HALF})?[\s-]?(?P<u>{_UNIT})\b(?P<uh>{_HALF}(?!\s(?:day|hour)))?"
    rf"(?:(?:\s(?:and\s)?|,\s)(?P<n2>\d{{1,2}}|{any_of(CARDINALS)})\s?(?P<u2>minutes?|mins?"
    r"|seconds?|secs?|hours?|days?|months?)\b)?"
    r"|(?P<nx>\d{1,3}(?:\.\d)?)(?P<ux>h|d|w)(?:\s?(?P<n2x>[0-5]?\d)\s?m(?:in)?)?(?=$|[\s.,!?)])"
    r"|(?P<all>all|whole|entire|full|(?<=\bfor )the)\s(?P<au>day|week|month|year|night)\b)"
    r"(?!\s?(?:old|free|trial|from now on|-(?:trial|free)))",
    re.IGNORECASE,
)
_NONE = re.compile(r"(?:\b(?:24|round)\s?[/-]\s?|\d)$")


def find_lengths(text: str) -> Iterator[Length]:
    """Lengths in the order they are said."""
    for match in _LENGTH.finditer(text):
        made = _length(match)
        if made and not _NONE.search(text[: match.start()]):
            yield made


def _length(match: re.Match[str]) -> Length | None:
    if match["half"]:
        said = match["half"].lower()
        part = 0.75 if said.startswith("three") else 0.25 if "quarter" in said else 0.5
        return _made(match, part, match["hu"])
    if match["all"]:
        return _made(match, 1, match["au"])
    if match["nx"]:
        more = int(match["n2x"] or 0) * 60
        return _made(match, float(match["nx"]), match["ux"].lower(), more)
    said = match["n"].lower()
    number = 0.5 if said == "½" else 1.0 if said == "another" else _count(said)
    if number is None:
        return None
    halves = (match["nh"] or match["uh"] or "").lower()
    number += 0.5 if "half" in halves else 0.25 if "quarter" in halves else 0
    seconds = (_count(match["n2"]) or 0) * _SECONDS[_unit(match["u2"])] if match["n2"] else 0
    return _made(match, number, match["u"], seconds)


def _count(said: str) -> float | None:
    both = re.fullmatch(r"(.+)\sand\s(.+)", said)
    if both:
        left, right = count(both[1]), count(both[2])
        return None if left is None or right is None else left + right
    return count(said)


def _unit(said: str) -> str:
    plain = said.lower()
    return plain if plain in _SECONDS else plain.rstrip("s")


def _made(match: re.Match[str], number: float, unit: str, more: float = 0) -> Length | None:
    name = {
        "sec": "second",
        "min": "minute",
        "hr": "hour",
        "h": "hour",
        "d": "day",
        "w": "week",
        "wk": "week",
        "yr": "year",
        "night": "day",
    }.get(_unit(unit), _unit(unit))
    seconds = number * _SECONDS[name] + more
    if not seconds:
        return None
    per_unit = _SECONDS[name]
    return Length(match.start(), match.end(), seconds / per_unit if more else number, name, seconds)
