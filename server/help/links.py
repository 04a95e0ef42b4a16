"""Where the links of an article lead: to an article that this reader may see, out of the site, or nowhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urldefrag, urljoin, urlsplit

_ENDINGS = (".md", ".mdx", ".html", ".htm", "/index", "/")
_OUT = frozenset({"http", "https", "mailto"})


@dataclass(frozen=True, slots=True)
class Target:
    """Nothing in it: the words stay, the link goes."""

    href: str = ""
    article: str = ""
    anchor: str = ""


NOWHERE = Target()
Leads = Callable[[str], Target]


def leads_from(
    url: str, own: str, visible: Mapping[str, str], hidden: Collection[str], *, keeps_paths: bool = False
) -> Leads:
    """Reads the links of the page at `url`, the article `own`.

    `visible` are ids by address; a link to a page of `hidden` is dropped, as is a path that leads to no article:
    nobody can tell the two apart. `keeps_paths`: a path of the host page's own site is followed, as in guides.
    """

    def leads(href: str) -> Target:
        try:
            whole, anchor = urldefrag(urljoin(url, href.strip()))
            scheme = urlsplit(whole).scheme.lower()
        except ValueError:
            return NOWHERE
        if href.startswith("#"):
            return Target(article=own, anchor=anchor) if own else NOWHERE
        for address in _readings(whole):
            if address in visible:
                return Target(article=visible[address], anchor=anchor)
            if address in hidden:
                return NOWHERE
        if scheme in _OUT:
            return Target(href=f"{whole}#{anchor}" if anchor else whole)
        is_path = keeps_paths and not scheme and whole.startswith("/") and not whole.startswith("//")
        return Target(href=whole) if is_path and "\\" not in whole else NOWHERE

    return leads


def _readings(address: str) -> list[str]:
    """The address as it is written, without its query, and as pages are addressed: without extension or slash."""
    plain = address.partition("?")[0]
    bare = plain
    for ending in _ENDINGS:
        bare = bare.removesuffix(ending)
    return list(dict.fromkeys((address, plain, bare, f"{bare}/")))
