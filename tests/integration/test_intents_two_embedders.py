"""A second model beside the first, for intents only: the setting, what is trained with it, and what doctor says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from intents.model_store import load
from knowledge.embedders.joined import JoinedEmbedder
from knowledge.embedders.remembering import RememberingEmbedder
from server import doctor
from server.preparing import prepare
from server.settings import Settings, load_settings
from server.wiring import embedder_of, intent_embedder_of, intent_folder, playbooks_of, reader_of
from tests.support.intents_world import HashingEmbedder, a_context
from tests.support.tiny_model import a_tiny_model


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        embedder=str(a_tiny_model(tmp_path / "first")),
        intent_embedder=str(a_tiny_model(tmp_path / "second", layout="mpnet", seed=1)),
    )


def test_two_embedders_are_one_of_unit_length_whose_cosine_is_their_mean() -> None:
    first = HashingEmbedder()
    joined = JoinedEmbedder(first, RememberingEmbedder(first))

    vectors = joined.embed(["how much is it", "can i see a demo"])

    alone = first.embed(["how much is it", "can i see a demo"])
    assert vectors.shape == (2, joined.dim)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.isclose(vectors[0] @ vectors[1], alone[0] @ alone[1], atol=1e-5)
    assert joined.embed([]).shape == (0, joined.dim)


def test_the_setting_is_read_from_the_environment() -> None:
    assert load_settings({}, {"FRONTDESK_INTENT_EMBEDDER": "big"}).intent_embedder == "big"
    assert load_settings({}, {}).intent_embedder == ""


def test_intents_are_read_with_both_and_documents_with_the_first(settings: Settings) -> None:
    first = embedder_of(settings)

    both = intent_embedder_of(settings, first)

    assert first.name.startswith("first-int8-")
    assert both.name.startswith(f"{first.name} + second-int8-")
    assert both.dim == 2 * first.dim


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_model_trained_with_both_serves_and_is_trained_anew_when_one_goes(
    settings: Settings,
) -> None:
    prepare(settings, lambda _: None)
    reader = reader_of(settings, embedder_of(settings), playbooks_of(settings))
    assert reader.read("how much is it", a_context()).model_version == reader.model_version
    assert "second-int8" in next(check.detail for check in doctor.checks(settings) if check.name == "intents")

    alone = settings.model_copy(update={"intent_embedder": ""})
    intents = next(check for check in doctor.checks(alone) if check.name == "intents")
    assert not intents.ok
    assert "frontdesk train" in intents.detail

    prepare(alone, lambda _: None)

    assert load(intent_folder(alone)).embedder == embedder_of(alone).name
