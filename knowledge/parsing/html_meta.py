"""What a web page says about itself in its head: title, description, language, dates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from bs4 import BeautifulSoup, Tag

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import one_line
from knowledge.parsing.front_matter import read_date, read_language

_SITE_NAME = re.compile(r"\s+[|·•–—»-]\s+")
_UPDATED = ("article:modified_time", "og:updated_time", "last-modified", "dateModified", "dcterms.modified")
_PUBLISHED = ("article:published_time", "datePublished", "date", "dcterms.created")


def page_title(soup: BeautifulSoup) -> str:
    """The title without the site's name after it."""
    social = meta(soup, "og:title")
    title = one_line(soup.title.get_text()) if soup.title else ""
    parts = _SITE_NAME.split(social or title)
    return parts[0] if len(parts) > 1 and len(parts[0]) >= 3 else social or title


def meta(soup: BeautifulSoup, *names: str) -> str:
    """The first of these names that has content."""
    tags = soup.find_all("meta")
    for name in names:
        for attribute in ("property", "name", "itemprop"):
            tag = next((one for one in tags if _is_named(one, attribute, name)), None)
            if tag is not None and tag.get("content"):
                return one_line(str(tag["content"]))
    return ""


def _is_named(tag: Tag, attribute: str, name: str) -> bool:
    return any(str(one).lower() == name.lower() for one in tag.get_attribute_list(attribute) if one)


def language_of(soup: BeautifulSoup) -> str:
    tag = soup.find("html")
    try:
        return read_language(tag.get("lang")) if isinstance(tag, Tag) else ""
    except SourceUnreadableError:
        return ""


def updated_of(soup: BeautifulSoup) -> date | None:
    """The day of the last change, by the page's own word."""
    shown = soup.select_one(
        "[class*=last-updated] time[datetime], [class*=lastUpdated] time[datetime], time.updated[datetime], "
        "time[itemprop=dateModified][datetime], [class*=git-revision-date] time[datetime]"
    )
    candidates = [
        meta(soup, *_UPDATED),
        _linked(soup, "dateModified"),
        str(shown["datetime"]) if shown else "",
    ]
    return _first_date(candidates)


def published_of(soup: BeautifulSoup) -> date | None:
    shown = soup.select_one("time.published[datetime], time[itemprop=datePublished][datetime]")
    candidates = [
        meta(soup, *_PUBLISHED),
        _linked(soup, "datePublished"),
        str(shown["datetime"]) if shown else "",
    ]
    return _first_date(candidates)


def _first_date(candidates: list[str]) -> date | None:
    for text in candidates:
        try:
            if text:
                return read_date("date", text)
        except SourceUnreadableError:
            continue
    return None


def _linked(soup: BeautifulSoup, name: str) -> str:
    """From the page's JSON-LD."""
    for script in soup.find_all("script", attrs={"type": "application/ld+json"}):
        try:
            data = json.loads(script.get_text())
        except (ValueError, RecursionError):
            continue
        for thing in _things(data):
            if isinstance(thing.get(name), str):
                return str(thing[name])
    return ""


def _things(data: Any) -> Iterator[dict[str, Any]]:
    listed = data if isinstance(data, list) else [data]
    for one in listed:
        if isinstance(one, dict):
            yield one
            graph = one.get("@graph")
            yield from (
                inner for inner in (graph if isinstance(graph, list) else []) if isinstance(inner, dict)
            )
