"""What every source hands over: pages that were read, and what could not be."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import Parsed
from knowledge.sources.spec import SourceSpec
from knowledge.values import Broken

Format = Literal["markdown", "html", "text", "pdf", "docx", "csv"]
MAX_BYTES = 20_000_000
MAX_KEPT_PATH = 500
"""The database takes no longer one, and would refuse the whole reading for this page."""


@dataclass(frozen=True, slots=True)
class Page:
    """One file or web page, read."""

    path: str
    digest: str
    """Of the bytes and of the way they were read."""
    source: str
    format: Format
    parsed: Parsed


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a source holds at the moment."""

    pages: Mapping[str, Page]
    """By path."""
    broken: tuple[Broken, ...]
    """With `is_transient`, the page of that path is to be kept as it was."""
    is_whole: bool = True
    """False when something that leads to further pages could not be asked for the moment: what is missing then is
    not gone, and must not be removed."""


def digest_of(recipe: str, form: Format, raw: bytes) -> str:
    """Changes with the bytes and with the way they are read."""
    return hashlib.sha256(f"{recipe}\n{form}\n".encode() + raw).hexdigest()


def as_told(parsed: Parsed, spec: SourceSpec, *, is_ours: bool) -> Parsed:
    """A page with what its source says about it: the operator's own files may say otherwise, a site may not."""
    audience = (parsed.audience or spec.audience) if is_ours else spec.audience
    owner = (parsed.owner or spec.owner) if is_ours else spec.owner
    return replace(parsed, audience=audience, owner=owner, language=parsed.language or spec.language)


def refuse_empty(page: Page) -> Page:
    if len(page.path) > MAX_KEPT_PATH:
        raise SourceUnreadableError(f"The path is longer than {MAX_KEPT_PATH} characters: shorten its names")
    if not any(block.kind != "heading" for block in page.parsed.blocks):
        raise SourceUnreadableError("The page holds no text: write some, or remove the file")
    return page
