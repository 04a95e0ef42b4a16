"""Tables of web pages as rows of cells, those that only arrange a page told apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bs4 import Tag

from knowledge.parsing.blocks import CELL, one_line

MAX_SPAN = 200


def is_aria_table(tag: Tag) -> bool:
    """Some pages build tables of `div`s and say so in roles."""
    return tag.get("role") in {"table", "grid"} and tag.select_one("[role=row]") is not None


def is_layout(tag: Tag) -> bool:
    """A table whose cells hold code, tables or whole lists arranges a page; one cell is no table either."""
    if tag.name != "table":
        return False
    if tag.get("role") == "presentation" or tag.find(["pre", "table", "h1", "h2", "h3"]) is not None:
        return True
    return len(tag.find_all(["td", "th"], limit=2)) < 2


def rows_of(tag: Tag, text_of: Callable[[object], str]) -> Iterator[tuple[bool, str]]:
    """Each row that holds words, and whether it is the header. A cell that spans rows is repeated in each."""
    below: dict[int, tuple[int, str]] = {}
    is_first = True
    for row in tag.select("[role=row]") if tag.name != "table" else tag.find_all("tr"):
        cells = row.find_all(["td", "th"]) if tag.name == "table" else row.find_all(role=_is_cell)
        texts: list[str] = []
        for cell in cells:
            _carry(below, texts)
            text = one_line(text_of(cell))
            spanned = _span(cell, "rowspan")
            if spanned > 1:
                below[len(texts)] = (spanned - 1, text)
            texts.extend([text] + [""] * (_span(cell, "colspan") - 1))
        _carry(below, texts)
        if any(texts):
            yield is_first and _is_header(row, cells), CELL.join(texts)
            is_first = False


def _carry(below: dict[int, tuple[int, str]], texts: list[str]) -> None:
    while len(texts) in below:
        at = len(texts)
        left, text = below.pop(at)
        if left > 1:
            # Kept aside for the next row under a place that this one has passed.
            below[at] = (left - 1, text)
            texts.append(text)
            continue
        texts.append(text)


def _is_cell(role: str | None) -> bool:
    return role in {"cell", "gridcell", "columnheader", "rowheader"}


def _is_header(row: Tag, cells: list[Tag]) -> bool:
    if row.find_parent("thead") is not None:
        return True
    return bool(cells) and all(
        cell.name == "th" or cell.get("role") == "columnheader" or _is_bold(cell) for cell in cells
    )


def _is_bold(cell: Tag) -> bool:
    """Word and visual editors know no header cells: they print the first row in bold."""
    words = "".join(cell.get_text().split())
    return (
        bool(words)
        and "".join("".join(one.get_text().split()) for one in cell.find_all(["strong", "b"])) == words
    )


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name) or "1")
    return min(int(value), MAX_SPAN) if value.isdigit() and int(value) > 0 else 1
