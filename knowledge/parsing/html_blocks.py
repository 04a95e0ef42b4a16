"""The main content of a web page as blocks in reading order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bs4 import Tag
from bs4.element import NavigableString

from knowledge.parsing.blocks import Block, code_text, one_line
from knowledge.parsing.html_tables import is_aria_table, is_layout, rows_of

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS = {
    *HEADINGS, "p", "ul", "ol", "menu", "table", "pre", "div", "section", "article", "main", "dl", "dt", "dd",
    "blockquote", "details", "summary", "figure", "figcaption", "header", "footer", "body", "li", "hr", "address",
    "aside", "center", "caption", "thead", "tbody", "tr", "td", "th", "label", "legend", "search", "hgroup",
}  # fmt: skip
_NAMES = list(_BLOCKS)
_CALLOUT = re.compile(r"tip|note|info|warning|caution|danger|important|hint|success|example", re.IGNORECASE)
_LANGUAGE = re.compile(r"(?:language|lang|highlight-source|highlight|brush)[-:]\s*([\w+#-]+)")
_LINE = re.compile(r"(?:^|[-_])line(?:$|[-_])")
_HASH = re.compile(r"\s*[#¶§🔗\u200b]+\s*$")


@dataclass(slots=True)
class _Item:
    """A list item whose first words have not been met yet."""

    kind: str
    depth: int
    number: int


class Walker:
    """Collects blocks; remembers the list that it is in."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._group = 0
        self._depth = -1
        self._item: _Item | None = None
        self._level = 1

    def walk(self, root: Tag) -> list[Block]:
        self._visit(root)
        return self._blocks

    def _visit(self, tag: Tag) -> None:
        loose: list[str] = []
        previous = ""
        for child in list(tag.children):
            if isinstance(child, Tag) and child.name == previous == "a":
                loose.append(" ")
            previous = child.name or "" if isinstance(child, Tag) else ""
            if isinstance(child, Tag) and (child.name in _BLOCKS or child.find(_NAMES) is not None):
                self._flush(loose)
                self._block(child)
            else:
                loose.append(inline_text(child))
        self._flush(loose)

    def _flush(self, loose: list[str]) -> None:
        text = one_line("".join(loose))
        loose.clear()
        if text:
            self._words(text)

    def _words(self, text: str) -> None:
        if self._item is not None:
            item, self._item = self._item, None
            kind = "step" if item.kind == "ol" else "point"
            self._blocks.append(Block(kind, text, item.depth, item.number, group=self._group))  # type: ignore[arg-type]
        else:
            # A further paragraph of an item stays with its list, so that steps and their remarks travel together.
            self._blocks.append(Block("prose", text, group=self._group if self._depth >= 0 else 0))

    def _block(self, tag: Tag) -> None:
        if tag.name in HEADINGS:
            self._heading(tag)
        elif tag.name in {"ul", "ol", "menu"}:
            self._list(tag)
        elif tag.name == "pre":
            self._blocks.append(Block("code", _code(tag), language=_language(tag)))
        elif tag.name == "table" or is_aria_table(tag):
            self._table(tag)
        elif tag.name == "dl":
            self._definitions(tag)
        elif tag.name == "summary":
            self._summary(tag)
        elif not _is_bare_callout(tag):
            self._visit(tag)

    def _heading(self, tag: Tag) -> None:
        text = _HASH.sub("", one_line(inline_text(tag)))
        if text and len(text) <= 300:
            self._level = HEADINGS[tag.name]
            self._blocks.append(Block("heading", text, level=self._level, anchor=_anchor(tag)))
        elif text:
            self._words(text)

    def _list(self, tag: Tag) -> None:
        if self._depth < 0:
            self._group += 1
        start = str(tag.get("start") or "1")
        number = int(start) if start.isdigit() and len(start) < 7 else 1
        self._depth += 1
        for child in list(tag.children):
            if isinstance(child, Tag) and child.name == "li":
                self._item = _Item(tag.name, min(self._depth, 9), number)
                number += 1
            if isinstance(child, Tag):
                self._visit(child) if child.name == "li" else self._block(child)
            else:
                self._flush([inline_text(child)])
            self._item = None
        self._depth -= 1

    def _table(self, tag: Tag) -> None:
        if is_layout(tag):
            # The gutter of line numbers beside a listing is no text of its own.
            codes = tag.select("td.code pre, td pre")
            for one in codes[-1:] if len(codes) == 2 and codes[0].get_text(" ").split() else [tag]:
                self._block(one) if one is not tag else self._visit(tag)
            return
        caption = tag.find("caption")
        if isinstance(caption, Tag):
            self._flush([inline_text(caption)])
        self._group += 1
        group, self._item = self._group, None
        for is_header, text in rows_of(tag, inline_text):
            self._blocks.append(Block("header" if is_header else "row", text, group=group))

    def _definitions(self, tag: Tag) -> None:
        """Each term is an item, and what it means goes with it."""
        self._group += 1
        self._depth += 1
        for part in tag.find_all(["dt", "dd"]):
            if part.find_parent("dl") is tag:
                self._item = _Item("ul", min(self._depth, 9), 0) if part.name == "dt" else None
                self._visit(part)
        self._item = None
        self._depth -= 1

    def _summary(self, tag: Tag) -> None:
        """What is folded stands under its summary; as a heading only where nothing else would come to stand below."""
        text, fold = one_line(inline_text(tag)), tag.parent
        after = fold.find_next_sibling() if isinstance(fold, Tag) and fold.name == "details" else tag
        closes = after is None or after.name in {*HEADINGS, "details"}
        if text and closes and self._depth < 0 and tag.find(list(HEADINGS)) is None:
            anchor = str(fold.get("id") or "") if isinstance(fold, Tag) else ""
            self._blocks.append(Block("heading", text, level=5 if self._level < 5 else 6, anchor=anchor))
        elif text:
            self._visit(tag)


def inline_text(node: object) -> str:
    """Words as they run: inline marks leave no gap, blocks and line breaks do."""
    if isinstance(node, NavigableString):
        return str(node)
    if not isinstance(node, Tag):
        return ""
    if node.name in {"br", "hr"}:
        return " "
    words: list[str] = []
    previous = ""
    for child in node.children:
        name = child.name if isinstance(child, Tag) else ""
        # Neighbouring links without a space are set apart by the style sheet.
        words.append(" " if name == "a" and previous == "a" else "")
        words.append(inline_text(child))
        previous = name or ""
    text = "".join(words)
    return f" {text} " if node.name in _BLOCKS else text


def _anchor(tag: Tag) -> str:
    """Where a link can open the page: the heading's own id, one within it, or its section's."""
    inside = tag.find(id=True) or tag.find("a", attrs={"name": True})
    for one in (tag, inside):
        if isinstance(one, Tag) and (one.get("id") or one.get("name")):
            return one_line(str(one.get("id") or one.get("name")))
    before = tag.find_previous_sibling()
    if isinstance(before, Tag) and before.name == "a" and not before.get_text(strip=True):
        return one_line(str(before.get("id") or before.get("name") or ""))
    section = tag.parent
    is_first = before is None and section is not None and section.name in {"section", "div", "header"}
    return one_line(str(section.get("id") or "")) if is_first and section is not None else ""


def _is_bare_callout(tag: Tag) -> bool:
    """The word "Tip" above a tip says nothing."""
    named = " ".join(str(one) for one in tag.get_attribute_list("class")).lower()
    is_title = "title" in named or "heading" in named or "label" in named
    return is_title and _CALLOUT.fullmatch(one_line(tag.get_text())) is not None


def _code(tag: Tag) -> str:
    for line_break in tag.find_all("br"):
        line_break.replace_with("\n")
    text = tag.get_text()
    if "\n" in text.strip():
        return code_text(text)
    lines = [one for one in tag.find_all(["span", "div"]) if _is_line(one)]
    return code_text("\n".join(line.get_text() for line in lines) if len(lines) > 1 else text)


def _is_line(tag: Tag) -> bool:
    """Highlighters wrap each line; the wrapper within a wrapper is not another."""
    has_name = any(_LINE.search(str(one)) for one in tag.get_attribute_list("class")) or tag.has_attr(
        "data-line"
    )
    above = tag.parent
    return has_name and not (above is not None and above.name in {"span", "div"} and _is_line(above))


def _language(tag: Tag) -> str:
    near = [tag, *tag.find_all("code"), *list(tag.parents)[:2]]
    for one in near:
        if one.get("data-language"):
            return one_line(str(one["data-language"]))[:30]
        found = _LANGUAGE.search(" ".join(str(name) for name in one.get_attribute_list("class") if name))
        if found:
            return found[1][:30]
    return ""
