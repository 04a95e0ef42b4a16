"""Pieces of the expressions that day rules are made of."""

from __future__ import annotations

from intents.facts.dates import day_makers as make
from intents.facts.dates.words import MO, WD, YEAR

PART = (
    r"(?:the\s)?(?P<part>beginning|start|earl(?:y|ier)|mid(?:dle)?|end|late(?:r)?|close)"
    r"(?:\s(?:of|in)|\s?-)?\s"
    r"(?:the\s)?"
)
WHICH = r"(?P<which>(?:this\s)?(?:next|coming|following|upcoming)|this|current|last|past|previous)"
SAID_YEAR = rf"(?:,?\s?(?:of\s|in\s)?(?P<y>{YEAR})\b|\s(?:of\s(?:'|’)?|(?:'|’))(?P<y2>\d\d)\b)?"
SAID_YEAR_WHOLE = rf"(?:,?\s?(?:of\s|in\s)?(?P<y>{YEAR})\b)?"
WEEKDAY_BEFORE = rf"(?:(?P<wd>{WD})\b\.?,?\s?(?:the\s)?(?:on\s)?)?"
TO = r"\s?(?:-|–|—|to|through|thru|till|until|and)\s?(?:the\s)?"
NTH = r"(?P<nth>first|second|third|fourth|fifth|last|[1-5](?:st|nd|rd|th))"
THAT = (
    rf"(?:the\s)?(?:(?P<mo>{MO})\b\.?{SAID_YEAR_WHOLE}|(?P<which>this|next|last|following|coming)\s(?P<unit>month|year)"
    r"|(?P<unit2>month))"
)
NO_DAY = (
    r"(?!\s(?:time|floor|party|plan|option|one|question|attempt|of\s|place|person|tier|line"
    r"|quarter|half|generation"
    r"|year|century|edition|grade|team|user|employee|bullet|point|item|step|try|reason"
    r"|level|largest|round|wave|retweet))"
)


def rule(needs: str, pattern: str, maker: make.Maker) -> tuple[str, str, make.Maker]:
    return needs, pattern, maker


def after_any(words: str) -> str:
    """Looks back at one of these words, which stays free to be read as a bound."""
    return "(?:" + "|".join(rf"(?<=\b{word} )" for word in words.split()) + ")"


# "Will last three weeks" says how long, not which.
NOT_LASTING = r"(?<!will )(?<!n't )(?<!\bto )(?<!would )(?<!should )(?<!\bcan )(?<!\bit )(?<!\bmay )"
AND_THEN = (
    r"(?=,?\s(?:at|um|from|between|around|about|gegen|@)\b|,?\s\d{1,2}[:.h]\d\d|,?\s\d{1,2}\s?(?:am|pm)\b)"
)
CUE = (
    r"(?:(?<=\bon )|(?<=\bfor )|(?<=\bby )|(?<=\buntil )|(?<=\btill )|(?<=\bmeet )|"
    r"(?<=\bfrom )|(?<=\bto )|(?<=\bthe )"
    r"|(?<=\bis )|(?<=\bbefore )|(?<=\bafter )|(?<=\bsince )|(?<=\bam )|(?<=\bback )|"
    r"(?<=\bat )|(?<=\bor )|(?<=\band )"
    r"|(?<=\bsay )|(?<=\d-)|(?<=\d - )|^)"
)
