"""HTML to blocks: the main content without navigation, scripts and what is hidden."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, NavigableString

from knowledge.parsing.blocks import CELL, Block, Parsed, code_text, one_line

_DROPPED = [
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "footer",
    "aside",
    "form",
    "svg",
    "iframe",
    "button",
]
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS = {*_HEADINGS, "p", "ul", "ol", "table", "pre", "div", "section", "article", "main", "dl", "dt", "dd"} | {
    "blockquote", "details", "summary", "figure", "header", "body", "li", "hr"
}  # fmt: skip


def parse_html(source: str, *, fallback_title: str) -> Parsed:
    """Reads one page's main content."""
    soup = BeautifulSoup(source, "lxml")
    title = one_line(soup.title.get_text()) if soup.title else ""
    description = soup.find("meta", attrs={"name": "description"})
    _drop_unseen(soup)
    root = soup.find("main") or soup.find("article") or soup.body or soup
    blocks = _Walker().walk(root)
    if blocks and blocks[0].kind == "heading" and blocks[0].level == 1:
        title, blocks = blocks[0].text, blocks[1:]
    content = description.get("content", "") if isinstance(description, Tag) else ""
    return Parsed(title=title or fallback_title, blocks=tuple(blocks), description=one_line(str(content)))


def _drop_unseen(soup: BeautifulSoup) -> None:
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for tag in soup.find_all(_DROPPED):
        tag.decompose()
    for tag in soup.find_all(name=True):
        # A tag below one that just went has lost its attributes.
        if tag.attrs and _is_hidden(tag):
            tag.decompose()


def _is_hidden(tag: Tag) -> bool:
    style = str(tag.get("style", "")).replace(" ", "").lower()
    hiding = any(mark in style for mark in ("display:none", "visibility:hidden", "font-size:0", "opacity:0;"))
    return hiding or tag.has_attr("hidden") or tag.get("aria-hidden") == "true"


class _Walker:
    """Collects blocks in reading order."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._group = 0

    def walk(self, root: Tag) -> list[Block]:
        self._visit(root)
        return self._blocks

    def _visit(self, tag: Tag) -> None:
        loose: list[str] = []
        for child in tag.children:
            if isinstance(child, NavigableString):
                loose.append(str(child))
            elif isinstance(child, Tag) and (child.name in _BLOCKS or child.find(_BLOCKS)):
                self._flush(loose)
                self._block(child)
            elif isinstance(child, Tag):
                loose.append(" " if child.name == "br" else child.get_text())
        self._flush(loose)

    def _flush(self, loose: list[str]) -> None:
        text = one_line("".join(loose))
        loose.clear()
        if text:
            self._blocks.append(Block("prose", text))

    def _block(self, tag: Tag) -> None:
        if tag.name in _HEADINGS:
            anchor = str(tag.get("id") or "")
            self._blocks.append(
                Block("heading", one_line(tag.get_text()), level=_HEADINGS[tag.name], anchor=anchor)
            )
        elif tag.name in {"ul", "ol"}:
            self._group += 1
            self._list(tag, depth=0)
        elif tag.name == "table":
            self._table(tag)
        elif tag.name == "pre":
            self._blocks.append(Block("code", code_text(tag.get_text())))
        else:
            self._visit(tag)

    def _list(self, tag: Tag, *, depth: int) -> None:
        start = str(tag.get("start", "1"))
        number = int(start) if start.isdigit() else 1
        for item in tag.find_all("li", recursive=False):
            nested = item.find_all(["ul", "ol"], recursive=False)
            for inner in nested:
                inner.extract()
            text = one_line(item.get_text(" "))
            kind_is_step = tag.name == "ol"
            block = Block("step" if kind_is_step else "point", text, depth, number, group=self._group)
            self._blocks.append(block)
            number += 1
            for inner in nested:
                self._list(inner, depth=depth + 1)

    def _table(self, tag: Tag) -> None:
        self._group += 1
        for index, row in enumerate(tag.find_all("tr")):
            cells = row.find_all(["th", "td"])
            is_header = index == 0 and all(cell.name == "th" for cell in cells)
            text = CELL.join(one_line(cell.get_text(" ")) for cell in cells)
            self._blocks.append(Block("header" if is_header else "row", text, group=self._group))
