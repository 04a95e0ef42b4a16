"""What a file is, what it may be called, and what is taken out of pictures: all by what stands in it."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from server.files.images import Broken, without_details
from server.files.kinds import found, safe_name

SECRET = b"48.8583 N 2.2945 E"


def archive(*names: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as made:
        for name in names:
            made.writestr(name, "<x/>")
    return whole.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*extra: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + data + chunk(b"IEND", b"")


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body


def exif(orientation: int) -> bytes:
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + b"\0\0\0\0" + SECRET


def jpeg(*segments: bytes) -> bytes:
    scan = segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x12\x34\xff\xd9"
    return b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + b"".join(segments) + scan


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(), "image/png"),
        (jpeg(), "image/jpeg"),
        (b"GIF89a" + b"\0" * 20, "image/gif"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"a,b\n1,2\n", "text/plain"),
        ("\ufeffGrüße".encode(), "text/plain"),
        (
            archive("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", None),
        (b"\n <!DOCTYPE html><script>1</script>", None),
        (b"words first\n<ScRiPt>1</script>", None),
        (b"MZ\x90\0" + b"\0" * 60, None),
        (archive("a.txt"), None),
        (archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
        (b"PK\x03\x04 broken", None),
        (b"", None),
    ],
)
def test_a_file_is_what_stands_in_it_and_programs_are_nothing(content: bytes, kind: str | None) -> None:
    assert found(content) == kind


@pytest.mark.parametrize(
    ("name", "kind", "safe"),
    [
        ("error.png", "image/png", "error.png"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\ada\\shot.PNG", "image/png", "shot.PNG"),
        ("invoice\u202egnp.exe", "image/png", "invoicegnp.exe.png"),
        ("a\nb\0c.pdf", "application/pdf", "abc.pdf"),
        ('x"><img src=1>.txt', "text/plain", "x-img src=1-.txt"),
        ("data.csv", "text/plain", "data.csv"),
        ("", "image/jpeg", "file.jpg"),
        ("فاتورة.pdf", "application/pdf", "فاتورة.pdf"),
    ],
)
def test_a_name_can_be_shown_and_saved_and_ends_as_its_content_does(name: str, kind: str, safe: str) -> None:
    assert safe_name(name, kind) == safe


def test_a_photo_forgets_place_comment_and_preview_and_keeps_which_way_is_up() -> None:
    told = jpeg(
        segment(0xE1, exif(6)),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET),
        segment(0xFE, SECRET),
    )

    clean = without_details("image/jpeg", told + b"\xff\xd8 second picture " + SECRET)

    assert SECRET not in clean
    assert struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) in clean
    assert clean.endswith(b"\x12\x34\xff\xd9")
    assert without_details("image/jpeg", clean) == clean


def test_a_photo_forgets_the_film_that_hangs_on_behind_it() -> None:
    film = b"\0\0\0\x18ftypmp42" + SECRET + b"\xff\xd9 and on \xff\xd9"
    scans = (
        segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x12\xff\x00\xff\xd0\x34"
        # A table between two scans holds whatever bytes it needs, those of an end too.
        + segment(0xC4, b"\x10\xff\xd9")
        + segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x56\xff\xff\xd9"
    )  # fmt: skip
    picture = b"\xff\xd8" + scans

    assert without_details("image/jpeg", picture + film) == picture


def test_a_png_and_a_webp_forget_their_words() -> None:
    drawn = png(chunk(b"tEXt", b"Author\0" + SECRET), chunk(b"eXIf", SECRET))
    body = (
        b"VP8X"
        + struct.pack("<I", 10)
        + b"\x0c"
        + b"\0" * 9
        + b"EXIF"
        + struct.pack("<I", len(SECRET))
        + SECRET
    )
    webp = b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body

    assert without_details("image/png", drawn) == png()
    clean = without_details("image/webp", webp)
    assert SECRET not in clean
    assert clean[20] == 0, "it no longer says that details follow"


@pytest.mark.parametrize("broken", [jpeg()[:15], b"\xff\xd8\xff", b"\xff\xd8" + b"words"])
def test_a_picture_that_does_not_hold_together_is_refused(broken: bytes) -> None:
    with pytest.raises(Broken):
        without_details("image/jpeg", broken)


def test_a_cut_png_is_refused() -> None:
    with pytest.raises(Broken):
        without_details("image/png", png()[:-6])
