"""What the widget may cost a page that nobody has touched it on; the whole of it is `make bench-widget`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from evals.benches.widget.measuring import Place, host, weights, wire
from evals.benches.widget.pages import chromium
from tests.support.serving import a_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with a_server() as server, chromium() as browser:
        yield Place(browser, server.url)


def test_before_the_touch_there_is_one_request_and_nothing_is_kept(place: Place) -> None:
    figures = wire(place)

    assert figures["requests_before_touch"] == 1
    assert figures["kept_before_touch"] == 0


def test_the_built_files_are_within_their_budgets() -> None:
    figures = weights()

    assert (figures["loader_kb"] or 99) <= 3
    assert (figures["first_open_kb"] or 99) <= 25
    assert figures["help_kb"] is not None
    assert figures["help_kb"] <= 8


def test_the_host_page_does_not_move_and_lends_its_main_thread_for_less_than_ten_milliseconds(
    place: Place,
) -> None:
    """By the processor's own time of that thread, which a busy machine does not stretch."""
    figures = host(place, 3)

    assert figures["layout_shift"] == 0
    assert (figures["before_touch_ms_p50"] or 99) <= 10
    assert (figures["longest_task_at_load_ms"] or 99) <= 50
