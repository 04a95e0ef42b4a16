"""Articles of documents that are not Markdown: from the blocks that their format is read into, or from their text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from knowledge.anchors import slug
from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import CELL, Block
from knowledge.parsing.html import parse_html
from knowledge.parsing.plain import paragraph_blocks, parse_plain
from knowledge.untrusted import without_instructions
from knowledge.values import Document
from server.help import blocks


def parsed_blocks(document: Document) -> list[blocks.Block]:
    """Read as it was read into the index."""
    parse = parse_html if document.format == "html" else parse_plain
    try:
        parsed = parse(document.source, fallback_title=document.title)
    except SourceUnreadableError:
        return from_text(document.text, ())
    kept = list(without_instructions(parsed.blocks).blocks)
    if kept and kept[0].kind == "heading" and kept[0].text == document.title:
        kept = kept[1:]
    return _drawn(kept)


def from_text(text: str, headings: Sequence[tuple[str, str]]) -> list[blocks.Block]:
    """By paragraph; one that is a known heading becomes it."""
    known = list(headings)
    found: list[Block] = []
    for group, paragraph in enumerate(re.split(r"\n\s*\n", text), start=1):
        words = paragraph.strip()
        if known and words == known[0][0]:
            found.append(Block("heading", words, level=2, anchor=known.pop(0)[1]))
        elif CELL in words:
            rows = words.split("\n")
            found += [Block("row", row, group=group) for row in rows]
        elif words:
            found += paragraph_blocks(words, group=group)
    return _drawn(found)


def _drawn(found: Iterable[Block]) -> list[blocks.Block]:
    seen: dict[str, int] = {}
    drawn: list[blocks.Block] = []
    for (sort, _), members in groupby(found, key=_stretch):
        run = list(members)
        match sort:
            case "heading":
                drawn += [
                    blocks.Heading(
                        level=max(1, one.level), text=one.text, anchor=one.anchor or slug(one.text, seen)
                    )
                    for one in run
                ]
            case "point" | "step":
                drawn.append(_items(run, sort == "step"))
            case "table":
                drawn.append(_table(run))
            case "code":
                drawn += [blocks.Code(language=one.language, text=one.text) for one in run]
            case _:
                drawn += [blocks.Text(spans=[blocks.Span(text=one.text)]) for one in run if one.text]
    return drawn


def _stretch(one: Block) -> tuple[str, int]:
    """What stands together: items of one list, rows of one table."""
    if one.kind in {"header", "row"}:
        return "table", one.group
    return one.kind, one.group if one.kind in {"point", "step"} else 0


def _items(run: Sequence[Block], ordered: bool) -> blocks.Items:  # noqa: FBT001
    """Deeper ones below the one before them."""
    top = min(one.level for one in run)
    items: list[blocks.Item] = []
    deeper: list[Block] = []
    for one in run:
        if one.level > top and items:
            deeper.append(one)
            continue
        items, deeper = _below(items, deeper), []
        items.append(blocks.Item(spans=[blocks.Span(text=one.text)]))
    items = _below(items, deeper)
    return blocks.Items(ordered=ordered, start=max(1, run[0].number) if ordered else 1, items=items)


def _below(items: list[blocks.Item], deeper: Sequence[Block]) -> list[blocks.Item]:
    if not deeper:
        return items
    body: list[blocks.Block] = [*items[-1].body, _items(deeper, deeper[0].kind == "step")]
    return [*items[:-1], items[-1].model_copy(update={"body": body})]


def _table(run: Sequence[Block]) -> blocks.Table:
    def cells(one: Block) -> list[list[blocks.Span]]:
        return [[blocks.Span(text=cell.strip())] if cell.strip() else [] for cell in one.text.split(CELL)]

    header = next((cells(one) for one in run if one.kind == "header"), [])
    return blocks.Table(header=header, rows=[cells(one) for one in run if one.kind == "row"])
