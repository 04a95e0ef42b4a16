"""From what was stored of a document to the blocks of its article, without what was left out when it was read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.anchors import slug
from knowledge.parsing.markdown import plain
from knowledge.values import Document
from server.help import blocks
from server.help.links import NOWHERE, Leads, Target
from server.help.plainer import from_text, parsed_blocks
from server.pages.shown import as_indexed, body_of

_EXPLICIT_ID = re.compile(r"\s*\{#([\w-]+)\}\s*$")


def article_body(document: Document, leads: Leads, headings: Sequence[tuple[str, str]]) -> list[blocks.Block]:
    """The blocks below the title. `headings`: words and anchors, for formats of which only the text was kept."""
    if document.format == "markdown":
        return from_markdown(body_of(document.source), leads, title=document.title)
    if document.format in {"html", "text"} and document.source:
        return parsed_blocks(document)
    return from_text(document.text, headings)


def from_markdown(source: str, leads: Leads, *, title: str = "") -> list[blocks.Block]:
    """Markdown as blocks; a first heading that only repeats the title is left out."""
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # Of a link to anywhere the words are kept, as the index does; where it leads is for `leads` to say.
    parser.validateLink = _any_link  # type: ignore[method-assign]
    drawn = _Drawing(leads).draw(as_indexed(parser.parse(source)))
    first = drawn[0] if drawn else None
    is_title = isinstance(first, blocks.Heading) and first.level == 1 and first.text == title
    return _anchored(drawn[1:] if is_title else drawn)


def _any_link(url: str) -> bool:  # noqa: ARG001 - the signature is markdown-it's
    return True


def _anchored(drawn: Sequence[blocks.Block]) -> list[blocks.Block]:
    """Headings with the anchors that the index gave them."""
    seen: dict[str, int] = {}
    return [
        one.model_copy(update={"anchor": one.anchor or slug(one.text, seen)})
        if isinstance(one, blocks.Heading)
        else one
        for one in drawn
    ]


class _Drawing:
    """Walks a flat stream of tokens; a stretch between an opening token and its closing one is a stream again."""

    def __init__(self, leads: Leads) -> None:
        self._leads = leads

    def draw(self, tokens: Sequence[Token]) -> list[blocks.Block]:
        drawn: list[blocks.Block] = []
        at = 0
        while at < len(tokens):
            end = _end_of(tokens, at)
            if (block := self._block(tokens[at], tokens[at + 1 : end])) is not None:
                drawn.append(block)
            at = end + 1
        return drawn

    def _block(self, token: Token, inside: Sequence[Token]) -> blocks.Block | None:
        match token.type:
            case "heading_open":
                return _heading(token, inside)
            case "paragraph_open":
                spans = self._spans_of(inside)
                return blocks.Text(spans=spans) if spans else None
            case "bullet_list_open" | "ordered_list_open":
                items = [self._item(part) for _, part in _parts(inside)]
                is_ordered = token.type == "ordered_list_open"
                start = int(token.attrs.get("start", 1)) if is_ordered else 1
                return blocks.Items(ordered=is_ordered, start=start, items=items) if items else None
            case "table_open":
                return self._table(inside)
            case "blockquote_open":
                body = self.draw(inside)
                return blocks.Note(body=body) if body else None
            case "fence" | "code_block":
                return blocks.Code(language=token.info.split(" ")[0][:30], text=token.content.rstrip("\n"))
            case _:
                return None

    def _item(self, inside: Sequence[Token]) -> blocks.Item:
        drawn = self.draw(inside)
        first = drawn[0] if drawn else None
        if isinstance(first, blocks.Text):
            return blocks.Item(spans=first.spans, body=drawn[1:])
        return blocks.Item(spans=[], body=drawn)

    def _table(self, inside: Sequence[Token]) -> blocks.Table:
        header: list[list[blocks.Span]] = []
        rows: list[list[list[blocks.Span]]] = []
        for part, lines in _parts(inside):
            for _, cells in _parts(lines):
                row = [self._spans_of(cell) for _, cell in _parts(cells)]
                if part.type == "thead_open":
                    header = row
                else:
                    rows.append(row)
        return blocks.Table(header=header, rows=rows)

    def _spans_of(self, inside: Sequence[Token]) -> list[blocks.Span]:
        inline = next((token for token in inside if token.type == "inline"), None)
        return _joined(self._spans(inline.children or [])) if inline is not None else []

    def _spans(self, children: Sequence[Token]) -> list[blocks.Span]:
        spans: list[blocks.Span] = []
        bold = italic = struck = 0
        target: Target = NOWHERE
        for child in children:
            match child.type:
                case "strong_open" | "strong_close":
                    bold += child.nesting
                case "em_open" | "em_close":
                    italic += child.nesting
                case "s_open" | "s_close":
                    # What its author struck out no longer holds.
                    struck += child.nesting
                case "link_open":
                    target = self._leads(str(child.attrs.get("href", "")))
                case "link_close":
                    target = NOWHERE
                case _ if not struck and (text := _words(child)):
                    spans.append(
                        blocks.Span(
                            text=text,
                            bold=bold > 0,
                            italic=italic > 0,
                            code=child.type == "code_inline",
                            href=target.href,
                            article=target.article,
                            anchor=target.anchor,
                        )
                    )
                case _:
                    pass
        return spans


def _words(child: Token) -> str:
    match child.type:
        case "text" | "code_inline" | "image":
            # Of a picture its description: what it shows is not loaded from anywhere.
            return child.content
        case "softbreak":
            return " "
        case "hardbreak":
            return "\n"
        case _:
            return ""


def _heading(token: Token, inside: Sequence[Token]) -> blocks.Heading | None:
    text = plain(inside[0]) if inside else ""
    said = _EXPLICIT_ID.search(text)
    words = text[: said.start()] if said else text
    level = int(token.tag[1])
    return blocks.Heading(level=level, text=words, anchor=said[1] if said else "") if words else None


def _joined(spans: Sequence[blocks.Span]) -> list[blocks.Span]:
    """Neighbours that look alike as one."""
    joined: list[blocks.Span] = []
    for span in spans:
        if joined and joined[-1].model_copy(update={"text": span.text}) == span:
            joined[-1] = span.model_copy(update={"text": joined[-1].text + span.text})
        else:
            joined.append(span)
    return joined


def _end_of(tokens: Sequence[Token], at: int) -> int:
    """Where what opens here closes; the place itself for what opens nothing."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += tokens[place].nesting
        if depth <= 0:
            return place
    return len(tokens) - 1


def _parts(tokens: Sequence[Token]) -> list[tuple[Token, Sequence[Token]]]:
    """What opens at the top of a stretch, each with what it holds."""
    found = []
    at = 0
    while at < len(tokens):
        end = _end_of(tokens, at)
        found.append((tokens[at], tokens[at + 1 : end]))
        at = end + 1
    return found
