"""Sitemaps: the addresses that a site itself lists, and further sitemaps."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from lxml import etree

from knowledge.sources.pages import MAX_BYTES

MAX_UNPACKED = 3 * MAX_BYTES


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one sitemap names, in its order."""

    pages: tuple[str, ...] = ()
    maps: tuple[str, ...] = ()


def read_sitemap(body: bytes) -> Sitemap:
    """XML of either kind, one address a line, either of them packed; what is neither names nothing."""
    raw = _unpacked(body)
    if not raw.lstrip().startswith(b"<"):
        lines = raw.decode("utf-8", errors="replace").split()
        return Sitemap(pages=tuple(line for line in lines if line.startswith(("http://", "https://"))))
    root = xml_root(raw)
    if root is None:
        return Sitemap()
    pages: list[str] = []
    maps: list[str] = []
    for entry in root:
        kind = _local(entry)
        place = next((one.text or "" for one in entry if _local(one) == "loc"), "").strip()
        if place and kind in {"url", "sitemap"}:
            (pages if kind == "url" else maps).append(place)
    return Sitemap(tuple(pages), tuple(maps))


def xml_root(raw: bytes) -> etree._Element | None:
    """The root of XML from strangers: no entities, no network, nothing huge."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
    )
    try:
        return etree.fromstring(raw.strip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


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
