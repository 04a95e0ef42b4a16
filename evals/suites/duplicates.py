"""Whether two records that are one are put before a person, and two that are two are left alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from crm_sync.comparing.matching import THRESHOLD, matches, score
from crm_sync.comparing.values import Identity, MatchedObject, Reason
from evals import gates
from evals.datasets import fingerprint, json_lines
from evals.errors import BadData
from evals.report import Report

GOLDEN = Path(__file__).parent.parent / "golden" / "duplicates.jsonl"
_NEEDS = "object (contact or company), first, second (name, email, phone, domain, company, country) and same"
_KNOWN = frozenset(each.name for each in fields(Identity)) - {"object", "id"}
_OBJECTS: Mapping[str, MatchedObject] = {"contact": "contact", "company": "company"}
_FRESH = "fresh: "
_REMARKS = 60

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records, whether people hold them for one, and what we say."""

    first: Identity
    second: Identity
    is_same: bool
    why: str
    score: float
    reasons: tuple[Reason, ...]

    @property
    def is_put(self) -> bool:
        return self.score >= THRESHOLD


def run(tell: Tell, data: Path | None = None) -> Report:
    """Our golden set, or lines of the same shape."""
    file = data or GOLDEN
    rows = list(json_lines(file, _NEEDS))
    if not rows:
        raise BadData(f"{file}:1: the file is empty; write objects of {_NEEDS}")
    tell(f"matching {len(rows)} pairs")
    began = time.process_time()
    pairs = [_pair(file, number, row) for number, row in rows]
    figures = _figures(pairs)
    figures["us_each"] = (time.process_time() - began) * 1_000_000 / len(pairs)
    bars = gates.bars_of_known(fingerprint(data), figures) if data else gates.bars("duplicates", figures)
    return Report("duplicates", figures, bars, tuple(_remarks(pairs)[:_REMARKS]))


def _pair(file: Path, number: int, row: Mapping[str, Any]) -> Pair:
    try:
        record = _OBJECTS[row["object"]]
        first, second = (
            Identity(record, side, **{name: str(row[side][name]) for name in row[side] if name in _KNOWN})
            for side in ("first", "second")
        )
        is_same = row["same"]
        if not isinstance(is_same, bool):
            raise TypeError("same is neither true nor false")  # noqa: TRY301  it is told like the others
    except (KeyError, TypeError) as error:
        raise BadData(f"{file}:{number}: {error!r} in the line; a line needs {_NEEDS}") from error
    points, reasons = score(first, second)
    return Pair(first, second, is_same, str(row.get("why", "")), points, reasons)


def _figures(pairs: Sequence[Pair]) -> dict[str, float | None]:
    figures: dict[str, float | None] = {}
    kinds = {
        "": pairs,
        "contact_": [each for each in pairs if each.first.object == "contact"],
        "company_": [each for each in pairs if each.first.object == "company"],
        "fresh_": [each for each in pairs if each.why.startswith(_FRESH)],
    }
    for kind, some in kinds.items():
        put = [each for each in some if each.is_put]
        one = [each for each in some if each.is_same]
        right = sum(each.is_same for each in put)
        figures[f"{kind}precision"] = right / len(put) if put else None
        figures[f"{kind}recall"] = right / len(one) if one else None
    # A pair that shares no key is never compared, however alike it is.
    same = [each for each in pairs if each.is_same and each.is_put]
    met = sum(bool(matches([each.first, each.second])) for each in same)
    figures["found_by_keys"] = met / len(same) if same else None
    figures["pairs"] = len(pairs)
    figures["same"] = sum(each.is_same for each in pairs)
    return figures


def _remarks(pairs: Sequence[Pair]) -> list[str]:
    return [
        f"{'wrongly put' if each.is_put else 'missed'} {each.score:.2f}: {each.why} "
        f"({', '.join(f'{reason.rule} {reason.points:+.2f}' for reason in each.reasons)})"
        for each in pairs
        if each.is_put != each.is_same
    ]
