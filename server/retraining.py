"""Train with reviewed messages, and hold the new model against the one that serves before anything is switched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from intents import versions
from intents.catalogue import Catalogue, said_as
from intents.classifier import Model
from intents.comparing import compare
from intents.errors import IntentsError, ModelError
from intents.model_store import load
from intents.moods import load_moods
from intents.own_catalogue import NONE_OF_THESE
from intents.reader import Reader
from intents.training import Labelled, train
from intents.versions import Waiting
from knowledge.embedders.remembering import RememberingEmbedder
from server.asking import read_labelled
from server.errors import FrontdeskError
from server.settings import Settings
from server.store import doubts
from server.store.engine import open_engine, open_sessions
from server.wiring import (
    REPOSITORY,
    catalogue_of,
    embedder_of,
    intent_embedder_of,
    intent_folder,
    playbooks_of,
)

Tell = Callable[[str], None]
SHIPPED_GOLDEN = REPOSITORY / "evals" / "golden" / "intents.jsonl"
"""Data only: the code of the evaluations is above this room."""


@dataclass(frozen=True, slots=True)
class Reviewed(Labelled):
    """A visitor's message with what a person says that it means; `message` names it without its words."""

    message: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """What a training is fed with."""

    labelled: tuple[Labelled, ...]
    strangers: tuple[str, ...]
    reviewed: int = 0
    left_out: tuple[str, ...] = ()
    """Without the visitor's words: it is kept in a file, and these may be taken back."""


def with_reviewed(catalogue: Catalogue, reviewed: Sequence[Reviewed]) -> Material:
    """The catalogue and the reviewed messages, each text once: what the catalogue says holds, then what comes first."""
    owner = {said_as(item.text): item.intent for item in catalogue.labelled()}
    owner |= {said_as(text): NONE_OF_THESE for text in catalogue.out_of_scope}
    labelled, strangers = list(catalogue.labelled()), list(catalogue.out_of_scope)
    learned, left_out = 0, list[str]()
    for item in reviewed:
        holds = owner.get(said_as(item.text))
        if holds is not None:
            if holds != item.intent:
                left_out.append(
                    f"message {item.message} as {item.intent}: its words stand as {holds} already"
                )
            continue
        if item.intent != NONE_OF_THESE and item.intent not in catalogue.intents:
            left_out.append(f"message {item.message}: the catalogue has no intent {item.intent!r}")
            continue
        owner[said_as(item.text)] = item.intent
        learned += 1
        if item.intent == NONE_OF_THESE:
            strangers.append(item.text)
        else:
            labelled.append(item)
    return Material(tuple(labelled), tuple(strangers), learned, tuple(left_out))


async def reviewed_messages(settings: Settings) -> list[Reviewed]:
    """The candidates of all sites: one model reads for all of them."""
    engine = open_engine(settings.database)
    try:
        async with open_sessions(engine)() as session:
            rows = await doubts.candidates(session, playbooks_of(settings).sites)
    finally:
        await engine.dispose()
    return [Reviewed(row.text, row.label or NONE_OF_THESE, row.message) for row in rows]


def golden_messages(settings: Settings) -> list[Labelled]:
    """What both models are asked: the operator's own labelled messages, and the shipped ones."""
    if settings.golden is not None:
        return read_labelled(settings.golden)
    folder = settings.catalog_dir
    files = [
        file
        for file in (folder / "golden.jsonl" if folder else None, SHIPPED_GOLDEN)
        if file and file.is_file()
    ]
    found = {said_as(row.text): row for file in reversed(files) for row in read_labelled(file)}
    return list(found.values())


def train_with_reviewed(settings: Settings, reviewed: Sequence[Reviewed], *, by: str, tell: Tell) -> Waiting:
    """Train and compare; the new model waits, and the one that serves goes on serving."""
    root = intent_folder(settings)
    with alone(root):
        catalogue = catalogue_of(settings)
        material = with_reviewed(catalogue, reviewed)
        embedder = RememberingEmbedder(intent_embedder_of(settings, embedder_of(settings, tell), tell))
        model = train(
            material.labelled,
            embedder,
            strangers=material.strangers,
            negatives=catalogue.negatives(),
            moods=load_moods(),
            progress=lambda doing, done: tell(f"{done * 0.8:4.0%}  {doing}"),
        )
        model = replace(model, metrics=without_words(told_of(model, catalogue, material.reviewed), reviewed))
        tell(" 80%  reading the golden messages with both models")
        after = Reader(embedder, model, catalogue)
        before = _serving(root, embedder, catalogue)
        learned = _texts(material)
        golden = [row for row in golden_messages(settings) if said_as(row.text) not in learned]
        found = Waiting(
            version=model.version,
            against=before.model_version if before else None,
            at=datetime.now(UTC).isoformat(),
            by=by,
            reviewed=material.reviewed,
            left_out=material.left_out,
            held_out=_held_out(root, model.metrics),
            golden=compare(before, after, golden),
        )
        versions.keep_waiting(model, root, found)
        tell("100%  done; nothing is switched yet")
        return found


def told_of(model: Model, catalogue: Catalogue, reviewed: int) -> dict[str, Any]:
    """What a model says about its own training."""
    return {**model.metrics, "catalogue": catalogue.digest, "reviewed": reviewed}


def without_words(metrics: dict[str, Any], reviewed: Sequence[Labelled]) -> dict[str, Any]:
    """The figures of a training with no example quoted that a visitor wrote: they are kept beside the model."""
    theirs = {said_as(item.text) for item in reviewed}
    confusions = []
    for row in metrics.get("confusions", ()):
        pairs = [
            pair
            for pair in zip(row["examples"], row["nearest"], strict=True)
            if not theirs.intersection(said_as(text) for text in pair)
        ]
        shown = {"examples": [text for text, _ in pairs], "nearest": [near for _, near in pairs]}
        confusions.append({**row, **shown})
    return {**metrics, "confusions": confusions}


def _texts(material: Material) -> frozenset[str]:
    """A golden message that is also an example would be no test."""
    return frozenset(
        said_as(text) for text in (*(item.text for item in material.labelled), *material.strangers)
    )


def _serving(root: Path, embedder: RememberingEmbedder, catalogue: Catalogue) -> Reader | None:
    try:
        return Reader(embedder, load(root), catalogue)
    except IntentsError:
        return None


def _held_out(root: Path, after: Any) -> dict[str, float | None]:
    try:
        before: Any = load(root).metrics
    except ModelError:
        before = {}
    return {
        f"{name}_{when}": metrics.get(name)
        for name in ("accuracy", "macro_f1")
        for when, metrics in (("before", before), ("after", after))
    }


@contextmanager
def alone(root: Path, *, patient: bool = False) -> Iterator[None]:
    """One training at a time, whichever process it is in; the lock goes with the process that holds it.

    Who is patient waits until the other is done.
    """
    import fcntl

    root.mkdir(parents=True, exist_ok=True)
    with (root / ".training").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if patient else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise FrontdeskError(
                "a training is running already; wait until it is done", code="training", status=409
            ) from error
        yield


def preview(found: Waiting) -> str:
    """What would change, for the command line."""
    golden, held = found.golden, found.held_out
    lines = [f"version {found.version}, with {found.reviewed} reviewed messages; nothing is switched yet"]
    if golden.before is not None:
        lines += [
            (
                f"golden messages ({golden.texts}): right {golden.before.right} -> {golden.after.right}, "
                f"macro F1 {golden.before.macro_f1:.3f} -> {golden.after.macro_f1:.3f}, "
                f"none of these {golden.before.refused} -> {golden.after.refused} of {golden.strangers}"
            ),
            f"cross-validated accuracy {held['accuracy_before']} -> {held['accuracy_after']}",
        ]
    for kind in ("better", "worse", "neither"):
        for each in golden.of_kind(kind):
            lines.append(f"{kind:8} {each.text!r}: {each.before} -> {each.after} (meant: {each.meant})")
    lines += [f"left out {words}" for words in found.left_out]
    lines.append("`frontdesk train switch` lets it serve, `frontdesk train discard` forgets it")
    return "\n".join(lines)


def as_json(found: Waiting) -> dict[str, Any]:
    """The same for programs."""
    value = {
        name: getattr(found, name) for name in ("version", "against", "at", "by", "reviewed", "held_out")
    }
    golden = found.golden.as_json()
    kinds = [each.kind for each in found.golden.changed]
    golden["changed"] = [{**row, "kind": kind} for row, kind in zip(golden["changed"], kinds, strict=True)]
    return json.loads(json.dumps({**value, "left_out": found.left_out, "golden": golden}))  # type: ignore[no-any-return]
