"""A small trained reader for tests: no model files, the same every time."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from intents.catalogue import Catalogue, load_catalogue
from intents.classifier import Model
from intents.facts import find_facts
from intents.features import grams
from intents.reader import Reader
from intents.training import train
from intents.values import Asked, Fact, ReadingContext

PLANS = ("Starter", "Team", "Business", "Enterprise")
WEDNESDAY = datetime(2026, 11, 18, 10, tzinfo=ZoneInfo("Europe/Berlin"))


class HashingEmbedder:
    """Words and letters hashed into a vector: near for like spelling, which is enough to drive a classifier."""

    name = "hashing-256"
    dim = 256

    def __init__(self) -> None:
        self.calls = 0

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        self.calls += 1
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            for counts in grams(text):
                for gram, count in counts.items():
                    hashed = zlib.crc32(gram.encode())
                    vectors[row, hashed % self.dim] += count if hashed & 1024 else -count
        unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
        return unit


@lru_cache(maxsize=1)
def shipped() -> tuple[Catalogue, Model]:
    """The shipped catalogue and a model of it, trained once a test run."""
    catalogue = load_catalogue()
    model = train(catalogue.labelled(), HashingEmbedder(), strangers=catalogue.out_of_scope, folds=3)
    return catalogue, model


def a_reader() -> Reader:
    catalogue, model = shipped()
    return Reader(HashingEmbedder(), model, catalogue, PLANS)


def a_context(
    *, asked: Asked | None = None, now: datetime = WEDNESDAY, zone: str = "Europe/Berlin", locale: str = "en"
) -> ReadingContext:
    return ReadingContext(now=now, time_zone=zone, locale=locale, asked=asked, message_id="m1")


def facts_in(text: str, context: ReadingContext | None = None) -> tuple[Fact, ...]:
    """The facts of a text, as the reader finds them, without a classifier."""
    return find_facts(a_reader().redact(text), context or a_context(), PLANS)


def values_of(name: str, text: str, context: ReadingContext | None = None) -> list[object]:
    return [fact.value for fact in facts_in(text, context) if fact.name == name]
