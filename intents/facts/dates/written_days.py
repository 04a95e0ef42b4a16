"""How days are written with figures, months and counted weeks, longer ways first."""

from __future__ import annotations

from intents.facts.dates import day_makers as make
from intents.facts.dates.day_words import (
    AND_THEN,
    CUE,
    NTH,
    SAID_YEAR,
    SAID_YEAR_WHOLE,
    THAT,
    TO,
    WEEKDAY_BEFORE,
    rule,
)
from intents.facts.dates.words import (
    DAY,
    MO,
    ORDINAL_DAY,
    WD,
    YEAR,
    D,
    any_of,
)

WRITTEN = (
    # Written dates.
    rule(
        "figure",
        rf"(?<![\d/.])(?P<y>{YEAR})(?P<s>[-/.])(?P<m>0?[1-9]|1[0-9]|{MO})(?P=s)(?P<d>[0-3]?\d)(?!\d|[-/]\d)",
        make.iso,
    ),
    rule(
        "year",
        r"(?<![\w.-])(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?![\w-]|\.\d)",
        make.iso,
    ),
    rule("month", rf"\b(?P<d>{D})(?P<s>[-/])(?P<m>{MO})(?P=s)(?P<y>{YEAR})\b", make.iso),
    rule("figure", rf"\b(?P<m>{MO})(?P<s>[-/])(?P<d>{D})(?P=s)(?P<y>{YEAR})\b", make.iso),
    # From a day of a month to another.
    rule(
        "month",
        rf"(?:\b(?:between|from|on)\s)?\b(?:the\s)?(?P<mo>{MO})\b\.?\s(?:the\s)?"
        rf"(?P<d>{DAY}){TO}(?P<to>{DAY})"
        rf"(?![:.]\d|\d|\s?(?:am|pm|{MO})\b){SAID_YEAR}",
        make.few_days,
    ),
    rule(
        "month",
        rf"(?:\b(?:between|from)\s)?(?:\bthe\s)?(?<![\d:/.-])(?P<d>{DAY}){TO}(?P<to>{DAY})\.?\s"
        rf"(?:of\s)?(?P<mo>{MO})\b{SAID_YEAR}",
        make.few_days,
    ),
    rule(
        "ordinal",
        rf"\b(?:between|from)\s(?:the\s)?(?P<d>{ORDINAL_DAY}){TO}(?P<to>{ORDINAL_DAY})(?!\s(?:of\s)?{MO})",
        make.few_days,
    ),
    # Weeks that hold a date, or are counted.
    rule(
        "unit",
        rf"\b(?:the\s)?{NTH}\s(?:full\s)?week\s(?:of|in)\s(?:{THAT}|(?P<y3>{YEAR}))(?:,?\s"
        rf"(?:on\s)?(?P<wd>{WD})\b)?",
        make.nth_week,
    ),
    rule(
        "unit",
        r"\b(?:(?:the\s)?week\s(?:of|starting|commencing|beginning|from)(?:\son)?|w/c|wc)\s"
        rf"(?:the\s)?(?:(?P<mo>{MO})\.?\s(?P<d>{DAY})"
        rf"|(?P<d2>{DAY})(?!\d)(?:\s(?:of\s)?(?P<mo2>{MO})\b)?){SAID_YEAR_WHOLE}",
        make.week_of,
    ),
    rule(
        "weekday",
        rf"\b(?:the\s)?{NTH}\s(?P<wd>{WD})s?(?:\s(?:morning|afternoon|evening))?\s(?:of|in)\s{THAT}\b",
        make.nth_weekday,
    ),
    rule("unit", rf"\b(?:the\s)?(?P<nth>last|{DAY})\sday\s(?:of|in)\s{THAT}\b", make.nth_day),
    rule("unit", rf"\b(?:the\s)?(?P<nth>{ORDINAL_DAY})\s(?:of|in)\s{THAT}\b", make.nth_day),
    rule(
        "unit",
        r"\b(?:(?:calendar\s)?week|kw|cw)\s(?P<n>[1-5]?\d)\b(?!\s?(?:days|hours|weeks|%))"
        r"(?:,?\s(?:of\s)?(?P<y>20\d\d))?",
        make.week_number,
    ),
    # A day and its month.
    rule(
        "month",
        rf"{WEEKDAY_BEFORE}\b(?:the\s)?(?<![\d/.$€£])(?<!\d:)(?P<d>{DAY})(?:\sday)?\.?[\s-]?(?:of\s)?"
        rf"(?P<mo>{MO})\b(?!-\d)\.?{SAID_YEAR}",
        make.dated,
    ),
    rule(
        "month",
        rf"{WEEKDAY_BEFORE}\b(?P<mo>{MO})\b\.?[\s/]?(?:the\s)?(?P<d>{DAY})(?![:%\d]|\s?(?:am|pm|people"
        rf"|users|seats)\b){SAID_YEAR}",
        make.dated,
    ),
    rule(
        "month",
        r"\b(?P<mo>"
        rf"{any_of(('jan', 'feb', 'mar', 'apr', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'))})"
        rf"(?P<d>{D})(?!\d)(?:\s?,\s?(?P<y>{YEAR})\b)?",
        make.dated,
    ),
    # Figures only.
    rule(
        "figure",
        rf"(?:\b(?:this\s|next\s)?(?P<wd>{WD})\b\.?,?\s(?:the\s)?)?(?:(?<=\d{{4}}-)|"
        rf"(?<![\d/.-]))(?P<a>{D})(?P<sep>[/.-])(?P<b>{D})(?P=sep)(?P<y>{YEAR}|\d\d)(?![\d/])",
        make.numeric,
    ),
    rule(
        "figure",
        rf"\b(?:this\s|next\s)?(?P<wd>{WD})\b\.?,?\s(?:the\s)?(?!24/7)(?P<a>{D})(?P<sep>[/.-])"
        rf"(?P<b>{D})(?P<y>)(?![\d/:]|[.-]\d|\s?(?:am|pm)\b)\.?",
        make.numeric,
    ),
    rule(
        "figure",
        rf"{CUE}(?<![\d/.,])(?!24/7)(?P<a>{D})(?P<sep>/)(?P<b>{D})(?![\d/%])(?!\s(?:of|hours"
        r"|days|people|users|technicians|teams?|seats|stars|customers|crews?|times)\b)(?:,\s"
        rf"(?P<y>{YEAR})\b)?",
        make.numeric,
    ),
    rule(
        "figure",
        rf"(?:(?<=\bon )|(?<=\bfor )|(?<=\bby )|(?<=\buntil )|(?<=\bam ))(?P<a>{D})(?P<sep>\.)"
        r"(?P<b>0?[1-9]|1[0-2])(?P<y>)(?![\d/%]|\.\d|\s?(?:am|pm|%|hours?|hrs?|h|days?|weeks?"
        r"|months?|years?|min\w*|k|m|million|percent|euros?|eur|usd|gb|stars?|people"
        r"|users)\b)\.?",
        make.numeric,
    ),
    rule(
        "figure",
        r"(?<![\d/.$€£])(?<!\bversion )(?<!\bv)(?<!\brelease )(?<!\bcosts )(?<!\bto )(?!24/7)"
        rf"(?P<a>{D})(?P<sep>\.)(?P<b>0[1-9]|1[0-2])(?P<y>)\.(?=\s|$|,|\?|!)",
        make.numeric,
    ),
    rule(
        "figure",
        rf"(?<![\d/.])(?!24/7)(?P<a>{D})(?P<sep>[/.])(?P<b>0?[1-9]|1[0-2])(?P<y>)\.?{AND_THEN}",
        make.numeric,
    ),
)
