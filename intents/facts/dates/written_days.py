"""How days are written with figures, months and counted weeks, longer ways first."""

from __future__ import annotations

from intents.facts.dates import day_makers as make
from intents.facts.dates.words import (
    DAY,
    MO,
    ORDINAL_DAY,
    WD,
    YEAR,
    D,
    any_of,
)

_PART = (
    r"(?:the\s)?(?P<part>beginning|start|earl(?:y|ier)|mid(?:dle)?|end|late(?:r)?|close)"
    r"(?:\s(?:of|in)|\s?-)?\s"
    r"(?:the\s)?"
)
_WHICH = r"(?P<which>(?:this\s)?(?:next|coming|following|upcoming)|this|current|last|past|previous)"
_Y = rf"(?:,?\s?(?:of\s|in\s)?(?P<y>{YEAR})\b|\s(?:of\s(?:'|’)?|(?:'|’))(?P<y2>\d\d)\b)?"
_Y4 = rf"(?:,?\s?(?:of\s|in\s)?(?P<y>{YEAR})\b)?"
_WDP = rf"(?:(?P<wd>{WD})\b\.?,?\s?(?:the\s)?(?:on\s)?)?"
_TO = r"\s?(?:-|–|—|to|through|thru|till|until|and)\s?(?:the\s)?"
_NTH = r"(?P<nth>first|second|third|fourth|fifth|last|[1-5](?:st|nd|rd|th))"
_THAT = (
    rf"(?:the\s)?(?:(?P<mo>{MO})\b\.?{_Y4}|(?P<which>this|next|last|following|coming)\s(?P<unit>month|year)"
    r"|(?P<unit2>month))"
)
_NO_DAY = (
    r"(?!\s(?:time|floor|party|plan|option|one|question|attempt|of\s|place|person|tier|line"
    r"|quarter|half|generation"
    r"|year|century|edition|grade|team|user|employee|bullet|point|item|step|try|reason"
    r"|level|largest|round|wave|retweet))"
)


def _rule(needs: str, pattern: str, maker: make.Maker) -> tuple[str, str, make.Maker]:
    return needs, pattern, maker


def _after_any(words: str) -> str:
    """Looks back at one of these words, which stays free to be read as a bound."""
    return "(?:" + "|".join(rf"(?<=\b{word} )" for word in words.split()) + ")"


# "Will last three weeks" says how long, not which.
_NOT_LASTING = r"(?<!will )(?<!n't )(?<!\bto )(?<!would )(?<!should )(?<!\bcan )(?<!\bit )(?<!\bmay )"
_AND_THEN = (
    r"(?=,?\s(?:at|um|from|between|around|about|gegen|@)\b|,?\s\d{1,2}[:.h]\d\d|,?\s\d{1,2}\s?(?:am|pm)\b)"
)
_CUE = (
    r"(?:(?<=\bon )|(?<=\bfor )|(?<=\bby )|(?<=\buntil )|(?<=\btill )|(?<=\bmeet )|"
    r"(?<=\bfrom )|(?<=\bto )|(?<=\bthe )"
    r"|(?<=\bis )|(?<=\bbefore )|(?<=\bafter )|(?<=\bsince )|(?<=\bam )|(?<=\bback )|"
    r"(?<=\bat )|(?<=\bor )|(?<=\band )"
    r"|(?<=\bsay )|(?<=\d-)|(?<=\d - )|^)"
)

WRITTEN = (
    # Written dates.
    _rule(
        "figure",
        rf"(?<![\d/.])(?P<y>{YEAR})(?P<s>[-/.])(?P<m>0?[1-9]|1[0-9]|{MO})(?P=s)(?P<d>[0-3]?\d)(?!\d|[-/]\d)",
        make.iso,
    ),
    _rule(
        "year",
        r"(?<![\w.-])(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?![\w-]|\.\d)",
        make.iso,
    ),
    _rule("month", rf"\b(?P<d>{D})(?P<s>[-/])(?P<m>{MO})(?P=s)(?P<y>{YEAR})\b", make.iso),
    _rule("figure", rf"\b(?P<m>{MO})(?P<s>[-/])(?P<d>{D})(?P=s)(?P<y>{YEAR})\b", make.iso),
    # From a day of a month to another.
    _rule(
        "month",
        rf"(?:\b(?:between|from|on)\s)?\b(?:the\s)?(?P<mo>{MO})\b\.?\s(?:the\s)?"
        rf"(?P<d>{DAY}){_TO}(?P<to>{DAY})"
        rf"(?![:.]\d|\d|\s?(?:am|pm|{MO})\b){_Y}",
        make.few_days,
    ),
    _rule(
        "month",
        rf"(?:\b(?:between|from)\s)?(?:\bthe\s)?(?<![\d:/.-])(?P<d>{DAY}){_TO}(?P<to>{DAY})\.?\s"
        rf"(?:of\s)?(?P<mo>{MO})\b{_Y}",
        make.few_days,
    ),
    _rule(
        "ordinal",
        rf"\b(?:between|from)\s(?:the\s)?(?P<d>{ORDINAL_DAY}){_TO}(?P<to>{ORDINAL_DAY})(?!\s(?:of\s)?{MO})",
        make.few_days,
    ),
    # Weeks that hold a date, or are counted.
    _rule(
        "unit",
        rf"\b(?:the\s)?{_NTH}\s(?:full\s)?week\s(?:of|in)\s(?:{_THAT}|(?P<y3>{YEAR}))(?:,?\s"
        rf"(?:on\s)?(?P<wd>{WD})\b)?",
        make.nth_week,
    ),
    _rule(
        "unit",
        r"\b(?:(?:the\s)?week\s(?:of|starting|commencing|beginning|from)(?:\son)?|w/c|wc)\s"
        rf"(?:the\s)?(?:(?P<mo>{MO})\.?\s(?P<d>{DAY})"
        rf"|(?P<d2>{DAY})(?!\d)(?:\s(?:of\s)?(?P<mo2>{MO})\b)?){_Y4}",
        make.week_of,
    ),
    _rule(
        "weekday",
        rf"\b(?:the\s)?{_NTH}\s(?P<wd>{WD})s?(?:\s(?:morning|afternoon|evening))?\s(?:of|in)\s{_THAT}\b",
        make.nth_weekday,
    ),
    _rule("unit", rf"\b(?:the\s)?(?P<nth>last|{DAY})\sday\s(?:of|in)\s{_THAT}\b", make.nth_day),
    _rule("unit", rf"\b(?:the\s)?(?P<nth>{ORDINAL_DAY})\s(?:of|in)\s{_THAT}\b", make.nth_day),
    _rule(
        "unit",
        r"\b(?:(?:calendar\s)?week|kw|cw)\s(?P<n>[1-5]?\d)\b(?!\s?(?:days|hours|weeks|%))"
        r"(?:,?\s(?:of\s)?(?P<y>20\d\d))?",
        make.week_number,
    ),
    # A day and its month.
    _rule(
        "month",
        rf"{_WDP}\b(?:the\s)?(?<![\d/.$€£])(?<!\d:)(?P<d>{DAY})(?:\sday)?\.?[\s-]?(?:of\s)?"
        rf"(?P<mo>{MO})\b(?!-\d)\.?{_Y}",
        make.dated,
    ),
    _rule(
        "month",
        rf"{_WDP}\b(?P<mo>{MO})\b\.?[\s/]?(?:the\s)?(?P<d>{DAY})(?![:%\d]|\s?(?:am|pm|people"
        rf"|users|seats)\b){_Y}",
        make.dated,
    ),
    _rule(
        "month",
        r"\b(?P<mo>"
        rf"{any_of(('jan', 'feb', 'mar', 'apr', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'))})"
        rf"(?P<d>{D})(?!\d)(?:\s?,\s?(?P<y>{YEAR})\b)?",
        make.dated,
    ),
    # Figures only.
    _rule(
        "figure",
        rf"(?:\b(?:this\s|next\s)?(?P<wd>{WD})\b\.?,?\s(?:the\s)?)?(?:(?<=\d{{4}}-)|"
        rf"(?<![\d/.-]))(?P<a>{D})(?P<sep>[/.-])(?P<b>{D})(?P=sep)(?P<y>{YEAR}|\d\d)(?![\d/])",
        make.numeric,
    ),
    _rule(
        "figure",
        rf"\b(?:this\s|next\s)?(?P<wd>{WD})\b\.?,?\s(?:the\s)?(?!24/7)(?P<a>{D})(?P<sep>[/.-])"
        rf"(?P<b>{D})(?P<y>)(?![\d/:]|[.-]\d|\s?(?:am|pm)\b)\.?",
        make.numeric,
    ),
    _rule(
        "figure",
        rf"{_CUE}(?<![\d/.,])(?!24/7)(?P<a>{D})(?P<sep>/)(?P<b>{D})(?![\d/%])(?!\s(?:of|hours"
        r"|days|people|users|technicians|teams?|seats|stars|customers|crews?|times)\b)(?:,\s"
        rf"(?P<y>{YEAR})\b)?",
        make.numeric,
    ),
    _rule(
        "figure",
        rf"(?:(?<=\bon )|(?<=\bfor )|(?<=\bby )|(?<=\buntil )|(?<=\bam ))(?P<a>{D})(?P<sep>\.)"
        r"(?P<b>0?[1-9]|1[0-2])(?P<y>)(?![\d/%]|\.\d|\s?(?:am|pm|%|hours?|hrs?|h|days?|weeks?"
        r"|months?|years?|min\w*|k|m|million|percent|euros?|eur|usd|gb|stars?|people"
        r"|users)\b)\.?",
        make.numeric,
    ),
    _rule(
        "figure",
        r"(?<![\d/.$€£])(?<!\bversion )(?<!\bv)(?<!\brelease )(?<!\bcosts )(?<!\bto )(?!24/7)"
        rf"(?P<a>{D})(?P<sep>\.)(?P<b>0[1-9]|1[0-2])(?P<y>)\.(?=\s|$|,|\?|!)",
        make.numeric,
    ),
    _rule(
        "figure",
        rf"(?<![\d/.])(?!24/7)(?P<a>{D})(?P<sep>[/.])(?P<b>0?[1-9]|1[0-2])(?P<y>)\.?{_AND_THEN}",
        make.numeric,
    ),
)
