"""Sitemaps: the addresses that a site itself lists, and further sitemaps."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from lxml import etree

from knowledge.sources.pages import MAX_BYTES

MAX_UNPACKED = 3 * MAX_BYTES
MAX_NAMED = 50_000
"""The most addresses that the protocol allows in one sitemap."""
_MAX_ELEMENTS = 20 * MAX_NAMED
"""Of those addresses with everything that may stand beside them; a file of more is no sitemap."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one sitemap names, in its order."""

    pages: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()


def read_sitemap(body: bytes) -> Sitemap:
    """XML of either kind, one address a line, either of them packed; what is neither names nothing."""
    raw = _unpacked(body).strip()
    if not raw.startswith(b"<"):
        lines = raw.decode("utf-8", errors="replace").split()
        named = [line for line in lines if line.startswith(("http://", "https://"))]
        return Sitemap(pages=tuple(named[:MAX_NAMED]))
    pages: list[str] = []
    maps: list[str] = []
    for kind, place in _named(raw):
        (pages if kind == "url" else maps).append(place)
        if len(pages) + len(maps) == MAX_NAMED:
            break
    return Sitemap(tuple(pages), tuple(maps))


def _named(raw: bytes) -> Iterator[tuple[str, str]]:
    """Each entry's kind and address. Entries are let go as they are read: a packed file of 200 KB can hold millions."""
    # From strangers: no entities, no network, nothing huge.
    reading = etree.iterparse(
        BytesIO(raw),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    depth = 0
    try:
        for count, (event, element) in enumerate(reading):
            if count == 2 * _MAX_ELEMENTS:
                return
            depth += 1 if event == "start" else -1
            if event == "start" or depth != 1:
                continue
            kind = _local(element)
            place = next((one.text or "" for one in element if _local(one) == "loc"), "").strip()
            if place and kind in {"url", "sitemap"}:
                yield kind, place
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
    except etree.XMLSyntaxError:
        return


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _unpacked(body: bytes) -> bytes:
    """A file that is gzip by itself, whatever its headers say."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, MAX_UNPACKED)
    except zlib.error:
        return b""
