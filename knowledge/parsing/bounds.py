"""How much one page may ask of its reader: what is within these bounds is read in seconds, the rest is refused."""

from __future__ import annotations

from collections.abc import Iterable

from bs4 import BeautifulSoup, Tag

from knowledge.errors import SourceUnreadableError

MAX_TEXT = 2_000_000
"""Characters of a page of text or Markdown: some thousand pages of print."""
MAX_TAGS = 150_000
"""Opening and closing ones of a page of HTML."""
MAX_DEPTH = 200
"""Of elements within elements."""
MAX_WORK = 1_500_000
"""The depths of all elements together, because each is looked at once for whatever it stands in."""
MAX_MARKS_SQUARED = 500_000_000
"""Of all paragraphs together: the marks of Markdown in one paragraph are each tried with all the others."""
_MARKS = "[]`*_"


def check_text(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise SourceUnreadableError(f"The page has more than {MAX_TEXT:,} characters: split it")


def check_tags(source: str | bytes) -> None:
    """Before a tree is made of it, which takes far more memory than the page."""
    tags = source.count("<") if isinstance(source, str) else source.count(b"<")
    if tags > MAX_TAGS:
        raise SourceUnreadableError(f"The HTML has more than {MAX_TAGS:,} tags: split the page")


def check_tree(soup: BeautifulSoup) -> None:
    """How deep it is, and how deep and wide together."""
    work = 0
    level: list[Tag] = [soup]
    for depth in range(1, MAX_DEPTH + 2):
        level = [child for tag in level for child in tag.contents if isinstance(child, Tag)]
        work += depth * len(level)
        if not level:
            return
        if work > MAX_WORK:
            raise SourceUnreadableError("The HTML is too large for its depth: split or simplify the page")
    raise SourceUnreadableError("The HTML is nested too deeply: simplify the page")


def check_marks(paragraphs: Iterable[str]) -> None:
    squared = sum(sum(map(one.count, _MARKS)) ** 2 for one in paragraphs)
    if squared > MAX_MARKS_SQUARED:
        raise SourceUnreadableError(
            "A paragraph holds too many brackets and other marks: part it with blank lines"
        )
