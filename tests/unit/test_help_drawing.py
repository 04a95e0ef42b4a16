"""Articles as blocks: citations find their section, links lead where this reader may go, formats without markup too."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.chunking import sections
from knowledge.parsing.blocks import lay_out
from knowledge.parsing.markdown import parse_markdown
from knowledge.values import Document
from server.help import blocks
from server.help.drawing import article_body, from_markdown
from server.help.links import NOWHERE, Target, leads_from
from server.pages.shown import body_of
from server.wiring import DEMO

FILES = sorted((DEMO / "docs").rglob("*.md"))
LEADS = leads_from(
    "https://acme.example/docs/plans/prices", "own", {"https://acme.example/docs/api/keys": "keys"}, {"https://acme.example/docs/hidden"}
)  # fmt: skip


def a_document(source: str, form: str, text: str = "") -> Document:
    return Document(
        "id", "demo", "a", "/docs/a", "Title", "", text, source, form, ("public",), "v", None  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_section_that_can_be_cited_has_its_heading_in_the_article(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    parsed = parse_markdown(source, fallback_title="")
    cited = {one.anchor for one in sections(lay_out(parsed.blocks)[1]) if one.anchor}

    drawn = from_markdown(body_of(source), lambda _: NOWHERE, title=parsed.title)

    assert cited <= {block.anchor for block in drawn if isinstance(block, blocks.Heading)}


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("../api/keys.md#rotate", Target(article="keys", anchor="rotate")),
        ("/docs/api/keys/", Target(article="keys")),
        ("https://acme.example/docs/api/keys?from=x", Target(article="keys")),
        ("#below", Target(article="own", anchor="below")),
        ("https://other.example/a#b", Target(href="https://other.example/a#b")),
        ("mailto:help@acme.example", Target(href="mailto:help@acme.example")),
        ("../hidden.md", NOWHERE),
        ("/docs/hidden#part", NOWHERE),
        ("javascript:alert(1)", NOWHERE),
        ("JaVaScRiPt:alert(1)", NOWHERE),
        ("data:text/html,x", NOWHERE),
        ("vbscript:x", NOWHERE),
        ("http://[", NOWHERE),
    ],
)
def test_a_link_leads_to_an_article_out_or_nowhere(href: str, target: Target) -> None:
    assert LEADS(href) == target


@given(st.text(max_size=60))
def test_no_link_leads_to_anything_that_could_run(href: str) -> None:
    found = LEADS(href).href

    assert not found or found.lower().startswith(("http://", "https://", "mailto:"))


def test_html_becomes_the_same_blocks_without_its_markup() -> None:
    html = (
        "<html><body><main><h1>Title</h1><p>One <b onclick='x()'>two</b>.</p><h2 id='set-up'>Set up</h2>"
        "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul><table><tr><th>Plan</th></tr><tr><td>Team</td></tr></table>"
        "<script>alert(1)</script></main></body></html>"
    )

    drawn = article_body(a_document(html, "html"), LEADS, [])

    assert [block.kind for block in drawn] == ["text", "heading", "list", "table"]
    assert drawn[1] == blocks.Heading(level=2, text="Set up", anchor="set-up")
    points = drawn[2]
    assert isinstance(points, blocks.Items)
    assert [item.spans[0].text for item in points.items] == ["a", "c"]
    assert isinstance(points.items[0].body[0], blocks.Items)
    assert "alert" not in str(drawn)


def test_of_other_formats_the_text_is_drawn_under_the_headings_that_were_indexed() -> None:
    text = "Set up\n\nFirst this.\n\n1. One\n2. Two\n\nPlan\tPrice\nTeam\t12"

    drawn = article_body(a_document("", "pdf", text), LEADS, [("Set up", "page=2")])

    assert [block.kind for block in drawn] == ["heading", "text", "list", "table"]
    assert drawn[0] == blocks.Heading(level=2, text="Set up", anchor="page=2")
