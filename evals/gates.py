"""Read the gates: which figure of which suite has to reach what, as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from evals.errors import BadData
from evals.report import Bar, Figures

GATES = Path(__file__).parent / "gates.yaml"


def bars(suite: str, figures: Figures, gates: Path = GATES) -> tuple[Bar, ...]:
    """The bars of one of our own suites or benchmarks."""
    return _bars(gates, _section(gates, "suites").get(suite, {}), figures)


def bars_of_known(fingerprint: str, figures: Figures, gates: Path = GATES) -> tuple[Bar, ...]:
    """The bars of a well-known data set, recognised by its content; none for anybody else's."""
    return _bars(gates, _section(gates, "known").get(fingerprint, {}), figures)


def _section(gates: Path, name: str) -> dict[str, Any]:
    try:
        read = yaml.safe_load(gates.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BadData(f"{gates}:1: there is no such file; name a file of gates") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadData(
            f"{gates}:{line}: not valid YAML: {error.problem}; check indentation and quotes"
        ) from error
    section = read.get(name) if isinstance(read, dict) else None
    if not isinstance(section, dict):
        raise BadData(f"{gates}:1: no mapping under {name!r}; add it")
    return section


def _bars(gates: Path, entry: dict[str, Any], figures: Figures) -> tuple[Bar, ...]:
    made = [
        _bar(gates, name, target, figures, is_floor=True)
        for name, target in entry.get("at_least", {}).items()
    ]
    made += [
        _bar(gates, name, target, figures, is_floor=False)
        for name, target in entry.get("at_most", {}).items()
    ]
    return tuple(made)


def _bar(gates: Path, name: str, target: Any, figures: Figures, *, is_floor: bool) -> Bar:
    """A target is a number, or the names of figures of the same run of which the best is to be reached."""
    if name not in figures:
        raise BadData(f"{gates}:1: no figure {name!r}; use one of {', '.join(figures)}")
    value = figures[name]
    if isinstance(target, list):
        others = [figures[other] for other in target]
        target = max(other for other in others if other is not None)
        name = f"{name}_over_the_best_alone"
    return Bar(name, None if value is None else round(value, 4), round(float(target), 4), is_floor)
