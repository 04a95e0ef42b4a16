"""Whether a sentence has its evidence the right way round: who does it to whom, from where to where. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.writing.clauses import content_of
from knowledge.writing.facts import PERIODS, Token, light_stems, says_something, tokens_of

_HINGES = frozenset({"than", "to", "into", "from", "instead", "rather", "with", "against"})
"""Small words that part what is not the same on both sides."""
_BEING = frozenset({"is", "are", "was", "were", "be", "been", "being", "get", "gets"})
_CONDITION = re.compile(r"\b(?:if|when|once|unless|because)\b([^,;.]*)", re.IGNORECASE)
_Sides = tuple[frozenset[str], frozenset[str]]


def in_order(claimed: str, evidence: str) -> bool:
    """Whether "before", "after" and "until" part the same words, and nothing changed sides around a shared word."""
    for word in ("before", "after", "until"):
        ours, theirs = _parted(claimed, word), _parted(evidence, word)
        if ours is None or theirs is None:
            continue
        if ours[0] & (theirs[1] - theirs[0]) or ours[1] & (theirs[0] - theirs[1]):
            return False
    return not _turned_round(claimed, evidence) and not _condition_swapped(claimed, evidence)


def _parted(text: str, word: str) -> _Sides | None:
    """The content before and behind the word."""
    parts = re.split(rf"\b{word}\b", text, maxsplit=1, flags=re.IGNORECASE)
    if len(parts) < 2:
        return None
    first, last = (content_of(part) for part in parts)
    return (first, last) if first and last else None


def _turned_round(claimed: str, evidence: str) -> bool:
    """ "Admins remove Owners" is not "Owners remove Admins"; "Owners are removed by Admins" is another matter.

    Something has to have changed sides in both directions: a stretch that was moved as a whole says the same.
    """
    ours, theirs = tokens_of(claimed), tokens_of(evidence)
    for place, token in enumerate(ours):
        if not (_tells(token) or token.word in _HINGES or token.key in light_stems()):
            continue
        here = _sides(ours, place)
        for other, same in enumerate(theirs):
            if same.key != token.key:
                continue
            there = _sides(theirs, other)
            if _is_passive(ours, place) != _is_passive(theirs, other):
                there = there[::-1] if _has_doer(ours, place) or _has_doer(theirs, other) else here
            if not (here[0] & (there[1] - there[0]) and here[1] & (there[0] - there[1])):
                break
        else:
            if any(same.key == token.key for same in theirs):
                return True
    return False


def _tells(token: Token) -> bool:
    return says_something(token) or token.kind == "number" or token.word in PERIODS


def _sides(tokens: Sequence[Token], place: int) -> _Sides:
    before = frozenset(one.key for one in tokens[:place] if _tells(one))
    behind = frozenset(one.key for one in tokens[place + 1 :] if _tells(one))
    return before, behind


def _is_passive(tokens: Sequence[Token], place: int) -> bool:
    return any(one.word in _BEING for one in tokens[max(0, place - 2) : place])


def _has_doer(tokens: Sequence[Token], place: int) -> bool:
    return _is_passive(tokens, place) and any(one.word == "by" for one in tokens[place + 1 :])


def _condition_swapped(claimed: str, evidence: str) -> bool:
    """ "If it is locked, the payment fails" is not "if the payment fails, it is locked"."""
    ours, theirs = _CONDITION.search(claimed), _CONDITION.search(evidence)
    if ours is None or theirs is None:
        return False
    here, there = content_of(ours[1]), content_of(theirs[1])
    rest = content_of(claimed[: ours.start()] + claimed[ours.end() :])
    others = content_of(evidence[: theirs.start()] + evidence[theirs.end() :])
    return bool(here & (others - there)) and bool(rest & (there - others))
