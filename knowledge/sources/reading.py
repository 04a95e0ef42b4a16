"""Reads any source: the one function that the ingest calls."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from knowledge.errors import SourceSpecError
from knowledge.sources.addresses import Resolve, resolve
from knowledge.sources.asking import Asker, Clock, user_agent
from knowledge.sources.feed import read_feed
from knowledge.sources.fetches import FetchStore
from knowledge.sources.files import read_folder
from knowledge.sources.pages import Reading
from knowledge.sources.reaching import Limits, Reacher
from knowledge.sources.site import crawl
from knowledge.sources.spec import SourceSpec
from knowledge.values import OnProgress


@dataclass(frozen=True, slots=True)
class Web:
    """How the web is reached; the defaults are for use, the rest for tests and the server's settings."""

    docs_url: str = ""
    """Told to the sites that are read, so that their operators learn who reads them."""
    resolve_host: Resolve = resolve
    clock: Clock = field(default_factory=Clock)
    limits: Limits = field(default_factory=Limits)


async def read_source(
    spec: SourceSpec,
    fetches: FetchStore,
    *,
    run: str,
    recipe: str,
    now: datetime,
    tell: OnProgress | None = None,
    web: Web | None = None,
) -> Reading:
    """All that the source holds now.

    `run` names this reading: one that was interrupted and is taken up under the same name asks nothing twice.
    `recipe` is part of every page's digest. Raises `SourceMissingError` or `SourceUnreachableError` when there is
    nothing to read at all; whatever is wrong with single pages is in `Reading.broken`.
    """
    say = tell or (lambda _: None)
    if spec.kind == "folder":
        return await asyncio.to_thread(read_folder, spec, recipe=recipe, tell=say)
    if spec.kind == "pushed":
        raise SourceSpecError("kind: 'pushed' is not read: others push its documents")
    web = web or Web()
    # The port that the operator wrote is meant; any other but the usual ones is a redirect's idea.
    port = urlsplit(spec.location).port
    reacher = Reacher(
        user_agent=user_agent(web.docs_url),
        allow_private=spec.allow_private,
        ports=frozenset({port} if port else ()),
        limits=web.limits,
        resolve_host=web.resolve_host,
    )
    async with reacher:
        asker = Asker(reacher, fetches, run=run, now=now, per_second=spec.per_second, clock=web.clock)
        if spec.kind == "feed":
            return await read_feed(spec, asker, recipe=recipe, tell=say)
        return await crawl(spec, asker, recipe=recipe, tell=say)
