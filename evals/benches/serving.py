"""A process that serves a large site: what it weighs, how fast it finds, how exact it is. Run by `knowledge`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

from evals.benches.stopwatch import both_sides, one_thread, ratio, spread
from intents.values import ReadingContext
from knowledge.indexes.dense import DenseIndex
from knowledge.snapshot import Snapshot
from server.settings import Settings

_SITE = "demo"


def weight_mb(field: str = "VmRSS") -> float:
    """Of this process, resident now; `VmHWM` is the most it ever was.

    Not `getrusage`: its maximum is inherited from the process that started this one.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (line,) = [line for line in lines if line.startswith(f"{field}:")]
    return int(line.split()[1]) * 1024 / 1e6


async def serve(data_dir: Path, questions: list[str]) -> dict[str, float]:
    """Builds what `frontdesk serve` builds, loads the site, and answers; weighed before anything else is measured."""
    import server.app  # noqa: F401  its imports are part of what serves
    from server.wiring import build

    settings = Settings(data_dir=data_dir, playbooks=data_dir / "no-playbooks", demo=True, threads=1)
    house = build(settings)
    library = house.desk.library
    began = time.perf_counter()
    await library.refresh(_SITE)
    load_s = time.perf_counter() - began
    weights = {"rss_loaded_mb": weight_mb()}
    for question in questions:
        house.desk.reader.read(question, ReadingContext(house.desk.clock()))
        library.answer(_SITE, question)
    weights |= {"rss_mb": weight_mb(), "rss_peak_mb": weight_mb("VmHWM"), "load_s": load_s}
    return weights


async def retrieve(data_dir: Path, questions: list[str]) -> dict[str, float]:
    """The same site through a library of its own: a whole retrieval against a bare embedding, and cells against all."""
    from knowledge.library import Library
    from knowledge.loading import load
    from server.store.engine import open_engine, open_sessions
    from server.wiring import embedder_of

    settings = Settings(data_dir=data_dir)
    embedder = embedder_of(settings)
    indexes = data_dir / "indexes"
    engine = open_engine(settings.database)
    try:
        library = Library(open_sessions(engine), embedder, index_dir=indexes)
        began = time.perf_counter()
        await library.refresh(_SITE)
        opened_s = time.perf_counter() - began
        snapshot = await load(open_sessions(engine), _SITE, embedder, indexes)
    finally:
        await engine.dispose()
    full, bare = both_sides(partial(library.find, _SITE), embedder, questions)
    return {
        "ratio_100k": ratio(full, bare),
        **spread("retrieval_100k", full),
        "open_s": opened_s,
        "passages": len(snapshot),
        "recall_at_10": _recall(snapshot, np.stack([embedder.embed([text])[0] for text in questions])),
    }


def _recall(snapshot: Snapshot, vectors: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> float:
    """The share of the ten nearest, all compared, that the cells find too."""
    shelf = snapshot.shelf(())
    exact: DenseIndex = shelf.dense.exact()
    found = 0
    for vector in vectors:
        near, _ = shelf.dense.search(vector, 10)
        found += len(set(near.tolist()) & set(exact.search(vector, 10)[0].tolist()))
    return found / (10 * len(vectors))


def main() -> None:
    """`python -m evals.benches.serving serve|retrieve DATA_DIR`, questions as a JSON list on stdin."""
    what, data_dir = sys.argv[1], Path(sys.argv[2])
    questions = json.loads(sys.stdin.read())
    with one_thread():
        measured = asyncio.run({"serve": serve, "retrieve": retrieve}[what](data_dir, questions))
    sys.stdout.write(json.dumps(measured))


if __name__ == "__main__":
    main()
