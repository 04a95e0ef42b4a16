"""PDF to blocks: the text of each page under a heading that a link can open."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import Block, Parsed, one_line
from knowledge.parsing.bounds import MAX_TEXT
from knowledge.parsing.plain import paragraph_blocks

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES = 2_000


def parse_pdf(source: bytes, *, fallback_title: str) -> Parsed:
    """Reads the text layer; a scan without one is refused, because there is nothing to quote."""
    from pypdf import PdfReader

    # pypdf reports each oddity of a file; what matters is raised.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(source))
        pages = _texts(reader)
        title = one_line(str(reader.metadata.title or "")) if reader.metadata else ""
    except SourceUnreadableError:
        raise
    except Exception as error:
        # Broken files make pypdf fail in many ways; all of them mean the same to an operator.
        message = f"The PDF can not be read ({one_line(str(error)) or type(error).__name__}): export it again"
        raise SourceUnreadableError(message) from error
    blocks = [block for number, text in enumerate(pages, start=1) for block in _page(number, text)]
    if not any(block.kind != "heading" for block in blocks):
        raise SourceUnreadableError(
            "The PDF holds no text, perhaps a scan: run text recognition over it first"
        )
    return Parsed(title=title or fallback_title, blocks=tuple(blocks))


def _texts(reader: PdfReader) -> list[str]:
    """One by one: a page may hold far more words than its file has bytes."""
    if len(reader.pages) > MAX_PAGES:
        raise SourceUnreadableError(f"The PDF has more than {MAX_PAGES:,} pages: split it")
    kept: list[str] = []
    size = 0
    for page in reader.pages:
        text = page.extract_text()
        size += len(text)
        if size > MAX_TEXT:
            raise SourceUnreadableError(f"The PDF has more than {MAX_TEXT:,} characters: split it")
        kept.append(text)
    return kept


def _page(number: int, text: str) -> list[Block]:
    # Lines end where the page did, not where the thought did: a blank line or a full stop ends a paragraph.
    joined = re.sub(r"(?<![.:!?\n])\n(?!\s*(?:[-*•]|\d{1,3}[.)])\s)(?!\n)", " ", text.replace("-\n", "-"))
    blocks = [Block("heading", f"Page {number}", level=2, anchor=f"page={number}")]
    for index, paragraph in enumerate(re.split(r"\n\s*\n", joined)):
        if paragraph.strip():
            blocks.extend(paragraph_blocks(paragraph, group=number * 1000 + index))
    return blocks
