"""An ingest in a process of its own that can be killed: `python -m tests.support.ingests DATABASE FOLDER|URL`."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import async_sessionmaker

from knowledge.errors import SourceBusyError
from knowledge.library import Library
from knowledge.sources.spec import SourceSpec
from server.store.engine import open_engine
from tests.support.knowledge import WordEmbedder


class SlowEmbedder(WordEmbedder):
    """Leaves time to be killed in, and waits while a file named `gate` stands beside the database."""

    def __init__(self, gate: Path) -> None:
        super().__init__()
        self._gate = gate

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        time.sleep(0.2)
        while self._gate.exists():
            time.sleep(0.01)
        return super().embed(texts)


async def main(database: str, where: str) -> None:
    engine = open_engine(f"sqlite+aiosqlite:///{database}")
    library = Library(
        async_sessionmaker(engine, expire_on_commit=False), SlowEmbedder(Path(database).with_name("gate"))
    )
    now = datetime.now(UTC)

    def tell(progress: object) -> None:
        print(progress, flush=True)  # noqa: T201  the test reads it

    try:
        if "://" in where:
            spec = SourceSpec("site", location=where, allow_private=True, per_second=50)
            await library.save_source("demo", spec, name="web", every_s=None, now=now)
            report = await library.read_source("demo", "web", now=now, progress=tell)
        else:
            report = await library.ingest("demo", [Path(where)], base_url="/docs", now=now, progress=tell)
    except SourceBusyError:
        print("busy", flush=True)  # noqa: T201
    else:
        print(f"embedded {report.embedded} added {len(report.added)}", flush=True)  # noqa: T201
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
