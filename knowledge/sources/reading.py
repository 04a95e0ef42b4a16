"""Reads any source: the one function that the ingest calls."""

from __future__ import annotations

import asyncio
from datetime import datetime

from knowledge.errors import SourceSpecError
from knowledge.sources.fetches import FetchStore
from knowledge.sources.files import read_folder
from knowledge.sources.pages import Reading
from knowledge.sources.spec import SourceSpec
from knowledge.values import OnProgress


async def read_source(
    spec: SourceSpec,
    fetches: FetchStore,  # noqa: ARG001 - of no use to a folder
    *,
    run: str,  # noqa: ARG001
    recipe: str,
    now: datetime,  # noqa: ARG001
    tell: OnProgress | None = None,
) -> Reading:
    """All that the source holds now.

    `run` names this reading: one that was interrupted and is taken up under the same name asks nothing twice.
    `recipe` is part of every page's digest. Raises `SourceMissingError` or `SourceUnreachableError` when there is
    nothing to read at all; whatever is wrong with single pages is in `Reading.broken`.
    """
    say = tell or (lambda _: None)
    match spec.kind:
        case "folder":
            return await asyncio.to_thread(read_folder, spec, recipe=f"{recipe} {spec.base_url}", tell=say)
        case "site" | "feed" | "pushed":
            raise SourceSpecError(f"kind: {spec.kind!r} is not read: others push its documents")
