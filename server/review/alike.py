"""Put messages together that say the same in almost the same words, so that one decision settles them all. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

from rapidfuzz import fuzz, process

from server.placeholders import PLACEHOLDER

_ALIKE = 90.0
"""Out of 100, over sorted words: at 90, "how much is it" and "hoow much is it?" are one."""
_APOSTROPHE = re.compile(r"['’]")
_DIGITS = re.compile(r"\d+")
_SIGNS = re.compile(r"[^\w\s]+")


class Said(Protocol):
    """Something with words."""

    @property
    def text(self) -> str: ...


S = TypeVar("S", bound=Said)


def key_of(text: str) -> str:
    """The words without what differs for no reason: case, signs, numbers, and who is meant."""
    plain = PLACEHOLDER.sub(lambda found: found.group()[1:-1].rpartition("_")[0], text.casefold())
    return " ".join(_SIGNS.sub(" ", _DIGITS.sub("0", _APOSTROPHE.sub("", plain))).split())


def together(said: Sequence[S]) -> list[list[S]]:
    """Groups in the order of their first member. Words that turn the meaning round keep messages apart."""
    groups: list[list[S]] = []
    keys: list[str] = []
    for each in said:
        key = key_of(each.text)
        near = (
            process.extractOne(key, keys, scorer=fuzz.token_sort_ratio, score_cutoff=_ALIKE) if keys else None
        )
        if near is not None and _turns(key) == _turns(near[0]):
            groups[near[2]].append(each)
            continue
        groups.append([each])
        keys.append(key)
    return groups


_TURNING = frozenset(
    {"not", "no", "never", "dont", "don", "cant", "can", "without", "stop", "cancel", "start", "buy", "sell", "add",
     "remove", "move", "yes", "nicht", "kein", "keine", "pas", "sans", "nunca", "sin"}
)  # fmt: skip


def _turns(key: str) -> frozenset[str]:
    """Which of the words stand there that make two like sentences say opposite things."""
    return _TURNING.intersection(key.split())
