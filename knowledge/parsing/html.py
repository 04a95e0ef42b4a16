"""HTML to blocks: the main content without navigation, scripts and what is hidden."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence

from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning
from bs4.exceptions import ParserRejectedMarkup

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import Block, Parsed, one_line
from knowledge.parsing.bounds import check_tags, check_tree
from knowledge.parsing.html_blocks import Walker
from knowledge.parsing.html_furniture import drop_furniture, main_content
from knowledge.parsing.html_hidden import drop_hidden
from knowledge.parsing.html_meta import language_of, meta, page_title, published_of, updated_of
from knowledge.parsing.html_tabs import spread_tabs

# Lines that themes set around a page without any mark to know them by, in the languages that we meet most.
_AROUND = re.compile(
    r"(?:was this (?:page|article|guide|section)?\s*(?:helpful|useful)\W*|last (?:updated|modified|edited)\b.{0,40}|"
    r"edit (?:this page|on \w+|page)\b.{0,20}|on this page|in this article|"
    r"table of contents|contents|copy(?: page| link| code)?|skip to \w+(?: content)?|back to top|share this\W*|"
    r"(?:all|view) comments|\d+ (?:min|minutes?) read|powered by \w+|"
    r"war diese seite hilfreich\W*|zuletzt (?:aktualisiert|geändert)\b.{0,40}|auf dieser seite|inhaltsverzeichnis|"
    r"(?:diese )?seite bearbeiten|zurück|weiter|nach oben|"
    r"cette page (?:vous )?a-t-elle été utile\W*|dernière mise à jour\b.{0,40}|sur cette page|modifier cette page|"
    r"¿te (?:ha sido|fue) útil\b.{0,30}|última actualización\b.{0,40}|en esta página|editar esta página)",
    re.IGNORECASE,
)
_LONGEST_AROUND = 90


def parse_html(source: str | bytes, *, fallback_title: str) -> Parsed:
    """Reads one page's main content."""
    return parse_soup(soup_of(source), fallback_title=fallback_title)


def soup_of(source: str | bytes, charset: str | None = None) -> BeautifulSoup:
    """The page as a tree; raises `SourceUnreadableError` for what no parser takes, and for what is too much."""
    check_tags(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        try:
            soup = BeautifulSoup(source, "lxml", from_encoding=charset if isinstance(source, bytes) else None)
        except (ParserRejectedMarkup, RecursionError, AssertionError, LookupError) as error:
            raise SourceUnreadableError("The HTML can not be read: save the page again") from error
    check_tree(soup)
    return soup


def parse_soup(soup: BeautifulSoup, *, fallback_title: str) -> Parsed:
    """Reads the tree, and takes it apart on the way."""
    title, description = page_title(soup), meta(soup, "description", "og:description")
    language, updated, published = language_of(soup), updated_of(soup), published_of(soup)
    try:
        spread_tabs(soup)
        drop_hidden(soup)
        drop_furniture(soup)
        blocks = Walker().walk(main_content(soup))
    except RecursionError as error:
        raise SourceUnreadableError("The HTML is nested too deeply: simplify the page") from error
    title, blocks = _titled(title, blocks)
    return Parsed(
        title=one_line(title) or fallback_title,
        blocks=tuple(_without_around(blocks)),
        description=description,
        language=language,
        updated=updated,
        published=published,
    )


def _titled(title: str, blocks: list[Block]) -> tuple[str, list[Block]]:
    """The first heading of the page is its title; a line or two above it are the theme's."""
    first = next((at for at, one in enumerate(blocks) if one.kind == "heading" and one.level == 1), None)
    if first is None:
        return title, blocks
    above = blocks[:first]
    is_theme = all(
        one.kind in {"prose", "point"} and not one.text.endswith((".", "!", "?", ":")) for one in above
    )
    if above and not (is_theme and sum(len(one.text) for one in above) <= 200):
        return blocks[first].text, blocks
    return blocks[first].text, blocks[first + 1 :]


def _without_around(blocks: Sequence[Block]) -> list[Block]:
    """Without "Was this page helpful?" and its like, and without headings that nothing follows at the end."""
    kept = [one for one in blocks if not _is_around(one)]
    while kept and kept[-1].kind == "heading":
        kept.pop()
    return kept


def _is_around(block: Block) -> bool:
    if block.kind not in {"prose", "heading", "point"} or len(block.text) > _LONGEST_AROUND:
        return False
    return _AROUND.fullmatch(block.text) is not None
