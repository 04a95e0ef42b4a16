"""Cuts a document into passages along its structure, each with its exact place in the document's text."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.anchors import slug
from knowledge.parsing.blocks import Placed
from knowledge.sentences import split_sentences
from knowledge.values import Passage, Unit

TARGET_TOKENS = 200
WHOLE_TOKENS = 340
"""A list or code block up to this size is never cut; a table up to twice of it."""
_TOKENS_PER_WORD = 1.35

RECIPE = "passages-4"
"""Part of every page's digest: change how pages are read or cut, and they are read again."""


@dataclass(frozen=True, slots=True)
class Section:
    """The blocks below one heading."""

    path: tuple[str, ...]
    anchor: str
    blocks: tuple[Placed, ...]


def chunk(document_id: str, version: str, text: str, placed: Sequence[Placed]) -> tuple[Passage, ...]:
    """The passages of one document; ids are the same whenever the same version is cut again."""
    passages: list[Passage] = []
    for section in sections(placed):
        for blocks in _packed(section.blocks):
            start, end = blocks[0].line_start, blocks[-1].end
            passage_id = str(uuid.uuid5(uuid.UUID(document_id), f"{version}:{start}"))
            units = tuple(unit for block in blocks for unit in _units(block, text, start))
            passage = Passage(
                passage_id, document_id, section.path, section.anchor, text[start:end], start, end, units
            )
            passages.append(passage)
    return tuple(passages)


def sections(placed: Sequence[Placed]) -> Iterator[Section]:
    """Stretches below each heading, with the path of headings above them."""
    seen: dict[str, int] = {}
    path: list[tuple[int, str]] = []
    anchor = ""
    blocks: list[Placed] = []
    for one in placed:
        if one.block.kind != "heading":
            blocks.append(one)
            continue
        if blocks:
            yield Section(tuple(name for _, name in path), anchor, tuple(blocks))
            blocks = []
        path = [(level, name) for level, name in path if level < one.block.level]
        path.append((one.block.level, one.block.text))
        anchor = one.block.anchor or slug(one.block.text, seen)
    if blocks:
        yield Section(tuple(name for _, name in path), anchor, tuple(blocks))


def _packed(blocks: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Fills passages up to the target, breaking between what belongs together only when it must."""
    held: list[Placed] = []
    size = 0.0
    for run in _runs(blocks):
        weight = sum(_tokens(one) for one in run)
        # A lead-in ("You need:") says nothing without the list that follows it.
        leads_in = bool(held) and held[-1].block.text.endswith(":") and size < TARGET_TOKENS / 2
        if held and size + weight > TARGET_TOKENS and not leads_in:
            yield held
            held, size = [], 0.0
        held = [*held, *run]
        size += weight
    if held:
        yield held


def _runs(blocks: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Lists and tables as one run while they are small enough, everything else by itself."""
    run: list[Placed] = []
    for one in blocks:
        continues = bool(run) and one.block.group != 0 and one.block.group == run[-1].block.group
        limit = 2 * WHOLE_TOKENS if one.block.kind == "row" else WHOLE_TOKENS
        if continues and sum(_tokens(other) for other in run) + _tokens(one) <= limit:
            run.append(one)
            continue
        if run:
            yield run
        run = [one]
    if run:
        yield run


def _tokens(placed: Placed) -> float:
    return len(placed.block.text.split()) * _TOKENS_PER_WORD


def _units(placed: Placed, text: str, passage_start: int) -> Iterator[Unit]:
    block = placed.block
    start = placed.start - passage_start
    end = placed.end - passage_start
    if block.kind == "heading":
        return
    if block.kind == "prose":
        for first, last in split_sentences(text[placed.start : placed.end]):
            yield Unit("prose", start + first, start + last, group=block.group)
        return
    yield Unit(block.kind, start, end, block.number, block.language, block.level, block.group)


def index_text(title: str, passage: Passage) -> str:
    """What is embedded and searched for a passage: its words below the names that it stands under."""
    return index_text_of(title, passage.heading_path, passage.text)


def index_text_of(title: str, heading_path: Sequence[str], text: str) -> str:
    """The same from its parts."""
    names = " > ".join([title, *(name for name in heading_path if name != title)])
    return f"{names}\n{text}"
