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
    "past": r"used to|formerly|previously|until recently",
    "doubted": r"whether|myth|rumou?rs?|claims? that|supposed(?:ly)?|allegedly",
}
_SAID_AS = {"may": r"may|might|could|can|perhaps|possibly|maybe|possible|allowed|able|let|lets"}
"""Where other words say no more: "you may cancel" and "you can cancel"."""


def surer(claimed: str, evidence: str) -> bool:
    """Whether the evidence says less than what is claimed of it."""
    return any(
        _pattern(words).search(evidence) and not _pattern(_SAID_AS.get(name, words)).search(claimed)
        for name, words in _HEDGES.items()
    )


@cache
def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
