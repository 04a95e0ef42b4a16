"""Every intent data set of a folder in one table: how well each is read, and what reading and training cost."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evals import gates
from evals.benches.stopwatch import one_thread
from evals.datasets import OUT_OF_SCOPE, fingerprint, texts
from evals.errors import BadData
from evals.metrics import mean
from evals.report import Report, told
from evals.suites.intents import Data, draw, from_files
from evals.suites.intents import run as asked
from intents.ports import Embedder
from intents.training import Labelled
from knowledge.embedders.remembering import RememberingEmbedder

TABLE = "intent sets"
_SHOWN = ("accuracy", "oos_auroc", "oos_recall", "train_cpu_s", "ms_cpu", "model_mb")
_COUNTED = ("intents", "train_texts", "test_texts")
_CAPACITY = 200_000
_DRAWS = 3
_HELD_OUT = 4
# What the makers of HINT3 call a message that none of the bot's intents fits.
_NONE = OUT_OF_SCOPE | {"no_nodes_detected"}

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Split:
    """One way to train and ask a data set; several draws are one row of the table, their mean."""

    name: str
    draws: tuple[Data, ...]
    known_as: str = ""
    timed: bool = False
    """A message's CPU is measured once a set, where no embedder has seen the messages."""


def run(
    folder: Path, embedders: Mapping[str, Embedder], tell: Tell, *, shots: int, seeds: int
) -> list[Report]:
    """A row a split and embedder; with `shots` each set is also trained on so many texts an intent."""
    splits = [split for part in _sets(folder) for split in _splits(part, shots, seeds)]
    if not splits:
        raise BadData(
            f"{folder}:1: no data set in this folder; it needs folders with train.jsonl and test.jsonl, "
            "or with NAME_train.csv of sentence and label"
        )
    # A set without texts that no intent should claim borrows those of one that has them.
    borrowed = next((split.draws[0].oos for split in splits if split.draws[0].oos), ())
    reports: list[Report] = []
    with one_thread():
        for called, embedder in embedders.items():
            remembering = RememberingEmbedder(embedder, capacity=_CAPACITY)
            for split in splits:
                tell(f"{split.name}, {called}:")
                row = _row(split, borrowed, remembering, embedder if split.timed else None)
                reports.append(replace(row, name=f"{split.name}, {called}"))
                tell(f"  {told(row.figures)}")
    return reports


def _row(split: Split, borrowed: Sequence[str], remembering: Embedder, fresh: Embedder | None) -> Report:
    """The mean of the draws; training's CPU is counted with the vectors at hand."""
    measured = []
    for number, data in enumerate(split.draws):
        remembering.embed([*(row.text for row in data.train), *data.strangers])
        whole = data if data.oos else replace(data, oos=borrowed)
        first = fresh if number == 0 else None
        measured.append(asked(whole, remembering, _quiet, held=False, fresh=first).figures)
    figures: dict[str, float | None] = {}
    for name in (*_SHOWN, *_COUNTED):
        values = [value for one in measured if (value := one.get(name)) is not None]
        figures[name] = mean(values) if values else None
    return Report("", figures, gates.bars_of_known(split.known_as, figures), table=TABLE)


def _quiet(_doing: str) -> None:
    """Of a dozen trainings, nobody wants each step."""


def _sets(folder: Path) -> list[Path]:
    """The folders of data sets: those inside, or the folder itself."""
    inside = sorted(part for part in folder.iterdir() if part.is_dir()) if folder.is_dir() else []
    return [folder, *inside]


def _splits(folder: Path, shots: int, seeds: int) -> Iterator[Split]:
    tests = [folder / "test.jsonl", folder / "valid.jsonl"]
    test = next((file for file in tests if file.is_file()), None)
    if test and (folder / "train.jsonl").is_file():
        yield from _of_lines(folder, test, shots, seeds)
    for file in sorted(folder.glob("*_train.csv")):
        yield from _of_table(file)


def _of_lines(folder: Path, test: Path, shots: int, seeds: int) -> Iterator[Split]:
    """`train.jsonl`, and every `train_10.jsonl` and the like, asked `test.jsonl`, or `valid.jsonl` without one."""
    outside = [folder / "oos_test.jsonl", folder / "oos_valid.jsonl"]
    oos = next((file for file in outside if file.is_file()), None)
    whole = from_files(folder / "train.jsonl", test, oos)
    inside = folder / "oos_train.jsonl"
    strangers = [*whole.strangers, *(texts(inside) if inside.is_file() else [])]
    whole = replace(whole, strangers=strangers)
    asked_in = test.stem
    yield Split(f"{folder.name}, full, {asked_in}", (whole,), whole.known_as, timed=True)
    if shots:
        drawn = tuple(replace(whole, train=draw(whole.train, shots, seed)) for seed in range(seeds))
        yield Split(
            f"{folder.name}, {shots} an intent, mean of {seeds}, {asked_in}",
            drawn,
            f"{whole.known_as}-{shots}-shot",
        )
    for file in sorted(folder.glob("train_*.jsonl")):
        few = replace(from_files(file, test, oos), strangers=strangers)
        yield Split(f"{folder.name}, {file.stem}, {asked_in}", (few,), few.known_as)


def _of_table(file: Path) -> Iterator[Split]:
    """A table of sentence and label, asked `NAME_test.csv`, or a quarter of itself, several times."""
    name = f"{file.parent.name} {file.stem.removesuffix('_train')}"
    rows, strangers = _of_csv(file)
    test = file.with_name(re.sub(r"_train$", "_test", file.stem) + ".csv")
    if test.is_file():
        tested, oos = _of_csv(test)
        known = {row.intent for row in rows}
        data = Data(
            rows, strangers, [row for row in tested if row.intent in known], oos, fingerprint(file, test)
        )
        yield Split(f"{name}, full, test", (data,), data.known_as, timed=True)
        return
    yield Split(
        f"{name}, a quarter held out, mean of {_DRAWS}",
        tuple(_held_out(rows, strangers, seed) for seed in range(_DRAWS)),
        timed=True,
    )


def _held_out(rows: Sequence[Labelled], strangers: Sequence[str], seed: int) -> Data:
    shuffled = random.Random(seed).sample(list(rows), len(rows))  # noqa: S311  a fixed draw, no secret
    held, kept = shuffled[: len(rows) // _HELD_OUT], shuffled[len(rows) // _HELD_OUT :]
    known = {row.intent for row in kept}
    return Data(kept, strangers, [row for row in held if row.intent in known], ())


def _of_csv(file: Path) -> tuple[list[Labelled], list[str]]:
    """Labelled texts, and those that no intent should claim."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        table = csv.DictReader(stream)
        if not {"sentence", "label"} <= set(table.fieldnames or ()):
            raise BadData(f"{file}:1: no columns sentence and label; name them in the first line")
        rows = [
            Labelled(row["sentence"].strip(), row["label"].strip())
            for row in table
            if (row["sentence"] or "").strip() and (row["label"] or "").strip()
        ]
    if len({row.intent for row in rows}) < 2:
        raise BadData(f"{file}:1: fewer than two labels; add lines with another label")
    return (
        [row for row in rows if row.intent.lower() not in _NONE],
        [row.text for row in rows if row.intent.lower() in _NONE],
    )
