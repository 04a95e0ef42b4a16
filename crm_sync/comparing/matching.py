"""Says of two records whether they may be one, why, and how sure that is; finds such pairs without comparing all. Pure.

Rules speak for it (exact, normalised, fuzzy) or against it, each with points; the sum is the score. The threshold lies
where two things have to come together: a name alone, a shared phone or a shared domain is never enough.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crm_sync.comparing import matching_rules as rules
from crm_sync.comparing.values import Identity, MatchedObject, Reason

THRESHOLD = 0.65
"""From this score on a pair is put before a person."""
_CROWD = 60
"""So many records under one key say nothing any more: then only those that share another one are compared."""
_FLOOD = 400
"""So many under any key, such as a made-up phone number, are nobody's."""


@dataclass(frozen=True, slots=True)
class Match:
    """Two records that may be one; `first` is the lesser id."""

    object: MatchedObject
    first: str
    second: str
    score: float
    reasons: tuple[Reason, ...]


def score(one: Identity, other: Identity) -> tuple[float, tuple[Reason, ...]]:
    """From 0 to 1 with every rule that spoke, the strongest first; the same whichever comes first."""
    return weigh(rules.face(one), rules.face(other))


def weigh(one: rules.Face, other: rules.Face) -> tuple[float, tuple[Reason, ...]]:
    """The same of records that were made ready before."""
    compare = rules.contact_reasons if one.object == "contact" else rules.company_reasons
    reasons = sorted(compare(one, other), key=lambda reason: (-abs(reason.points), reason.rule))
    total = sum(reason.points for reason in reasons)
    return round(min(1.0, max(0.0, total)), 3), tuple(reasons)


def matches(records: Iterable[Identity], *, threshold: float = THRESHOLD) -> list[Match]:
    """Every pair at or above the threshold that shares a key, the surest first."""
    faces = {each.id: rules.face(each) for each in records}
    found: list[Match] = []
    for first, second in candidates(faces.values()):
        if faces[first].object != faces[second].object:
            continue
        points, reasons = weigh(faces[first], faces[second])
        if points >= threshold:
            found.append(Match(faces[first].object, first, second, points, reasons))
    return sorted(found, key=lambda match: (-match.score, match.first, match.second))


def candidates(faces: Iterable[rules.Face]) -> Iterator[tuple[str, str]]:
    """Pairs that share a key, each once, the lesser id first; what everybody shares is no key."""
    blocks: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for each in faces:
        for key in rules.keys(each):
            blocks[key].append(each.id)
    seen: set[tuple[str, str]] = set()
    for key, ids in blocks.items():
        if not 2 <= len(ids) <= (_CROWD if key[0] in rules.COARSE else _FLOOD):
            continue
        ids.sort()
        for at, first in enumerate(ids):
            for second in ids[at + 1 :]:
                if first != second and (first, second) not in seen:
                    seen.add((first, second))
                    yield first, second
