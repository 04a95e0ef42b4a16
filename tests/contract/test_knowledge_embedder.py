"""Every embedder: unit rows in order, one length, a name; the local model and an endpoint pass the same suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest

from knowledge.embedders.exporting import export
from knowledge.embedders.minilm import MiniLm
from knowledge.embedders.openai import BATCH, OpenAiEmbedder
from knowledge.errors import EmbedderFailedError
from knowledge.ports import Embedder
from tests.support.fake_openai import FakeOpenAi, Reply, a_fake_openai
from tests.support.knowledge import WordEmbedder
from tests.support.models import exported_embedder

Make = Callable[[str], Embedder]
TEXTS = ["What does the Team plan cost?", "Photos are sent over Wi-Fi.", "The trial lasts fourteen days."]


@pytest.fixture
def server() -> Iterator[FakeOpenAi]:
    with a_fake_openai() as fake:
        yield fake


@pytest.fixture(params=["local", "endpoint", "words"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    with ExitStack() as stack:
        if request.param == "local":
            folder = export(exported_embedder() / "models")
            yield lambda _: MiniLm(folder)
        elif request.param == "endpoint":
            fake = stack.enter_context(a_fake_openai())
            yield lambda model: OpenAiEmbedder(fake.url, model)
        else:
            yield lambda _: WordEmbedder()


def test_each_text_becomes_one_row_of_unit_length(make: Make) -> None:
    embedder = make("small")

    vectors = embedder.embed(TEXTS)

    assert vectors.shape == (3, embedder.dim)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)


def test_no_texts_are_no_rows_of_the_right_length(make: Make) -> None:
    embedder = make("small")

    assert embedder.embed([]).shape == (0, embedder.dim)


def test_rows_stand_in_the_order_of_the_texts(make: Make) -> None:
    embedder = make("small")

    together, reversed_ = embedder.embed(TEXTS), embedder.embed(TEXTS[::-1])

    assert np.allclose(together, reversed_[::-1], atol=1e-4)


def test_a_text_has_the_same_vector_alone_and_among_many(make: Make) -> None:
    embedder = make("small")
    many = [f"{TEXTS[0]} {n}" for n in range(5)]

    assert np.allclose(embedder.embed(many)[3], embedder.embed([many[3]])[0], atol=1e-4)


def test_the_name_stays_while_the_model_does(make: Make) -> None:
    assert make("small").name
    assert make("small").name == make("small").name


def test_another_model_at_the_endpoint_has_another_name(server: FakeOpenAi) -> None:
    assert OpenAiEmbedder(server.url, "small").name != OpenAiEmbedder(server.url, "large").name


def test_many_texts_are_sent_in_batches_with_the_key(server: FakeOpenAi) -> None:
    embedder = OpenAiEmbedder(server.url, "small", "s3cret")

    vectors = embedder.embed([f"text number {n}" for n in range(BATCH + 1)])

    sizes = [len(asked.body["input"]) for asked in server.asked]
    assert vectors.shape[0] == BATCH + 1
    assert sizes == [1, BATCH, 1], "one to learn the length, then full batches"
    assert {asked.headers["authorization"] for asked in server.asked} == {"Bearer s3cret"}
    assert {asked.path for asked in server.asked} == {"/v1/embeddings"}


@pytest.mark.parametrize(
    ("reply", "fix"),
    [
        (Reply(b"{}", 401), "status 401.*key"),
        (Reply(b"", 302, {"location": "http://127.0.0.1:1/"}), "status 302"),
        (Reply(b"<html>", 200), "OpenAI protocol"),
        (Reply(b'{"data": []}', 200), "OpenAI protocol"),
        (Reply(b"{}", 503), "status 503"),
        (Reply(b"{", 200, hangs_up=True), "address"),
    ],
)
def test_a_server_that_fails_is_named_with_what_to_look_at(
    server: FakeOpenAi, reply: Reply, fix: str
) -> None:
    server.will(reply)

    with pytest.raises(EmbedderFailedError, match=fix) as raised:
        OpenAiEmbedder(server.url, "small", "s3cret").embed(TEXTS)

    assert "s3cret" not in str(raised.value)


def test_vectors_that_change_their_length_are_refused(server: FakeOpenAi) -> None:
    embedder = OpenAiEmbedder(server.url, "small")
    assert embedder.dim == WordEmbedder.dim
    server.vectors = [[1.0, 2.0]]

    with pytest.raises(EmbedderFailedError, match="changed their length"):
        embedder.embed(["one"])
