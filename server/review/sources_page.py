"""Where a site's documents come from: how each source does, reading it now, adding and changing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from knowledge.errors import SourceSpecError
from knowledge.schedule import FILES, PUSHED, Source
from knowledge.sources.spec import SourceSpec, spec_from
from server.errors import FrontdeskError, NotFound
from server.review.deps import Seat
from server.review.filters import whole
from server.review.knowledge_desk import Problems, did, form_of, knowledge_page, listed
from server.review.pages import go, page
from server.review.roles import Role, needs
from server.review.visit import is_part
from server.source_places import allowed_folder
from server.store.deeds import write_deed

AnyRequest = Request[Any, Any, Any]
EVERY = (("", "Only when asked"), ("3600", "Every hour"), ("21600", "Every 6 hours"), ("86400", "Every day"),
         ("604800", "Every week"))  # fmt: skip
_NUMBERS = {"max_pages": int, "max_depth": int, "per_second": float, "expires_after_days": int}
_TEXTS = ("kind", "location", "base_url", "owner", "language")
_LISTS = ("include", "exclude", "audience")
BROKEN_SHOWN = 50


@get("/knowledge/sources", opt=needs(Role.VIEWER))
async def sources(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """All sources; while one is read the list asks for itself again."""
    values = await _list(seat)
    if is_part(request):
        return page(seat, "source_list.html", **values)
    return await knowledge_page(request, seat, "sources.html", "sources", **values)


@get("/knowledge/sources/new", opt=needs(Role.MANAGER))
async def new_source(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The form for a source."""
    return await _form(request, seat, {"kind": "site"}, is_new=True)


@get("/knowledge/sources/{name:str}", opt=needs(Role.MANAGER))
async def source(request: AnyRequest, name: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """The form with a source in it."""
    found = await _source(seat, name)
    if found.spec.kind == "pushed" or found.name == FILES:
        raise FrontdeskError(
            f"source {name!r} has nothing to set; its documents come by the API, the editor or `frontdesk ingest`",
            code="nothing_to_set",
            status=409,
        )
    return await _form(request, seat, _fields(found), is_new=False)


@post("/knowledge/sources", opt=needs(Role.MANAGER), status_code=200)
async def save(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Add a source or change one."""
    fields = await form_of(request)
    is_new, name = fields.get("new") != "no", fields.get("name", "").strip()
    problems = Problems()
    every_s = whole(fields.get("every", ""))
    if fields.get("every") and every_s is None:
        problems["every"] = f"“{fields['every']}” is no number of seconds."
    known = {each.name: each for each in await seat.desk.library.sources(seat.site)}
    spec = _spec(seat.site, fields, problems)
    if spec is not None:
        spec = _in_reach(seat, spec, known.get(name), problems)
    if is_new and name in {*known, FILES, PUSHED}:
        problems["name"] = f"There is a source {name} already. Choose another name, or change that one."
    if spec is not None and not problems:
        try:
            also = did(seat, "source_saved", f"{name} ({spec.location})")
            await seat.desk.library.save_source(
                seat.site, spec, name=name, every_s=every_s, now=seat.now, also=also
            )
        except SourceSpecError as error:
            _note(error, problems)
    if problems:
        return await _form(request, seat, fields, is_new=is_new, problems=problems, status=422)
    if fields.get("do") == "read":
        await seat.desk.reads.start(seat.site, name)
    return go(f"{seat.url}/knowledge/sources?done=source")


@post("/knowledge/sources/{name:str}/read", opt=needs(Role.MANAGER), status_code=200)
async def read(request: AnyRequest, name: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Begin to read it; the list shows how far it is."""
    await seat.desk.reads.start(seat.site, name)
    await write_deed(
        seat.desk.writers, seat.site, by=seat.person.login, act="source_read", thing=name, now=seat.now
    )
    if is_part(request):
        return page(seat, "source_list.html", **await _list(seat))
    return go(f"{seat.url}/knowledge/sources?done=reading")


@post("/knowledge/sources/{name:str}/remove", opt=needs(Role.MANAGER), status_code=303)
async def remove(name: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Forget it; its documents disappear from answers."""
    found = await _source(seat, name)
    also = did(seat, "source_removed", name)
    await seat.desk.library.remove_source(seat.site, found.name, now=seat.now, also=also)
    return go(f"{seat.url}/knowledge/sources?done=removed")


async def _list(seat: Seat) -> dict[str, Any]:
    found = await seat.desk.library.sources(seat.site, seat.now)
    reads = seat.desk.reads
    busy = {each.name for each in found if each.state == "reading" or reads.is_reading(seat.site, each.name)}
    return {
        "sources": found,
        "busy": busy,
        "progress": {name: reads.progress(seat.site, name) for name in busy},
        "broken_shown": BROKEN_SHOWN,
        "files": FILES,
        "every_words": dict(EVERY),
    }


async def _source(seat: Seat, name: str) -> Source:
    for each in await seat.desk.library.sources(seat.site):
        if each.name == name:
            return each
    raise NotFound(f"there is no source {name!r} at this site; somebody may have removed it")


async def _form(
    request: AnyRequest,
    seat: Seat,
    fields: Mapping[str, str],
    *,
    is_new: bool,
    problems: Problems | None = None,
    status: int = 200,
) -> Response[Any]:
    every = dict(EVERY)
    chosen = fields.get("every", "")
    if chosen not in every and (seconds := whole(chosen)) is not None:
        every[chosen] = f"Every {seconds // 60:,} minutes"
    return await knowledge_page(
        request, seat, "source_edit.html", "sources", status=status, fields=fields, problems=problems or Problems(),
        is_new=is_new, every=list(every.items()),
    )  # fmt: skip


def _spec(site: str, fields: Mapping[str, str], problems: Problems) -> SourceSpec | None:
    values: dict[str, Any] = {name: fields[name].strip() for name in _TEXTS if fields.get(name, "").strip()}
    values |= {name: list(listed(fields[name])) for name in _LISTS if fields.get(name, "").strip()}
    if values.get("kind") == "folder":
        # Without a home on the web a folder's pages are read here.
        values.setdefault("base_url", f"/kb/{site}")
    values["allow_private"] = fields.get("allow_private") == "yes"
    for name, number in _NUMBERS.items():
        given = fields.get(name, "").strip()
        if not given:
            continue
        try:
            values[name] = number(given)
        except ValueError:
            problems[name] = f"“{given}” is no number."
    if problems:
        return None
    try:
        return spec_from(values)
    except SourceSpecError as error:
        _note(error, problems)
        return None


def _in_reach(seat: Seat, spec: SourceSpec, known: Source | None, problems: Problems) -> SourceSpec:
    """A folder of the server has to be one that may be read, or the one that whoever runs it named before."""
    if spec.kind != "folder" or (known is not None and known.spec.location == spec.location):
        return spec
    try:
        return replace(spec, location=allowed_folder(spec.location, seat.desk.source_folders))
    except SourceSpecError as error:
        _note(error, problems)
        return spec


def _note(error: SourceSpecError, problems: Problems) -> None:
    """Its message begins with the field."""
    name, _, message = str(error).partition(": ")
    words = message or str(error)
    problems["every" if name == "every_s" else name] = words[:1].upper() + words[1:] + "."


def _fields(found: Source) -> dict[str, str]:
    values = found.spec.values()
    plain = {name: str(values[name]) for name in (*_TEXTS, *_NUMBERS) if values[name] is not None}
    lists = {name: "\n".join(values[name]) for name in _LISTS}
    return {
        **plain,
        **lists,
        "name": found.name,
        "every": str(found.every_s or ""),
        "allow_private": "yes" if found.spec.allow_private else "",
    }
