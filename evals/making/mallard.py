"""Mallard, the help pages of a desktop, as Markdown: title, paragraphs, lists and code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_SILENT = frozenset({"info", "media", "links", "credit", "license", "comment"})


def to_markdown(source: bytes) -> str:
    """One `.page` file; not more than the reader of Markdown understands."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, recover=True, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(source, parser)
    return "\n".join(_blocks(root, 1))


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _words(element: Any) -> str:
    return " ".join("".join(str(text) for text in element.itertext() if text).split())


def _blocks(element: Any, level: int) -> Iterator[str]:
    for child in element:
        match _name(child):
            case name if name in _SILENT:
                continue
            case "title":
                yield f"\n{'#' * min(level, 6)} {_words(child)}\n"
            case "p":
                yield f"\n{_words(child)}\n"
            case "code" | "screen":
                yield f"\n```\n{''.join(child.itertext()).strip()}\n```\n"
            case "item":
                yield f"- {_words(child)}"
            case "tr":
                yield f"- {' '.join(_words(cell) for cell in child)}"
            case "section":
                yield from _blocks(child, level + 1)
            case "":
                continue
            case _:
                yield from _blocks(child, level)
