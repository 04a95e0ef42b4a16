"""Word documents to blocks, by way of the HTML that mammoth makes of their styles."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date

from lxml import etree

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import Parsed, one_line
from knowledge.parsing.html import parse_html

MAX_UNPACKED = 100_000_000
MAX_XML = 30_000_000
MAX_ELEMENTS = 250_000
"""Of all parts together. A page of print has some 400."""
MAX_PARAGRAPHS = 30_000
"""Each costs a reader about as much as a hundred of the other elements."""
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
_CORE = {
    "title": "{http://purl.org/dc/elements/1.1/}title",
    "language": "{http://purl.org/dc/elements/1.1/}language",
    "modified": "{http://purl.org/dc/terms/}modified",
}


def parse_docx(source: bytes, *, fallback_title: str) -> Parsed:
    """Headings, lists, tables and words; pictures, comments and what was deleted are left out."""
    import mammoth

    try:
        core = _checked(source)
        result = mammoth.convert_to_html(
            io.BytesIO(source), style_map=_STYLES, convert_image=mammoth.images.img_element(_no_picture)
        )
    except SourceUnreadableError:
        raise
    # Broken files fail in many ways, and all of them mean the same to an operator.
    except Exception as error:
        reason = one_line(str(error)) or type(error).__name__
        raise SourceUnreadableError(f"The Word file can not be read ({reason}): save it again") from error
    parsed = parse_html(f"<main>{result.value}</main>", fallback_title=core["title"] or fallback_title)
    return replace(parsed, updated=_day(core["modified"]), language=core["language"])


def _no_picture(_: object) -> dict[str, str]:
    return {"src": ""}


def _checked(source: bytes) -> dict[str, str]:
    """What the file says about itself; refuses one that unpacks to far more than it is or that defines entities."""
    with zipfile.ZipFile(io.BytesIO(source)) as parts:
        if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED:
            raise SourceUnreadableError(
                f"The Word file unpacks to more than {MAX_UNPACKED // 1_000_000} MB: split it"
            )
        listed = [part for part in parts.infolist() if part.filename.lower().endswith((".xml", ".rels"))]
        if sum(part.file_size for part in listed) > MAX_XML:
            raise SourceUnreadableError(
                f"The Word file holds more than {MAX_XML // 1_000_000} MB of text: split it"
            )
        count = _Count()
        for part in listed:
            # A part that is no XML ends here too: another reader may make more of it than this one.
            etree.fromstring(
                parts.read(part), etree.XMLParser(target=count, resolve_entities=False, no_network=True)
            )
        core = parts.read("docProps/core.xml") if "docProps/core.xml" in parts.namelist() else b""
    return _core(core)


class _Count:
    """Told by the XML reader what a part holds, whatever its encoding, without keeping any of it."""

    def __init__(self) -> None:
        self._elements = 0
        self._paragraphs = 0

    def doctype(self, *_: object) -> None:
        raise SourceUnreadableError("The Word file holds definitions of its own: save it again")

    def start(self, tag: str, _attributes: object) -> None:
        self._elements += 1
        self._paragraphs += tag.endswith("}p")
        if self._elements > MAX_ELEMENTS or self._paragraphs > MAX_PARAGRAPHS:
            raise SourceUnreadableError(
                f"The Word file holds more than {MAX_PARAGRAPHS:,} paragraphs or {MAX_ELEMENTS:,} elements: split it"
            )

    def close(self) -> None:
        """The end of a part; the next one is counted on top."""


def _core(raw: bytes) -> dict[str, str]:
    found = dict.fromkeys(_CORE, "")
    if raw:
        root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
        for name, tag in _CORE.items():
            found[name] = one_line(root.findtext(tag) or "")
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
