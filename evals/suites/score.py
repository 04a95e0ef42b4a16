"""How well the lead score learns, on a made-up market whose true chances are known, and whether its sums are exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from evals import gates
from evals.metrics import mean
from evals.report import Report
from evals.suites.lead_process import SHIFTED, Made, leads, with_the_person_told
from intents.score import ScoreModel, ScoreRules, score, without
from intents.scoring.judging import Floats, auc, by_segment, judged
from intents.scoring.training import train
from server.playbook import load_playbook
from server.wiring import DEMO

Tell = Callable[[str], None]
_MANY, _FEW, _ASKED, _AFTER = 1_000, 150, 3_000, 400
_DRAWS = (1, 2, 3)
_NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """Leads that no model has seen, with what each way to score says of them."""

    made: Sequence[Made]
    came: Floats
    chances: Floats
    by_rules: Floats


def run(tell: Tell, playbook: Path = DEMO / "playbooks" / "demo.yaml") -> Report:
    """Train with the demo's rules on leads of the usual market; ask leads of it, and of a harder one."""
    rules = load_playbook(playbook).score
    usual, harder = leads(_ASKED, 1_001), leads(_ASKED, 1_002, SHIFTED)
    draws: list[dict[str, float]] = []
    for seed in _DRAWS:
        tell(f"learning from {_MANY} and from {_FEW} leads, draw {seed} of {len(_DRAWS)}")
        many, few = _model(rules, leads(_MANY, seed)), _model(rules, leads(_FEW, 100 + seed))
        after = _model(rules, leads(_AFTER, 200 + seed, SHIFTED))
        draws.append(
            _usual(_ask(rules, many, usual))
            | _exact(rules, many, usual)
            | {"few_auc": _auc(_ask(rules, few, usual)), "few_ece": _ece(_ask(rules, few, usual))}
            | _harder(_ask(rules, many, harder), _ask(rules, after, harder))
        )
    figures = {name: round(mean([draw[name] for draw in draws]), 4) for name in draws[0]}
    return Report("score", figures, gates.bars("score", figures))


def _model(rules: ScoreRules, made: Sequence[Made]) -> ScoreModel:
    return train(rules, [each.lead for each in made], site="made-up", now=_NOW).model


def _ask(rules: ScoreRules, model: ScoreModel, made: Sequence[Made]) -> Asked:
    scores = [score(rules, each.lead.signals, model) for each in made]
    return Asked(
        made,
        came=np.array([float(each.lead.came) for each in made]),
        chances=np.array([each.chance or 0.0 for each in scores]),
        by_rules=np.array([float(score(rules, each.lead.signals).total) for each in made]),
    )


def _usual(asked: Asked) -> dict[str, float]:
    true = np.array([each.chance for each in asked.made])
    told = judged(asked.chances, asked.came)
    return {
        "auc": _auc(asked),
        "auc_of_process": auc(true, asked.came) or 0.0,
        "auc_of_rules": auc(asked.by_rules, asked.came) or 0.0,
        "auc_over_rules": _auc(asked) - (auc(asked.by_rules, asked.came) or 0.0),
        "brier": float(told["brier"]),
        "brier_of_process": float(np.mean((true - asked.came) ** 2)),
        "ece": _ece(asked),
        "chance_error": float(np.mean(np.abs(asked.chances - true))),
        **_gaps(asked),
    }


def _gaps(asked: Asked) -> dict[str, float]:
    """The widest difference between what is expected of a segment and what comes of it."""
    parts = by_segment(asked.chances, asked.came, [each.lead.segments for each in asked.made])
    widest = {
        name: max(abs(part["gap"]) for part in each if part["gap"] is not None)
        for name, each in parts.items()
    }
    return {f"{name}_gap": gap for name, gap in widest.items()}


def _harder(asked: Asked, again: Asked) -> dict[str, float]:
    """On the harder market: by the model of the usual one, and by one that learned from the harder one since."""
    return {
        "shifted_auc": _auc(asked),
        "shifted_auc_of_rules": auc(asked.by_rules, asked.came) or 0.0,
        "shifted_ece": _ece(asked),
        "retrained_auc": _auc(again),
        "retrained_ece": _ece(again),
    }


def _exact(rules: ScoreRules, model: ScoreModel, made: Sequence[Made]) -> dict[str, float]:
    """Of the leads: the share whose points are the score, whose points go with a message, and who stay who they are."""
    sums, gone, same = [], [], []
    strangers = with_the_person_told(made, 7)
    for each, told in zip(made, strangers, strict=True):
        whole = score(rules, each.lead.signals, model)
        sums.append(
            float(whole.total == whole.fit + whole.intent == sum(point.points for point in whole.points))
        )
        ids = {signal.message_id for signal in each.lead.signals if signal.message_id}
        rests = {one: score(rules, without(each.lead.signals, one), model) for one in ids}
        gone.append(float(all(one not in {p.message_id for p in rest.points} for one, rest in rests.items())))
        same.append(float(score(rules, told.signals, model).points == whole.points))
    return {"exact_sums": mean(sums), "points_gone": mean(gone), "same_whoever_asks": mean(same)}


def _auc(asked: Asked) -> float:
    return auc(asked.chances, asked.came) or 0.0


def _ece(asked: Asked) -> float:
    return float(judged(asked.chances, asked.came)["ece"])
