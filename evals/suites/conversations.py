"""Golden conversations through the real turn: load, think, save, deliver, each on an installation of its own."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals import gates, installation
from evals.errors import BadData
from evals.metrics import mean
from evals.replay.checking import differences, leaks
from evals.replay.rebuilding import Rebuilt
from evals.replay.script import FOLDER, Script, load_scripts
from evals.replay.stage import NothingOffered, a_stage
from evals.report import Report
from server.settings import Settings

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Played:
    """How one conversation went: the differences, each with its step."""

    script: Script
    wrong: tuple[str, ...]
    steps_right: int
    rebuilt: Rebuilt

    @property
    def passed(self) -> bool:
        return not self.wrong


async def run(settings: Settings, tell: Tell, *, only: Sequence[str] = (), folder: Path = FOLDER) -> Report:
    """Every golden conversation, or those named."""
    scripts = load_scripts(folder)
    if unknown := set(only) - {script.name for script in scripts}:
        raise BadData(f"{folder}:1: no golden conversation named {min(unknown)!r}; look at the files' names")
    chosen = [script for script in scripts if not only or script.name in only]
    ready = await installation.template(settings, tell)
    played = []
    for script in chosen:
        tell(f"playing {script.name}")
        played.append(await play(ready, script))
    steps = sum(len(one.script.steps) for one in played)
    figures = {
        "passed": mean([float(one.passed) for one in played]),
        "steps_right": sum(one.steps_right for one in played) / steps,
        "conversations": len(played),
        "steps": steps,
        "rebuilt_share": sum(one.rebuilt.same for one in played)
        / (sum(one.rebuilt.frames for one in played) or 1),
        **_origins(played),
    }
    # A part of the set can not be held against the bar of the whole.
    bars = () if only or folder != FOLDER else gates.bars("conversations", figures)
    remarks = tuple(f"{one.script.name}: {line}" for one in played for line in one.wrong)
    return Report("conversations", figures, bars, remarks)


def _origins(played: Sequence[Played]) -> dict[str, float]:
    """What the replies' words are, as shares: of passages, of reviewed sentences, of the playbook, of actions."""
    counted: Counter[str] = Counter()
    for one in played:
        counted.update(one.rebuilt.characters)
    whole = counted.total() or 1
    return {f"words_of_{name}": count / whole for name, count in sorted(counted.items())}


async def play(ready: Settings, script: Script) -> Played:
    """One conversation on a copy of the template."""
    wrong: list[str] = []
    right = 0
    with tempfile.TemporaryDirectory(prefix="frontdesk-eval-") as folder:
        made = installation.copy(ready, Path(folder) / "house")
        async with a_stage(made, script) as stage:
            for number, step in enumerate(script.steps, 1):
                at = f"step {number} ({step.words[:50]!r})"
                try:
                    outcome = await stage.play(step)
                except NothingOffered as nothing:
                    # What follows was written for a conversation that went another way.
                    wrong.append(f"{at}: {nothing}")
                    break
                found = differences(step.expect, outcome)
                wrong += [f"{at}: {line}" for line in found]
                right += not found
            rebuilt = await stage.rebuilt()
        wrong += [f"afterwards, from the record: {line}" for line in rebuilt.wrong]
        wrong += [f"afterwards: {line}" for line in leaks(made.data_dir / "frontdesk.db", script.sealed)]
    return Played(script, tuple(wrong), right, rebuilt)
