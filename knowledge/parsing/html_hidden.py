"""Takes out of a web page what its reader does not see: hidden words are where a page would give us orders."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, Declaration, Doctype, ProcessingInstruction

_UNSEEN_CLASSES = {
    "sr-only",
    "visually-hidden",
    "visuallyhidden",
    "screen-reader-text",
    "screen-reader-only",
    "d-none",
}
_WHOLE_PAGE = {"html", "body", "main"}
_NOTHING = re.compile(r"0*(?:\.0*)?(?:px|r?em|pt|%|vh|vw)?")
_WHITE = {
    "#fff",
    "#ffffff",
    "white",
    "rgb(255,255,255)",
    "rgba(255,255,255,1)",
    "rgb(255255255)",
    "#ffffffff",
}


def drop_hidden(soup: BeautifulSoup) -> None:
    """Removes comments and every element that a style, an attribute or a well-known class hides."""
    for text in soup.find_all(string=_is_no_text):
        text.extract()
    for tag in soup.find_all(name=True):
        # A tag below one that just went has lost its attributes.
        if tag.attrs and tag.name not in _WHOLE_PAGE and is_hidden(tag):
            tag.decompose()


def _is_no_text(text: object) -> bool:
    return isinstance(text, Comment | Declaration | Doctype | ProcessingInstruction)


def is_hidden(tag: Tag) -> bool:
    if tag.get("aria-hidden") == "true" or _UNSEEN_CLASSES.intersection(tag.get_attribute_list("class")):
        return True
    # `until-found` is shown as soon as somebody looks for it.
    if tag.has_attr("hidden") and tag.get("hidden") != "until-found":
        return True
    style = _style(tag)
    return bool(style) and (_has_no_size(style) or _is_away(style) or _is_colourless(tag, style))


def _style(tag: Tag) -> dict[str, str]:
    written = re.sub(r"/\*.*?\*/|!important", "", str(tag.get("style") or "").lower(), flags=re.DOTALL)
    pairs = (one.split(":", 1) for one in written.split(";") if ":" in one)
    return {name.strip(): re.sub(r"\s+", "", value) for name, value in pairs}


def _has_no_size(style: dict[str, str]) -> bool:
    if style.get("display") == "none" or style.get("visibility") in {"hidden", "collapse"}:
        return True
    if any(name in style and _NOTHING.fullmatch(style[name]) for name in ("font-size", "opacity", "zoom")):
        return True
    is_clipped = style.get("overflow", style.get("overflow-y", "")) in {"hidden", "clip"}
    tiny = any(
        _pixels(style.get(name, "")) in {0, 1} for name in ("height", "width", "max-height", "max-width")
    )
    return (is_clipped and tiny) or style.get("transform", "").startswith("scale(0)")


def _is_away(style: dict[str, str]) -> bool:
    if _pixels(style.get("text-indent", "")) <= -500:
        return True
    if style.get("clip", "").startswith("rect(0") or style.get("clip-path", "").startswith(
        ("inset(50%", "inset(100%")
    ):
        return True
    is_placed = style.get("position") in {"absolute", "fixed"}
    return is_placed and any(
        abs(_pixels(style.get(side, ""))) >= 900 for side in ("left", "right", "top", "bottom")
    )


def _is_colourless(tag: Tag, style: dict[str, str]) -> bool:
    colour = style.get("color", "")
    if not colour or tag.name in {"pre", "code"} or tag.find_parent("pre") is not None:
        # Code is coloured by themes that we can not see.
        return False
    if colour == "transparent":
        return True
    behind = next((found for one in (tag, *tag.parents) if (found := _background(one))), "#fff")
    return colour == behind or (colour in _WHITE and behind in _WHITE)


def _background(tag: Tag) -> str:
    style = _style(tag)
    return style.get("background-color", "") or style.get("background", "")


def _pixels(value: str) -> float:
    found = re.fullmatch(r"(-?\d*\.?\d+)(px|r?em|%|vw|pt)?", value)
    if not found:
        return 0.5
    return float(found[1]) * {"em": 16, "rem": 16, "%": 9, "vw": 9}.get(found[2] or "px", 1)
