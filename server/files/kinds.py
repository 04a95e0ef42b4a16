"""What a file is, by what stands in it. Pure; a closed list, so that what nobody knows is refused."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from typing import Literal

MediaType = Literal[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "application/pdf",
    "text/plain",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
]
"""SVG and HTML are not among them and never will be: they are programs."""

ENDINGS: dict[str, str] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "text/plain": "txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
}
_ALSO = {
    "image/jpeg": ("jpeg", "jfif"),
    "text/plain": ("csv", "log", "md", "json", "yaml", "yml", "tsv"),
}
"""Endings that fit as well, and are kept."""
_OFFICE: dict[str, MediaType] = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_MOST_NAMES = 5_000
_MARKUP = re.compile(
    r"<(?:!doctype|\?xml|html|head|body|script|svg|iframe|math|object|embed)\b", re.IGNORECASE
)
_LOOKED_AT = 4_096
_LONGEST = 120
_RESERVED = re.compile(r'[\\/:*?"<>|]+')


def found(content: bytes) -> MediaType | None:
    """What `content` is; None for what is not on the list, whatever its name says."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    return "text/plain" if _is_text(content) else None


def safe_name(name: str, kind: str) -> str:
    """A name that can be shown and saved: no path, no signs that turn what follows, the ending that is true."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(sign for sign in plain if unicodedata.category(sign)[0] != "C")
    plain = " ".join(_RESERVED.sub("-", plain).split()).strip(". -")
    stem, dot, ending = plain.rpartition(".")
    true = ENDINGS[kind]
    if not dot:
        stem, ending = plain, ""
    if ending.lower() not in (true, *_ALSO.get(kind, ())):
        stem, ending = plain, true
    return f"{stem.strip('. ')[:_LONGEST] or 'file'}.{ending}"


def _office(content: bytes) -> MediaType | None:
    """A document of an office suite, without macros; any other archive is refused."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {each.filename for each in archive.infolist()[:_MOST_NAMES]}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names or any(name.endswith("vbaProject.bin") for name in names):
        return None
    return next((kind for part, kind in _OFFICE.items() if part in names), None)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    if not text.strip() or _MARKUP.search(text[:_LOOKED_AT]):
        return False
    return not any(ord(sign) < 32 and sign not in "\t\n\r\f" for sign in text)
