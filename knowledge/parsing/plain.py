"""Plain text to blocks: paragraphs, and lines that are evidently list items."""

from __future__ import annotations

import re
from dataclasses import replace

from knowledge.parsing.blocks import Block, Parsed, one_line

_POINT = re.compile(r"^\s*[-*•]\s+(.*)$")
_STEP = re.compile(r"^\s*(\d{1,3})[.)]\s+(.*)$")


def parse_plain(source: str, *, fallback_title: str) -> Parsed:
    """The first line is the title when it stands alone and is short."""
    paragraphs = [part for part in re.split(r"\n\s*\n", source.replace("\r\n", "\n")) if part.strip()]
    title = fallback_title
    if len(paragraphs) > 1 and "\n" not in paragraphs[0].strip() and len(paragraphs[0].strip()) <= 80:
        title = one_line(paragraphs.pop(0)) or title
    blocks: list[Block] = []
    for group, paragraph in enumerate(paragraphs, start=1):
        blocks.extend(paragraph_blocks(paragraph, group=group))
    return Parsed(title=title, blocks=tuple(blocks))


def paragraph_blocks(paragraph: str, *, group: int) -> list[Block]:
    """The lines of one paragraph: items where every line is marked, else one run of prose."""
    blocks: list[Block] = []
    prose: list[str] = []
    further: list[str] = []
    """Lines that carry on the last item."""
    for line in paragraph.splitlines():
        point, step = _POINT.match(line), _STEP.match(line)
        if not point and not step:
            if blocks and not prose and blocks[-1].kind != "prose":
                further.append(line)
            else:
                prose.append(line)
            continue
        if further:
            blocks[-1], further = _longer(blocks[-1], further), []
        if prose:
            blocks.append(Block("prose", one_line(" ".join(prose)), group=group))
            prose = []
        if point:
            blocks.append(Block("point", one_line(point[1]), group=group))
        elif step:
            blocks.append(Block("step", one_line(step[2]), number=int(step[1]), group=group))
    if further:
        blocks[-1] = _longer(blocks[-1], further)
    if prose:
        blocks.append(Block("prose", one_line(" ".join(prose)), group=group))
    return blocks


def _longer(item: Block, further: list[str]) -> Block:
    return replace(item, text=one_line(" ".join([item.text, *further])))
