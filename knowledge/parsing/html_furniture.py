"""Finds the part of a web page that its author wrote for this page, and takes out the furniture around it."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag

_TAGS = [
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "iframe",
    "object",
    "embed",
    "canvas",
    "audio",
    "video",
]
_TAGS += ["select", "textarea", "input", "option", "datalist", "dialog", "map", "annotation"]
_ROLES = {"navigation", "banner", "contentinfo", "search", "complementary", "dialog", "alertdialog", "menu"}
_ROLES |= {"menubar", "toolbar", "tooltip"}
_CALLOUT = re.compile(
    r"admonition|callout|aside--|note|tip|warning|hint|alert|info|caution|danger|important", re.IGNORECASE
)
# Of one token of a class or an id. These are never an author's words …
_SURE = re.compile(
    r"(?:.*[-_])?(?:cookies?|consent|gdpr|onetrust|ccpa|breadcrumbs?|pagination|pager|prev-?next|skip-?link|"
    r"skip-?to-?content|hash-?link|header-?link|header-?anchor|anchor-?link|footnote-(?:back)?ref|linenos?|clipboard|"
    r"copy-?(?:btn|button|code)|edit-(?:this-)?page|share-?buttons?|sharedaddy|addtoany|jp-relatedposts|disqus|"
    r"comments-area|comment-respond|table-?of-?contents|toc[-_]container|page-outline|site-(?:header|footer)|"
    r"announcement-?bar|post-navigation|nav-links|entry-meta|post-meta|posted-on|byline|page-?feedback|"
    r"last-updated|md-source-file|md-content__button|navbar|site-?map)(?:[-_].*)?(?:banner)?|.*cookie-?banner.*",
    re.IGNORECASE,
)
# … and these hardly are when links make up most of their words.
_LIKELY = re.compile(
    r"(?:.*[-_])?(?:side-?bar|toc|menu|nav|navigation|related|recommended|share|social|promo|banner|newsletter|"
    r"subscribe|feedback|helpful|footer|header|widget|tags|author)(?:[-_].*)?",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"(?:previous|prev|next|zurück|weiter|précédent|suivant|anterior|siguiente|[←→«»‹›])(?:\W|$)",
    re.IGNORECASE,
)
_MAIN = (
    "[itemprop=articleBody]", ".theme-doc-markdown", ".markdown-body", ".entry-content", ".post-content",
    ".article-body", ".article__body", ".md-content", ".main-content", "#main-content", "#content", "#main", ".content",
)  # fmt: skip


def drop_furniture(soup: BeautifulSoup) -> None:
    """Removes navigation, forms, banners, footers and everything that acts rather than tells."""
    for tag in soup.find_all(_TAGS):
        tag.decompose()
    for link in soup.find_all("a"):
        if _is_turner(link):
            link.decompose()
    whole = len(_words(soup.body or soup)) or 1
    for tag in soup.find_all(name=True):
        if tag.parent is None or tag.name in {"html", "body", "main", "article"}:
            continue
        if not _is_furniture(tag):
            continue
        if tag.find("h1") is not None or len(_words(tag)) > whole * 0.6:
            # What holds the page itself was only named unluckily.
            continue
        tag.decompose()


def _is_turner(link: Tag) -> bool:
    """Whether it turns to the page before or after, and stands alone rather than in a sentence."""
    if link.parent is None or not _TURN.match(link.get_text(" ", strip=True)):
        return False
    return link.find_parent(["p", "li", "td"]) is None and _is_mostly_links(link.parent)


def main_content(soup: BeautifulSoup) -> Tag:
    """The element to read: `main` or the article in it, or what themes call the content."""
    mains = soup.select("main, [role=main]") or soup.select("article")
    if len(mains) > 1 and mains[0].name == "article":
        # A list of teasers or posts: their common parent is the page.
        return soup.body or soup
    root = max(mains, key=_weight, default=None) or _by_name(soup) or soup.body or soup
    inner = root.select("article") if root.name != "article" else []
    if len(inner) == 1 and _weight(inner[0]) > _weight(root) * 0.5:
        return inner[0]
    return root


def _by_name(soup: BeautifulSoup) -> Tag | None:
    whole = _weight(soup.body or soup)
    for selector in _MAIN:
        found = soup.select(selector)
        if len(found) == 1 and _weight(found[0]) > whole * 0.4:
            return found[0]
    return None


def _weight(tag: Tag) -> int:
    return len(_words(tag))


def _words(tag: Tag) -> str:
    return "".join(tag.get_text().split())


def _is_furniture(tag: Tag) -> bool:
    if _by_tag(tag):
        return True
    tokens = [token for name in ("class", "id") for token in tag.get_attribute_list(name) if token]
    if tag.name == "label" or any(_SURE.fullmatch(token) for token in tokens):
        return True
    return any(_LIKELY.fullmatch(token) for token in tokens) and _is_mostly_links(tag)


def _by_tag(tag: Tag) -> bool:
    match tag.name:
        case "nav":
            return True
        case "footer":
            return tag.find_parent("blockquote") is None
        case "aside":
            named = " ".join(str(one) for one in tag.get_attribute_list("class"))
            return tag.get("role") != "note" and _CALLOUT.search(named) is None
        case "header":
            return tag.find("h1") is None and tag.find_parent(["main", "article"]) is None
        case "form" | "fieldset":
            return True
        case "button":
            return tag.find_parent(["h1", "h2", "h3", "h4", "h5", "h6", "summary"]) is None
        case _:
            return tag.get("role") in _ROLES


def _is_mostly_links(tag: Tag) -> bool:
    linked = sum(len(_words(link)) for link in tag.find_all("a"))
    return linked >= len(_words(tag)) * 0.5
