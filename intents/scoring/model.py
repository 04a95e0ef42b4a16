"""A trained score: whole points for each feature, and the chance that a total stands for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from intents.scoring.features import features
from intents.scoring.values import Earned, Point, ScoreRules, Signal

DOUBLING = 10
"""So many points double the odds."""
PER_POINT = math.log(2) / DOUBLING


class ScoreModel(BaseModel):
    """Points learned from outcomes. They are whole numbers, so the listed ones are all that there is to the score."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    site: str
    conditions: str
    """Fingerprint of the rules that it was trained with; with others it does not score."""
    base: float
    """The log-odds of a lead of whom nothing is known."""
    points: Mapping[str, int]
    """By feature code; what is missing counts nothing."""
    leads: int
    came: int
    until: datetime
    """When the last lead that it learned from was settled."""
    trained_at: datetime

    def scores(self, rules: ScoreRules) -> bool:
        """Whether it may stand for these rules."""
        return self.conditions == rules.conditions()

    def points_of(self, rules: ScoreRules, signals: Sequence[Signal]) -> tuple[Point, ...]:
        """What these signals bring, in the order of rules and features."""
        earned = features(rules, signals)
        return tuple(_point(each, self.points[each.code]) for each in earned if self.points.get(each.code))

    def chance(self, total: int) -> float:
        """The share of such leads that came to something."""
        return chance_of(self.base, total)


def chance_of(base: float, total: float) -> float:
    """A total as a chance."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, base + PER_POINT * total))))


def _point(earned: Earned, points: int) -> Point:
    return Point(earned.code, points, earned.kind, earned.because, earned.message_id, earned.page)
