"""Takes out of a picture what it tells besides itself: place, device, owner, thumbnail. Pure, and without loss."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

_ORIENTATION = 0x0112
_PNG_KEPT = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"bKGD",
     b"pHYs", b"acTL", b"fcTL", b"fdAT"}
)  # fmt: skip
_WEBP_DROPPED = frozenset({b"EXIF", b"XMP "})
_WITHIN = frozenset({b"\x00", *(bytes([mark]) for mark in range(0xD0, 0xD8))})
"""What follows 0xFF inside a JPEG's scan: the byte itself, and where a decoder may start anew."""
_EXIF_AND_XMP = 0x0C
"""The flags of WebP's VP8X that say that those chunks follow."""


class Broken(Exception):
    """The picture does not hold together."""


def without_details(kind: str, content: bytes) -> bytes:
    """The picture alone; raises `Broken`. What is no picture comes back as it is."""
    strip = _STRIPPERS.get(kind)
    if strip is None:
        return content
    try:
        return strip(content)
    except (struct.error, IndexError, ValueError) as error:
        raise Broken(str(error)) from error


def _jpeg(content: bytes) -> bytes:
    kept, turned, at = [content[:2]], 0, 2
    while True:
        if content[at] != 0xFF:
            raise ValueError("a JPEG segment does not begin where it should")
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in (0xDA, 0xD9):  # the picture itself, to the end
            break
        size = struct.unpack(">H", content[at + 2 : at + 4])[0]
        body = content[at + 4 : at + 2 + size]
        if size < 2 or len(body) != size - 2:
            raise ValueError("a JPEG segment is cut off")
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            turned = turned or _orientation(body[6:])
        elif not _is_about(marker, body):
            kept.append(content[at : at + 2 + size])
        at += 2 + size
    if turned > 1:
        kept.insert(1, _only_turned(turned))
    return b"".join(kept) + _to_the_end(content[at:])


def _is_about(marker: int, body: bytes) -> bool:
    """Application data and comments; colour profiles and what the decoder needs stay."""
    if marker == 0xE2:
        return not body.startswith(b"ICC_PROFILE\0")
    return marker == 0xFE or (0xE1 <= marker <= 0xEF and marker != 0xEE)


def _to_the_end(scans: bytes) -> bytes:
    """Without what cameras hang on behind the picture, such as a second one, or the seconds of film around it.

    Where the picture ends is found by walking: what hangs on may hold the bytes of an end as well.
    """
    at = 0
    while (mark := scans.find(b"\xff", at)) >= 0:
        kind = scans[mark + 1 : mark + 2]
        if kind == b"\xd9":
            return scans[: mark + 2]
        if kind in _WITHIN:
            at = mark + 2
        elif kind == b"\xff":
            at = mark + 1
        else:  # a table or a header between two scans of one picture, which says how long it is
            length = scans[mark + 2 : mark + 4]
            at = mark + 2 + max(2, int.from_bytes(length, "big"))
    return scans  # cut off: decoders show what is there


def _orientation(tiff: bytes) -> int:
    """Which way is up, from the first directory; 0 where it is not said."""
    try:
        order = {b"II": "<", b"MM": ">"}[tiff[:2]]
        at = struct.unpack(f"{order}I", tiff[4:8])[0]
        for place in range(struct.unpack(f"{order}H", tiff[at : at + 2])[0]):
            entry = tiff[at + 2 + 12 * place : at + 14 + 12 * place]
            tag, _type, _count, value = struct.unpack(f"{order}HHIH", entry[:10])
            if tag == _ORIENTATION:
                return int(value) if 1 <= value <= 8 else 0
    except (struct.error, KeyError, IndexError):
        return 0
    return 0


def _only_turned(orientation: int) -> bytes:
    """An Exif segment that says which way is up and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, orientation, 0)
    tiff = b"MM\0*" + struct.pack(">IH", 8, 1) + entry + b"\0\0\0\0"
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _png(content: bytes) -> bytes:
    kept, at = [content[:8]], 8
    while True:
        size, name = struct.unpack(">I4s", content[at : at + 8])
        chunk = content[at : at + 12 + size]
        if len(chunk) != 12 + size:
            raise ValueError("a PNG chunk is cut off")
        if name in _PNG_KEPT:
            kept.append(chunk)
        at += 12 + size
        if name == b"IEND":
            return b"".join(kept)


def _webp(content: bytes) -> bytes:
    kept = []
    for name, body in _riff(content):
        told = bytes([body[0] & ~_EXIF_AND_XMP]) + body[1:] if name == b"VP8X" else body
        if name not in _WEBP_DROPPED:
            kept.append(name + struct.pack("<I", len(told)) + told + b"\0" * (len(told) % 2))
    whole = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


def _riff(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, end = 12, min(len(content), 8 + struct.unpack("<I", content[4:8])[0])
    while at + 8 <= end:
        name, size = struct.unpack("<4sI", content[at : at + 8])
        body = content[at + 8 : at + 8 + size]
        if len(body) != size:
            raise ValueError("a WebP chunk is cut off")
        yield name, body
        at += 8 + size + size % 2


_STRIPPERS: dict[str, Callable[[bytes], bytes]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
}
