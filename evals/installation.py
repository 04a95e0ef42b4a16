"""Installations of the demo company for one evaluation: prepared once per state of the sources, copied per use."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from intents.catalogue import load_catalogue
from intents.model_store import save
from intents.moods import load_moods
from intents.training import train
from knowledge.library import Library
from server.settings import Settings
from server.store.engine import open_engine, open_sessions
from server.wiring import (
    DEMO,
    REPOSITORY,
    embedder_of,
    intent_embedder_of,
    intent_folder,
    model_folder,
    upgrade_database,
)

Tell = Callable[[str], None]

# What the template is made from. Whatever changes here makes a new one, so that no stale model is ever measured.
_SOURCES = ("intents", "knowledge", "server/migrations", "server/store/engine.py", "demo/docs")
_BASE_URL = "/docs"


async def template(settings: Settings, tell: Tell) -> Settings:
    """The demo company with its documents ingested and the shipped intents trained, below the data folder."""
    embedder = intent_embedder_of(settings, embedder_of(settings, tell), tell)
    root = settings.data_dir / "evals"
    folder = root / f"house-{_digest(embedder.name)}"
    if not folder.exists():
        root.mkdir(parents=True, exist_ok=True)
        workshop = Path(tempfile.mkdtemp(prefix=".house-", dir=root))
        _share_embedder(settings, _at(workshop, settings))
        await _make(_at(workshop, settings), tell)
        _put_in_place(workshop, folder)
    return _at(folder, settings)


def copy(template: Settings, folder: Path) -> Settings:
    """An installation of its own in `folder`, in the template's state; the models are shared, the data is not."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in template.data_dir.iterdir():
        if file.is_dir():
            (folder / file.name).symlink_to(file.absolute(), target_is_directory=True)
        else:
            shutil.copyfile(file, folder / file.name)
    return _at(folder, template)


def _at(folder: Path, settings: Settings) -> Settings:
    """Settings of an installation there; of the given ones only the embedders matter."""
    return Settings(
        data_dir=folder,
        playbooks=folder / "no-playbooks",
        demo=True,
        embedder=settings.embedder,
        intent_embedder=settings.intent_embedder,
        threads=1,
        public_url="https://desk.example",
    )


async def _make(settings: Settings, tell: Tell) -> None:
    upgrade_database(settings)
    embedder = embedder_of(settings, tell)
    catalogue = load_catalogue()
    tell("training the intents")
    reads = intent_embedder_of(settings, embedder, tell)
    model = train(
        catalogue.labelled(),
        reads,
        strangers=catalogue.out_of_scope,
        negatives=catalogue.negatives(),
        moods=load_moods(),
    )
    save(model, intent_folder(settings), force=True)
    tell("reading the demo company's documents")
    engine = open_engine(settings.database)
    try:
        library = Library(open_sessions(engine), embedder)
        await library.ingest("demo", [DEMO / "docs"], base_url=_BASE_URL, now=datetime.now(UTC))
    finally:
        await engine.dispose()


def _digest(embedder: str) -> str:
    digest = hashlib.sha256(embedder.encode())
    for source in _SOURCES:
        for file in sorted(_files(REPOSITORY / source)):
            digest.update(f"\x1e{file.relative_to(REPOSITORY)}\x1f".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for parent, _, names in os.walk(path):
        yield from (Path(parent) / name for name in names if not name.endswith(".pyc"))


def _put_in_place(workshop: Path, folder: Path) -> None:
    """The rename is the commit; who comes second throws theirs away, and so is what older sources had made."""
    with suppress(OSError):
        workshop.rename(folder)
    shutil.rmtree(workshop, ignore_errors=True)
    an_hour_ago = time.time() - 3_600
    for other in folder.parent.glob("*house-*"):
        # Younger ones may be in use by, or still be made by, somebody else.
        if other != folder and other.stat().st_mtime < an_hour_ago:
            shutil.rmtree(other, ignore_errors=True)


def _share_embedder(settings: Settings, other: Settings) -> None:
    """Let `other` use what `settings` exported, instead of exporting it again."""
    model_folder(other).mkdir(parents=True, exist_ok=True)
    for folder in model_folder(settings).glob("embedder-*"):
        (model_folder(other) / folder.name).symlink_to(folder.absolute(), target_is_directory=True)
