"""Folders of documents as pages of blocks, and pages of blocks as Markdown again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.errors import BadData
from evals.making import mallard, rst
from knowledge.parsing.blocks import CELL, Block, Parsed
from knowledge.parsing.html import parse_html
from knowledge.parsing.markdown import parse_markdown
from knowledge.parsing.plain import parse_plain

KINDS = (".md", ".mdx", ".markdown", ".html", ".htm", ".rst", ".txt", ".page")
MAX_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One file as it was read."""

    id: str
    """Its path below the folder."""
    title: str
    blocks: tuple[Block, ...]


def read_folder(folder: Path, *, most: int = 2_000) -> list[SourcePage]:
    """Every page below a folder, in the order of their paths; what can not be read is left out."""
    if not folder.is_dir():
        raise BadData(f"{folder}:1: there is no such folder; name a folder of documents")
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name.endswith(KINDS))
    pages = [page for file in files[:most] if (page := _read(file, folder)) and page.blocks]
    if not pages:
        raise BadData(f"{folder}:1: no page could be read; it needs files that end with {', '.join(KINDS)}")
    return pages


def _read(file: Path, folder: Path) -> SourcePage | None:
    raw = file.read_bytes()
    if len(raw) > MAX_BYTES:
        return None
    name = file.name.removesuffix(".txt").rpartition(".")[0].replace("-", " ").replace("_", " ")
    parsed = _parsed(file, raw, name)
    return SourcePage(file.relative_to(folder).as_posix(), parsed.title, parsed.blocks)


def _parsed(file: Path, raw: bytes, name: str) -> Parsed:
    if file.suffix == ".page":
        return parse_markdown(mallard.to_markdown(raw), fallback_title=name)
    text = raw.decode("utf-8", errors="replace")
    if file.suffix == ".rst" or (file.suffix == ".txt" and rst.looks_like(text)):
        return parse_markdown(rst.to_markdown(text), fallback_title=name)
    if file.suffix in (".html", ".htm"):
        return parse_html(text, fallback_title=name)
    if file.suffix == ".txt":
        return parse_plain(text, fallback_title=name)
    return parse_markdown(text, fallback_title=name)


def as_markdown(blocks: Iterable[Block]) -> str:
    """The blocks as a page that reads back into the same blocks."""
    return "\n".join(_lines(list(blocks))).strip() + "\n"


def _lines(blocks: Sequence[Block]) -> Iterator[str]:
    for before, block in zip([None, *blocks], blocks, strict=False):
        joined = before is not None and block.group != 0 and before.group == block.group
        if not joined:
            yield ""
        match block.kind:
            case "heading":
                yield f"{'#' * max(1, min(block.level, 6))} {block.text}"
            case "point":
                yield f"{'  ' * block.level}- {block.text}"
            case "step":
                yield f"{'   ' * block.level}{block.number or 1}. {block.text}"
            case "header" | "row":
                cells = [cell.replace("|", "/") for cell in block.text.split(CELL)]
                yield f"| {' | '.join(cells)} |"
                if not joined:
                    yield "|" + "---|" * len(cells)
            case "code":
                yield f"```{block.language}\n{block.text}\n```"
            case _:
                yield block.text
