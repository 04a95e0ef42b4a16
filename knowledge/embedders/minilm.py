"""The default embedder: all-MiniLM-L6-v2 as int8 ONNX, run on one thread without torch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from knowledge.embedders.exporting import MODEL_FILE, NAME_FILE, TOKENIZER_FILE
from knowledge.errors import ModelMissingError

MAX_TOKENS = 256
"""What the model was trained to pool over; longer texts are cut."""
BATCH = 16


class MiniLm:
    """Serves the files that `exporting.export` wrote. Opens them on first use; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._session: Any = None
        self._tokenizer: Any = None
        self._dim = 0
        self._name = ""

    @property
    def name(self) -> str:
        self._open()
        return self._name

    @property
    def dim(self) -> int:
        self._open()
        return self._dim

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        self._open()
        vectors = np.zeros((len(texts), self._dim), dtype=np.float32)
        # Texts of like length share a batch: padding is work that nobody sees.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for at in range(0, len(order), BATCH):
            rows = order[at : at + BATCH]
            vectors[rows] = self._embed_batch([texts[i] for i in rows])
        return vectors

    def _embed_batch(self, texts: list[str]) -> NDArray[np.float32]:
        encoded = self._tokenizer.encode_batch(texts)
        longest = max(len(one.ids) for one in encoded)
        ids = np.zeros((len(encoded), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, one in enumerate(encoded):
            ids[row, : len(one.ids)] = one.ids
            mask[row, : len(one.ids)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask}
        return cast("NDArray[np.float32]", self._session.run(None, feeds)[0])

    def _open(self) -> None:
        if self._session is not None:
            return
        with self._lock:
            if self._session is not None:
                return
            import onnxruntime as ort
            from tokenizers import Tokenizer

            model = self._folder / MODEL_FILE
            if not model.exists():
                message = f"No embedding model in {str(self._folder)!r}: run `frontdesk train` or export it there first"
                raise ModelMissingError(message)
            tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER_FILE))
            tokenizer.no_padding()
            tokenizer.enable_truncation(MAX_TOKENS)
            options = ort.SessionOptions()
            # Measured: one thread a call and a bounded pool beat two threads a call under load.
            options.intra_op_num_threads = 1
            options.inter_op_num_threads = 1
            session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
            self._dim = int(session.get_outputs()[0].shape[-1])
            self._name = (self._folder / NAME_FILE).read_text(encoding="utf-8").strip()
            self._tokenizer = tokenizer
            self._session = session
