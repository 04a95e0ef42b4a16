"""For tests of what is read: a reader without weights, two tiny models that differ, and messages in doubt."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from uuid_utils import uuid7

from intents import Reader
from intents.catalogue import Catalogue, load_catalogue
from intents.classifier import Model
from intents.comparing import Changed, Comparison, Measured
from intents.model_store import point, write
from intents.training import Labelled, train
from intents.values import Redacted
from intents.versions import Waiting
from server.model_desk import ModelDesk
from server.store.doubts import Why, note
from tests.support.intents_world import HashingEmbedder

_WORDS = {
    "pricing": ["what is the price", "how much does it cost", "price per seat", "cost of a seat", "your rates please",
                "is it expensive"],
    "job": ["do you hire drivers", "a job as driver", "work for you", "open positions", "apply as driver",
            "are you hiring"],
    "thanks": ["thanks a lot", "thank you", "many thanks", "cheers mate", "great, thanks", "thx"],
}  # fmt: skip
LEARNED = ("cheers for the bill", "cheers, the bill", "cheers mate, the bill")
"""What the second tiny model knows to be about the price."""


@cache
def catalogue() -> Catalogue:
    """The shipped one; read once a test run."""
    return load_catalogue()


@cache
def tiny(*, learned: bool = False) -> Model:
    """Three intents, trained in a blink; `learned` knows one more way to ask for the price."""
    labelled = [Labelled(text, name) for name, texts in _WORDS.items() for text in texts]
    more = [Labelled(text, "pricing") for text in LEARNED] if learned else []
    return train([*labelled, *more], HashingEmbedder(), folds=2)


class PretendReader:
    """Knows the shipped catalogue and reads nothing."""

    def __init__(self) -> None:
        self.model_version, self.catalogue = "v-before", catalogue()

    def use(self, model: Model, known: Catalogue) -> None:
        self.model_version, self.catalogue = model.version, known

    def redact_again(self, text: str) -> Redacted:
        return Redacted(text.replace("ada@example.com", "[email_1]"))


def a_model_desk(
    root: Path,
    writers: async_sessionmaker[AsyncSession],
    now: datetime,
    sites: tuple[str, ...],
    *,
    reader: Any = None,
    script: str = "",
) -> ModelDesk:
    """Trains by running `script`, a line of Python, in a process of its own."""
    return ModelDesk(
        root,
        cast("Reader", reader or PretendReader()),
        catalogue=catalogue,
        command=(sys.executable, "-c", script or "raise SystemExit('nobody should train here')"),
        environment={},
        writers=writers,
        sites=sites,
        clock=lambda: now,
    )


def serve(root: Path, model: Model) -> None:
    """Write the model and let it serve."""
    write(model, root)
    point(root, model.version)


def a_preview(version: str, against: str | None, at: datetime) -> Waiting:
    """What a training might have found out."""
    changed = (
        Changed("what's the damage for ten vans", "pricing", "abuse", "pricing"),
        Changed("could I get the damage report", "bug_or_outage", "bug_or_outage", "pricing"),
        Changed("damn vans", "abuse", "none_of_these", "small_talk"),
    )
    before, after = Measured(0.921, 431, 63), Measured(0.934, 436, 62)
    held: dict[str, float | None] = {
        "accuracy_before": 0.871,
        "accuracy_after": 0.874,
        "macro_f1_before": 0.87,
        "macro_f1_after": 0.873,
    }
    golden = Comparison(474, 70, before, after, changed)
    return Waiting(
        version, against, at.isoformat(), "manager", 3, ("'hi': stands as greeting already",), held, golden
    )


async def doubt(
    session: AsyncSession,
    site: str,
    conversation: str,
    text: str,
    guesses: dict[str, float],
    now: datetime,
    *,
    why: Why = "unsure",
    language: str = "en",
    minutes: int = 0,
    message: str = "",
    label: str | None = None,
    by: str | None = None,
) -> str:
    """File one message in doubt; its id."""
    made = str(uuid7())
    kept = await note(
        session, site, conversation, message or f"m-{made}", text, language, guesses, why, made,
        now - timedelta(minutes=minutes), label, by,
    )  # fmt: skip
    assert kept
    return made
