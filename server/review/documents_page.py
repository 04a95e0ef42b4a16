"""The documents of a site: found, read as visitors get them, written, and deleted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from knowledge import listing
from knowledge.anchors import slug
from knowledge.errors import KnowledgeError, SourceUnreadableError
from knowledge.parsing.front_matter import MAX_OWNER, is_language
from knowledge.schedule import PUSHED
from knowledge.sources.pushed import checked_path
from knowledge.values import PUBLIC, Document, PutDocument
from server.errors import FrontdeskError, NotFound
from server.review.deps import Seat
from server.review.gaps_page import close, gap_of
from server.review.knowledge_desk import (
    A_PAGE,
    Problems,
    Tried,
    audiences,
    day,
    did,
    end_of,
    form_of,
    knowledge_page,
    last_day,
    listed,
)
from server.review.pages import go
from server.review.roles import Role, needs
from server.store import helped

AnyRequest = Request[Any, Any, Any]
SOON = timedelta(days=30)
_STATES = {"expired", "expiring", "superseded"}
_FILTERS = ("words", "source", "audience", "language", "state")
_TEXT = 500_000
_TAKEN = "There is a document at this path already. Choose another one, or edit that one."
_CHANGED = (
    "Somebody else changed this document while you were writing, and nothing was saved. Open it in another tab and "
    "take over what you need: saving once more writes over it."
)
_DELETED = (
    "Somebody else deleted this document while you wrote, and nothing was saved. Publish it to bring it back."
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the editor."""

    fields: Mapping[str, str]
    problems: Problems = field(default_factory=Problems)
    is_new: bool = True

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    def follows(self, version: str | None) -> None:
        """Raises when what is stored is not what was opened in the editor."""
        if version != (None if self.is_new else self["version"]):
            raise _ChangedMeanwhile(version)


class _ChangedMeanwhile(Exception):
    """Somebody else wrote or deleted the document since the editor was opened."""

    def __init__(self, version: str | None) -> None:
        super().__init__(f"the document has version {version!r} by now")
        self.version = version


@get("/knowledge/documents", opt=needs(Role.VIEWER))
async def documents(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """A page of the documents, by path."""
    asked = {name: request.query_params.get(name, "")[:200] for name in _FILTERS}
    state = asked["state"] if asked["state"] in _STATES else ""
    sought = listing.Sought(
        words=asked["words"],
        source=asked["source"],
        audience=asked["audience"],
        language=asked["language"],
        state=cast("listing.State", state),
        soon=seat.now + SOON,
    )
    after = request.query_params.get("after", "")
    async with seat.desk.readers() as session:
        found = await listing.listed(session, seat.site, sought, now=seat.now, limit=A_PAGE + 1, after=after)
        total = await listing.count(session, seat.site, sought, now=seat.now)
        known = await listing.languages(session, seat.site)
        helpful = await helped.helpful_of(session, seat.site, [each.id for each in found[:A_PAGE]])
    kept = {name: value for name, value in asked.items() if value}
    more = urlencode({**kept, "after": found[A_PAGE - 1].path}) if len(found) > A_PAGE else ""
    return await knowledge_page(
        request, seat, "documents.html", "documents", documents=found[:A_PAGE], total=total, asked=asked,
        is_filtered=bool(kept), helpful=helpful, more=more, after=after, soon=seat.now + SOON, languages=known,
        audiences=await audiences(seat),
        sources=[source.name for source in await seat.desk.library.sources(seat.site)],
    )  # fmt: skip


@get("/knowledge/documents/{path:path}", opt=needs(Role.VIEWER))
async def document(request: AnyRequest, path: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """One document as visitors get it, with its passages."""
    found, source = await _found(seat, path.strip("/"))
    async with seat.desk.readers() as session:
        stretches = await listing.stretches(session, seat.site, found.id)
        helpful = await helped.helpful(session, seat.site, found.id)
    return await knowledge_page(
        request, seat, "document_item.html", "documents", document=found, source=source, helpful=helpful,
        stretches=stretches, is_ours=await _is_ours(seat, source), soon=seat.now + SOON,
    )  # fmt: skip


@get("/knowledge/write", opt=needs(Role.MANAGER))
async def editor(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The editor: empty, for a gap, or with a document in it."""
    path, gap = request.query_params.get("path", ""), request.query_params.get("gap", "")
    if path:
        found, source = await _found(seat, path)
        if not await _is_ours(seat, source):
            raise FrontdeskError(
                f"document {path!r} comes from the source {source!r}, which would write over it; change it there",
                code="not_ours",
                status=409,
            )
        return await _editor(request, seat, Draft(_fields(found), is_new=False))
    if gap:
        question = (await gap_of(seat, gap)).question
        text = f"## {question}\n\n"
        fields = {"title": question.rstrip("?"), "path": _path_for(question), "text": text, "gap": gap}
        return await _editor(request, seat, Draft({**fields, "audience": PUBLIC}))
    return await _editor(request, seat, Draft({"audience": PUBLIC}))


@post("/knowledge/write", opt=needs(Role.MANAGER), status_code=200)
async def write(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Save what stands in the editor, or show first what a visitor would then get."""
    fields = await form_of(request)
    draft = Draft(fields, is_new=fields.get("new") != "no")
    wanted = _read(draft, seat.site)
    if draft.is_new and not draft.problems and await _exists(seat, wanted.path):
        draft.problems["path"] = _TAKEN
    if draft.problems:
        return await _editor(request, seat, draft, status=422)
    if fields.get("do") == "preview":
        question = draft["question"] or await _question(seat, draft)
        return await _editor(request, seat, draft, preview=await _preview(seat, wanted, question))
    before = seat.desk.library.generation(seat.site)
    try:
        put = await seat.desk.library.put_document(
            seat.site,
            wanted,
            now=seat.now,
            condition=draft.follows,
            also=did(seat, "document_written", wanted.path),
        )
    except _ChangedMeanwhile as change:
        return await _editor(request, seat, _after(draft, change.version), status=409)
    except KnowledgeError as error:
        draft.problems["text"] = str(error)
        return await _editor(request, seat, draft, status=422)
    if draft["gap"]:
        await close(seat, draft["gap"], how="document", by_what=wanted.path)
    if seat.desk.library.generation(seat.site) == before:
        return go(f"{seat.url}/knowledge/documents/{wanted.path}?done=unchanged")
    done = "left_out" if put.left_out else "saved"
    return go(f"{seat.url}/knowledge/documents/{wanted.path}?done={done}")


def _after(draft: Draft, version: str | None) -> Draft:
    """The editor once more, with what was typed; whoever saves it again has read that it writes over something."""
    if draft.is_new:
        return replace(draft, problems=Problems(path=_TAKEN))
    if version is None:
        return replace(draft, is_new=True, problems=Problems(text=_DELETED))
    return replace(draft, fields={**draft.fields, "version": version}, problems=Problems(text=_CHANGED))


@post("/knowledge/delete", opt=needs(Role.MANAGER), status_code=303)
async def delete(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Take a document out of answers."""
    path = (await form_of(request)).get("path", "")
    _, source = await _found(seat, path)
    if not await _is_ours(seat, source):
        raise FrontdeskError(
            f"document {path!r} comes back with the next reading of {source!r}; remove it there",
            code="not_ours",
            status=409,
        )
    also = did(seat, "document_deleted", path)
    await seat.desk.library.delete_document(seat.site, path, now=seat.now, also=also)
    return go(f"{seat.url}/knowledge/documents?done=deleted")


async def _editor(
    request: AnyRequest, seat: Seat, draft: Draft, *, status: int = 200, preview: Tried | None = None
) -> Response[Any]:
    question = draft["question"] or await _question(seat, draft)
    tab = "gaps" if draft["gap"] else "documents"
    return await knowledge_page(
        request, seat, "document_edit.html", tab, status=status, draft=draft, problems=draft.problems,
        preview=preview, question=question, audiences=await audiences(seat),
    )  # fmt: skip


async def _question(seat: Seat, draft: Draft) -> str:
    """What the preview asks: the gap's question, or the title."""
    if not draft["gap"]:
        return draft["title"]
    try:
        return (await gap_of(seat, draft["gap"])).question
    except NotFound:
        return draft["title"]


async def _preview(seat: Seat, wanted: PutDocument, question: str) -> Tried:
    audience = wanted.audience[0] if wanted.audience else PUBLIC
    answer = await seat.desk.library.preview(
        seat.site, wanted, question, audience=(PUBLIC, audience), now=seat.now
    )
    return Tried(question, audience, answer)


def _read(draft: Draft, site: str) -> PutDocument:
    """The form as a document; what can not be used stands in the draft's problems."""
    problems = draft.problems
    title, text, path = draft["title"].strip(), draft["text"].strip(), draft["path"].strip().strip("/")
    url, language = draft["url"].strip(), draft["language"].strip()
    if not title:
        problems["title"] = "Give it a title; citations show it."
    if not text:
        problems["text"] = "Write what visitors should get."
    elif len(text) > _TEXT:
        problems["text"] = f"It has {len(text):,} characters; split it into pages of at most {_TEXT:,}."
    try:
        path = checked_path(path)
    except SourceUnreadableError:
        problems["path"] = "Use letters, digits, dashes and slashes, such as billing/refunds."
    if url and not re.match(r"https?://[^\s]+$", url):
        problems["url"] = "Write a whole address, https://…, or leave it empty."
    if language and not is_language(language):
        problems["language"] = "Write a language tag such as en or pt-BR, or leave it empty."
    updated, expires = day(draft.fields, "updated", problems), day(draft.fields, "expires", problems)
    return PutDocument(
        path=path,
        title=title,
        text=text,
        format="markdown",
        url=url or f"/kb/{site}/{path}",
        audience=listed(draft["audience"]),
        owner=draft["owner"].strip()[:MAX_OWNER],
        language=language,
        updated=updated,
        expires=end_of(expires),
    )


def _fields(document: Document) -> dict[str, str]:
    is_own_address = document.url.startswith("/kb/")
    return {
        "path": document.path,
        "title": document.title,
        "text": document.source,
        "url": "" if is_own_address else document.url,
        "audience": ", ".join(document.audience),
        "owner": document.owner,
        "language": document.language,
        "version": document.version,
        "updated": document.updated.isoformat() if document.updated else "",
        "expires": last_day(document.expires),
    }


async def _found(seat: Seat, path: str) -> tuple[Document, str]:
    async with seat.desk.readers() as session:
        found = await listing.document(session, seat.site, path)
    if found is None:
        raise NotFound(f"there is no document {path!r} at this site; it may have been deleted")
    return found


async def _exists(seat: Seat, path: str) -> bool:
    async with seat.desk.readers() as session:
        return await listing.document(session, seat.site, path) is not None


async def _is_ours(seat: Seat, source: str) -> bool:
    """Whether people and systems write it, and no reading does."""
    return source == PUSHED or any(
        each.name == source and each.spec.kind == "pushed"
        for each in await seat.desk.library.sources(seat.site)
    )


def _path_for(question: str) -> str:
    return f"answers/{slug(question, {})[:80].strip('-') or 'new'}"
