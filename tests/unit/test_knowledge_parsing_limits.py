"""A page that was built to be slow takes no longer than its length, and one that is too much is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.html import parse_html
from knowledge.parsing.markdown import parse_markdown
from knowledge.sources.formats import parse
from knowledge.sources.pages import Format


def calls_of(act: Callable[[], object]) -> int:
    """How many functions it calls: unlike seconds, the same on every machine."""
    count = 0

    def note(_frame: FrameType, event: str, _arg: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("line", ["<details>\n", "<Step>\n", "<Accordion>\n</Step>\n"])
def test_boxes_that_are_never_closed_cost_no_more_than_their_number(line: str) -> None:
    parse_markdown(line, fallback_title="x")

    few = calls_of(lambda: parse_markdown(line * 200, fallback_title="x"))
    many = calls_of(lambda: parse_markdown(line * 800, fallback_title="x"))

    assert many < 6 * few


@pytest.mark.parametrize(
    "piece",
    [
        "<div role=tablist><b role=tab aria-controls=q>x</b></div>",
        "<button aria-expanded=1 aria-controls=q>a b c d e</button>",
    ],
)
def test_tabs_that_lead_nowhere_cost_no_more_than_their_number(piece: str) -> None:
    parse_html(piece, fallback_title="x")

    few = calls_of(lambda: parse_html(piece * 30, fallback_title="x"))
    many = calls_of(lambda: parse_html(piece * 240, fallback_title="x"))

    assert many < 12 * few


@pytest.mark.parametrize(
    ("form", "source"),
    [
        ("markdown", "word " * 500_000),
        ("text", "word " * 500_000),
        ("markdown", "[a" * 30_000),
        ("html", "<p>word" * 160_000),
        ("html", "<div>" * 210),
        ("html", "<div>" * 180 + "<p>word</p>" * 10_000),
    ],
)
def test_a_page_that_is_too_much_for_its_reader_is_refused(form: Format, source: str) -> None:
    with pytest.raises(SourceUnreadableError, match=r"split|simplify|part it"):
        parse(form, source.encode(), fallback_title="x")
