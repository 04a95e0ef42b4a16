"""Files of packed formats are read in a process of their own, which ends when it has to."""

from __future__ import annotations

import io
import sys
import time

import pytest
from docx import Document
from pypdf import PdfWriter

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.apart import parse_apart
from knowledge.parsing.docx import parse_docx
from knowledge.parsing.pdf import MAX_PAGES, parse_pdf
from knowledge.sources.formats import parse


def word_file() -> bytes:
    document = Document()
    document.add_heading("Crew handbook", 1)
    document.add_paragraph("Every crew has one lead, “always”.")
    document.add_table(1, 2).rows[0].cells[0].text = "Lead"
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def test_a_page_read_apart_is_the_page_read_here() -> None:
    raw = word_file()

    assert parse_apart("docx", raw, fallback_title="x") == parse_docx(raw, fallback_title="x")
    assert parse("docx", raw, fallback_title="x")[1].title == "Crew handbook"


def test_why_a_file_can_not_be_read_comes_back_in_the_readers_words() -> None:
    with pytest.raises(SourceUnreadableError, match="The PDF can not be read"):
        parse_apart("pdf", b"%PDF-1.7 not really", fallback_title="x")


def test_a_reader_that_never_comes_back_is_ended() -> None:
    stuck = (sys.executable, "-c", "while True: pass")
    started = time.monotonic()

    with pytest.raises(SourceUnreadableError, match=r"not read within 0\.3 s"):
        parse_apart("pdf", b"x", fallback_title="x", deadline_s=0.3, command=stuck)

    assert time.monotonic() - started < 20


@pytest.mark.parametrize("script", ["raise SystemExit(9)", "print('parsed'); print('{}')"])
def test_a_reader_that_breaks_is_the_trouble_of_that_one_file(script: str) -> None:
    with pytest.raises(SourceUnreadableError, match="too much for its reader"):
        parse_apart("docx", b"x", fallback_title="x", command=(sys.executable, "-c", script))


def test_the_reader_is_not_told_the_keys_of_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDESK_WRITER_KEY", "secret")
    script = "import os; print('refused'); print(sorted(name for name in os.environ if 'FRONTDESK' in name))"

    with pytest.raises(SourceUnreadableError, match=r"^\[\]"):
        parse_apart("pdf", b"x", fallback_title="x", command=(sys.executable, "-c", script))


def test_a_pdf_of_too_many_pages_is_refused() -> None:
    writer = PdfWriter()
    for _ in range(MAX_PAGES + 1):
        writer.add_blank_page(10, 10)
    held = io.BytesIO()
    writer.write(held)

    with pytest.raises(SourceUnreadableError, match="more than 2,000 pages: split it"):
        parse_pdf(held.getvalue(), fallback_title="x")
