"""The YAML block at the head of a Markdown file: title, description, updated, audience, url."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import yaml

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import one_line

_FENCED = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_OURS = {"title", "description", "updated", "audience", "url"}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the author says about the page."""

    title: str = ""
    description: str = ""
    updated: date | None = None
    audience: tuple[str, ...] = ()
    url: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)


def split_front_matter(source: str) -> tuple[FrontMatter, str]:
    """Front matter and the body below it; a file without any is all body."""
    match = _FENCED.match(source)
    if match is None:
        return FrontMatter(), source
    try:
        data = yaml.safe_load(match[1]) or {}
    except yaml.YAMLError as error:
        message = f"The front matter is not valid YAML ({one_line(str(error))}): mend it or remove it"
        raise SourceUnreadableError(message) from error
    if not isinstance(data, dict):
        raise SourceUnreadableError(
            "The front matter is not a list of `name: value` lines: mend it or remove it"
        )
    return _read(data), source[match.end() :]


def _read(data: Mapping[str, Any]) -> FrontMatter:
    plain = {
        str(name): one_line(str(value))
        for name, value in data.items()
        if name not in _OURS and isinstance(value, str | int | float | bool | date)
    }
    return FrontMatter(
        title=one_line(str(data.get("title") or "")),
        description=one_line(str(data.get("description") or "")),
        updated=_date(data.get("updated")),
        audience=_audience(data.get("audience")),
        url=_url(data.get("url")),
        meta=plain,
    )


def _url(value: Any) -> str:
    url = str(value or "").strip()
    if url and not re.match(r"https?://[^\s]+$|/[^/\s][^\s]*$|/$", url):
        raise SourceUnreadableError(f"url: {url!r} is not a web address: write https://… or a path from /")
    return url


def _date(value: Any) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError as error:
        raise SourceUnreadableError(f"updated: {value!r} is not a date: write it as 2026-03-01") from error


def _audience(value: Any) -> tuple[str, ...]:
    """Empty when the page says nothing. A value that is not a name is refused, never read as public."""
    if value is None:
        return ()
    names = value if isinstance(value, list) else str(value).split(",")
    found = tuple(sorted({str(name).strip().lower() for name in names if str(name).strip()}))
    if not found:
        raise SourceUnreadableError(
            "audience: is there but empty: name one, such as public, or remove the line"
        )
    return found
