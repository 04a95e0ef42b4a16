"""The models that tests need, made once and kept between runs: the exported embedder and the trained intents."""

from __future__ import annotations

import asyncio
import threading
from functools import cache
from pathlib import Path

import pytest

from evals import installation
from server.settings import Settings
from server.wiring import embedder_of

MODELS = Path(__file__).resolve().parents[2] / ".data" / "test-models"


@cache
def prepared() -> Settings:
    """The demo company with its documents ingested and the shipped intents trained; made anew when sources change.

    Works inside a running event loop too: the making happens in a thread with a loop of its own.
    """
    made: list[Settings] = []

    def make() -> None:
        made.append(asyncio.run(installation.template(Settings(data_dir=MODELS), lambda _: None)))

    worker = threading.Thread(target=make)
    worker.start()
    worker.join()
    assert made, f"the models could not be made in {MODELS}; the traceback above says why"
    return made[0]


def an_installation(folder: Path) -> Settings:
    """A demo installation of the test's own in a fresh folder; the models are shared."""
    return installation.copy(prepared(), folder)


@cache
def exported_embedder() -> Path:
    """A data folder in which the embedder is exported; much faster to have than a whole installation."""
    embedder_of(Settings(data_dir=MODELS))
    return MODELS


@pytest.fixture(scope="session")
def models() -> Settings:
    """The prepared installation, for reading only; `an_installation` gives one to write to."""
    return prepared()
