"""What goes into a cart: `plan` (a catalogue name), `seats` (whole), `billing_period` ("month" or "year")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from intents.facts.found import Found
from intents.facts.numbers import NUMBER, whole

_SEAT = r"(?:more |extra |additional |new |further |user |full |paid )*(?:seats?|licen[cs]es?|subscriptions?)"
_USERS = (
    r"(?:more |extra |additional |new |further )*(?:users?|people|members|accounts|logins|colleagues|hires)"
)
_SEATS = re.compile(rf"(?<![\w.,-])(?P<n>{NUMBER})\s?(?:x\s)?{_SEAT}\b", re.IGNORECASE)
_ADD_USERS = re.compile(
    r"\b(?:add|adding|buy|purchase|order|need|get|want|remove|subscribe)\s(?:us\s|me\s|another\s"
    rf"|about\s)?(?P<n>{NUMBER})\s(?:x\s)?{_USERS}\b",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    r"\b(?:(?P<year>yearly|annual(?:ly)?|per year|a year|by the year|every year|per annum"
    r"|12 months upfront|year(?=\s(?:plan|billing|subscription)))"
    r"|(?P<month>monthly|per month|a month|by the month|month[- ]to[- ]month|every month|each month))\b",
    re.IGNORECASE,
)
_BUYS = re.compile(
    r"\b(?:add|buy|purchase|order|cart|seats?|licen[cs]es?|subscrib\w+|upgrade|billed|billing|bill|pay"
    r"|plan|plans|switch|go (?:with|for)|annual plan)\b",
    re.IGNORECASE,
)
_THE_TEAM = re.compile(
    r"\b(?:our|my|your|their|whole|entire|sales|support|the|a|field|another)\s$", re.IGNORECASE
)


def find_seats(text: str) -> Iterator[Found]:
    """How many seats to add or buy."""
    for pattern, confidence in ((_SEATS, 0.9), (_ADD_USERS, 0.75)):
        for match in pattern.finditer(text):
            count = whole(match["n"])
            if count:
                yield Found("seats", count, match.start(), match.end(), confidence, "rule:seats")
                return


def find_plan(text: str, plans: Sequence[str]) -> Iterator[Found]:
    """Names of the operator's plans, where they are meant as such: "Team" is one, "our team" is none."""
    for plan in plans:
        name = re.escape(plan)
        clear = re.compile(
            rf"\b(?P<a>{name})\s(?:plan|tier|package|edition|licen[cs]es?|subscription|seats?|account)\b"
            # The second way is how other languages put it, word by word: "10 licences from plan team".
            rf"|\b(?:seats?|licen[cs]es?|users?|people|x)\s(?:of|on|for|in)\s(?:the\s)?(?P<b>{name})\b"
            rf"|\b(?:seats?|licen[cs]es?)\s(?:(?:of|from|del|offer)\s)?(?:(?:the|plan|offer)\s)+(?P<e>{name})\b"
            rf"|\b(?:seats?|licen[cs]es?)\sfrom\s(?P<f>{name})\b(?!\s(?:to|into)\b)"
            r"|\b(?:upgrade|switch|move|moving|go|downgrade|subscribe|change)(?:\s(?:us|me|it))?\s(?:up\s"
            rf"|back\s)?(?:to|with|for)\s(?:the\s)?(?P<c>{name})\b"
            rf"|\bon\s(?P<d>{name})\b(?!\s\w+ing)",
            re.IGNORECASE,
        )
        match = clear.search(text)
        if match:
            group = next(key for key in "abcdef" if match[key])
            yield Found("plan", plan, match.start(group), match.end(group), 0.92, "rule:plan_named")
            continue
        exact = re.search(rf"(?<!^)(?<![.!?]\s)\b{name}\b", text)
        if exact and exact.group()[0].isupper() and not _THE_TEAM.search(text[: exact.start()]):
            yield Found("plan", plan, exact.start(), exact.end(), 0.75, "rule:plan_spelled")


def find_period(text: str) -> Iterator[Found]:
    """Monthly or yearly, when the sentence is about buying."""
    match = _PERIOD.search(text)
    if match and _BUYS.search(text):
        value = "year" if match["year"] else "month"
        yield Found("billing_period", value, match.start(), match.end(), 0.85, "rule:period")


def find_buying(text: str, plans: Sequence[str]) -> Iterator[Found]:
    """All facts for a cart."""
    yield from find_plan(text, plans)
    yield from find_seats(text)
    yield from find_period(text)
