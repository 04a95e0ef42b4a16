"""Folders and files as a source: what there is, and each file as one parsed page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from knowledge.errors import SourceMissingError, SourceUnreadableError
from knowledge.parsing.blocks import Parsed
from knowledge.parsing.html import parse_html
from knowledge.parsing.markdown import parse_markdown
from knowledge.parsing.pdf import parse_pdf
from knowledge.parsing.plain import parse_plain

Format = Literal["markdown", "html", "text", "pdf"]
FORMATS: dict[str, Format] = {
    ".md": "markdown",
    ".mdx": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
    ".pdf": "pdf",
}
MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that can be read, with its path below the root."""

    file: Path
    relative: PurePosixPath


@dataclass(frozen=True, slots=True)
class Page:
    """One file, read."""

    path: str
    digest: str
    """Of the bytes and of the way they were read."""
    source: str
    format: Format
    parsed: Parsed


def list_files(roots: Sequence[Path]) -> list[Listed]:
    """Every readable file below the roots, hidden ones and symbolic links out of the root left out."""
    found: dict[PurePosixPath, Listed] = {}
    for root in roots:
        if not root.exists():
            raise SourceMissingError(f"There is no folder or file {str(root)!r}: check the path")
        for listed in _below(root):
            found.setdefault(listed.relative, listed)
    if not found:
        names = ", ".join(str(root) for root in roots)
        raise SourceMissingError(f"No document in {names!r}: expected {', '.join(FORMATS)}")
    return [found[relative] for relative in sorted(found)]


def _below(root: Path) -> Iterator[Listed]:
    if root.is_file():
        if root.suffix.lower() in FORMATS:
            yield Listed(root, PurePosixPath(root.name))
        return
    inside = root.resolve()
    for file in root.rglob("*"):
        relative = PurePosixPath(file.relative_to(root).as_posix())
        if file.suffix.lower() not in FORMATS or any(part.startswith(".") for part in relative.parts):
            continue
        if file.is_file() and file.resolve().is_relative_to(inside):
            yield Listed(file, relative)


def read_page(listed: Listed, *, recipe: str) -> Page:
    """Reads and parses one file; `recipe` names the version of parsing and chunking, and is part of the digest."""
    try:
        if listed.file.stat().st_size > MAX_BYTES:
            raise SourceUnreadableError(f"The file is larger than {MAX_BYTES // 1_000_000} MB: split it")
        raw = listed.file.read_bytes()
    except OSError as error:
        raise SourceUnreadableError(
            f"The file can not be opened ({error.strerror}): check its permissions"
        ) from error
    form = FORMATS[listed.relative.suffix.lower()]
    path = page_path(listed.relative)
    title = path.rsplit("/", 1)[-1].replace("-", " ").replace("_", " ").capitalize() or "Home"
    source = "" if form == "pdf" else _decode(raw)
    digest = hashlib.sha256(f"{recipe}\n{form}\n".encode() + raw).hexdigest()
    return Page(path, digest, source, form, _parse(form, raw, source, title))


def _parse(form: Format, raw: bytes, source: str, title: str) -> Parsed:
    match form:
        case "markdown":
            return parse_markdown(source, fallback_title=title)
        case "html":
            return parse_html(source, fallback_title=title)
        case "text":
            return parse_plain(source, fallback_title=title)
        case "pdf":
            return parse_pdf(raw, fallback_title=title)


def _decode(raw: bytes) -> str:
    if b"\0" in raw[:1024]:
        raise SourceUnreadableError(
            "The file is not text, whatever its name says: remove it or name it for what it is"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What is not UTF-8 in the wild is nearly always this; it can not fail.
        return raw.decode("cp1252", errors="replace")


def page_path(relative: PurePosixPath) -> str:
    """`guides/index.md` is `guides`, `billing.md` is `billing`, `index.md` is the empty path."""
    bare = relative.with_suffix("")
    return (
        ""
        if str(bare) in {"index", "README"}
        else str(bare.parent if bare.name in {"index", "README"} else bare)
    )
