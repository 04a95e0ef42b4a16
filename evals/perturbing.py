"""The same questions as hurried people write them; always the same slip for the same question. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

_LONG = re.compile(r"\b[a-z]{5,}\b")
_NOUNISH = re.compile(r"\b[a-z]{4,}[b-df-hj-np-rtvwz]\b")


def with_a_slip(question: str) -> str:
    """One letter of one longer word doubled, dropped, or swapped with its neighbour."""
    words = list(_LONG.finditer(question))
    if not words:
        return question
    draw = int(hashlib.sha256(question.encode()).hexdigest(), 16)
    word = words[draw % len(words)]
    text, at = word[0], 1 + draw // 7 % (len(word[0]) - 2)
    slips = (
        text[:at] + text[at] + text[at:],
        text[:at] + text[at + 1 :],
        text[:at] + text[at + 1] + text[at] + text[at + 2 :],
    )
    return question[: word.start()] + slips[draw // 61 % 3] + question[word.end() :]


def in_the_plural(question: str) -> str:
    """The last longer word with another number."""
    words = list(_NOUNISH.finditer(question))
    return f"{question[: words[-1].end()]}s{question[words[-1].end() :]}" if words else question


PERTURBED: dict[str, Callable[[str], str]] = {
    "typos": with_a_slip,
    "plurals": in_the_plural,
    "shouted": str.upper,
}
