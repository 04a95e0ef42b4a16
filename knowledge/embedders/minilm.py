"""The default embedder: all-MiniLM-L6-v2 as int8 ONNX, run on one thread without torch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from knowledge.embedders.exporting import MAX_TOKENS, MODEL_FILE, NAME_FILE, TOKENIZER_FILE
from knowledge.errors import ModelMissingError


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
        """Each text by itself, never in batches.

        The int8 model scales its activations over whatever it is given at once, so that a text's vector would depend
        on its neighbours; and on one thread a batch only adds padding (80 passages a second in batches, 130 alone).
        """
        self._open()
        vectors = np.zeros((len(texts), self._dim), dtype=np.float32)
        for row, text in enumerate(texts):
            ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
            feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
            vectors[row] = cast("NDArray[np.float32]", self._session.run(None, feeds)[0])[0]
        return vectors

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
