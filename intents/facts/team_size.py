"""How many people: `team_size` is a whole number, `team_size_range` is {"low", "high"} where a range was said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intents.facts.found import Found
from intents.facts.numbers import NUMBER, whole

_PEOPLE = (
    r"(?:(?:field|service|office|full[- ]time|part[- ]time|active|total|mobile|sales|support|end)\s)?"
    r"(?:people|ppl|persons?|users?|employees?|staff|team ?members?|members|technicians?|techs?"
    r"|engineers?|reps?|agents?|"
    r"drivers?|workers?|colleagues|folks?|heads|dispatchers?|installers?|fitters?|crew|developers?|devs?"
    r"|mechanics?|"
    r"plumbers?|electricians?|consultants?|teachers?|nurses?|cleaners?|guys|men|pax|coworkers|fte|ftes"
    r"|planners?|inspectors?)"
)
_SEATS = r"(?:seats?|licen[cs]es?)"
_ABOUT = (
    r"(?:(?:about|around|roughly|approx\.?|approximately|some|maybe|circa|ca\.?|nearly|almost|like|probably"
    r"|currently|only|just)\s|~\s?)*"
)
_MORE = (
    r"(?:(?P<more>more than|over|above|at least|upwards of)\s"
    r"|(?P<less>less than|under|fewer than|up to|below|at most)\s)?"
)
_SPAN = rf"(?:(?:between|from)\s)?(?P<low>{NUMBER})\s?(?:-|–|—|to|and|or|bis)\s?(?P<high>{NUMBER})"
_ONE = rf"{_MORE}{_ABOUT}(?P<n>{NUMBER})(?P<plus>\+)?"

_SPAN_2 = _SPAN.replace("<low>", "<low2>").replace("<high>", "<high2>")
_RANGE = re.compile(
    rf"(?<![\w.,/-])(?:{_SPAN})\s+{_PEOPLE}\b"
    rf"|(?<![\w.,/-])(?:we(?:'re|’re| are| have)|team of|company of)\s{_ABOUT}{_SPAN_2}(?![\w%€$])",
    re.IGNORECASE,
)
_COUNTED = re.compile(rf"(?<![\w.,/€$£-]){_ONE}[\s-]+(?:{_PEOPLE}\b|of us\b|strong\b)", re.IGNORECASE)
_WE_ARE = re.compile(
    r"\b(?:we(?:'re|’re| are)|(?:team|company|crew|firm|business|shop|staff|department|group"
    r"|organi[sz]ation)(?: size)?(?: of|:| is)|there(?:'s| are)|headcount(?: is|:| of)?)"
    rf"\s(?:a (?:team|company|crew|firm|shop|group|business|staff) of\s)?{_ONE}(?!\s?(?:%|€|\$|:|/|km"
    r"|years?|months?|days?|weeks?|hours?|min|am|pm|vans?|"
    r"locations?|sites?|offices?|stores?|branch|euros?|jobs?|projects?|plan|different|things?|o'clock"
    r"|[a-z]+s\b))(?![\w.,]*\d)",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"\b(?:just me|only me|it'?s just myself|one[- ]man (?:band|show|business)|solo(?:preneur)?"
    r"|sole trader|freelancer)\b",
    re.IGNORECASE,
)
_ME_AND = re.compile(
    rf"\b(?:me|myself) (?:and|\+|&) (?:my )?(?P<n>{NUMBER})?\s?(?:others?|other people|colleagues?|partner"
    rf"|{_PEOPLE})\b",
    re.IGNORECASE,
)
# "add 5 users" buys; "the basic plan allows 10 users" asks.
_NOT_THEIRS = re.compile(
    r"\b(?:add|adding|buy|order|purchase|remove|extra|additional|more|another|for the first|limit of"
    r"|max(?:imum)?(?: of)?"
    r"|allows?|includes?|support|every|per|have more than|exceed)\s(?:about\s|around\s|up to\s|than\s)?$",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:we|our|us|my|i)\b", re.IGNORECASE)


def find_team_size(text: str) -> Iterator[Found]:
    """Sizes in the order they are said."""
    found: list[Found] = []
    for match in _RANGE.finditer(text):
        low, high = whole(match["low"] or match["low2"]), whole(match["high"] or match["high2"])
        if low and high and low < high:
            found += _range(match, low, high)
    for pattern in (_COUNTED, _WE_ARE):
        for match in pattern.finditer(text):
            if not any(match.start() < other.end and other.start < match.end() for other in found):
                found += _single(text, match)
    for match in _ALONE.finditer(text):
        found.append(Found("team_size", 1, match.start(), match.end(), 0.85, "rule:alone"))
    for match in _ME_AND.finditer(text):
        others = whole(match["n"]) if match["n"] else 1
        found = [other for other in found if not (match.start() < other.end and other.start < match.end())]
        found.append(Found("team_size", 1 + (others or 1), match.start(), match.end(), 0.8, "rule:me_and"))
    yield from sorted(found, key=lambda one: one.start)


def _range(match: re.Match[str], low: int, high: int) -> list[Found]:
    value = {"low": low, "high": high}
    return [
        Found("team_size", (low + high) // 2, match.start(), match.end(), 0.75, "rule:middle_of_range"),
        Found("team_size_range", value, match.start(), match.end(), 0.9, "rule:range"),
    ]


def _single(text: str, match: re.Match[str]) -> list[Found]:
    count = whole(match["n"])
    if (
        not count
        or count > 500_000
        or _NOT_THEIRS.search(text[: match.start()] + text[match.start() : match.start("n")])
    ):
        return []
    confidence = 0.9 if _OWN.search(text) else 0.7
    facts = [Found("team_size", count, match.start(), match.end(), confidence, "rule:counted")]
    if match["more"] or match["plus"]:
        facts.append(
            Found(
                "team_size_range",
                {"low": count, "high": None},
                match.start(),
                match.end(),
                0.8,
                "rule:at_least",
            )
        )
    elif match["less"]:
        facts.append(
            Found(
                "team_size_range",
                {"low": None, "high": count},
                match.start(),
                match.end(),
                0.8,
                "rule:at_most",
            )
        )
    return facts


_CORRECTION = re.compile(
    r"\b(?:sorry|correction|actually|no wait|wait|i meant?|make (?:that|it)|oops|typo"
    rf"|rather)\b[,:\s-]*(?:i meant?\s|it'?s\s|we(?:'re| are)\s|make that\s)*{_ABOUT}(?P<to>{NUMBER})"
    rf"(?:\s?(?:{_PEOPLE}))?(?:,?\s(?:(?:and\s)?not|instead of|rather than)\s(?P<from>{NUMBER}))?"
    r"(?=\s*(?:$|[.,!?]|people|of us))"
    rf"|(?<![\w.,])(?P<to2>{NUMBER}),?\s(?:(?:and\s)?not|instead of|rather than)\s(?P<from2>{NUMBER})"
    r"(?=\s*(?:$|[.,!?]))"
    rf"|\bnot\s(?P<from3>{NUMBER})(?:\s(?:{_PEOPLE}|{_SEATS})\b)?,?\s(?:but\s|it'?s\s|we(?:'re| are)\s)?"
    rf"(?P<to3>{NUMBER})(?=\s*(?:$|[.,!?]|people|of us))",
    re.IGNORECASE,
)


def find_correction(text: str) -> tuple[int, int, int] | None:
    """The number that holds after "sorry, 14 not 40", with its span."""
    match = _CORRECTION.search(text)
    if not match:
        return None
    group = next(name for name in ("to", "to2", "to3") if match[name])
    value = whole(match[group])
    return None if value is None else (value, match.start(group), match.end(group))
