"""The exported embedder against the model that it came from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge.embedders.exporting import export, packaged_model
from knowledge.embedders.minilm import MiniLm
from knowledge.errors import ModelMissingError

TEXTS = [
    "How do I reset my password?",
    "Team costs 12 EUR per seat a month when billed yearly, or 15 EUR billed monthly.",
    "The mobile app keeps the jobs of today and the next seven days and works without a connection. " * 8,
    "single sign-on with an identity provider",
]


@pytest.mark.slow
def test_the_exported_model_says_what_the_original_says(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    folder = export(tmp_path)
    ours = MiniLm(folder).embed(TEXTS)
    theirs = SentenceTransformer(str(packaged_model())).encode(TEXTS, normalize_embeddings=True)

    cosines = (ours * np.asarray(theirs)).sum(axis=1)
    assert cosines.mean() >= 0.99
    assert export(tmp_path) == folder


@pytest.mark.slow
def test_a_text_has_the_same_vector_alone_and_among_others(tmp_path: Path) -> None:
    embedder = MiniLm(export(tmp_path))

    assert np.array_equal(embedder.embed(TEXTS)[0], embedder.embed(TEXTS[:1])[0])


def test_a_folder_without_a_model_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="safetensors"):
        export(tmp_path / "out", source=tmp_path)
    with pytest.raises(ModelMissingError, match="export it"):
        MiniLm(tmp_path).embed(["x"])
