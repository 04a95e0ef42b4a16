"""The structure that every document format is read into, and its layout as one plain text with offsets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from knowledge.values import UnitKind

CELL = "\t"
"""Separates the cells of a row in the plain text; cells never hold one."""

BlockKind = Literal["heading"] | UnitKind
_SPACE = re.compile(r"\s+")
# Controls, zero-width characters, bidirectional overrides, tags and lone surrogates can hide words from the person who
# reads a quote.
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e01ef]"
)
_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a page in reading order. Its text is plain: no markup, one line except in code."""

    kind: BlockKind
    text: str
    level: int = 0
    """Of a heading: 1 to 6. Of a list item: how deep it is nested."""
    number: int = 0
    language: str = ""
    anchor: str = ""
    """Given by the format (HTML ids, PDF pages); otherwise derived from the heading."""
    group: int = 0


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reader of a format makes of one file."""

    title: str
    blocks: tuple[Block, ...]
    meta: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    audience: tuple[str, ...] = ()
    updated: date | None = None
    url: str = ""
    language: str = ""
    """A BCP 47 tag, or nothing when the page does not say."""
    owner: str = ""
    published: date | None = None
    expires: datetime | None = None
    """From this moment on nothing of the page may be cited; in UTC."""
    superseded_by: str = ""
    """The path or address of the page that replaces this one."""
    supersedes: tuple[str, ...] = ()
    """The pages that this one replaces."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A block with the offsets of its words in the document's text."""

    block: Block
    start: int
    end: int
    line_start: int
    """Where its line begins: before the marker of a list item."""


def one_line(text: str) -> str:
    """Visible words only, on one line."""
    # Some of what is unseen also parts words: space first.
    return _SPACE.sub(" ", _UNSEEN.sub("", _SPACE.sub(" ", text))).strip()


def code_text(text: str) -> str:
    """Code keeps its lines and indentation, and loses what can not be seen."""
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text).expandtabs(4)).strip("\n").rstrip()


def lay_out(blocks: Iterable[Block]) -> tuple[str, tuple[Placed, ...]]:
    """The document's plain text, and where each block stands in it."""
    text = ""
    placed: list[Placed] = []
    previous: Block | None = None
    for block in blocks:
        if not block.text.strip():
            continue
        if previous is not None:
            text += "\n" if previous.group and previous.group == block.group else "\n\n"
        line_start = len(text)
        text += _marker(block)
        start = len(text)
        text += block.text
        placed.append(Placed(block, start, len(text), line_start))
        previous = block
    return text, tuple(placed)


def _marker(block: Block) -> str:
    if block.kind == "point":
        return "  " * block.level + "- "
    if block.kind == "step":
        return "  " * block.level + f"{block.number}. "
    return ""
