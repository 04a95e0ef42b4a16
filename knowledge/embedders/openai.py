"""Any OpenAI-compatible `/v1/embeddings` endpoint as the embedder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import cast
from urllib.parse import urlsplit

import httpx
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from knowledge.errors import EmbedderFailedError

BATCH = 64
_TRIES = 3
_SECONDS = 30.0
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_LONGEST_WAIT_S = 10.0


class _Row(BaseModel):
    index: int
    embedding: list[float]


class _Reply(BaseModel):
    data: list[_Row]


class OpenAiEmbedder:
    """Vectors from a server. Opens nothing until it is asked; safe to share between threads.

    Redirects are not followed and the environment's proxies and credentials are not used: the key goes to the named
    endpoint or nowhere.
    """

    def __init__(self, base_url: str, model: str, key: str = "", *, seconds: float = _SECONDS) -> None:
        self._base_url = base_url.rstrip("/")
        self._model = model
        self._key = key
        self._seconds = seconds
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._dim = 0
        self._pause = threading.Event()

    @property
    def name(self) -> str:
        """Host and model: another of either means other vectors."""
        return f"{self._where}/{self._model}"

    @property
    def dim(self) -> int:
        """Discovered by asking once."""
        if not self._dim:
            self._dim = len(self._ask(["dimension"])[0])
        return self._dim

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """In batches; raises `EmbedderFailedError` when the server does not answer as it should."""
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for at in range(0, len(texts), BATCH):
            # Most servers refuse an empty text; a space says as little.
            rows = self._ask([text or " " for text in texts[at : at + BATCH]])
            if any(len(row) != self._dim for row in rows):
                raise EmbedderFailedError(
                    f"the embeddings of {self._model!r} changed their length; was the model behind the name replaced? "
                    "restart and ingest again"
                )
            vectors[at : at + len(rows)] = rows
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        norms[norms == 0] = 1
        return cast("NDArray[np.float32]", vectors / norms)

    def _ask(self, texts: list[str]) -> list[list[float]]:
        reply = self._reply(texts)
        try:
            rows = sorted(_Reply.model_validate_json(reply.content).data, key=lambda row: row.index)
        except ValidationError:
            rows = []
        if len(rows) != len(texts) or not all(row.embedding for row in rows):
            raise EmbedderFailedError(
                f"the endpoint at {self._where} sent no embeddings for {self._model!r}; "
                "check that it speaks the OpenAI protocol and that the model makes embeddings"
            )
        return [row.embedding for row in rows]

    def _reply(self, texts: list[str]) -> httpx.Response:
        problem = ""
        for tried in range(_TRIES):
            try:
                reply = self._http().post("/embeddings", json={"model": self._model, "input": texts})
            except httpx.HTTPError as error:
                problem, wait = type(error).__name__, 0.0
            else:
                if reply.status_code == httpx.codes.OK:
                    return reply
                problem, wait = f"status {reply.status_code}", _wait_s(reply)
                if reply.status_code not in _PASSING:
                    break
            if tried + 1 < _TRIES:
                self._pause.wait(min(_LONGEST_WAIT_S, max(wait, 0.2 * 2**tried)))
        raise EmbedderFailedError(
            f"the embeddings endpoint at {self._where} failed ({problem}); "
            f"check its address, model {self._model!r} and key"
        )

    @property
    def _where(self) -> str:
        return urlsplit(self._base_url).netloc.rpartition("@")[2]

    def _http(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                headers = {"authorization": f"Bearer {self._key}"} if self._key else {}
                self._client = httpx.Client(
                    base_url=self._base_url,
                    headers=headers,
                    timeout=self._seconds,
                    follow_redirects=False,
                    trust_env=False,
                )
            return self._client


def _wait_s(reply: httpx.Response) -> float:
    told = reply.headers.get("retry-after", "")
    return float(told) if told.isdecimal() else 0.0
