"""Learn a score from leads whose outcome is known, measured on leads that it did not see."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.errors import IntentsError
from intents.score import score
from intents.scoring import fitting
from intents.scoring.features import features, may_count, repeated
from intents.scoring.judging import by_segment, judged
from intents.scoring.model import ScoreModel
from intents.scoring.values import SURE, ScoreRules, Signal

Floats = NDArray[np.float64]
LEADS, OF_EACH = 60, 15
"""Fewer leads, or fewer of either outcome, teach chance."""
_FOLDS = 5
_SEEN = 5
"""A feature that fewer leads have, or lack, is left out."""
_TIMES = 20
"""A page is kept that often at most."""
_SEED = 11
_FRESH, _FRESH_EACH = 30, 5
"""Leads settled since the serving model learned: so many allow a comparison on what neither model saw."""
_SLACK_BRIER, _SLACK_AUC = 0.001, 0.01


class TooFewOutcomes(IntentsError):
    """There is not enough to learn from yet."""

    code = "score.too_few_outcomes"


@dataclass(frozen=True, slots=True)
class Lead:
    """What one visitor did before it was settled, and whether something came of it."""

    signals: tuple[Signal, ...]
    came: bool
    at: datetime
    """When it was settled."""
    visitor: str
    segments: Mapping[str, str] = field(default_factory=dict)
    """To audit the error by; no model sees them."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A model with its measurements, and whether it deserves to serve."""

    model: ScoreModel
    metrics: dict[str, Any]
    better: bool
    reason: str


def train(
    rules: ScoreRules,
    leads: Sequence[Lead],
    *,
    site: str,
    now: datetime,
    serving: ScoreModel | None = None,
    serving_metrics: Mapping[str, Any] | None = None,
) -> Trained:
    """Points from outcomes; raises `TooFewOutcomes`."""
    _check_enough(leads)
    codes, columns, prior = _table(rules, leads)
    came = np.array([float(lead.came) for lead in leads])
    groups = np.array([lead.visitor for lead in leads])
    unseen = _unseen(columns, came, groups, prior)
    metrics = _measured(rules, leads, unseen, came, groups)
    fitted = fitting.fit(columns, came, groups, prior, _SEED)
    points = {code: int(each) for code, each in zip(codes, fitted.points, strict=True) if each}
    model = ScoreModel(
        version=_version(now, points, fitted.base), site=site, conditions=rules.conditions(), base=fitted.base,
        points=points, leads=len(leads), came=int(came.sum()), until=max(lead.at for lead in leads), trained_at=now,
    )  # fmt: skip
    metrics |= {"points": points, "features_seen": len(codes)}
    better, reason = _verdict(rules, leads, unseen, metrics, serving, serving_metrics or {})
    return Trained(model, metrics, better, reason)


def _check_enough(leads: Sequence[Lead]) -> None:
    came = sum(lead.came for lead in leads)
    if len(leads) < LEADS or min(came, len(leads) - came) < OF_EACH:
        raise TooFewOutcomes(
            f"a score needs {LEADS} settled leads with {OF_EACH} of either outcome; there are {len(leads)}, of which "
            f"{came} came to something: mark outcomes in the console or send them to the API, and train again"
        )
    visitors = len({lead.visitor for lead in leads})
    if visitors < _FOLDS:
        raise TooFewOutcomes(
            f"a score needs leads of {_FOLDS} visitors and more, since it is measured on some that it did not see; "
            f"these are of {visitors}"
        )


def _table(rules: ScoreRules, leads: Sequence[Lead]) -> tuple[list[str], Floats, Floats]:
    """Features, which lead has which, and what the rules pay for each.

    The rules' own always count, because the operator says so. A named one that is rare, or says the same of these leads
    as an earlier one, is left out.
    """
    had = [{each.code for each in features(rules, _sure(lead))} for lead in leads]
    counts = Counter(code for codes in had for code in codes)
    paid = _paid(rules)
    codes: list[str] = []
    columns: list[Floats] = []
    known: set[bytes] = set()
    for code in [*paid, *sorted(counts.keys() - paid.keys())]:
        column = np.array([float(code in each) for each in had])
        is_new = _SEEN <= counts[code] <= len(leads) - _SEEN and column.tobytes() not in known
        if code in paid or is_new:
            known.add(column.tobytes())
            codes.append(code)
            columns.append(column)
    table = np.stack(columns, axis=1) if columns else np.zeros((len(leads), 0))
    return codes, table, np.array([float(paid.get(code, 0)) for code in codes])


def _paid(rules: ScoreRules) -> dict[str, int]:
    """Points by feature code, of the rules that a model may look at."""
    return {
        repeated(rule.code, time): rule.points
        for rule in rules.rules
        if may_count(rule)
        for time in range(1, min(rule.times_at_most, _TIMES) + 1)
    }


def _sure(lead: Lead) -> list[Signal]:
    return [signal for signal in lead.signals if signal.confidence >= SURE]


def _unseen(columns: Floats, came: Floats, groups: fitting.Strings, prior: Floats) -> Floats:
    """The chance of each lead by a model that was fitted, with all its choices, to the others."""
    chances = np.full(len(came), came.mean())
    for learned, asked in fitting.folds(columns, came, groups, _FOLDS, _SEED):
        fitted = fitting.fit(columns[learned], came[learned], groups[learned], prior, _SEED + 1)
        chances[asked] = fitted.chances(columns[asked])
    return chances


def _measured(
    rules: ScoreRules, leads: Sequence[Lead], unseen: Floats, came: Floats, groups: fitting.Strings
) -> dict[str, Any]:
    """The model out of fold, the rules alone on the same folds, and who is served how well."""
    totals = np.array([float(score(rules, lead.signals).total) for lead in leads])
    alone = np.full(len(came), came.mean())
    for learned, asked in fitting.folds(totals[:, None], came, groups, _FOLDS, _SEED):
        slope, intercept = fitting.slope_of(totals[learned], came[learned])
        alone[asked] = fitting.sigmoid(slope * totals[asked] + intercept)
    # The order within a fold is the rules' own; only the chances are fitted.
    by_rules = judged(alone, came) | {"auc": judged(totals, came)["auc"]}
    return {
        "leads": len(leads),
        "came": int(came.sum()),
        **judged(unseen, came),
        "rules": {name: by_rules[name] for name in ("auc", "brier", "ece")},
        "segments": by_segment(unseen, came, [lead.segments for lead in leads]),
    }


def _verdict(
    rules: ScoreRules,
    leads: Sequence[Lead],
    unseen: Floats,
    metrics: Mapping[str, Any],
    serving: ScoreModel | None,
    before: Mapping[str, Any],
) -> tuple[bool, str]:
    """Whether it beats the rules alone and what serves now, and in which figures."""
    ours, by_rules = metrics["brier"], metrics["rules"]["brier"]
    if ours > by_rules + _SLACK_BRIER:
        return (
            False,
            f"its Brier score is {ours:.4f}, that of the rules alone {by_rules:.4f} (lower is better)",
        )
    reason = f"Brier score {ours:.4f} against {by_rules:.4f} of the rules alone"
    if serving is None or not serving.scores(rules):
        return True, reason
    fresh = np.array([lead.at > serving.until for lead in leads])
    came = np.array([float(lead.came) for lead in leads])
    if fresh.sum() >= _FRESH and min(came[fresh].sum(), (1 - came[fresh]).sum()) >= _FRESH_EACH:
        theirs = np.array([_chance(serving, rules, lead) for lead in leads])
        mine, old = (float(np.mean((each[fresh] - came[fresh]) ** 2)) for each in (unseen, theirs))
        told = f"Brier score {mine:.4f} against {old:.4f} of the one that serves, on {int(fresh.sum())} leads"
        return mine <= old + _SLACK_BRIER, f"{told} that are new to both"
    old_auc = before.get("auc")
    if isinstance(old_auc, float) and (metrics["auc"] or 0.0) < old_auc - _SLACK_AUC:
        return False, f"its AUC is {metrics['auc']:.3f}, that of the one that serves was {old_auc:.3f}"
    return True, reason


def _chance(model: ScoreModel, rules: ScoreRules, lead: Lead) -> float:
    return model.chance(sum(point.points for point in model.points_of(rules, _sure(lead))))


def _version(now: datetime, points: Mapping[str, int], base: float) -> str:
    told = json.dumps([sorted(points.items()), base])
    return f"{now:%Y%m%dT%H%M%S}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
