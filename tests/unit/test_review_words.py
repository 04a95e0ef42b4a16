"""How values read on the console's pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.review.words import ago, chips, followed, label, linked, local, marked, plain

NOW = datetime(2026, 3, 10, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=2), "now"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=5, seconds=30), "5 min"),
        (timedelta(hours=23, minutes=59), "23 h"),
        (timedelta(days=6, hours=23), "6 d"),
        (timedelta(days=30), "8 Feb 2026"),
        (-timedelta(days=1, hours=2), "in 1 d"),
        (-timedelta(days=14), "24 Mar 2026"),
    ],
)
def test_times_are_relative_while_that_says_more_than_a_date(gap: timedelta, words: str) -> None:
    assert f">{words}</time>" in ago(NOW - gap, NOW)


def test_a_relative_time_carries_the_moment_itself() -> None:
    shown = ago(NOW - timedelta(hours=2), NOW)

    assert 'datetime="2026-03-10T08:30:00+00:00"' in shown
    assert 'title="Tue 10 Mar 2026, 08:30 UTC"' in shown


def test_a_meeting_reads_on_the_visitors_clock_across_a_clock_change() -> None:
    assert local(datetime(2026, 3, 28, 13, 0, tzinfo=UTC), "Europe/Berlin") == "Sat 28 Mar 2026, 14:00"
    assert local(datetime(2026, 3, 29, 13, 0, tzinfo=UTC), "Europe/Berlin") == "Sun 29 Mar 2026, 15:00"


def test_placeholders_become_chips_and_everything_else_is_escaped() -> None:
    shown = chips("Write to [email_1] & <b>bold</b>")

    assert shown.startswith("Write to <span class=")
    assert ">e-mail address 1</span>" in shown
    assert shown.endswith("&amp; &lt;b&gt;bold&lt;/b&gt;")


@given(st.text(max_size=200))
def test_no_text_becomes_markup(text: str) -> None:
    for shown in (chips(text), linked(text), marked(text, (1, 3))):
        stripped = shown.replace("<mark>", "").replace("</mark>", "")
        assert "<script" not in stripped
        assert stripped.count("<") == stripped.count("<a ") * 2 + stripped.count("<span ") * 2


def test_the_quoted_stretch_is_marked() -> None:
    assert marked("We are forty here", (7, 12)) == "We are <mark>forty</mark> here"


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (5, 2), (0, 99)])
def test_a_stretch_that_does_not_fit_marks_nothing(start: int, end: int) -> None:
    assert marked("forty", (start, end)) == "forty"


def test_links_in_mails_are_clickable_without_the_full_stop_after_them() -> None:
    shown = linked("See https://fernway.example/meet/a.b-c?x=1&y=2. Bye")

    assert '<a href="https://fernway.example/meet/a.b-c?x=1&amp;y=2"' in shown
    assert shown.endswith("</a>. Bye")


def test_a_script_address_is_no_link() -> None:
    assert "<a" not in linked("javascript:alert(1) data:text/html,x")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "yes"),
        (1200, "1,200"),
        (12.50, "12.5"),
        (3.0, "3"),
        (["a", "b"], "a, b"),
        ([], "nothing"),
        ({"plan": "Team", "seats": 5}, "Plan Team, Seats 5"),
    ],
)
def test_json_values_read_as_people_write_them(value: object, words: str) -> None:
    assert plain(value) == words


def test_names_of_fields_read_as_words() -> None:
    assert label("team_size") == "Team size"
    assert label("GiveAnswer") == "Give answer"
    assert label("custom.fleet_size") == "Fleet size"


def test_a_wish_for_a_time_reads_like_a_date() -> None:
    day = {"start": "2026-11-24T00:00:00+01:00", "end": "2026-11-25T00:00:00+01:00", "grain": "day"}
    hour = {"start": "2026-11-24T14:30:00+01:00", "end": "2026-11-24T15:30:00+01:00", "grain": "minute"}

    assert (plain(day), plain(hour)) == ("Tue 24 Nov 2026", "Tue 24 Nov 2026, 14:30")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "\x01javascript:x",
        "data:text/html,x",
    ],
)
def test_an_address_that_would_run_something_is_none(url: str) -> None:
    assert followed(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://docs.example/a#b:~:text=c",
        "HTTP://docs.example",
        "mailto:a@example.com",
        "/docs/a:b",
        "docs#a:b",
        "",
    ],
)
def test_an_address_of_the_web_or_of_our_own_server_is_followed(url: str) -> None:
    assert followed(url) == url
