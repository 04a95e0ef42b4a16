"""A log line may be wrong in any way: whoever wrote it goes on."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from server.telemetry import _Record


@pytest.fixture
def records() -> Any:
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(_Record)
    yield
    logging.setLogRecordFactory(before)


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def test_a_line_whose_arguments_do_not_fit_is_logged_without_them(records: None) -> None:
    kept, log = _Kept(), logging.getLogger("tests.telemetry")
    log.addHandler(kept)
    try:
        log.warning("100% of %s and %s", "ada@example.com")  # noqa: PLE1206
    finally:
        log.removeHandler(kept)

    [line] = kept.lines
    assert line.startswith("100% of")
    assert "ada@" not in line
