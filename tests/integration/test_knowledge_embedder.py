"""The exported embedder against the model that it came from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest

from knowledge.embedders import quantising
from knowledge.embedders.exporting import export, packaged_model
from knowledge.embedders.minilm import MiniLm
from knowledge.errors import ModelMissingError
from tests.support.tiny_model import a_tiny_model

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


@pytest.mark.parametrize(
    ("layout", "pooling"), [("bert", "mean_tokens"), ("bert", "cls_token"), ("mpnet", "mean_tokens")]
)
def test_any_folder_is_pooled_as_it_says_and_keeps_its_meaning(
    tmp_path: Path, layout: str, pooling: str
) -> None:
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModel

    source = a_tiny_model(tmp_path / "My Model", layout=layout, pooling=pooling)
    embedder = MiniLm(export(tmp_path / "models", source=source))
    ids = torch.tensor([Tokenizer.from_file(str(source / "tokenizer.json")).encode(TEXTS[0]).ids])
    with torch.inference_mode():
        states = AutoModel.from_pretrained(str(source)).eval()(ids).last_hidden_state[0]
    true = (states[0] if pooling == "cls_token" else states.mean(0)).numpy()

    cosine = float(embedder.embed(TEXTS[:1])[0] @ (true / np.linalg.norm(true)))

    assert cosine >= 0.97
    assert embedder.name.startswith("my-model-int8-")


def test_folders_that_pool_otherwise_are_other_models(tmp_path: Path) -> None:
    mean = a_tiny_model(tmp_path / "mean")
    first = a_tiny_model(tmp_path / "first", pooling="cls_token")

    assert export(tmp_path / "models", source=mean) != export(tmp_path / "models", source=first)


def test_a_way_of_pooling_that_is_not_known_is_refused(tmp_path: Path) -> None:
    source = a_tiny_model(tmp_path / "odd", pooling="max_tokens")

    with pytest.raises(ModelMissingError, match="pooling_mode_max_tokens"):
        export(tmp_path / "models", source=source)


def test_what_int8_breaks_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = a_tiny_model(tmp_path / "tender")
    whole = export(tmp_path / "whole", source=source) / "model.int8.onnx"
    faith = iter([1.0, 0.75, 0.99])
    monkeypatch.setattr(quantising, "_faith", lambda *_: next(faith))

    spared = export(tmp_path / "spared", source=source) / "model.int8.onnx"

    def kinds(file: Path) -> Counter[str]:
        return Counter(node.op_type for node in onnx.load(str(file)).graph.node)

    assert kinds(spared)["MatMul"] - kinds(whole)["MatMul"] == 2  # one down-projection a layer
