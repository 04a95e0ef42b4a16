"""The YAML block at the head of a Markdown file: what its author says about the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import yaml

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import one_line

_FENCED = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?:(.*?)\r?\n)?---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_OURS = {
    "title", "description", "updated", "audience", "url", "language", "lang", "owner", "expires", "published",
    "superseded_by", "supersedes",
}  # fmt: skip
MAX_OWNER = 200
MAX_LANGUAGE = 35
MAX_NAMED_PAGE = 500
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What the author says about the page."""

    title: str = ""
    description: str = ""
    updated: date | None = None
    audience: tuple[str, ...] = ()
    url: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    owner: str = ""
    published: date | None = None
    expires: datetime | None = None
    superseded_by: str = ""
    supersedes: tuple[str, ...] = ()


def split_front_matter(source: str) -> tuple[FrontMatter, str]:
    """Front matter and the body below it; a file without any is all body."""
    match = _FENCED.match(source)
    if match is None:
        return FrontMatter(), source
    try:
        data = yaml.safe_load(match[1] or "") or {}
    except (yaml.YAMLError, ValueError) as error:
        # A date such as 2026-02-31 is a ValueError of the YAML reader's.
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
        updated=read_date("updated", data.get("updated")),
        audience=read_audience(data.get("audience")),
        url=read_url(data.get("url")),
        meta=plain,
        language=read_language(data.get("language") or data.get("lang")),
        owner=read_owner(data.get("owner")),
        published=read_date("published", data.get("published")),
        expires=read_expiry(data.get("expires")),
        superseded_by=_page("superseded_by", data.get("superseded_by")),
        supersedes=_pages(data.get("supersedes")),
    )


def read_url(value: Any) -> str:
    """Where a page stands: an address of the web or a path from the root."""
    url = str(value or "").strip()
    if url and not re.match(r"https?://[^\s]+$|/[^/\s][^\s]*$|/$", url):
        raise SourceUnreadableError(f"url: {url!r} is not a web address: write https://… or a path from /")
    return url


def read_date(name: str, value: Any) -> date | None:
    """A day; the error names the field."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError as error:
        raise SourceUnreadableError(f"{name}: {value!r} is not a date: write it as 2026-03-01") from error


def read_expiry(value: Any) -> datetime | None:
    """The first moment at which the page no longer holds: a bare date is good to its end, in UTC."""
    if value is None or value == "":
        return None
    try:
        moment = value if isinstance(value, date) else datetime.fromisoformat(str(value).strip())
        is_day = not isinstance(moment, datetime) or re.fullmatch(r"\s*[\d-]+\s*", str(value)) is not None
        if is_day:
            return datetime.combine(moment, time(), UTC) + timedelta(days=1)
        assert isinstance(moment, datetime)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = f"expires: {value!r} is not a date: write it as 2026-03-01 or 2026-03-01T12:00:00Z"
        raise SourceUnreadableError(message) from error


def read_language(value: Any) -> str:
    """A language tag in its usual spelling: `pt_br` is `pt-BR`."""
    text = str(value or "").strip()
    if not text:
        return ""
    if not is_language(text):
        raise SourceUnreadableError(f"language: {text!r} is not a language tag: write en or pt-BR")
    first, *rest = text.replace("_", "-").split("-")
    return "-".join([first.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])


def is_language(text: str) -> bool:
    """Whether this can be a language tag: the one rule for whatever names a language."""
    return len(text) <= MAX_LANGUAGE and _LANGUAGE.fullmatch(text) is not None


def read_owner(value: Any) -> str:
    """Who looks after the page."""
    owner = one_line(str(value or ""))
    if len(owner) > MAX_OWNER:
        raise SourceUnreadableError(f"owner: is longer than {MAX_OWNER} characters: name a team or a person")
    return owner


def _page(name: str, value: Any) -> str:
    """The path of another page, spelled like documents are: no leading slash, no ending."""
    text = str(value or "").strip()
    if len(text) > MAX_NAMED_PAGE:
        raise SourceUnreadableError(
            f"{name}: is longer than {MAX_NAMED_PAGE} characters: shorten the page's path"
        )
    if re.match(r"https?://\S+$", text):
        return text
    bare = re.sub(r"\.(?:mdx?|markdown|html?|txt|pdf|docx|csv)$", "", text.strip("/"), flags=re.IGNORECASE)
    if re.search(r"\s|://|\.\.", bare) or (text and not bare):
        raise SourceUnreadableError(f"{name}: {text!r} is not a page: write its path, such as guides/billing")
    return bare


def _pages(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else str(value or "").split(",")
    return tuple(page for one in values if (page := _page("supersedes", one)))


def read_audience(value: Any) -> tuple[str, ...]:
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
