"""Reading a message beside its embedding, training and loading a catalogue, and semantic-router on the same weights."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from evals import gates
from evals.benches.stopwatch import one_thread, timed
from evals.datasets import OUT_OF_SCOPE, json_lines, labelled
from evals.metrics import accuracy, median, quantile
from evals.report import Figures, Report
from evals.suites.intents import GOLDEN
from intents import model_store
from intents.catalogue import Catalogue, load_catalogue
from intents.classifier import Classifier, Model
from intents.moods import load_moods
from intents.ports import Embedder, Vectors
from intents.reader import Reader
from intents.training import Labelled, train
from intents.values import ReadingContext
from knowledge.embedders.exporting import packaged_model
from knowledge.embedders.remembering import RememberingEmbedder

INSTALL = "pip install 'frontdesk[peers]'"
GOLDEN_LANGUAGES = GOLDEN.with_name("languages.jsonl")
_INTENTS = 40
_ROUNDS = 20
_WARM_UP = 5

Tell = Callable[[str], None]


def run(embedder: Embedder, tell: Tell) -> Report:
    """All on one thread; CPU is of the whole process."""
    catalogue = load_catalogue()
    golden = [row for row in labelled(GOLDEN) if row.intent not in OUT_OF_SCOPE]
    with one_thread():
        trained, model = _training(embedder, catalogue, tell)
        figures = dict(trained)
        tell(f"reading {len(golden)} messages")
        figures |= _reading(embedder, model, catalogue, [row.text for row in golden])
        for language, said in _in_languages().items():
            tell(f"reading {len(said)} messages in {language}")
            figures |= _reading(embedder, model, catalogue, said, f"reading_cpu_ms_{language}")
        tell("sorting them")
        classifier = Classifier(model, embedder)
        ours = _asked(golden, lambda text: classifier.predict([text]).best(0, 1)[0][0])
        figures |= {"accuracy": ours[0], "cpu_ms": ours[1]}
        remarks: tuple[str, ...] = ()
        if find_spec("semantic_router") is None:
            remarks = (f"the peer is not installed: {INSTALL}",)
            figures |= dict.fromkeys(("peer_accuracy", "peer_cpu_ms", "peer_cpu_ratio", "accuracy_over_peer"))
        else:
            tell("asking the peer")
            theirs = _asked(golden, _semantic_router(catalogue))
            figures |= {
                "peer_accuracy": theirs[0],
                "peer_cpu_ms": theirs[1],
                "peer_cpu_ratio": ours[1] / theirs[1],
                "accuracy_over_peer": ours[0] - theirs[0],
            }
    return Report("intents", figures, gates.bars("bench-intents", figures), remarks)


def _training(embedder: Embedder, catalogue: Catalogue, tell: Tell) -> tuple[Figures, Model]:
    """The shipped catalogue, stretched to forty intents by halving its largest; then written and loaded."""
    rows = _stretched(catalogue.labelled())
    remembering = RememberingEmbedder(embedder)
    tell(f"embedding {len(rows)} texts once")
    remembering.embed([row.text for row in rows])
    strangers, negatives = catalogue.out_of_scope, catalogue.negatives()
    remembering.embed([*strangers, *(row.text for row in negatives)])
    tell(f"training {_INTENTS} intents")
    began, worked = time.perf_counter(), time.process_time()
    train(rows, remembering, strangers=strangers, negatives=negatives)
    trained, spent = time.perf_counter() - began, time.process_time() - worked
    model = train(
        catalogue.labelled(), remembering, strangers=strangers, negatives=negatives, moods=load_moods()
    )
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        model_store.save(model, Path(folder))
        loads = [timed(lambda: model_store.load(Path(folder))) for _ in range(_ROUNDS)]
    figures = {
        "train_s_of_40_intents": trained,
        "train_cpu_s_of_40_intents": spent,
        "load_ms": median(loads),
    }
    return figures, model


def _stretched(rows: Sequence[Labelled]) -> list[Labelled]:
    """As many intents as the bar speaks of: the largest are cut in two, which is harder than new ones would be."""
    by_intent: dict[str, list[Labelled]] = defaultdict(list)
    for row in rows:
        by_intent[row.intent].append(row)
    while len(by_intent) < _INTENTS:
        largest = max(by_intent, key=lambda name: len(by_intent[name]))
        texts = by_intent[largest]
        by_intent[f"{largest}_again"] = [Labelled(row.text, f"{largest}_again") for row in texts[1::2]]
        by_intent[largest] = texts[::2]
    return [row for texts in by_intent.values() for row in texts]


def _in_languages() -> dict[str, list[str]]:
    """The golden messages of other languages: what their gloss costs counts."""
    said: dict[str, list[str]] = defaultdict(list)
    for _, row in json_lines(GOLDEN_LANGUAGES, "language and text"):
        if row["language"] != "en":
            said[row["language"]].append(row["text"])
    return dict(sorted(said.items()))


class _Metered:
    """An embedder that adds up its own CPU time."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.name, self.dim = embedder.name, embedder.dim
        self.spent = 0.0

    def embed(self, texts: Sequence[str], /) -> Vectors:
        began = time.process_time()
        try:
            return self._embedder.embed(texts)
        finally:
            self.spent += time.process_time() - began


def _reading(
    embedder: Embedder,
    model: Model,
    catalogue: Catalogue,
    messages: Sequence[str],
    called: str = "reading_cpu_ms",
) -> Figures:
    """CPU of a whole reading, without the embedder's; every message is new, so nothing of it is remembered."""
    metered = _Metered(embedder)
    reader, context = Reader(metered, model, catalogue), ReadingContext(datetime.now(UTC))
    reader.warm()
    beside: list[float] = []
    for number, text in enumerate(messages):
        metered.spent, began = 0.0, time.process_time()
        reader.read(text, context)
        if number >= _WARM_UP:
            beside.append((time.process_time() - began - metered.spent) * 1000)
    return {f"{called}_p50": median(beside), f"{called}_p95": quantile(beside, 0.95)}


def _asked(golden: Sequence[Labelled], sort: Callable[[str], str]) -> tuple[float, float]:
    """Accuracy, and median CPU milliseconds a message, all threads together, embedding included."""
    for row in golden[:_WARM_UP]:
        sort(f"{row.text} warm")
    guessed: list[str] = []
    laps: list[float] = []
    for row in golden:
        began = time.process_time()
        guessed.append(sort(row.text))
        laps.append((time.process_time() - began) * 1000)
    return accuracy(guessed, [row.intent for row in golden]), median(laps)


def _semantic_router(catalogue: Catalogue) -> Callable[[str], str]:
    """The peer as its documentation sets it up, with no threshold: the likeliest intent is asked, as ours is."""
    from semantic_router import IndexedRouter, Route
    from semantic_router.encoders.local import LocalEncoder

    encoder = LocalEncoder(name=str(packaged_model()), device="cpu")
    routes = [Route(name=name, utterances=list(one.examples)) for name, one in catalogue.intents.items()]
    router = IndexedRouter(encoder=encoder, routes=routes)

    def sort(text: str) -> str:
        chosen = router(text)
        return "" if chosen is None or isinstance(chosen, list) else str(chosen.name)

    return sort
