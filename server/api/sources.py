"""`/v1/sites/{site}/sources` and `/gaps`: where documents come from, and what they do not answer."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.api.access import wants
from server.api.bodies import BrokenInfo, GapInfo, GapList, ReadStarted, SourceInfo, SourceList
from server.api.deps import ApiDeps, Caller
from server.api.documents import NO_STORE
from server.store.deeds import write_deed

GAPS = 100
BROKEN = 100


@get("/sources", opt=wants("documents:read"))
async def list_sources(site: FromPath[str], api: NamedDependency[ApiDeps]) -> Response[Any]:
    """The site's sources with how their last reading went."""
    found = await api.library.sources(site)
    told = SourceList(
        sources=[
            SourceInfo(
                name=each.name,
                kind=each.spec.kind,
                location=each.spec.location,
                state=each.state,
                every_s=each.every_s,
                last_at=each.last_at,
                next_at=each.next_at,
                documents=each.documents,
                error=each.error,
                broken=[BrokenInfo(path=one.path, reason=one.reason) for one in each.broken[:BROKEN]],
            )
            for each in found
        ]
    )
    return Response(told.model_dump(mode="json"), headers=NO_STORE)


@post("/sources/{name:str}/read", opt=wants("documents:write"), status_code=202)
async def read_source(
    site: FromPath[str],
    name: FromPath[str],
    api: NamedDependency[ApiDeps],
    caller: NamedDependency[Caller],
) -> Response[Any]:
    """Begin to read it anew; the answer does not wait for the end."""
    await api.reads.start(site, name)
    await write_deed(api.writers, site, by=caller.signature, act="source_read", thing=name, now=api.clock())
    return Response(ReadStarted(name=name).model_dump(mode="json"), status_code=202, headers=NO_STORE)


@get("/gaps", opt=wants("knowledge:read"))
async def list_gaps(site: FromPath[str], api: NamedDependency[ApiDeps]) -> Response[Any]:
    """Open questions by meaning, the most wanted first."""
    found = await api.library.gaps(site, GAPS)
    told = GapList(
        gaps=[
            GapInfo(
                id=each.id,
                question=each.question,
                count=each.count,
                questions=[member.question for member in each.members],
                nearest=list(each.nearest),
                first_at=each.first_at,
                last_at=each.last_at,
            )
            for each in found
        ]
    )
    return Response(told.model_dump(mode="json"), headers=NO_STORE)
