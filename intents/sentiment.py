"""How frustrated a message sounds, from 0 to 1, with the reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from intents.redaction import PLACEHOLDER

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer


@dataclass(frozen=True, slots=True)
class Mood:
    """`reasons` are codes, strongest first."""

    frustration: float
    reasons: tuple[str, ...]


# (code, weight, pattern). Complaints often carry no emotion word at all ("still hasn't arrived"), so the
# lexicon alone scores them neutral; these rules read what such complaints have in common.
_RULES: tuple[tuple[str, float, re.Pattern[str]], ...] = tuple(
    (code, weight, re.compile(pattern, re.IGNORECASE))
    for code, weight, pattern in (
        (
            "insult",
            0.6,
            (
                r"\b(?:useless|garbage|trash|crap|bullshit|bs|wtf|damn|stupid|idiots?|scam|rip ?off|shit\w*"
                r"|f+u+c+k\w*|sucks?|pathetic|joke of a)\b"
            ),
        ),
        (
            "said_so",
            0.5,
            (
                r"\b(?:frustrat\w+|annoy(?:ed|ing)|furious|fed up|sick of|ridiculous|unacceptable|disappoint\w+"
                r"|angry|waste of (?:my |our )?time|had enough|losing patience|terrible|horrible|awful)\b"
            ),
        ),
        (
            "again",
            0.4,
            (
                r"\b(?:second|third|fourth|fifth|2nd|3rd|4th|nth|[2-9]|two|three|four|five|umpteenth"
                r"|hundredth) times?\b"
                r"|\btimes? (?:already|now)\b|\bkeeps? (?:\w+ing|on)\b|\b(?:yet )?again and again\b"
                r"|\bover and over\b"
            ),
        ),
        (
            "still_not",
            0.35,
            (
                r"\bstill (?:not|no\b|isn'?t|doesn'?t|hasn'?t|haven'?t|can'?t|won'?t|waiting|broken|down|failing)"
                r"|\b(?:isn'?t|doesn'?t|not|won'?t) (?:work|working) (?:again|either|anymore|at all)\b"
            ),
        ),
        (
            "no_reply",
            0.35,
            (
                r"\b(?:no ?(?:one|body) (?:has )?(?:answer\w*|repl\w+|respond\w*|help\w*|called?)|been waiting"
                r"|never (?:got|heard|received|called)|no (?:reply|answer|response)|ignor(?:ed|ing))\b"
            ),
        ),
        (
            "not_understood",
            0.4,
            (
                r"\b(?:that'?s not what i|not what i (?:asked|meant)|you (?:don'?t|didn'?t) (?:understand|answer"
                r"|listen|get it)|i (?:already|just) (?:told|said|asked|gave)|as i said|wrong again|read what i)\b"
            ),
        ),
        (
            "wants_person",
            0.25,
            (
                r"\b(?:real|actual|live) (?:person|human|agent)\b|\bnot a (?:bot|robot|machine)\b"
                r"|\bstop with the bot\b"
            ),
        ),
    )
)
_READ_AT_MOST = 2_000
_PUNCTUATION = re.compile(r"[?!]{3,}|(?:\?\s*){2,}\s*$|!{2,}")
_SHOUTED = re.compile(r"\b[A-Z]{4,}\b")


def read_mood(text: str) -> Mood:
    """Rules add up; the lexicon adds up to 0.4 where the words themselves are negative."""
    plain = PLACEHOLDER.sub("", text[:_READ_AT_MOST])
    weighed = [(code, weight) for code, weight, pattern in _RULES if pattern.search(plain)]
    if _PUNCTUATION.search(plain):
        weighed.append(("punctuation", 0.2))
    shouted = _SHOUTED.findall(plain)
    if len(shouted) >= 2 and sum(map(len, shouted)) > 0.5 * sum(char.isalpha() for char in plain):
        weighed.append(("shouting", 0.3))
    compound = float(_lexicon().polarity_scores(plain)["compound"])
    if compound <= -0.3:
        weighed.append(("negative_words", round(-compound * 0.4, 3)))
    elif compound >= 0.5:
        # "still no luck but thanks, you are great" is no fit of anger.
        weighed = [(code, weight * 0.6) for code, weight in weighed]
    # Each further reason takes a share of what is left to 1, so that no number of hints exceeds it.
    calm = 1.0
    for _, weight in weighed:
        calm *= 1.0 - weight
    ordered = sorted(weighed, key=lambda item: -item[1])
    return Mood(round(1.0 - calm, 3), tuple(code for code, _ in ordered))


@lru_cache(maxsize=1)
def _lexicon() -> SentimentIntensityAnalyzer:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
