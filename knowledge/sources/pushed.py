"""Documents that other systems push: one body of a request as one page."""

from __future__ import annotations

from dataclasses import replace

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import Parsed, one_line
from knowledge.parsing.front_matter import read_audience, read_language, read_owner, read_url
from knowledge.sources.formats import parse, title_of
from knowledge.sources.pages import MAX_BYTES, Page, digest_of, refuse_empty
from knowledge.sources.urls import MAX_PATH, PUSHED_PATH
from knowledge.values import PutDocument


def page_of(body: PutDocument, *, recipe: str) -> Page:
    """The page; raises `SourceUnreadableError` that begins with the field at fault."""
    path = checked_path(body.path)
    raw = body.text.encode("utf-8", "replace")
    if len(raw) > MAX_BYTES:
        raise SourceUnreadableError(f"text: is larger than {MAX_BYTES // 1_000_000} MB: split the document")
    source, parsed = parse(body.format, raw, fallback_title=one_line(body.title) or title_of(path))
    told = _told(parsed, body)
    digest = digest_of(recipe, body.format, repr(told).encode("utf-8", "surrogatepass"))
    return refuse_empty(Page(path, digest, source, body.format, told))


def checked_path(path: str) -> str:
    """A path that a document may have: `billing/refunds`, without dots that climb."""
    bare = path.strip().strip("/")
    parts = bare.split("/")
    if (
        not PUSHED_PATH.fullmatch(bare)
        or len(bare) > MAX_PATH
        or any(part.strip(". ") == "" for part in parts)
    ):
        raise SourceUnreadableError(
            f"path: {path[:80]!r} can not name a document: write one such as billing/refunds, of at most {MAX_PATH}"
        )
    return bare


def _told(parsed: Parsed, body: PutDocument) -> Parsed:
    """What the request says goes before what the text says of itself."""
    url = body.url or parsed.url
    return replace(
        parsed,
        title=one_line(body.title) or parsed.title,
        url=read_url(url),
        audience=read_audience(list(body.audience)) if body.audience else parsed.audience,
        owner=read_owner(body.owner) or parsed.owner,
        language=read_language(body.language) or parsed.language,
        updated=body.updated or parsed.updated,
        expires=body.expires or parsed.expires,
    )
