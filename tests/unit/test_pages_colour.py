"""Any brand colour stays readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.pages.colour import DARK, LIGHT, contrast, ink, parse, readable

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOURS)
def test_every_accent_reads_on_light_and_dark_and_carries_readable_text(accent: str) -> None:
    for dark, background in ((False, LIGHT), (True, DARK)):
        colour = readable(accent, dark=dark)

        assert contrast(parse(colour), background) >= 4.5
        assert contrast(parse(ink(colour)), parse(colour)) >= 4.5


def test_a_colour_that_reads_already_is_left_alone() -> None:
    assert readable("#1f6f54", dark=False) == "#1f6f54"


@pytest.mark.parametrize(("accent", "expected"), [("#000000", 21.0), ("#ffffff", 1.0)])
def test_contrast_is_that_of_the_standard(accent: str, expected: float) -> None:
    assert contrast(parse(accent), LIGHT) == pytest.approx(expected)
