"""Trained models on disk: one folder a version, and a pointer to the one that serves."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.classifier import Head, Model, Neighbours, Scope, Standardised
from intents.errors import ModelError
from intents.features import Vocabulary
from intents.mood_head import MoodHead

_LAYOUT = 3
_POINTER = "current"
_PREVIOUS = "previous"
# Half a point is within what another seed of the folds changes.
_TOLERANCE = 0.005


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a new model was put to serve, and why; `folder` is where it lies."""

    switched: bool
    reason: str
    folder: Path | None


def save(model: Model, root: Path, *, force: bool = False) -> Verdict:
    """Write the model and let it serve, unless a better one already does and `force` is not given.

    Over other intents an accuracy is another figure: a model of a changed catalogue is not held against the one before.
    """
    serving = _current(root, model.embedder)
    changed = _changed(serving, model)
    before, now = (None if changed else _accuracy(serving)), _accuracy(model)
    if before is not None and now is not None and now < before - _TOLERANCE and not force:
        reason = (
            f"the model that serves has cross-validated accuracy {before:.3f}, this one {now:.3f}; "
            "mend the confusions or repeat with --force"
        )
        return Verdict(switched=False, reason=reason, folder=None)
    folder = write(model, root)
    point(root, folder.name)
    compared = changed or ("nothing served before" if before is None else f"{before:.3f} before")
    return Verdict(switched=True, reason=f"cross-validated accuracy {now}, {compared}", folder=folder)


def load(folder: Path) -> Model:
    """The model in a version's folder, or the one that serves below a root; `ModelError` for whatever is damaged."""
    try:
        folder = _resolve(folder)
        about: Any = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if about.get("layout") != _LAYOUT:
            raise ModelError(
                f"intent model {str(folder)!r} has another layout; run `frontdesk train` once more"
            )
        return _model(about, {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in _ARRAYS})
    except (OSError, ValueError, EOFError, LookupError, TypeError, AttributeError) as error:
        why = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise ModelError(
            f"intent model {str(folder)!r} can not be read ({why}); run `frontdesk train`"
        ) from error


def _model(about: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Model:
    """What the files hold; raises whatever a damaged one makes it raise."""
    scope = about["scope"]
    model = Model(
        names=tuple(about["names"]),
        version=about["version"],
        embedder=about["embedder"],
        vocabulary=Vocabulary({gram: at for at, gram in enumerate(about["grams"])}, arrays["idf"]),
        head=Head(arrays["dense"], arrays["sparse"], arrays["bias"]),
        temperature=float(about["temperature"]),
        neighbours=Neighbours(arrays["examples"].astype(np.float32), arrays["starts"], **about["neighbours"]),
        scope=Scope(
            margin=Standardised(**scope["margin"]),
            nearness=Standardised(**scope["nearness"]),
            threshold=scope["threshold"],
        ),
        metrics=dict(about["metrics"]),
        mood=MoodHead(arrays["mood"], **about["mood"]) if about["mood"] else None,
    )
    # Beside the intents there is a column for texts that none of them claims, when it was trained with such.
    if model.head.bias.size - len(model.names) not in (0, 1):
        raise ValueError(f"{len(model.names)} names and {model.head.bias.size} intents")
    if len(model.vocabulary.index) != arrays["idf"].size:
        raise ValueError(f"{len(model.vocabulary.index)} grams and {arrays['idf'].size} weights of grams")
    return model


_ARRAYS = ("dense", "sparse", "bias", "idf", "examples", "starts", "mood")


def write(model: Model, root: Path) -> Path:
    """All files into a fresh folder, which then takes its place: a crash leaves no half-written version."""
    root.mkdir(parents=True, exist_ok=True)
    folder = root / model.version
    fresh = Path(tempfile.mkdtemp(prefix=".writing-", dir=root))
    try:
        _write_files(model, fresh)
        _put(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)  # nothing is left of it when all went well
    return folder


def _write_files(model: Model, fresh: Path) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "dense": model.head.dense,
        "sparse": model.head.sparse,
        "bias": model.head.bias,
        "idf": model.vocabulary.idf,
        "examples": model.neighbours.examples,
        "starts": model.neighbours.starts,
        "mood": model.mood.dense if model.mood else np.zeros(0, dtype=np.float32),
    }
    for name, array in arrays.items():
        np.save(fresh / f"{name}.npy", array, allow_pickle=False)
    about = {
        "layout": _LAYOUT,
        "version": model.version,
        "embedder": model.embedder,
        "names": model.names,
        "temperature": model.temperature,
        "neighbours": {
            "share": model.neighbours.share,
            "scale": model.neighbours.scale,
            "offset": model.neighbours.offset,
        },
        "scope": {
            "margin": asdict(model.scope.margin),
            "nearness": asdict(model.scope.nearness),
            "threshold": model.scope.threshold,
        },
        "metrics": model.metrics,
        "mood": _about_mood(model.mood),
        "grams": sorted(model.vocabulary.index, key=model.vocabulary.index.__getitem__),
    }
    (fresh / "model.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
    (fresh / "metrics.json").write_text(
        json.dumps(model.metrics, ensure_ascii=False, indent=2), encoding="utf-8"
    )
    fresh.chmod(0o755)


def _put(fresh: Path, folder: Path) -> None:
    """Let a folder take the place of the one of its name, trained before from the same data and perhaps serving.

    No folder can be swapped for another in one step: whoever looks between the two, or after a crash there, finds the
    one before where `_standing` looks for it.
    """
    aside = _aside(folder)
    if folder.exists():
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
    fresh.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".before-{folder.name}")


def _standing(folder: Path) -> Path | None:
    """Where a version's files are; none when there are none."""
    found = (each for each in (folder, _aside(folder)) if (each / "model.json").is_file())
    return next(found, None) if folder.name else None


def _about_mood(head: MoodHead | None) -> dict[str, Any] | None:
    """All of it but its vector, which is an array of its own."""
    if head is None:
        return None
    return {
        "signs": dict(head.signs),
        "bias": head.bias,
        "leans": head.leans,
        "sure": head.sure,
        "top": head.top,
    }


def point(root: Path, version: str) -> None:
    """Let a version serve; the one that served is remembered, so that it can be gone back to."""
    before = serving(root)
    if before is not None and before != version:
        _name(root, _PREVIOUS, before)
    _name(root, _POINTER, version)


def serving(root: Path) -> str | None:
    """The version that serves."""
    return _named(root, _POINTER)


def previous(root: Path) -> str | None:
    """The version that served before, while it is still there."""
    version = _named(root, _PREVIOUS)
    return version if version and _standing(root / version) else None


def _name(root: Path, name: str, version: str) -> None:
    waiting = root / f".{name}-{os.getpid()}"
    waiting.write_text(version + "\n", encoding="utf-8")
    waiting.replace(root / name)


def _named(root: Path, name: str) -> str | None:
    try:
        return (root / name).read_text(encoding="utf-8", errors="replace").strip() or None
    except FileNotFoundError:
        return None


def _resolve(folder: Path) -> Path:
    if standing := _standing(folder):
        return standing
    version = serving(folder)
    if version is None:
        raise ModelError(f"no intent model in {str(folder)!r}; run `frontdesk train`")
    return _standing(folder / version) or folder / version


def _current(root: Path, embedder: str) -> Model | None:
    """The model that serves; none when it can not: broken, of another layout or another embedder."""
    try:
        serving = load(root)
    except ModelError:
        return None
    return serving if serving.embedder == embedder else None


def _changed(serving: Model | None, model: Model) -> str:
    """How the intents differ, in words; empty when both read the same ones."""
    if serving is None or set(serving.names) == set(model.names):
        return ""
    added, gone = set(model.names) - set(serving.names), set(serving.names) - set(model.names)
    told = [f"adds {', '.join(sorted(added))}"] if added else []
    told += [f"leaves out {', '.join(sorted(gone))}"] if gone else []
    return f"not compared with the one before, because it {' and '.join(told)}"


def _accuracy(model: Model | None) -> float | None:
    found = model.metrics.get("accuracy") if model else None
    return float(found) if isinstance(found, int | float) else None
