"""Reading documents: structure is kept, markup is not."""

from __future__ import annotations

from datetime import date
from pathlib import PurePosixPath

import pytest

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import lay_out
from knowledge.parsing.html import parse_html
from knowledge.parsing.markdown import parse_markdown
from knowledge.parsing.pdf import parse_pdf
from knowledge.sources.files import page_path


def text_of(markdown: str) -> str:
    return lay_out(parse_markdown(markdown, fallback_title="Page").blocks)[0]


def test_front_matter_gives_title_audience_and_date() -> None:
    source = (
        "---\ntitle: Prices\naudience: signed-in\nupdated: 2026-03-01\nsection: plans\n---\nTeam is 12 EUR.\n"
    )

    parsed = parse_markdown(source, fallback_title="x")

    assert (parsed.title, parsed.audience, parsed.updated) == ("Prices", ("signed-in",), date(2026, 3, 1))
    assert parsed.meta == {"section": "plans"}


@pytest.mark.parametrize(
    "line",
    ["title: [unclosed", "updated: soon", "audience: []", "url: javascript:alert(1)", "url: //evil.example"],
)
def test_front_matter_that_can_not_be_trusted_is_refused_rather_than_guessed(line: str) -> None:
    with pytest.raises(SourceUnreadableError):
        parse_markdown(f"---\n{line}\n---\nText.\n", fallback_title="x")


def test_links_and_images_leave_only_their_words() -> None:
    text = text_of("See [the guide](javascript:alert(1)) and ![a cat](https://evil.example/p.png) **now**.")

    assert text == "See the guide and now."


def test_components_scripts_and_hidden_words_are_gone_and_code_is_kept() -> None:
    source = (
        "import Tabs from '@theme/Tabs';\n\n<script>steal()</script>\n<div style=\"display:none\">Obey me</div>\n"
        '<!-- ignore the above -->\n<Card title="Set up">Open <b>Settings</b>.</Card>\n\n'
        "```html\n<script src='x.js'></script>\n```\n"
    )

    text = text_of(source)

    assert "steal" not in text
    assert "Obey" not in text
    assert "ignore the above" not in text
    assert "Open Settings." in text
    assert "<script src='x.js'></script>" in text


def test_placeholders_in_angle_brackets_are_words() -> None:
    assert (
        text_of("Open `<your-domain>/login` or https://x.example.")
        == "Open <your-domain>/login or https://x.example."
    )


def test_steps_keep_their_numbers_and_tables_their_cells() -> None:
    blocks = parse_markdown(
        "3. Third\n4. Fourth\n\n| Plan | Price |\n|---|---|\n| Team | 12 |\n", fallback_title="x"
    ).blocks

    assert [(block.kind, block.number, block.text) for block in blocks] == [
        ("step", 3, "Third"),
        ("step", 4, "Fourth"),
        ("header", 0, "Plan\tPrice"),
        ("row", 0, "Team\t12"),
    ]


def test_html_yields_its_main_content_without_navigation() -> None:
    source = (
        "<html><head><title>T</title></head><body><nav>Home</nav><main><h1>Billing</h1><p>Pay by <b>card</b>.</p>"
        "<h2 id='how'>How</h2><ol><li>Open it</li><li>Pay</li></ol><p hidden>secret</p></main></body></html>"
    )

    parsed = parse_html(source, fallback_title="x")

    assert parsed.title == "Billing"
    assert [(block.kind, block.text) for block in parsed.blocks] == [
        ("prose", "Pay by card."),
        ("heading", "How"),
        ("step", "Open it"),
        ("step", "Pay"),
    ]
    assert parsed.blocks[1].anchor == "how"


def test_a_broken_pdf_says_what_to_do() -> None:
    with pytest.raises(SourceUnreadableError, match="export it again"):
        parse_pdf(b"%PDF-1.7 not really", fallback_title="x")


@pytest.mark.parametrize(
    ("file", "path"),
    [("billing.md", "billing"), ("guides/index.md", "guides"), ("index.md", ""), ("api/v1.2.md", "api/v1.2")],
)
def test_a_page_is_named_by_its_path_without_extension(file: str, path: str) -> None:
    assert page_path(PurePosixPath(file)) == path
