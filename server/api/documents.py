"""`/v1/sites/{site}/documents`: other systems put, read, list and delete documents."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from litestar import Request, Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import ValidationError

from knowledge import listing
from knowledge.errors import SourceUnreadableError
from knowledge.sources.pushed import checked_path
from knowledge.values import Document
from server.api.access import wants
from server.api.bodies import (
    DocumentBody,
    DocumentInfo,
    DocumentPage,
    DocumentWhole,
    PutResult,
)
from server.api.deps import ApiDeps, Caller
from server.api.problems import BadBody, FieldProblem, VersionConflict, from_pydantic
from server.errors import FrontdeskError, NotFound
from server.store.deeds import deed

AnyRequest = Request[Any, Any, Any]
NO_STORE = {"cache-control": "no-store"}
A_PAGE, A_LONG_PAGE = 50, 200
LEFT_OUT = 20
_RAW = {"text/markdown": "markdown", "text/html": "html", "text/plain": "text"}
_TAG = re.compile(r'(?:W/)?"([^"]*)"')


@put("/documents/{path:path}", opt=wants("documents:write"), status_code=200)
async def put_document(
    request: AnyRequest,
    site: FromPath[str],
    path: FromPath[str],
    api: NamedDependency[ApiDeps],
    caller: NamedDependency[Caller],
) -> Response[Any]:
    """Make the document at this path what the body says; the same body again changes nothing."""
    where = _clean(path)
    wanted = (await _body(request)).document(site, where)
    async with api.one_writer(site):
        before = await _found(api, site, where)
        _check(request, before[0].version if before else None, where)
        # Asked again under the lock of the database: another process may write at the same moment.
        written = deed(site, by=caller.signature, act="document_written", thing=where, now=api.clock())
        put = await api.library.put_document(
            site, wanted, now=api.clock(), condition=partial(_check, request, path=where), also=written
        )
        after = await _found(api, site, where)
    if after is None:
        raise NotFound(f"document {where!r} was deleted while it was written; put it again")
    if before is None:
        result, status = "created", 201
    else:
        result, status = ("unchanged" if _same(before, after) else "changed"), 200
    told = PutResult.model_validate(
        {"result": result, "document": info(*after), "left_out": list(put.left_out[:LEFT_OUT])}
    )
    headers = {"etag": f'"{after[0].version}"'}
    if status == 201:
        headers["location"] = f"/v1/sites/{site}/documents/{where}"
    return Response(told.model_dump(mode="json"), status_code=status, headers={**NO_STORE, **headers})


@get("/documents/{path:path}", opt=wants("documents:read"))
async def read_document(
    request: AnyRequest, site: FromPath[str], path: FromPath[str], api: NamedDependency[ApiDeps]
) -> Response[Any]:
    """One document, whatever its audience."""
    document, source = await _there(api, site, _clean(path))
    tag = {"etag": f'"{document.version}"'}
    if _names(request.headers.get("if-none-match", ""), document.version):
        return Response(None, status_code=304, headers=tag)
    whole = DocumentWhole(**info(document, source).model_dump(), text=document.text, content=document.source)
    return Response(whole.model_dump(mode="json"), headers={**NO_STORE, **tag})


@get("/documents", opt=wants("documents:read"))
async def list_documents(
    request: AnyRequest, site: FromPath[str], api: NamedDependency[ApiDeps]
) -> Response[Any]:
    """A page of the site's documents, by path."""
    asked = request.query_params
    limit = _limit(asked.get("limit", str(A_PAGE)))
    sought = listing.Sought(words=asked.get("q", "")[:200], source=asked.get("source", "")[:100])
    async with api.readers() as session:
        found = await listing.listed(
            session, site, sought, now=api.clock(), limit=limit + 1, after=asked.get("after", "")
        )
    shown = found[:limit]
    more = shown[-1].path if len(found) > limit else None
    told = DocumentPage(documents=[_line(each) for each in shown], next=more)
    return Response(told.model_dump(mode="json"), headers=NO_STORE)


@delete("/documents/{path:path}", opt=wants("documents:write"), status_code=204)
async def delete_document(
    request: AnyRequest,
    site: FromPath[str],
    path: FromPath[str],
    api: NamedDependency[ApiDeps],
    caller: NamedDependency[Caller],
) -> Response[None]:
    """Nothing of it is found or cited from now on."""
    where = _clean(path)
    async with api.one_writer(site):
        before, _ = await _there(api, site, where)
        _check(request, before.version, where)
        deleted = deed(site, by=caller.signature, act="document_deleted", thing=where, now=api.clock())
        await api.library.delete_document(
            site, where, now=api.clock(), condition=partial(_check, request, path=where), also=deleted
        )
    return Response(None, status_code=204)


def info(document: Document, source: str) -> DocumentInfo:
    """What is told of a document without its text."""
    names = ("title", "url", "format", "owner", "language", "updated", "expires", "superseded_by", "version")
    return DocumentInfo(
        id=document.path,
        audience=list(document.audience),
        source=source,
        **{name: getattr(document, name) for name in names},
    )


def _line(each: listing.Listed) -> DocumentInfo:
    names = (
        "title", "url", "format", "owner", "language", "updated", "expires", "superseded_by", "version", "source",
    )  # fmt: skip
    fields = {name: getattr(each, name) for name in names}
    return DocumentInfo(id=each.path, audience=list(each.audience), **fields)


async def _found(api: ApiDeps, site: str, path: str) -> tuple[Document, str] | None:
    async with api.readers() as session:
        return await listing.document(session, site, path)


async def _there(api: ApiDeps, site: str, path: str) -> tuple[Document, str]:
    found = await _found(api, site, path)
    if found is None:
        raise NotFound(f"site {site!r} has no document {path!r}; list the documents to see their ids")
    return found


def _same(before: tuple[Document, str], after: tuple[Document, str]) -> bool:
    return info(*before) == info(*after)


async def _body(request: AnyRequest) -> DocumentBody:
    """JSON, or the document's own format with its fields in the query."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    raw = await request.body()
    try:
        if kind == "application/json":
            return DocumentBody.model_validate_json(raw)
        if kind in _RAW:
            return DocumentBody.model_validate({**_fields(request), "text": _text(raw), "format": _RAW[kind]})
    except ValidationError as error:
        raise from_pydantic(error) from None
    raise FrontdeskError(
        f"a body of type {kind or 'none'!r} is not read; send application/json, {', '.join(_RAW)}",
        code="unsupported_type",
        status=415,
    )


def _fields(request: AnyRequest) -> dict[str, Any]:
    given = {name: value for name, value in request.query_params.items() if value}
    for name in ("text", "format"):
        if name in given:
            raise BadBody([FieldProblem(field=name, message="does not go into the query: the body says it")])
    if "audience" in given:
        return {**given, "audience": [label.strip() for label in given["audience"].split(",")]}
    return given


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 at byte {error.start:,}; save it as UTF-8 and send it again"
        raise BadBody([FieldProblem(field="text", message=message)]) from None


def _clean(path: str) -> str:
    """A document's id; the knowledge room has the rule."""
    try:
        return checked_path(path)
    except SourceUnreadableError as error:
        raise BadBody([FieldProblem(field="id", message=str(error).removeprefix("path: "))]) from None


def _limit(given: str) -> int:
    if given.isascii() and given.isdigit() and 1 <= int(given) <= A_LONG_PAGE:
        return int(given)
    raise BadBody([FieldProblem(field="limit", message=f"{given!r} is no number from 1 to {A_LONG_PAGE}")])


def _check(request: AnyRequest, version: str | None, path: str) -> None:
    """If-Match and If-None-Match, as RFC 9110 says."""
    must, must_not = request.headers.get("if-match", ""), request.headers.get("if-none-match", "")
    if must and (version is None or not _names(must, version)):
        what = "does not exist" if version is None else f"has version {version!r} by now"
        raise VersionConflict(
            f"document {path!r} {what}; read it again and decide on what it says now", version
        )
    if must_not and version is not None and _names(must_not, version):
        what = "exists already" if must_not.strip() == "*" else f"has that version {version!r} already"
        raise VersionConflict(f"document {path!r} {what}; leave the condition out to overwrite it", version)


def _names(condition: str, version: str) -> bool:
    return condition.strip() == "*" or version in _TAG.findall(condition)
