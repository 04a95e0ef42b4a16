"""An RSS or Atom feed as a source: each entry is a page with its date."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date, datetime
from time import struct_time
from typing import Any

from knowledge.errors import SourceMissingError, SourceUnreachableError, SourceUnreadableError
from knowledge.parsing.blocks import Parsed, one_line
from knowledge.parsing.front_matter import read_language
from knowledge.parsing.html import parse_html
from knowledge.sources.asking import Asker
from knowledge.sources.fetches import Fetch
from knowledge.sources.formats import one_pages_trouble
from knowledge.sources.pages import Page, Reading, as_told, digest_of, refuse_empty
from knowledge.sources.reaching import NotFetchedError
from knowledge.sources.spec import SourceSpec
from knowledge.sources.urls import normalised, path_of
from knowledge.values import Broken, OnProgress, Progress

_ENTITIES = re.compile(rb"<!ENTITY", re.IGNORECASE)


async def read_feed(spec: SourceSpec, asker: Asker, *, recipe: str, tell: OnProgress) -> Reading:
    """All entries that the feed holds now; nothing but the feed itself is fetched."""
    tell(Progress("reading", 0, 1, spec.location))
    try:
        fetch = await asker.get(normalised(spec.location))
    except NotFetchedError as error:
        raise SourceUnreachableError(f"{error}. Check the address, or read the source again later") from error
    return await asyncio.to_thread(read_entries, fetch, spec, recipe=recipe, tell=tell)


def read_entries(fetch: Fetch, spec: SourceSpec, *, recipe: str, tell: OnProgress) -> Reading:
    """Raises `SourceMissingError` when this is no feed."""
    entries, language = _entries(fetch)
    pages: dict[str, Page] = {}
    broken: list[Broken] = []
    for number, entry in enumerate(entries[: spec.max_pages], start=1):
        tell(Progress("reading", number, len(entries), one_line(str(entry.get("title", "")))))
        try:
            with one_pages_trouble("html"):
                page = _page(entry, fetch.final_url, language, spec, recipe)
        except SourceUnreadableError as error:
            broken.append(Broken(_path(entry, fetch.final_url), str(error)))
            continue
        if spec.admits(page.path.partition("/")[2]):
            pages.setdefault(page.path, page)
    if not pages and not broken:
        raise SourceMissingError(f"{spec.location} holds no entry: check that it is an RSS or Atom feed")
    return Reading(pages, tuple(broken))


def _entries(fetch: Fetch) -> tuple[list[Any], str]:
    import feedparser

    # Without the zeros, two or four bytes a letter look like one.
    if _ENTITIES.search(fetch.body.replace(b"\0", b"")):
        raise SourceMissingError(
            f"{fetch.url} defines entities of its own, which is not read: publish it without"
        )
    told = {"content-type": fetch.content_type, "content-location": fetch.final_url}
    # Given bytes, it asks no network; its cleaning and link resolving is left out, because ours follows.
    feed = feedparser.parse(
        fetch.body, response_headers=told, sanitize_html=False, resolve_relative_uris=False
    )
    if not feed.get("version"):
        raise SourceMissingError(f"{fetch.url} is not an RSS or Atom feed: check the address")
    try:
        language = read_language(feed.feed.get("language"))
    except SourceUnreadableError:
        language = ""
    return list(feed.entries), language


def _page(entry: Any, base: str, language: str, spec: SourceSpec, recipe: str) -> Page:
    title = one_line(re.sub(r"<[^>]+>", "", str(entry.get("title", ""))))
    source = _content(entry)
    inner = parse_html(f"<main>{source}</main>", fallback_title=title or "Entry")
    published = _day(entry.get("published_parsed")) or _day(entry.get("updated_parsed"))
    parsed = Parsed(
        title=title or inner.title,
        blocks=inner.blocks,
        published=published,
        updated=_day(entry.get("updated_parsed")) or published,
        url=_link(entry, base),
        language=language,
    )
    told = as_told(parsed, spec, is_ours=False)
    digest = digest_of(recipe, "html", repr(told).encode("utf-8", "surrogatepass"))
    return refuse_empty(Page(_path(entry, base), digest, "", "html", told))


def _content(entry: Any) -> str:
    """The whole text where the feed has it, else its summary."""
    texts = [str(one.get("value", "")) for one in entry.get("content", [])]
    return max([*texts, str(entry.get("summary", ""))], key=len)


def _link(entry: Any, base: str) -> str:
    return normalised(str(entry.get("link", "")), base) or base


def _path(entry: Any, base: str) -> str:
    """Of the entry's own address; several entries may link to one page, and then their ids tell them apart."""
    link = str(entry.get("link", ""))
    url = normalised(link, base)
    fragment = link.partition("#")[2]
    name = one_line(str(entry.get("id", ""))) or one_line(str(entry.get("title", "")))
    if url and url != normalised(base) and not fragment:
        return path_of(url)
    return path_of(
        f"{url or normalised(base)}/{re.sub(r'[^A-Za-z0-9.-]+', '-', fragment or name).strip('-').lower()}"
    )


def _day(moment: struct_time | None) -> date | None:
    if moment is None:
        return None
    try:
        return datetime(*moment[:6], tzinfo=UTC).date()
    except ValueError:
        return None
