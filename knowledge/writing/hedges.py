"""Words that make less of what they stand beside: a sentence may not be surer than its passage. Pure."""

from __future__ import annotations

import re
from functools import cache

_HEDGES = {
    "some": r"some|several|certain|(?<!at )most|many",
    "usually": r"usually|typically|normally|generally|often|mostly|sometimes|occasionally|rarely|seldom|about|around"
    r"|approximately|roughly|nearly|almost",
    "may": r"may|might|could|perhaps|possibly|maybe",
    "planned": r"planned|plan to|upcoming|coming soon|soon|roadmap|beta|preview|experimental",
    # "When you sign in, you will see the board" tells a habit; without a condition "will" promises.
    "later": r"will be(?! able)|going to be",
    "wanted": r"should|ought to|ask(?:s|ed)? (?:your|an?|the|our) (?:[\w-]+ ){1,3}to",
    "past": r"used to|formerly|previously|until recently",
    "doubted": r"whether|myth|rumou?rs?|claims? that|supposed(?:ly)?|allegedly",
}
_SAID_AS = {
    "later": r"will|shall|going to|later|planned",
    "wanted": r"should|ought to|ask|asks|asked|recommend\w*|advise\w*|please",
    "may": r"may|might|could|can|perhaps|possibly|maybe|possible|allowed|able|let|lets",
}
"""Where other words say no more: "you may cancel" and "you can cancel"."""


_CONDITION = re.compile(r"\b(?:if|when|whenever|once|after|until|unless|as soon as)\b", re.IGNORECASE)


def surer(claimed: str, evidence: str) -> bool:
    """Whether the evidence says less than what is claimed of it."""
    return any(
        _pattern(words).search(evidence) and not _pattern(_SAID_AS.get(name, words)).search(claimed)
        for name, words in _HEDGES.items()
        if not (name == "later" and _CONDITION.search(evidence))
    )


@cache
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
