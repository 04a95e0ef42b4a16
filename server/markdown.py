"""Markdown as HTML with the index's heading anchors: for the demo's documentation and for our own reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from knowledge.anchors import slug


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page as HTML, with the anchors and words of its second-level headings."""

    html: Markup
    headings: tuple[tuple[str, str], ...]


def render(source: str, prepare: Callable[[Sequence[Token]], list[Token]] = list) -> Rendered:
    """Markdown as HTML whose heading ids are the index's anchors, so that a citation finds its place.

    `prepare` says what of the page is shown.
    """
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tokens = prepare(markdown.parse(source))
    seen: dict[str, int] = {}
    headings: list[tuple[str, str]] = []
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            words = _words(inline)
            anchor = slug(words, seen)
            opening.attrSet("id", anchor)
            if opening.tag == "h2":
                headings.append((anchor, words))
    html = markdown.renderer.render(tokens, markdown.options, {})
    # A wide table scrolls by itself; the page never does.
    html = html.replace(
        "<table>", '<div class="table-scroll" tabindex="0" role="group" aria-label="Table"><table>'
    )
    # html is off in the parser above: whatever stands here was made by the renderer.
    return Rendered(Markup(html.replace("</table>", "</table></div>")), tuple(headings))  # noqa: S704


def _words(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [] if child.type in {"text", "code_inline"})
