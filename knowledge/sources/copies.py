"""The same page met under several addresses is one page, at the address that it calls its own."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from knowledge.sources.pages import Page
from knowledge.sources.urls import Scope, same_page
from knowledge.sources.webpage import WebPage, moved


def without_copies(found: Sequence[WebPage], scope: Scope, *, recipe: str) -> dict[str, Page]:
    """By path. A canonical link is believed when the page behind it is the same one, or was not met."""
    by_key = {same_page(one.url): one for one in reversed(found)}
    kept: list[WebPage] = []
    for one in found:
        home = by_key.get(same_page(one.canonical)) if one.canonical else None
        if one.canonical and home is not None and home is not one and _is_same(one, home):
            continue
        kept.append(one)
    settled = [_at_home(one, scope, recipe) for one in kept]
    pages: dict[str, Page] = {}
    taken: set[str] = set()
    # First the page that says it stands here, then the plainest address, and HTML before its Markdown twin.
    for one in sorted(settled, key=_plainness):
        assert one.page is not None
        if one.text_hash not in taken and one.page.path not in pages:
            taken.add(one.text_hash)
            pages[one.page.path] = one.page
    return pages


def _is_same(one: WebPage, home: WebPage) -> bool:
    """Sites that name their front page as everybody's home are common: titles tell."""
    assert one.page is not None
    assert home.page is not None
    return one.text_hash == home.text_hash or one.page.parsed.title == home.page.parsed.title


def _at_home(one: WebPage, scope: Scope, recipe: str) -> WebPage:
    """A page that was met only under another spelling of its own address moves there."""
    is_other = one.canonical and same_page(one.canonical) == same_page(one.url)
    return moved(one, one.canonical, recipe=recipe) if is_other and scope.holds(one.canonical) else one


def _plainness(one: WebPage) -> tuple[bool, bool, bool, int, str]:
    assert one.page is not None
    return not one.is_home, one.page.format != "html", bool(urlsplit(one.url).query), len(one.url), one.url
