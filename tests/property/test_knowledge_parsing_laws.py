"""Laws of reading documents: any bytes are read or refused, offsets are exact, and nothing unseen comes through."""

from __future__ import annotations

import io
import itertools
import random
import re
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.chunking import chunk
from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import Parsed, lay_out
from knowledge.parsing.docx import parse_docx
from knowledge.parsing.html import parse_html
from knowledge.parsing.markdown import parse_markdown
from knowledge.parsing.pdf import parse_pdf
from knowledge.parsing.plain import parse_plain
from knowledge.parsing.questions import read_questions
from knowledge.sources.sitemaps import read_sitemap

UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
WORDS = st.sampled_from(
    [
        "team",
        "plan",
        "12 EUR",
        "Ü",
        "\u202eevil",
        "a\u200bb",
        "\x00",
        "\x1b[31m",
        "<",
        ">",
        "&amp;",
        "{x}",
        "`c`",
        "\U000e0041",
    ]
)
TEXT = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)
TAGS = st.sampled_from(
    [
        "p",
        "div",
        "ul",
        "ol",
        "li",
        "table",
        "tr",
        "td",
        "th",
        "h1",
        "h2",
        "pre",
        "code",
        "a",
        "span",
        "details",
        "summary",
        "main",
        "article",
        "nav",
        "dl",
        "dt",
        "dd",
        "section",
        "button",
        "svg",
        "template",
        "br",
        "thead",
        "label",
    ]
)
ATTRIBUTES = st.sampled_from(
    [
        "",
        ' id="x"',
        " hidden",
        ' style="display:none"',
        ' role="tablist"',
        ' role="tab"',
        ' role="tabpanel"',
        ' class="toc"',
        ' rowspan="3"',
        ' colspan="9999999"',
        ' role="row"',
        ' role="table"',
        ' aria-controls="x" aria-expanded="true"',
        ' start="99999999999"',
        ' class="language-"',
        ' style="color:;:;"',
        ' role="cell"',
        ' class="tabbed-labels"',
    ]
)


@st.composite
def html(draw: st.DrawFn, depth: int = 4) -> str:
    """Elements in any nesting; some are never closed."""
    parts: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        if depth == 0 or draw(st.booleans()):
            parts.append(draw(TEXT))
            continue
        tag, attribute = draw(TAGS), draw(ATTRIBUTES)
        closing = f"</{tag}>" if draw(st.integers(0, 5)) else ""
        parts.append(f"<{tag}{attribute}>{draw(html(depth - 1))}{closing}")
    return "".join(parts)


LINE = st.one_of(
    TEXT,
    TEXT.map(lambda text: f"## {text}"),
    TEXT.map(lambda text: f"- {text}"),
    TEXT.map(lambda text: f"    {text}"),
    TEXT.map(lambda text: f"| {text} | b |\n|---|---|\n| {text} | c |"),
    st.sampled_from(
        [
            "<Steps>",
            '<Step title="One">',
            "</Step>",
            "</Steps>",
            '<Accordion title="Why?">',
            "</Accordion>",
            "<details>",
            "<summary>S</summary>",
            "</details>",
            "```",
            '```js title="x"',
            "~~~~",
            '!!! note "T"',
            '=== "Tab"',
            ":::tip T",
            ":::",
            '{% tab title="x" %}',
            "> [!NOTE]",
            "> q",
            "1. one",
            "---",
            "import X from 'y'",
            "<Card title={`a`}>",
            "export const x = 1",
            "<!--",
            "-->",
            "{/*",
            "[^1]: x",
            "~~",
            "[[toc]]",
            "",
        ]
    ),
)
MARKDOWN = st.lists(LINE, min_size=1, max_size=25).map("\n".join)


def hold(parsed: Parsed) -> None:
    """What every page owes its citations."""
    text, placed = lay_out(parsed.blocks)
    passages = chunk(str(uuid.uuid5(uuid.NAMESPACE_URL, "x")), "v", text, placed)
    for one in placed:
        assert text[one.start : one.end] == one.block.text
    for passage in passages:
        assert text[passage.start : passage.end] == passage.text
        for unit in passage.units:
            assert 0 <= unit.start < unit.end <= len(passage.text)
    assert all(left.end <= right.start for left, right in itertools.pairwise(passages))
    shown = [
        text,
        parsed.title,
        parsed.description,
        *parsed.meta.values(),
        *(one.block.anchor for one in placed),
    ]
    assert not any(UNSEEN.search(one) for one in shown)


def read_or_refuse(read: Callable[[], Parsed]) -> None:
    try:
        parsed = read()
    except SourceUnreadableError:
        return
    hold(parsed)


@given(html())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_html_is_read_with_exact_offsets(source: str) -> None:
    hold(parse_html(source, fallback_title="x"))


@given(MARKDOWN)
@settings(max_examples=120, deadline=None)
def test_any_markdown_is_read_with_exact_offsets(source: str) -> None:
    read_or_refuse(lambda: parse_markdown(source, fallback_title="x"))


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300).map(lambda raw: raw.decode("latin-1"))))
@settings(max_examples=80, deadline=None)
def test_any_text_is_read_or_refused_by_every_reader(source: str) -> None:
    for parse in (parse_html, parse_markdown, parse_plain):
        read_or_refuse(lambda parse=parse: parse(source, fallback_title="x"))  # type: ignore[misc]


@given(st.text(alphabet='ab,;"\n\t?= ', max_size=200).map(lambda rest: f"question,answer\n{rest}"))
@settings(max_examples=80, deadline=None)
def test_any_table_is_read_or_refused(source: str) -> None:
    try:
        rows = list(read_questions(source))
    except SourceUnreadableError:
        return
    for row in rows:
        assert (row.parsed is None) == bool(row.why_not)
        if row.parsed is not None:
            hold(row.parsed)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_sitemap_or_an_empty_one(raw: bytes) -> None:
    found = read_sitemap(raw)

    assert all(isinstance(url, str) for url in (*found.pages, *found.maps))


def small_pdf() -> bytes:
    """One page that says something, written by hand."""
    words = b"BT /F1 12 Tf 20 50 Td (Crews start at seven.) Tj ET"
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(words), words),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        body
        + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (
            table,
            len(body),
        )
    )


def test_the_pdf_that_is_damaged_below_can_be_read_whole() -> None:
    parsed = parse_pdf(small_pdf(), fallback_title="x")

    assert [one.text for one in parsed.blocks] == ["Page 1", "Crews start at seven."]


def small_docx() -> bytes:
    from docx import Document

    document = Document()
    document.add_heading("Vans", level=1)
    document.add_paragraph("Fetch the key", style="List Number")
    document.add_table(rows=2, cols=2).rows[0].cells[0].text = "Seats"
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def damaged(raw: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    body = bytearray(raw)
    for _ in range(chance.randint(1, 30)):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return bytes(body[: chance.randint(len(body) // 2, len(body))])


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_pdf_is_read_or_refused(seed: int) -> None:
    read_or_refuse(lambda: parse_pdf(damaged(small_pdf(), seed), fallback_title="x"))


@pytest.mark.parametrize("seed", range(25))
def test_a_damaged_word_file_is_read_or_refused(seed: int) -> None:
    """Its parts are damaged too, because a damaged archive mostly ends at the archive's own checks."""
    raw = small_docx()
    chance = random.Random(seed)
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as before, zipfile.ZipFile(held, "w") as after:
        for part in before.infolist():
            body = before.read(part)
            is_hit = part.filename == "word/document.xml" or chance.random() < 0.2
            after.writestr(part.filename, damaged(body, seed) if is_hit else body)

    read_or_refuse(lambda: parse_docx(damaged(raw, seed), fallback_title="x"))
    read_or_refuse(lambda: parse_docx(held.getvalue(), fallback_title="x"))


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("name", ["docusaurus", "material", "nextjs"])
def test_a_damaged_web_page_is_read_or_refused(name: str, seed: int) -> None:
    raw = (Path(__file__).parents[1] / "support" / "web" / f"{name}.html").read_bytes()

    read_or_refuse(lambda: parse_html(damaged(raw, seed), fallback_title="x"))
