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
        for part in parts.infolist():
            if part.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in parts.read(part):
                raise SourceUnreadableError("The Word file holds definitions of its own: save it again")
        core = parts.read("docProps/core.xml") if "docProps/core.xml" in parts.namelist() else b""
    return _core(core)


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
