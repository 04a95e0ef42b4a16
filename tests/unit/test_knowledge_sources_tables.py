"""Tables of questions, Word files, feeds and pushed documents become the same pages as everything else."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from knowledge.errors import SourceMissingError, SourceUnreadableError
from knowledge.parsing.docx import parse_docx
from knowledge.parsing.questions import read_questions
from knowledge.sources.feed import read_entries
from knowledge.sources.fetches import Fetch
from knowledge.sources.files import read_folder
from knowledge.sources.formats import refuse_binary
from knowledge.sources.pages import Reading
from knowledge.sources.pushed import page_of
from knowledge.sources.spec import SourceSpec
from knowledge.values import PutDocument

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def folder(place: Path, **options: object) -> Reading:
    spec = SourceSpec("folder", str(place), **options)  # type: ignore[arg-type]
    return read_folder(spec, recipe="r", tell=lambda _: None)


def test_each_row_of_a_table_is_a_page_with_its_own_labels(tmp_path: Path) -> None:
    table = (
        "\ufeffAudience;Answer;Question;Updated;Expires;lang;URL\r\n"
        'signed-in;"Open *Billing*, then:\r\n\r\n1. Press ""Refund""\r\n2. Wait";How do I get a refund?;2026-02-01;'
        "2026-12-31;en;https://x.example/refunds\r\n"
        ";Yes.;Do you have an API?;;;;\r\n"
    )
    (tmp_path / "faq.csv").write_text(table, encoding="utf-8")

    reading = folder(tmp_path, audience=("public",))

    assert reading.broken == ()
    refund = reading.pages["faq/how-do-i-get-a-refund"].parsed
    assert refund.title == "How do I get a refund?"
    assert [(one.kind, one.text) for one in refund.blocks] == [
        ("prose", "Open Billing, then:"),
        ("step", 'Press "Refund"'),
        ("step", "Wait"),
    ]
    assert (refund.audience, refund.updated, refund.language) == (("signed-in",), date(2026, 2, 1), "en")
    assert (refund.url, refund.expires) == ("https://x.example/refunds", datetime(2027, 1, 1, tzinfo=UTC))
    assert reading.pages["faq/do-you-have-an-api"].parsed.audience == ("public",)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_any_usual_mark_may_part_the_columns(mark: str) -> None:
    rows = list(read_questions(f"question{mark}answer\nWhy?{mark}Because.\n"))

    assert [row.question for row in rows] == ["Why?"]
    assert rows[0].parsed is not None


def test_rows_that_can_not_be_read_are_named_by_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    table = (
        "question,answer,updated\nOne?,Fine.,\n,No question.,\nThree?,,\nFour?,Bad date.,soon\n"
        'Five?,"Two\nlines",\nSix?,too,many,cells\nOne?,Another answer.,\nOne?,Fine.,\n'
    )
    (tmp_path / "faq.csv").write_text(table)

    reading = folder(tmp_path)

    assert sorted(reading.pages) == ["faq/five", "faq/one"]
    assert [one.path for one in reading.broken] == [
        "faq.csv:3",
        "faq.csv:4",
        "faq.csv:5",
        "faq.csv:8",
        "faq.csv:9",
    ]
    assert "question is empty" in reading.broken[0].reason
    assert "updated" in reading.broken[2].reason
    assert "quotes" in reading.broken[3].reason


@pytest.mark.parametrize(
    "table",
    ["a,b\n1,2\n", "question,notes\nWhy?,x\n", "question,answer,answer\nWhy?,x,y\n", "Why?,Because.\n"],
)
def test_a_table_that_does_not_name_its_columns_is_refused(table: str, tmp_path: Path) -> None:
    (tmp_path / "faq.csv").write_text(table)

    reading = folder(tmp_path)

    assert reading.pages == {}
    assert len(reading.broken) == 1


def test_a_quote_that_never_ends_is_reported_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "faq.csv").write_text('question,answer\nOne?,Fine.\nTwo?,"never ends\n')

    reading = folder(tmp_path)

    assert list(reading.pages) == ["faq/one"]
    assert "line 3" in reading.broken[0].reason


def test_one_changed_row_is_one_changed_page(tmp_path: Path) -> None:
    (tmp_path / "faq.csv").write_text("question,answer\nOne?,First.\nTwo?,Second.\n")
    before = folder(tmp_path).pages
    (tmp_path / "faq.csv").write_text("question,answer\nZero?,New.\nOne?,Changed.\nTwo?,Second.\n")

    after = folder(tmp_path).pages

    assert before["faq/two"].digest == after["faq/two"].digest
    assert before["faq/one"].digest != after["faq/one"].digest


def word_file() -> bytes:
    from docx import Document

    document = Document()
    document.core_properties.title = "Handbook"
    document.core_properties.language = "en-GB"
    document.core_properties.modified = datetime(2026, 2, 3, tzinfo=UTC)
    document.add_heading("Crew handbook", level=0)
    document.add_paragraph("Crews start at seven.")
    document.add_heading("Vans", level=1)
    document.add_paragraph("Fetch the key", style="List Number")
    document.add_paragraph("Check the oil", style="List Number")
    document.add_paragraph("A spare wheel", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table.rows[0].cells, ["Van", "Seats"], strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    for cell, text in zip(table.rows[1].cells, ["Blue", "3"], strict=True):
        cell.text = text
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def test_a_word_file_keeps_headings_lists_and_tables() -> None:
    parsed = parse_docx(word_file(), fallback_title="x")

    assert [(one.kind, one.text) for one in parsed.blocks] == [
        ("prose", "Crews start at seven."),
        ("heading", "Vans"),
        ("step", "Fetch the key"),
        ("step", "Check the oil"),
        ("point", "A spare wheel"),
        ("header", "Van\tSeats"),
        ("row", "Blue\t3"),
    ]
    assert (parsed.title, parsed.updated, parsed.language) == ("Crew handbook", date(2026, 2, 3), "en-GB")


def test_a_word_file_that_is_none_or_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceUnreadableError, match="save it again"):
        parse_docx(b"PK\x03\x04 not really", fallback_title="x")
    monkeypatch.setattr("knowledge.parsing.docx.MAX_UNPACKED", 1_000)
    with pytest.raises(SourceUnreadableError, match="split it"):
        parse_docx(word_file(), fallback_title="x")


def test_a_word_file_that_defines_entities_is_refused() -> None:
    held = io.BytesIO(word_file())
    with zipfile.ZipFile(held, "a") as parts:
        parts.writestr("word/footnotes.xml", '<!DOCTYPE a [<!ENTITY b "boom">]><a>&b;</a>')

    with pytest.raises(SourceUnreadableError, match="definitions"):
        parse_docx(held.getvalue(), fallback_title="x")


def word_file_with(name: str, part: bytes) -> bytes:
    held = io.BytesIO(word_file())
    with zipfile.ZipFile(held, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr(name, part)
    return held.getvalue()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le"])
def test_entities_are_found_in_two_bytes_a_letter_too(encoding: str) -> None:
    part = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY b "boom">]><a>&b;</a>'

    with pytest.raises(SourceUnreadableError, match="Word file"):
        parse_docx(word_file_with("word/footnotes.xml", part.encode(encoding)), fallback_title="x")


WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@pytest.mark.parametrize("element", ["<w:p/>", "<w:r/>", "<w:p>\n</w:p>"])
def test_a_small_word_file_of_very_many_elements_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch, element: str
) -> None:
    monkeypatch.setattr("mammoth.convert_to_html", lambda *_, **__: pytest.fail("it was read"))
    part = f'<w:ftr xmlns:w="{WORDS}">{element * 450_000}</w:ftr>'.encode()
    raw = word_file_with("word/footer9.xml", part)

    assert len(raw) < 100_000
    with pytest.raises(SourceUnreadableError, match="split it"):
        parse_docx(raw, fallback_title="x")


def test_a_word_file_may_hold_far_more_pictures_than_text(monkeypatch: pytest.MonkeyPatch) -> None:
    with_picture = word_file_with("word/media/one.png", b"\0" * 3_000_000)
    with_text = word_file_with("word/footer9.xml", b"<a>" + b" " * 3_000_000 + b"</a>")
    monkeypatch.setattr("knowledge.parsing.docx.MAX_XML", 2_000_000)

    assert parse_docx(with_picture, fallback_title="x").title == "Crew handbook"
    with pytest.raises(SourceUnreadableError, match="MB of text"):
        parse_docx(with_text, fallback_title="x")


def feed(body: str) -> Reading:
    url = "https://x.example/changelog.xml"
    fetch = Fetch(url, url, 200, "", "", "application/xml", "", body.encode(), NOW, "run")
    return read_entries(fetch, SourceSpec("feed", url, owner="product"), recipe="r", tell=lambda _: None)


ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Changes</title>
<entry><title>Routes &lt;b&gt;by&lt;/b&gt; clock</title><id>tag:1</id><link href="/changes/routes"/>
<published>2026-01-05T10:00:00Z</published><updated>2026-01-07T10:00:00Z</updated>
<summary>Short.</summary><content type="html">&lt;p&gt;Stops follow the clock.&lt;/p&gt;
&lt;script&gt;steal()&lt;/script&gt;
&lt;p style="display:none"&gt;Obey&lt;/p&gt;&lt;ul&gt;&lt;li&gt;Faster&lt;/li&gt;&lt;/ul&gt;</content></entry>
<entry><title>Empty</title><id>tag:2</id><link href="/changes/empty"/></entry></feed>"""


def test_an_entry_of_a_feed_is_a_page_with_its_dates() -> None:
    reading = feed(ATOM)

    page = reading.pages["x.example/changes/routes"]
    assert [(one.kind, one.text) for one in page.parsed.blocks] == [
        ("prose", "Stops follow the clock."),
        ("point", "Faster"),
    ]
    assert (page.parsed.title, page.parsed.url) == ("Routes by clock", "https://x.example/changes/routes")
    assert (page.parsed.published, page.parsed.updated) == (date(2026, 1, 5), date(2026, 1, 7))
    assert page.parsed.owner == "product"
    assert [one.path for one in reading.broken] == ["x.example/changes/empty"]


def test_entries_that_link_to_one_page_are_told_apart() -> None:
    items = "".join(
        f"<item><title>Release {n}</title><link>https://x.example/changelog#r{n}</link>"
        f"<description>What {n} brings.</description><pubDate>Mon, 05 Jan 2026 10:00:00 GMT</pubDate></item>"
        for n in (1, 2)
    )
    reading = feed(f'<rss version="2.0"><channel><title>Log</title>{items}</channel></rss>')

    assert sorted(reading.pages) == ["x.example/changelog/r1", "x.example/changelog/r2"]


@pytest.mark.parametrize(
    "body",
    [
        "<html><body>Not found</body></html>",
        "",
        '<!DOCTYPE rss [<!ENTITY a "aa">]><rss version="2.0"><channel><item><title>&a;</title></item></channel></rss>',
    ],
)
def test_what_is_no_feed_is_missing_rather_than_empty(body: str) -> None:
    with pytest.raises(SourceMissingError):
        feed(body)


def test_a_pushed_document_is_read_by_its_format_and_its_labels_win() -> None:
    text = "---\naudience: team\nowner: writers\n---\n# Refunds\n\nWithin **30** days.\n"
    body = PutDocument("billing/refunds", "Refund policy", text, audience=("signed-in",), language="pt_br")

    page = page_of(body, recipe="r")

    assert (page.path, page.format) == ("billing/refunds", "markdown")
    assert (page.parsed.title, page.parsed.audience) == ("Refund policy", ("signed-in",))
    assert (page.parsed.owner, page.parsed.language) == ("writers", "pt-BR")
    assert "Within 30 days." in [one.text for one in page.parsed.blocks]


@pytest.mark.parametrize(
    "path", ["", "/", "../etc/passwd", "a/../b", "a//b", "a\nb", "a?b", "x" * 400, "a/./b"]
)
def test_a_pushed_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(SourceUnreadableError, match=r"^path: "):
        page_of(PutDocument(path, "T", "Text."), recipe="r")


def test_a_pushed_document_without_words_is_refused() -> None:
    with pytest.raises(SourceUnreadableError, match="no text"):
        page_of(PutDocument("a", "T", "<script>x()</script>", format="html"), recipe="r")


def test_what_a_reader_did_not_foresee_is_one_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise KeyError("w:numId")

    monkeypatch.setattr("knowledge.sources.formats.parse_apart", stumble)
    (tmp_path / "odd.docx").write_bytes(b"PK")
    (tmp_path / "fine.md").write_text("# Fine\n\nIt says something.\n")

    reading = folder(tmp_path)

    assert list(reading.pages) == ["fine"]
    assert "KeyError" in reading.broken[0].reason
    assert reading.broken[0].path == "odd.docx"


def test_bytes_that_are_no_text_are_refused_and_wide_text_is_not() -> None:
    with pytest.raises(SourceUnreadableError, match="not text"):
        refuse_binary(b"\x01\x00\xfa" * 400, "")

    refuse_binary("<p>wide</p>".encode("utf-16"), "")
    refuse_binary("<p>wide</p>".encode("utf-16-le"), "utf-16le")
