"""Make an installation ready: database, embedding model, trained intents, the demo's documents. Safe to repeat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from intents.classifier import Classifier
from intents.errors import ModelError
from intents.model_store import Verdict, load, save
from intents.model_store import serving as model_that_serves
from intents.moods import load_moods
from intents.ports import Embedder
from intents.training import Labelled, train
from intents.versions import remove_old
from knowledge.library import Library
from knowledge.values import IngestReport, OnProgress
from server.errors import FrontdeskError
from server.retraining import Reviewed, alone, reviewed_messages, told_of, with_reviewed, without_words
from server.settings import Settings
from server.store.engine import open_engine, open_sessions
from server.wiring import DEMO, catalogue_of, embedder_of, intent_embedder_of, intent_folder, upgrade_database

Tell = Callable[[str], None]


def prepare(settings: Settings, tell: Tell) -> None:
    """Everything that must be there before serving, except documents."""
    tell("Bringing the database up to date")
    upgrade_database(settings)
    settings.secret()
    embedder = intent_embedder_of(settings, embedder_of(settings, tell), tell)
    why_not = _why_not(settings, embedder)
    if why_not:
        # Two servers that start together train once: the second one waits, and finds that it is done.
        with alone(intent_folder(settings), patient=True):
            if why_not := _why_not(settings, embedder):
                _train_anew(settings, why_not, tell)
        return
    trained_on = load(intent_folder(settings)).metrics.get("catalogue")
    if trained_on is not None and trained_on != catalogue_of(settings).digest:
        tell("The catalogue changed since the model was trained; run `frontdesk train`")


def _why_not(settings: Settings, embedder: Embedder) -> str:
    """Why no trained model can serve: there is none, it is damaged, or it belongs to another embedder."""
    try:
        Classifier(load(intent_folder(settings)), embedder)
    except ModelError as error:
        return str(error)
    return ""


def _train_anew(settings: Settings, why: str, tell: Tell) -> None:
    """Train with everything that the model before may have learned from: nobody asked to forget any of it."""
    reviewed: Sequence[Reviewed] = ()
    if model_that_serves(intent_folder(settings)) is not None:
        what, _, _ = why.rpartition(";")
        tell(f"The intents are trained anew: {what or why}")
        reviewed = asyncio.run(reviewed_messages(settings))
    tell(
        f"Training the intents, with {len(reviewed)} reviewed messages"
        if reviewed
        else "Training the intents"
    )
    _train(settings, None, reviewed, force=True, tell=tell)


def train_intents(
    settings: Settings, data: list[Labelled] | None, *, force: bool, tell: Tell
) -> tuple[Verdict, dict[str, Any]]:
    """Train from the catalogue, or from the operator's own examples, and let the better model serve."""
    with alone(intent_folder(settings)):
        if data is None and not force:
            _refuse_to_forget(intent_folder(settings))
        return _train(settings, data, (), force=force, tell=tell)


def _train(
    settings: Settings, data: list[Labelled] | None, reviewed: Sequence[Reviewed], *, force: bool, tell: Tell
) -> tuple[Verdict, dict[str, Any]]:
    embedder = intent_embedder_of(settings, embedder_of(settings, tell), tell)
    catalogue, root = catalogue_of(settings), intent_folder(settings)
    material = with_reviewed(catalogue, reviewed)
    model = train(
        data if data is not None else material.labelled,
        embedder,
        strangers=material.strangers,
        negatives=catalogue.negatives() if data is None else (),
        moods=load_moods(),
        progress=lambda doing, done: tell(f"{done:4.0%}  {doing}"),
    )
    if data is None:
        told = told_of(model, catalogue, material.reviewed)
        model = replace(model, metrics=without_words(told, reviewed))
    verdict = save(model, root, force=force)
    if verdict.switched:
        remove_old(root)
    return verdict, dict(model.metrics)


def _refuse_to_forget(root: Path) -> None:
    """The catalogue alone would lose what was learned from reviewed messages."""
    try:
        reviewed = load(root).metrics.get("reviewed", 0)
    except ModelError:
        return
    if reviewed:
        raise FrontdeskError(
            f"the model that serves also learned from {reviewed} reviewed messages; run `frontdesk train --candidates` "
            "to keep them, or repeat with --force",
            code="would_forget",
        )


def confusions_of(metrics: dict[str, Any]) -> list[str]:
    """The commonest confusions in words: the examples that were misread, and what stands nearest to each."""
    lines: list[str] = []
    for row in metrics.get("confusions", ()):
        lines.append(f"{row['count']} x {row['is']} read as {row['read_as']}")
        for text, nearest in zip(row["examples"], row["nearest"], strict=True):
            lines.append(f"      {text!r}, because of {nearest!r}")
    return lines


async def ingest(
    settings: Settings, site: str, paths: list[Path], *, base_url: str, progress: OnProgress
) -> IngestReport:
    """Make the site's documents what the paths hold."""
    for path in paths:
        if not path.exists():
            raise FrontdeskError(
                f"there is nothing at {str(path)!r}; name a folder or file of documents", code="no_source"
            )
    engine = open_engine(settings.database)
    try:
        library = Library(open_sessions(engine), embedder_of(settings))
        return await library.ingest(site, paths, base_url=base_url, now=datetime.now(UTC), progress=progress)
    finally:
        await engine.dispose()


async def ingest_demo(settings: Settings, progress: OnProgress) -> IngestReport:
    """The demo company's documents, at the addresses where the demo site shows them."""
    return await ingest(settings, "demo", [DEMO / "docs"], base_url="/docs", progress=progress)
