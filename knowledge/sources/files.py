"""Folders and files as a source: what there is, and each file as one parsed page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from knowledge.anchors import slug
from knowledge.errors import SourceMissingError, SourceUnreadableError
from knowledge.parsing.questions import read_questions
from knowledge.sources.formats import FORMATS, decode, parse, title_of
from knowledge.sources.pages import MAX_BYTES, Page, Reading, as_told, digest_of, refuse_empty
from knowledge.sources.spec import SourceSpec
from knowledge.values import Broken, OnProgress, Progress

__all__ = ["FORMATS", "Listed", "Page", "list_files", "page_path", "read_folder", "read_page"]


class _NotOpenedError(SourceUnreadableError):
    """The disk or its permissions are in the way."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that can be read, with its path below the root."""

    file: Path
    relative: PurePosixPath


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


def read_folder(spec: SourceSpec, *, recipe: str, tell: OnProgress) -> Reading:
    """All that the folder or file holds now; raises `SourceMissingError` when there is none."""
    listed = [one for one in list_files([Path(spec.location)]) if spec.admits(str(one.relative))]
    pages: dict[str, Page] = {}
    broken: list[Broken] = []
    for number, one in enumerate(listed, start=1):
        tell(Progress("reading", number, len(listed), str(one.relative)))
        for found in _pages_of(one, recipe):
            if isinstance(found, Broken):
                broken.append(found)
            elif found.path in pages:
                reason = f"Another file makes the same page {found.path!r}: rename one of them"
                broken.append(Broken(str(one.relative), reason))
            else:
                pages[found.path] = replace(found, parsed=as_told(found.parsed, spec, is_ours=True))
    return Reading(pages, tuple(broken))


def _pages_of(listed: Listed, recipe: str) -> Iterator[Page | Broken]:
    """Most files are one page; a table of questions and answers is one for each row."""
    try:
        if listed.relative.suffix.lower() == ".csv":
            yield from _rows(listed, recipe)
        else:
            yield refuse_empty(read_page(listed, recipe=recipe))
    except _NotOpenedError as error:
        # Nothing is known of its words now: unlike those of a file that makes no sense, they may still be there.
        yield Broken(page_path(listed.relative), str(error), is_transient=True)
    except SourceUnreadableError as error:
        yield Broken(str(listed.relative), str(error))


def _rows(listed: Listed, recipe: str) -> Iterator[Page | Broken]:
    """A row of its own page: it has its own date and audience, and changes without the others."""
    below = page_path(listed.relative)
    taken: dict[str, str] = {}
    for row in read_questions(decode(_bytes(listed.file))):
        name = slug(row.question, {})[:120].strip("-") or f"line-{row.line}"
        if row.parsed is None:
            yield Broken(f"{listed.relative}:{row.line}", row.why_not)
        elif name in taken:
            if taken[name] != row.source:
                reason = (
                    f"line {row.line}: the question was there before with another answer: keep one of them"
                )
                yield Broken(f"{listed.relative}:{row.line}", reason)
        else:
            taken[name] = row.source
            digest = digest_of(recipe, "csv", repr(row.parsed).encode())
            yield refuse_empty(Page(f"{below}/{name}".lstrip("/"), digest, row.source, "csv", row.parsed))


def read_page(listed: Listed, *, recipe: str) -> Page:
    """Reads and parses one file; `recipe` names the version of parsing and chunking, and is part of the digest."""
    raw = _bytes(listed.file)
    form = FORMATS[listed.relative.suffix.lower()]
    path = page_path(listed.relative)
    source, parsed = parse(form, raw, fallback_title=title_of(path))
    return Page(path, digest_of(recipe, form, raw), source, form, parsed)


def _bytes(file: Path) -> bytes:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise SourceUnreadableError(f"The file is larger than {MAX_BYTES // 1_000_000} MB: split it")
        return file.read_bytes()
    except OSError as error:
        raise _NotOpenedError(
            f"The file can not be opened ({error.strerror}): check its permissions"
        ) from error


def page_path(relative: PurePosixPath) -> str:
    """`guides/index.md` is `guides`, `billing.md` is `billing`, `index.md` is the empty path."""
    bare = relative.with_suffix("")
    return (
        ""
        if str(bare) in {"index", "README"}
        else str(bare.parent if bare.name in {"index", "README"} else bare)
    )
