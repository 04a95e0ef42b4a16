"""A page that was built to be slow takes no longer than its length, and one that is too much is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from knowledge.parsing.markdown import parse_markdown


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
