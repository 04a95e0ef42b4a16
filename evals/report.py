"""What an evaluation found: figures, the bars they are held against, and where all of it is written."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from server.wiring import REPOSITORY

Figures = Mapping[str, float | None]
RESULTS = Path("results/evals.jsonl")


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure and what it has to reach. `is_floor`: higher is better; else the target is a ceiling."""

    bar: str
    value: float | None
    target: float
    is_floor: bool = True

    @property
    def holds(self) -> bool:
        if self.value is None:
            return False
        return self.value >= self.target if self.is_floor else self.value <= self.target

    def as_json(self) -> dict[str, Any]:
        return {"bar": self.bar, "value": self.value, "target": self.target, "holds": self.holds}


@dataclass(frozen=True, slots=True)
class Report:
    """One suite's or benchmark's outcome. `remarks` are for a person: what failed, and where to look."""

    name: str
    figures: Figures
    bars: tuple[Bar, ...] = ()
    remarks: tuple[str, ...] = ()
    table: str = ""
    """Reports of one table are its rows when they are printed for people; their figures have the same names."""

    @property
    def holds(self) -> bool:
        return all(bar.holds for bar in self.bars)

    def as_json(self) -> dict[str, Any]:
        figures = {name: _rounded(value) for name, value in self.figures.items()}
        return {"name": self.name, "figures": figures, "bars": [bar.as_json() for bar in self.bars]}


def as_json(reports: Sequence[Report], together: str) -> dict[str, Any]:
    """One object a call: the report itself, or several under the name of the command."""
    if len(reports) == 1:
        return reports[0].as_json()
    return {"name": together, "suites": [report.as_json() for report in reports]}


def printed(reports: Sequence[Report]) -> str:
    """For people: each report by itself, those of one table together as Markdown, with the bars below."""
    parts: list[str] = []
    for title, group in groupby(reports, key=lambda report: report.table):
        rows = list(group)
        parts += [_together(title, rows)] if title else [table(report) for report in rows]
    return "\n\n".join(parts)


def _together(title: str, rows: Sequence[Report]) -> str:
    names = list(rows[0].figures)
    cells = [[title, *names]] + [[row.name, *(_shown(row.figures[name]) for name in names)] for row in rows]
    lines = ["| " + " | ".join(row) + " |" for row in cells]
    lines.insert(1, "|---" * (len(names) + 1) + "|")
    bars = [f"  {row.name}: {line}" for row in rows for line in _bar_lines(row)]
    return "\n".join([*lines, *bars])


def table(report: Report) -> str:
    """For people."""
    width = max((len(name) for name in report.figures), default=0)
    lines = [report.name]
    lines += [f"  {name:{width}}  {_shown(value)}" for name, value in report.figures.items()]
    lines += [f"  {line}" for line in _bar_lines(report)]
    lines += [f"  {remark}" for remark in report.remarks]
    return "\n".join(lines)


def told(figures: Figures) -> str:
    """All figures in a line."""
    return ", ".join(f"{name} {_shown(value)}" for name, value in figures.items())


def _bar_lines(report: Report) -> list[str]:
    return [
        f"{'holds' if bar.holds else 'MISSED':6}  {bar.bar} {'>=' if bar.is_floor else '<='} "
        f"{_shown(bar.target)}, measured {_shown(bar.value)}"
        for bar in report.bars
    ]


def keep(report: Report, file: Path, command: str, given: Mapping[str, Any], now: datetime) -> None:
    """Append the report with date, commit and machine, so that figures can be compared over time."""
    line = {
        "at": now.isoformat(timespec="seconds"),
        "commit": commit(),
        "machine": machine(),
        "command": command,
        "given": {name: str(value) for name, value in given.items() if value},
        **report.as_json(),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def commit() -> str:
    """The commit that was measured, with a + when files differ from it; empty outside a checkout."""
    if not (REPOSITORY / ".git").exists():
        return ""
    try:
        number = _git("rev-parse", "--short=12", "HEAD")
        return number + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def machine() -> str:
    """The kind of machine, without its name."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = (
            line for line in info.read_text(encoding="utf-8").splitlines() if line.startswith("model name")
        )
        cpu = next(named, f": {cpu}").partition(":")[2].strip()
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def _git(*words: str) -> str:
    done = subprocess.run(  # noqa: S603  fixed words, no shell
        ["git", *words],  # noqa: S607
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    )
    return done.stdout.strip()


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.4f}".rstrip("0").rstrip(".")
