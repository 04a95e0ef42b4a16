"""One answer of a web server as a page: its words, and what it says about links, copies and search engines."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from email.message import Message
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import Parsed, lay_out
from knowledge.parsing.html import parse_soup, soup_of
from knowledge.parsing.html_meta import meta
from knowledge.sources.fetches import Fetch
from knowledge.sources.formats import FORMATS, one_pages_trouble, parse, refuse_binary, title_of
from knowledge.sources.pages import Format, Page, as_told, digest_of, refuse_empty
from knowledge.sources.spec import SourceSpec
from knowledge.sources.urls import normalised, path_of

_TYPES: dict[str, Format] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
_OTHER = re.compile(
    r"\.(?:png|jpe?g|gif|webp|avif|svg|ico|bmp|css|js|mjs|map|json|ya?ml|xml|rss|atom|zip|t?gz|bz2|xz|7z|rar|exe|dmg|"
    r"msi|pkg|deb|rpm|apk|iso|mp[34]|m4[av]|webm|mov|avi|wav|ogg|woff2?|ttf|otf|eot|ics|xlsx?|pptx?|doc|csv|jar|bin)$",
    re.IGNORECASE,
)
MAX_LINKS = 5_000


@dataclass(frozen=True, slots=True)
class WebPage:
    """What a crawl learns from one address."""

    url: str
    page: Page | None
    """None when the page asks not to be listed, or holds nothing."""
    why_not: str = ""
    canonical: str = ""
    """Where the page says that it really stands; nothing when that is here."""
    text_hash: str = ""
    links: tuple[str, ...] = ()
    is_home: bool = False
    """Whether the page says that it stands here."""


def may_be_document(url: str) -> bool:
    """Whether the ending leaves hope: pictures and archives are not even asked for."""
    return _OTHER.search(urlsplit(url).path) is None


def is_document(content_type: str) -> bool:
    kind, _ = _split(content_type)
    # No type at all, or "just bytes", is decided by the address.
    return kind in _TYPES or kind in {"", "text/plain", "application/octet-stream", "binary/octet-stream"}


def read_webpage(fetch: Fetch, spec: SourceSpec, *, recipe: str) -> WebPage:
    """Reads what came; raises `SourceUnreadableError`."""
    url = normalised(fetch.final_url) or fetch.final_url
    form = _format(fetch)
    if form == "html":
        with one_pages_trouble(form):
            return _read_html(fetch, url, spec, recipe)
    source, parsed = parse(form, fetch.body, fallback_title=title_of(urlsplit(url).path.rstrip("/")))
    is_listed = not _says(fetch.robots, "noindex")
    page = _page(url, form, source, parsed, spec, recipe) if is_listed else None
    return WebPage(url, page, text_hash=_text_hash(parsed))


def _read_html(fetch: Fetch, url: str, spec: SourceSpec, recipe: str) -> WebPage:
    _, charset = _split(fetch.content_type)
    refuse_binary(fetch.body, charset)
    soup = soup_of(fetch.body, charset or None)
    robots = f"{fetch.robots},{meta(soup, 'robots')},{meta(soup, 'frontdesk')}"
    links = () if _says(robots, "nofollow") else _links(soup, url)
    named = _canonical(soup, url)
    canonical = named if named != url else ""
    if _says(robots, "noindex"):
        return WebPage(url, None, canonical=canonical, links=links)
    parsed = parse_soup(soup, fallback_title=title_of(urlsplit(url).path.rstrip("/")))
    try:
        page = _page(url, "html", "", parsed, spec, recipe)
    except SourceUnreadableError:
        why = "The page holds no text unless scripts run: push its documents, or name a folder with them"
        return WebPage(url, None, why, canonical, links=links)
    return WebPage(url, page, "", canonical, _text_hash(parsed), links, is_home=named == url)


def _page(url: str, form: Format, source: str, parsed: Parsed, spec: SourceSpec, recipe: str) -> Page:
    told = as_told(replace(parsed, url=url), spec, is_ours=False)
    # A page is new when its words are: the bytes of many change with every request.
    digest = digest_of(recipe, form, repr(told).encode("utf-8", "surrogatepass"))
    return refuse_empty(Page(path_of(url), digest, source, form, told))


def moved(web: WebPage, url: str, *, recipe: str) -> WebPage:
    """The same page under the address that it names as its own."""
    assert web.page is not None
    parsed = replace(web.page.parsed, url=url)
    digest = digest_of(recipe, web.page.format, repr(parsed).encode("utf-8", "surrogatepass"))
    page = replace(web.page, path=path_of(url), digest=digest, parsed=parsed)
    return replace(web, url=url, page=page, canonical="", is_home=True)


def _format(fetch: Fetch) -> Format:
    kind, _ = _split(fetch.content_type)
    path = urlsplit(fetch.final_url).path.lower()
    by_ending = next((form for ending, form in FORMATS.items() if path.endswith(ending)), None)
    if kind in _TYPES:
        return _TYPES[kind]
    if kind == "text/plain":
        return "markdown" if by_ending == "markdown" else "text"
    if by_ending and by_ending != "csv":
        return by_ending
    start = fetch.body[:1_000].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "html"
    raise SourceUnreadableError("The server does not say what this is: give it a content type")


def _split(content_type: str) -> tuple[str, str]:
    """Media type and charset."""
    message = Message()
    message["content-type"] = content_type or "application/octet-stream"
    kind = message.get_content_type() if content_type else ""
    return kind, str(message.get_content_charset() or "")


def _says(robots: str, word: str) -> bool:
    """A directive for everybody; `googlebot: noindex` is none of ours."""
    words = {part.strip().removeprefix("frontdesk:").strip() for part in robots.lower().split(",")}
    return word in words or "none" in words


def _links(soup: BeautifulSoup, url: str) -> tuple[str, ...]:
    base_tag = soup.find("base", href=True)
    base = normalised(str(base_tag["href"]), url) if isinstance(base_tag, Tag) else url
    found: dict[str, None] = {}
    for tag in soup.find_all("a", href=True, limit=MAX_LINKS):
        is_followed = "nofollow" not in tag.get_attribute_list("rel")
        if is_followed and (target := normalised(str(tag["href"]), base or url)):
            found[target] = None
    return tuple(found)


def _canonical(soup: BeautifulSoup, url: str) -> str:
    tag = soup.find("link", rel="canonical", href=True)
    return normalised(str(tag["href"]), url) if isinstance(tag, Tag) else ""


def _text_hash(parsed: Parsed) -> str:
    text, _ = lay_out(parsed.blocks)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
