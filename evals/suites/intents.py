"""How well messages are sorted into intents, and how well it is noticed that none of them fits."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from evals import gates
from evals.datasets import OUT_OF_SCOPE, fingerprint, json_lines, labelled, texts
from evals.errors import BadData
from evals.metrics import accuracy, auroc, macro_f1, mean, median
from evals.report import Bar, Report
from intents.catalogue import load_catalogue
from intents.classifier import Classifier, Model
from intents.ports import Embedder
from intents.reader import Reader
from intents.training import Labelled, train
from intents.values import ReadingContext, Understanding
from knowledge.embedders.remembering import RememberingEmbedder

GOLDEN = Path(__file__).parent.parent / "golden" / "intents.jsonl"
GOLDEN_TWO = GOLDEN.with_name("intents_two.jsonl")
_TIMED = 200
_CONFUSIONS = 8

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Data:
    """What to train with and what to ask. `strangers` train the scope, `oos` tests it."""

    train: Sequence[Labelled]
    strangers: Sequence[str]
    test: Sequence[Labelled]
    oos: Sequence[str]
    known_as: str = ""
    negatives: Sequence[Labelled] = ()
    """Texts that count against the intent that each carries."""


def from_files(train_file: Path, test_file: Path, oos_file: Path | None) -> Data:
    """Anybody's data. Lines labelled `oos`, `none` or the like are what no intent should claim."""
    trained, tested = labelled(train_file), labelled(test_file)
    files = [train_file, test_file, *([oos_file] if oos_file else [])]
    oos = [row.text for row in tested if row.intent in OUT_OF_SCOPE] + (texts(oos_file) if oos_file else [])
    data = Data(
        train=[row for row in trained if row.intent not in OUT_OF_SCOPE],
        strangers=[row.text for row in trained if row.intent in OUT_OF_SCOPE],
        test=[row for row in tested if row.intent not in OUT_OF_SCOPE],
        oos=oos,
        known_as=fingerprint(*files),
    )
    if len({row.intent for row in data.train}) < 2:
        raise BadData(f"{train_file}:1: fewer than two intents; add lines with another intent")
    if not data.test:
        raise BadData(f"{test_file}:1: every line is out of scope; add lines with intents")
    unknown = {row.intent for row in data.test} - {row.intent for row in data.train}
    if unknown:
        number = next(at for at, row in enumerate(tested, 1) if row.intent in unknown)
        raise BadData(f"{test_file}:{number}: intent {min(unknown)!r} has no line in {train_file}; add some")
    return data


def shipped() -> Data:
    """The shipped catalogue against its golden set; no golden text may stand among the examples."""
    catalogue = load_catalogue()
    golden = labelled(GOLDEN)
    return Data(
        train=catalogue.labelled(),
        strangers=catalogue.out_of_scope,
        test=[row for row in golden if row.intent not in OUT_OF_SCOPE],
        oos=[row.text for row in golden if row.intent in OUT_OF_SCOPE],
        negatives=catalogue.negatives(),
    )


def run(
    data: Data, embedder: Embedder, tell: Tell, *, held: bool = True, fresh: Embedder | None = None
) -> Report:
    """Train as `frontdesk train` does, then read every test message as the reader does; `held` against bars.

    `fresh` is the embedder without a memory, where `embedder` has one: a message's CPU is measured with it.
    """
    began = time.process_time()
    model = _trained(data, embedder, tell)
    spent = time.process_time() - began
    classifier = Classifier(model, embedder)
    tell(f"reading {len(data.test) + len(data.oos)} messages")
    asked, true = [row.text for row in data.test], [row.intent for row in data.test]
    cpu = {"ms_cpu": _ms_median(Classifier(model, fresh), asked, time.process_time)} if fresh else {}
    inside = classifier.predict(asked)
    guessed = [inside.best(row, 1)[0][0] for row in range(len(asked))]
    scope_inside = [float(score) for score in inside.scope]
    scope_outside = [float(score) for score in classifier.predict(data.oos).scope] if data.oos else []
    figures = {
        "accuracy": accuracy(guessed, true),
        "macro_f1": macro_f1(guessed, true),
        "oos_auroc": auroc(scope_inside, scope_outside),
        "oos_recall": mean([float(score <= 0) for score in scope_outside]) if scope_outside else None,
        "in_scope_accepted": mean([float(score > 0) for score in scope_inside]),
        "ms_median": _ms_median(classifier, asked),
        "train_cpu_s": spent,
        "model_mb": _megabytes(model),
        "train_texts": len(data.train),
        "test_texts": len(data.test),
        "oos_texts": len(data.oos),
        "intents": len(model.names),
        **cpu,
    }
    bars: tuple[Bar, ...] = ()
    if held:
        bars = (
            gates.bars_of_known(data.known_as, figures) if data.known_as else gates.bars("intents", figures)
        )
    return Report("intents", figures, bars, _remarks(asked, guessed, true))


def _read_again(reader: Reader, text: str, context: ReadingContext) -> Understanding:
    """Golden messages are kept redacted: their placeholders are ours."""
    return reader.read(text, context, redacted=reader.redact_again(text))


def run_shipped(embedder: Embedder, tell: Tell) -> Report:
    """The shipped catalogue; and, with the whole reader, messages that hold two wishes in one line."""
    catalogue, data = load_catalogue(), shipped()
    remembering = RememberingEmbedder(embedder)
    report = run(data, embedder, tell, held=False)  # timed with the embedding, so nothing remembered
    tell("reading messages with two wishes")
    model = _trained(data, remembering, tell)
    reader, context = Reader(remembering, model, catalogue), ReadingContext(datetime.now(UTC))
    found = wanted = right = 0
    for _, row in json_lines(GOLDEN_TWO, "text and intents"):
        asked, meant = set(reader.read(row["text"], context).asked_for), set(row["intents"])
        found, wanted, right = found + len(asked), wanted + len(meant), right + len(asked & meant)
    split = [len(_read_again(reader, row.text, context).asked_for) > 1 for row in data.test]
    figures = dict(report.figures) | {
        "two_wishes_precision": right / max(found, 1),
        "two_wishes_recall": right / wanted,
        "one_wish_read_as_two": mean([float(is_split) for is_split in split]),
    }
    return replace(report, figures=figures, bars=gates.bars("intents", figures))


def _trained(data: Data, embedder: Embedder, tell: Tell) -> Model:
    return train(
        data.train,
        embedder,
        strangers=data.strangers,
        negatives=data.negatives,
        progress=lambda doing, _: tell(doing),
    )


def run_shots(data: Data, embedder: Embedder, tell: Tell, shots: int, seeds: int) -> Report:
    """The mean of several draws of a few texts an intent, and how far the draws lie apart."""
    remembering = RememberingEmbedder(embedder)
    reports = [
        run(replace(data, train=draw(data.train, shots, seed), known_as=""), remembering, tell, held=False)
        for seed in range(seeds)
    ]
    figures: dict[str, float | None] = {}
    for name in reports[0].figures.keys() - {"ms_median"}:  # vectors are remembered here
        values = [report.figures[name] for report in reports]
        figures[name] = mean([value for value in values if value is not None]) if None not in values else None
    right = [report.figures["accuracy"] or 0.0 for report in reports]
    figures |= {"accuracy_lowest": min(right), "accuracy_highest": max(right), "shots": shots, "seeds": seeds}
    bars = gates.bars_of_known(f"{data.known_as}-{shots}-shot", figures)
    return Report(f"intents {shots}-shot", figures, bars)


def draw(rows: Sequence[Labelled], shots: int, seed: int) -> list[Labelled]:
    """The first `shots` texts of each intent in an order by chance."""
    shuffled = random.Random(seed).sample(list(rows), len(rows))  # noqa: S311  a fixed draw, no secret
    drawn: Counter[str] = Counter()
    chosen: list[Labelled] = []
    for row in shuffled:
        if drawn[row.intent] < shots:
            drawn[row.intent] += 1
            chosen.append(row)
    return chosen


def _megabytes(model: Model) -> float:
    """The arrays that serve; texts of the vocabulary and the embedder come on top."""
    head, near = model.head, model.neighbours
    arrays = (head.dense, head.sparse, head.bias, near.examples, near.starts, model.vocabulary.idf)
    return sum(array.nbytes for array in arrays) / 1e6


def _ms_median(
    classifier: Classifier, asked: Sequence[str], clock: Callable[[], float] = time.perf_counter
) -> float:
    """One message at a time, its embedding included, as a visitor's message comes."""
    some = random.Random(7).sample(list(asked), min(_TIMED, len(asked)))  # noqa: S311  a fixed sample, no secret
    laps = []
    for text in some:
        started = clock()
        classifier.predict([text])
        laps.append((clock() - started) * 1000)
    return median(laps)


def _remarks(asked: Sequence[str], guessed: Sequence[str], true: Sequence[str]) -> tuple[str, ...]:
    """The commonest confusions, each with one message that shows it."""
    wrong = [(t, g, text) for text, g, t in zip(asked, guessed, true, strict=True) if g != t]
    counted = Counter((t, g) for t, g, _ in wrong)
    shown = {(t, g): text for t, g, text in wrong}
    return tuple(
        f"{count} x {t} read as {g}, such as {shown[t, g]!r}"
        for (t, g), count in counted.most_common(_CONFUSIONS)
    )
