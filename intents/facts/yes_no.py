"""Yes or no: `yes_no` is true or false, read only where the message begins with it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intents.facts.found import Found

_YES = re.compile(
    r"^\W*(?:(?:oh|ok|well|um|hm+),?\s)?(?:yes|yep|yeah|yup|ya|sure|of course|absolutely|definitely"
    r"|correct|exactly|right|ok(?:ay)?|y"
    r"|please do|go ahead|(?:(?:that|this|it) )?sounds (?:good|great|perfect|nice|fine|cool|ideal)|perfect"
    r"|fine|alright|works for me|that'?s (?:right|correct)|(?:that|this|it) (?:works|suits me|fits)"
    r"|(?:that|this|it)(?: (?:will|would|should)|'ll|'d) (?:work|do|suit me|be (?:good|great|perfect|fine|ideal|nice))"
    r"|confirmed?|ja|oui|si|sí|gerne)\b(?![-'])",
    re.IGNORECASE,
)
_NO = re.compile(
    r"^\W*(?:(?:oh|ok|well|um|hm+),?\s)?(?:no(?!\s(?:idea|clue|one|problem|worries|rush))|nope|nah"
    r"|not (?:now|yet|really|today|interested|right now)|never ?mind"
    r"|i'?d rather not|rather not|don'?t think so|n|nein|non|negative|no way|wrong|that'?s (?:wrong"
    r"|not))\b(?!-)",
    re.IGNORECASE,
)
# "right now", "fine print": the word starts something else.
_ELSE = re.compile(
    r"^\W*(?:right (?:now|after|before)|fine print|sure(?:ly)? (?:how|what|if)|ok(?:ay)? (?:but|so)\b)",
    re.IGNORECASE,
)


def find_yes_no(text: str) -> Iterator[Found]:
    """At most one; sure when nothing else is said."""
    for pattern, value in ((_NO, False), (_YES, True)):
        match = pattern.match(text)
        if match and not _ELSE.match(text):
            alone = len(text.split()) <= len(match.group().split()) + 2
            yield Found(
                "yes_no", value, match.start(), match.end(), 0.95 if alone else 0.75, "rule:opening_word"
            )
            return
