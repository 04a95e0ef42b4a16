"""HTML that stands in Markdown: what it hides or runs is dropped with its words, its tables become Markdown's."""

from __future__ import annotations

import re
from html import escape

from bs4 import BeautifulSoup, Tag

from knowledge.parsing.blocks import CELL
from knowledge.parsing.html_blocks import inline_text
from knowledge.parsing.html_hidden import is_hidden
from knowledge.parsing.html_tables import is_layout, rows_of

_TAG = re.compile(r"<(/?)([A-Za-z][\w.-]*)([^<>]*)>")
_MUTE = {"script", "style", "template", "svg", "iframe", "noscript", "del", "s", "strike"}
_VOID = {"br", "hr", "img", "input", "wbr", "meta", "link", "source", "col", "area", "base", "embed", "track"}
_MAY_HIDE = re.compile(r"\b(?:style|hidden|class)\b", re.IGNORECASE)
_JSX_HIDES = re.compile(
    r"\b(?:display:[\"']none|visibility:[\"']hidden|opacity:0[,}]|fontSize:[\"']?0)", re.IGNORECASE
)


def drop_unseen(text: str) -> str:
    """In one pass, so that a page of a million open tags takes no longer than any other."""
    text = _without_comments(text)
    kept: list[str] = []
    at, inside, depth = 0, "", 0
    for tag in _TAG.finditer(text):
        name, closes = tag[2].lower(), bool(tag[1])
        if inside:
            if name == inside:
                depth += -1 if closes else 0 if tag[3].endswith("/") else 1
            if depth == 0:
                at, inside = tag.end(), ""
        elif not closes and name not in _VOID and not tag[3].endswith("/") and (name in _MUTE or _hides(tag)):
            kept.append(text[at : tag.start()])
            at, inside, depth = tag.end(), name, 1
    if inside:
        # Never closed: the paragraph is all that is surely meant.
        end = text.find("\n\n", at)
        at = end if end >= 0 else len(text)
    return "".join([*kept, text[at:]])


def _hides(tag: re.Match[str]) -> bool:
    if not _MAY_HIDE.search(tag[3]):
        return False
    if _JSX_HIDES.search(re.sub(r"\s+", "", tag[3])):
        return True
    found = BeautifulSoup(f"<{tag[2]}{tag[3]}>", "lxml").find(tag[2].lower())
    return isinstance(found, Tag) and is_hidden(found)


def _without_comments(text: str) -> str:
    for start, end in (("<!--", "-->"), ("{/*", "*/}")):
        kept: list[str] = []
        at = 0
        while (opened := text.find(start, at)) >= 0:
            closed = text.find(end, opened + len(start))
            if closed < 0:
                break
            kept.append(text[at:opened])
            at = closed + len(end)
        text = "".join([*kept, text[at:]])
    # A comment that never ends hides the rest of the page.
    endless = re.search(r"^[ ]{0,3}<!--", text, re.MULTILINE)
    return text[: endless.start()] if endless else text


def spell_tables(text: str) -> str:
    """Tables of tags as tables of bars; one that only arranges the page is left for its tags to be dropped."""
    kept: list[str] = []
    at = 0
    while (opened := text.find("<table", at)) >= 0:
        closed = text.find("</table>", opened)
        if closed < 0:
            break
        end = closed + len("</table>")
        kept += [text[at:opened], _spelled(text[opened:end])]
        at = end
    return "".join([*kept, text[at:]])


def _spelled(source: str) -> str:
    table = BeautifulSoup(source, "lxml").find("table")
    if not isinstance(table, Tag) or is_layout(table) or "\n\n" in source.strip():
        # A blank line in it means that Markdown is written inside.
        return source
    rows = [(is_header, text.split(CELL)) for is_header, text in rows_of(table, inline_text)]
    width = max((len(cells) for _, cells in rows), default=0)
    if not width:
        return ""
    if not rows[0][0]:
        rows.insert(0, (True, []))
    lines = [_line(cells, width) for _, cells in rows]
    return "\n\n" + "\n".join([lines[0], "|---" * width + "|", *lines[1:]]) + "\n\n"


def _line(cells: list[str], width: int) -> str:
    padded = [*cells, *[""] * (width - len(cells))]
    # What the page spelled as words must not become tags here.
    return "| " + " | ".join(escape(cell, quote=False).replace("|", r"\|") for cell in padded) + " |"
