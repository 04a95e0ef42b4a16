"""A trained model that waits beside the one that serves, until somebody switches to it or discards it."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from intents.classifier import Model
from intents.comparing import Comparison, comparison_of
from intents.errors import ModelError
from intents.model_store import load, point, previous, serving, write

_WAITING = "waiting.json"
_NEWEST = 2
"""Versions that stay without a role: one may just have been written, and not be told of yet."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What would change if this version served."""

    version: str
    against: str | None
    """The version that served when it was compared."""
    at: str
    by: str
    reviewed: int
    """How many reviewed messages it learned from, beside the catalogue."""
    left_out: tuple[str, ...]
    """Reviewed messages that it did not learn from, by their ids, and why."""
    held_out: dict[str, float | None]
    """Cross-validated figures of both: `accuracy_before`, `accuracy_after`, `macro_f1_before`, `macro_f1_after`."""
    golden: Comparison


def keep_waiting(model: Model, root: Path, waiting: Waiting) -> None:
    """Write the model beside the others, and what was found out about it; one waits at a time."""
    if waiting.version != serving(root):
        write(model, root)
    file = root / f".{_WAITING}-{os.getpid()}"
    file.write_text(json.dumps(asdict(waiting), ensure_ascii=False), encoding="utf-8")
    file.replace(root / _WAITING)


def waiting(root: Path) -> Waiting | None:
    """The one that waits; none when there is none, or another layout wrote it."""
    try:
        value: dict[str, Any] = json.loads((root / _WAITING).read_text(encoding="utf-8"))
        return Waiting(
            **{**value, "left_out": tuple(value["left_out"]), "golden": comparison_of(value["golden"])}
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def discard(root: Path) -> None:
    """Forget about the one that waits; its folder stays while it is one of the newest."""
    (root / _WAITING).unlink(missing_ok=True)


def remove_old(root: Path) -> list[str]:
    """Remove the versions that nobody comes back to; what serves, served before or waits, and the newest two stay."""
    found = waiting(root)
    needed = {serving(root), previous(root), found.version if found else None}
    folders = [each for each in root.iterdir() if (each / "model.json").is_file() and each.name[0] != "."]
    newest = sorted(folders, key=lambda each: (each / "model.json").stat().st_mtime_ns, reverse=True)
    gone = [each for each in newest[_NEWEST:] if each.name not in needed]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)  # an old one in the way is no reason to refuse the new one
    return [folder.name for folder in gone]


def switch(root: Path, version: str) -> None:
    """Let the version that waits serve; raises `ModelError` when it is not the one, or can not be read."""
    found = waiting(root)
    if found is None or found.version != version:
        raise ModelError(f"intent model {version!r} does not wait any more; look at the page again")
    _check(root, version)
    point(root, version)
    discard(root)
    remove_old(root)


def go_back(root: Path) -> str:
    """Let the version before serve again; returns it. Done twice, it is as if nothing had been done."""
    version = previous(root)
    if version is None:
        raise ModelError("no intent model served before this one; there is nothing to go back to")
    _check(root, version)
    point(root, version)
    return version


def _check(root: Path, version: str) -> None:
    """Nothing is pointed to that can not be read with the embedder that is in use."""
    wanted = load(root / version)
    try:
        used = load(root).embedder
    except ModelError:
        return  # what serves is broken: whatever can be read is better
    if wanted.embedder != used:
        raise ModelError(
            f"intent model {version!r} was trained with another embedder, {wanted.embedder!r}; train again instead"
        )
