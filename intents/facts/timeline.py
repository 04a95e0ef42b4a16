"""By when they want it: `timeline` is {"urgency": "now" | "soon" | "later" | "none", "by": date or null}."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from intents.facts.dates.day_rules import find_days
from intents.facts.dates.days import Calendar
from intents.facts.found import Found
from intents.values import ReadingContext

_NOW = re.compile(
    r"\b(?:asap|as soon as possible|immediately|urgent(?:ly)?|right away|straight away"
    r"|yesterday if possible|(?:start|need (?:it|this)|go live|begin) (?:right )?(?:now|today|tomorrow))\b",
    re.IGNORECASE,
)
_NONE = re.compile(
    r"\b(?:no (?:rush|hurry|timeline|deadline)|just (?:looking|browsing|researching|curious|exploring)"
    r"|not (?:urgent|in a hurry)|early days|only (?:looking|researching)|some ?day|eventually)\b",
    re.IGNORECASE,
)
_QUARTER = re.compile(
    r"\b(?:(?P<word>by|before|until|in|during|from|for|this|next|end of|start of|early"
    r"|late)\s(?:the\s)?(?:end of\s|start of\s)?)?"
    r"(?:q(?P<q>[1-4])(?:\s?(?P<y>20\d\d))?|(?P<which>this|next)\squarter|(?:the\s)?(?P<year>year[- ]end"
    r"|end of (?:the |this )?year|new year|next year|this year))\b",
    re.IGNORECASE,
)
_SEASON = re.compile(
    r"\b(?:by|before|in|for|until|this|next)\s(?:the\s)?(?P<season>spring|summer|autumn|fall|winter"
    r"|christmas)\b",
    re.IGNORECASE,
)
_SEASON_STARTS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12, "christmas": 12}
# A date alone is a wish for a meeting; with one of these it says when they want to work with it.
_CUE = re.compile(
    r"\b(?:go(?:ing)? live|launch|roll(?:ing)? ?out|start(?:ing)?|decide|decision|deci(?:ding|sion)"
    r"|implement\w*|switch(?:ing)?|need (?:it|this|something|a (?:solution|tool|system))"
    r"|up and running|in place|contract (?:ends|expires|runs out|is up)|renewal|deadline|timeline"
    r"|time ?line|by)\b",
    re.IGNORECASE,
)
_MEETING = re.compile(r"\b(?:demo|call|meeting|meet|appointment|slot|talk|zoom)\b", re.IGNORECASE)


def find_timeline(text: str, context: ReadingContext) -> Iterator[Found]:
    """At most one: the most definite."""
    today = context.now.date()
    for match in _QUARTER.finditer(text):
        by = _quarter_by(match, today)
        yield Found("timeline", _said(by, today), match.start(), match.end(), 0.85, "rule:quarter")
        return
    season = _SEASON.search(text)
    if season and not _MEETING.search(text):
        month = _SEASON_STARTS[season["season"].lower()]
        by = date(today.year + (month <= today.month), month, 1)
        yield Found("timeline", _said(by, today), season.start(), season.end(), 0.65, "rule:season")
        return
    if _CUE.search(text) and not _MEETING.search(text):
        for days in find_days(text, Calendar(context.now, day_first=True)):
            if days.range is None or days.range.after <= today:
                continue
            by = days.range.after - timedelta(days=1)
            yield Found("timeline", _said(by, today), days.start, days.end, 0.75, "rule:date")
            return
    # "Not urgent" holds the word "urgent".
    for pattern, urgency, confidence in ((_NONE, "none", 0.8), (_NOW, "now", 0.85)):
        found = pattern.search(text)
        if found:
            yield Found(
                "timeline",
                {"urgency": urgency, "by": None},
                found.start(),
                found.end(),
                confidence,
                "rule:urgency",
            )
            return


def _said(by: date, today: date) -> dict[str, str]:
    away = (by - today).days
    urgency = "now" if away <= 14 else "soon" if away <= 100 else "later"
    return {"urgency": urgency, "by": by.isoformat()}


def _quarter_by(match: re.Match[str], today: date) -> date:
    """The last day that still keeps the word: before Q3 is 30 June, in Q3 is 30 September."""
    if match["q"]:
        quarter, year = int(match["q"]), int(match["y"]) if match["y"] else today.year
        if not match["y"] and quarter < (today.month + 2) // 3:
            year += 1
        is_before = (match["word"] or "").lower() in {"before", "until"}
        return (
            _first_of_quarter(year, quarter) - timedelta(days=1)
            if is_before
            else _last_of_quarter(year, quarter)
        )
    if match["which"]:
        ahead = (today.month + 2) // 3 + (1 if match["which"].lower() == "next" else 0)
        return _last_of_quarter(today.year + (ahead - 1) // 4, (ahead - 1) % 4 + 1)
    is_next = "next" in match["year"].lower()
    return date(today.year + (1 if is_next else 0), 12, 31)


def _first_of_quarter(year: int, quarter: int) -> date:
    return date(year, 3 * quarter - 2, 1)


def _last_of_quarter(year: int, quarter: int) -> date:
    following = _first_of_quarter(year + 1, 1) if quarter == 4 else _first_of_quarter(year, quarter + 1)
    return following - timedelta(days=1)
