"""How frustrated a message sounds, from 0 to 1, with the reasons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from intents.mood_words import ABOUT_OTHERS, MACHINES, NOT_SO, RULES
from intents.values import PLACEHOLDER

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer


@dataclass(frozen=True, slots=True)
class Mood:
    """`reasons` are codes, strongest first."""

    frustration: float
    reasons: tuple[str, ...]


_READ_AT_MOST = 2_000
_PUNCTUATION = re.compile(r"[?!]{3,}|(?:\?\s*){2,}\s*$|!{2,}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LOUD = re.compile(r"[A-Z]{2,}")
_SPOKEN_AT = frozenset({"abuse", "insult", "sarcasm"})
"""What holds though the words themselves are friendly, or the trouble is somebody else's."""


SOUNDS_FRUSTRATED = "sounds_frustrated"


def read_mood(text: str, sounds: float = 0.0) -> Mood:
    """Rules add up; the lexicon adds up to 0.4 where the words themselves are negative.

    `sounds` is what the learned head makes of the message as a whole (`MoodHead.weight`).
    """
    plain = PLACEHOLDER.sub("", text[:_READ_AT_MOST]).replace("’", "'")
    felt = NOT_SO.sub(" ", plain)
    weighed = _told_by_rules(felt)
    if _PUNCTUATION.search(plain):
        weighed["punctuation"] = 0.2
    if _is_shouted(plain):
        weighed["shouting"] = 0.5
    if sounds > 0:
        weighed[SOUNDS_FRUSTRATED] = sounds
    compound = float(_lexicon().polarity_scores(MACHINES.sub(" ", felt))["compound"])
    if ABOUT_OTHERS.search(plain):
        weighed = {
            code: weight for code, weight in weighed.items() if code in _SPOKEN_AT and code != "insult"
        }
    elif compound <= -0.3:
        weighed["negative_words"] = round(-compound * 0.4, 3)
    elif compound >= 0.5:
        # "still no luck but thanks, you are great" is no fit of anger.
        weighed = {code: weight if code in _SPOKEN_AT else weight * 0.6 for code, weight in weighed.items()}
    if compound > 0 or set(weighed) == {"oath", "negative_words"}:
        # "damn that's fast" is said in wonder: an oath counts beside something to swear about.
        weighed.pop("oath", None)
    # Each further reason takes a share of what is left to 1, so that no number of hints exceeds it.
    calm = 1.0
    for weight in weighed.values():
        calm *= 1.0 - weight
    ordered = sorted(weighed, key=lambda code: -weighed[code])
    return Mood(round(1.0 - calm, 3), tuple(ordered))


def _told_by_rules(text: str) -> dict[str, float]:
    weighed: dict[str, float] = {}
    for code, weight, pattern in RULES:
        if code not in weighed and pattern.search(text):
            weighed[code] = weight
    return weighed


def _is_shouted(text: str) -> bool:
    """Three words and more, all of them in capitals; a code and a "YES PLEASE" are none."""
    words = _WORD.findall(text)
    return len(words) >= 3 and all(_LOUD.fullmatch(word) for word in words)


@lru_cache(maxsize=1)
def _lexicon() -> SentimentIntensityAnalyzer:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()
