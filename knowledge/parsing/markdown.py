"""Markdown and MDX to blocks: headings, sentences, list items, table rows and code, all as plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from knowledge.parsing.blocks import Block, BlockKind, Parsed, code_text, one_line
from knowledge.parsing.bounds import check_marks
from knowledge.parsing.front_matter import split_front_matter
from knowledge.parsing.mdx import strip_components

_EMPHASIS_COLON = re.compile(r"\s+([,.;:!?])(?=\s|$)")
_COMPONENT = re.compile(r"^[ \t]*</?[A-Z]\w*[\s/>]", re.MULTILINE)
_CODE_TITLE = re.compile(r"\btitle=([\"'])(.+?)\1")
_EXPLICIT_ID = re.compile(r"\s*\{#([\w-]+)\}\s*$")


def parse_markdown(source: str, *, fallback_title: str) -> Parsed:
    """Reads one page; raises `SourceUnreadableError` when its front matter is broken."""
    front, body = split_front_matter(source)
    parser = _parser()
    if _COMPONENT.search(body):
        # MDX knows no indented code: what stands deep inside components is text.
        parser.disable("code")
    blocks = _Reader().read(parser.parse(strip_components(body)))
    title = front.title
    if blocks and blocks[0].kind == "heading" and blocks[0].level == 1:
        title = title or blocks[0].text
        if blocks[0].text == title:
            # The title is shown beside every citation; as a heading it would only repeat itself.
            blocks = blocks[1:]
    return Parsed(
        title=title or fallback_title,
        blocks=tuple(blocks),
        meta=front.meta,
        description=front.description,
        audience=front.audience,
        updated=front.updated,
        url=front.url,
        language=front.language,
        owner=front.owner,
        published=front.published,
        expires=front.expires,
        superseded_by=front.superseded_by,
        supersedes=front.supersedes,
    )


def _any_link(url: str) -> bool:  # noqa: ARG001 - the signature is markdown-it's
    return True


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # A link to anywhere is still a link: only its words are kept. Refused ones would stay in the text as markup.
    parser.validateLink = _any_link  # type: ignore[method-assign]
    parser.core.ruler.before("inline", "bounded", _bounded)
    return parser


def _bounded(state: StateCore) -> None:
    """Once the blocks are known, and before their words are read."""
    check_marks(token.content for token in state.tokens if token.type == "inline")


class _Reader:
    """Walks the flat token stream, remembering which list and which item it is in."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._lists: list[int | None] = []
        """For each open list: the next number, or None for bullets."""
        self._item_is_fresh = False
        self._group = 0
        self._row: list[str] = []
        self._in_head = False
        self._opener = ""
        """The tag that the next inline text belongs to: `p`, `h2`, `cell`."""

    def read(self, tokens: Sequence[Token]) -> list[Block]:
        for token in tokens:
            if token.type in {"fence", "code_block"}:
                self._code(token)
            elif token.type == "inline":
                self._inline(plain(token))
            elif "list" in token.type:
                self._list_token(token)
            elif token.tag in {"table", "thead", "tbody", "tr", "th", "td"}:
                self._table_token(token)
            elif token.type in {"heading_open", "paragraph_open"}:
                self._opener = token.tag
        return self._blocks

    def _list_token(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self._open_list(token)
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                self._item_is_fresh = True
            case _:
                self._close_item()

    def _table_token(self, token: Token) -> None:
        match token.type:
            case "table_open":
                self._group += 1
            case "thead_open" | "tbody_open":
                self._in_head = token.type == "thead_open"
            case "tr_open":
                self._row = []
            case "tr_close":
                self._close_row()
            case "th_open" | "td_open":
                self._opener = "cell"
            case _:
                pass

    def _open_list(self, token: Token) -> None:
        if not self._lists:
            self._group += 1
        if token.type == "ordered_list_open":
            self._lists.append(int(token.attrs.get("start", 1)))
        else:
            self._lists.append(None)

    def _close_item(self) -> None:
        number = self._lists[-1]
        if number is not None:
            self._lists[-1] = number + 1
        self._item_is_fresh = False

    def _close_row(self) -> None:
        cells = "\t".join(self._row)
        if cells.strip():
            self._blocks.append(Block("header" if self._in_head else "row", cells, group=self._group))

    def _code(self, token: Token) -> None:
        title = _CODE_TITLE.search(token.info or "")
        if title:
            self._blocks.append(Block("prose", one_line(title[2])))
        language = one_line(token.info).split(" ")[0][:30] if token.info else ""
        self._blocks.append(Block("code", code_text(token.content), language=language))

    def _inline(self, text: str) -> None:
        if self._opener == "cell":
            self._row.append(text)
        elif self._opener.startswith("h"):
            level = int(self._opener[1])
            found = _EXPLICIT_ID.search(text)
            anchor = found[1] if found else ""
            self._blocks.append(
                Block("heading", text[: found.start()] if found else text, level=level, anchor=anchor)
            )
        elif self._lists and self._item_is_fresh:
            number = self._lists[-1]
            depth = len(self._lists) - 1
            kind: BlockKind = "point" if number is None else "step"
            self._blocks.append(Block(kind, text, depth, number or 0, group=self._group))
            self._item_is_fresh = False
        elif text:
            # A further paragraph of an item stays with its list, so that steps and their remarks travel together.
            self._blocks.append(Block("prose", text, group=self._group if self._lists else 0))


def plain(token: Token) -> str:
    """The visible words of inline Markdown: link texts, not targets; no images."""
    words: list[str] = []
    struck = 0
    for child in token.children or []:
        match child.type:
            case "s_open" | "s_close":
                # What its author struck out no longer holds.
                struck += child.nesting
            case "text" | "code_inline" if not struck:
                words.append(child.content)
            case "softbreak" | "hardbreak":
                words.append(" ")
            case _:
                pass
    return _EMPHASIS_COLON.sub(r"\1", one_line("".join(words)))
