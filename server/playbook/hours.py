"""Hours of the week as an operator writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator

from server.actions.values import Hours

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


def _span(text: str) -> str:
    if not _SPAN.fullmatch(text):
        raise ValueError(f'{text!r} is no stretch of a day; write it like "09:00-17:00"')
    opens, _, closes = text.partition("-")
    if closes != "00:00" and closes <= opens:
        raise ValueError(f"{text!r} closes before it opens; swap the times")
    return text


Span = Annotated[str, AfterValidator(_span)]


def week(hours: Mapping[Weekday, tuple[str, ...]]) -> dict[int, tuple[Hours, ...]]:
    return {_WEEKDAYS.index(day): tuple(hours_of(span) for span in spans) for day, spans in hours.items()}


def hours_of(span: str) -> Hours:
    opens, _, closes = span.partition("-")
    return Hours(time.fromisoformat(opens), time.fromisoformat(closes))
