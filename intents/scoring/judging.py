"""How good a score is on leads that it did not learn from: order, chance, calibration, and each segment by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_BINS = 10
_IN_A_BIN = 20
ENOUGH = 20
"""Leads that a segment needs before its error says anything."""


def judged(chances: Floats, came: Floats) -> dict[str, Any]:
    """AUC, Brier score and calibration of chances against what happened."""
    rows = bins(chances, came)
    off = sum(row["leads"] * abs(row["came"] - row["expected"]) for row in rows) / max(len(came), 1)
    return {
        "auc": _rounded(auc(chances, came)),
        "brier": _rounded(float(np.mean((chances - came) ** 2))),
        "ece": _rounded(off),
        "bins": rows,
    }


def auc(scores: Floats, came: Floats) -> float | None:
    """The chance that a lead that came stands above one that did not; ties count half."""
    from sklearn.metrics import roc_auc_score

    return None if len(set(came.tolist())) < 2 else float(roc_auc_score(came, scores))


def bins(chances: Floats, came: Floats) -> list[dict[str, Any]]:
    """Leads by rising chance in groups of one size: what was expected of each, and what came."""
    count = max(1, min(_BINS, len(came) // _IN_A_BIN))
    groups = np.array_split(np.argsort(chances, kind="stable"), count)
    return [
        {
            "leads": len(group),
            "expected": _rounded(float(chances[group].mean())),
            "came": _rounded(float(came[group].mean())),
        }
        for group in groups
        if len(group)
    ]


def by_segment(
    chances: Floats, came: Floats, segments: Sequence[Mapping[str, str]]
) -> dict[str, list[dict[str, Any]]]:
    """For each way to divide the leads, each part's own error; small parts are named without figures."""
    told: dict[str, list[dict[str, Any]]] = {}
    for name in sorted({name for each in segments for name in each}):
        values = np.array([each.get(name, "unknown") for each in segments])
        told[name] = [
            _part(value, chances[values == value], came[values == value]) for value in sorted(set(values))
        ]
    return told


def _part(value: str, chances: Floats, came: Floats) -> dict[str, Any]:
    if len(came) < ENOUGH:
        return {
            "is": str(value),
            "leads": len(came),
            "expected": None,
            "came": None,
            "gap": None,
            "brier": None,
        }
    expected, share = float(chances.mean()), float(came.mean())
    return {
        "is": str(value),
        "leads": len(came),
        "expected": _rounded(expected),
        "came": _rounded(share),
        "gap": _rounded(expected - share),
        "brier": _rounded(float(np.mean((chances - came) ** 2))),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
