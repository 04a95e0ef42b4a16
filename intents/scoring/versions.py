"""Trained scores on disk: one folder a version, a pointer to the one that serves, and when a new one may replace it."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from intents.errors import ModelError
from intents.scoring.model import ScoreModel

_POINTER = "current"
_SITE = re.compile(r"[\w][\w.-]*")


class ScoreModels:
    """The trained scores of an installation; what another process trained serves from the next call on."""

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._read: dict[str, tuple[int, ScoreModel | None]] = {}

    def of(self, site: str) -> ScoreModel | None:
        """The one that serves the site; None while its rules score alone, or when the file can not be read."""
        if self._root is None or not _SITE.fullmatch(site):
            return None
        try:
            changed = (self._root / site / _POINTER).stat().st_mtime_ns
        except OSError:
            return None
        held = self._read.get(site)
        if held is None or held[0] != changed:
            held = (changed, serving(self._root, site))
            self._read[site] = held
        return held[1]


@dataclass(frozen=True, slots=True)
class Kept:
    """A version on disk."""

    folder: Path
    serves: bool


def keep(model: ScoreModel, metrics: Mapping[str, Any], root: Path, *, serve: bool) -> Kept:
    """Write the version, and let it serve if it shall: all files into a fresh folder, then one rename."""
    home = _home(root, model.site)
    home.mkdir(parents=True, exist_ok=True)
    folder = home / model.version
    fresh = Path(tempfile.mkdtemp(prefix=".writing-", dir=home))
    (fresh / "model.json").write_text(model.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (fresh / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
    fresh.chmod(0o755)
    if folder.exists():
        # The version names data and time, so what lies there is the same training.
        shutil.rmtree(folder)
    fresh.rename(folder)
    if serve:
        waiting = home / f".{_POINTER}-{os.getpid()}"
        waiting.write_text(model.version + "\n", encoding="utf-8")
        waiting.replace(home / _POINTER)
    return Kept(folder, serve)


def serving(root: Path, site: str) -> ScoreModel | None:
    """The model that the pointer names; None without one, or when it can not be read any more."""
    try:
        return ScoreModel.model_validate_json(_file(root, site, "model.json").read_text(encoding="utf-8"))
    except (OSError, ValidationError, ModelError):
        return None


def metrics_of_serving(root: Path, site: str) -> dict[str, Any]:
    """How the serving model was measured; empty without one."""
    try:
        read = json.loads(_file(root, site, "metrics.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, ModelError):
        return {}
    return read if isinstance(read, dict) else {}


def rules_alone(root: Path, site: str) -> bool:
    """Let the playbook's rules score again; whether a model had served. Its files stay."""
    pointer = _home(root, site) / _POINTER
    served = pointer.exists()
    pointer.unlink(missing_ok=True)
    return served


def _file(root: Path, site: str, name: str) -> Path:
    home = _home(root, site)
    return home / (home / _POINTER).read_text(encoding="utf-8").strip() / name


def _home(root: Path, site: str) -> Path:
    if not _SITE.fullmatch(site):
        raise ModelError(f"site {site!r} can not be a folder's name; use letters, digits, dots and dashes")
    return root / site
