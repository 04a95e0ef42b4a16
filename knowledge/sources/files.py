"""Folders and files as a source: what there is, and each file as one parsed page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from knowledge.errors import SourceMissingError, SourceUnreadableError
from knowledge.sources.formats import FORMATS, parse, title_of
from knowledge.sources.pages import MAX_BYTES, Page, Reading, as_told, digest_of, refuse_empty
from knowledge.sources.spec import SourceSpec
from knowledge.values import Broken, OnProgress, Progress

__all__ = ["FORMATS", "Listed", "Page", "list_files", "page_path", "read_folder", "read_page"]


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
        try:
            page = refuse_empty(read_page(one, recipe=recipe))
        except SourceUnreadableError as error:
            broken.append(Broken(str(one.relative), str(error)))
            continue
        if page.path in pages:
            reason = f"Another file makes the same page {page.path!r}: rename one of them"
            broken.append(Broken(str(one.relative), reason))
            continue
        pages[page.path] = replace(page, parsed=as_told(page.parsed, spec, is_ours=True))
    return Reading(pages, tuple(broken))


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
    source, parsed = parse(form, raw, fallback_title=title_of(path))
    return Page(path, digest_of(recipe, form, raw), source, form, parsed)


def page_path(relative: PurePosixPath) -> str:
    """`guides/index.md` is `guides`, `billing.md` is `billing`, `index.md` is the empty path."""
    bare = relative.with_suffix("")
    return (
        ""
        if str(bare) in {"index", "README"}
        else str(bare.parent if bare.name in {"index", "README"} else bare)
    )
