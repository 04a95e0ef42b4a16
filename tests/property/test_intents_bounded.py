"""Reading any text up to the limit ends soon: twice the text costs about twice the work."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.facts.answered import find_answer
from intents.folding import fold
from intents.people import _commonly_called, _in_context, _introduced
from intents.redaction import _FINDERS, redact
from intents.sentiment import read_mood
from intents.values import Asked
from server.frames import MAX_TEXT_CHARS

_NOTHING_MUCH_S = 0.08
"""Below this the clock tells noise."""
_GROWTH = 3.0
_PIECES = (
    "a", "1", "1 ", "@", "a@", "a.", "a@a.", "Ab ", "Ada ", "at ", "a at a dot ", "(at)",
    "http://a/", "http://a?token=",
    "eyJaaaaaaaa.", "(1", "+1 ", "[email_1]", "1 a\n", "-", "_-", "1-", "a-", "one ", "Am Alten ", "12 rue a ",
    "name is ",
    "password is ", "key=", "key-", "\u200b1", "\u0665", "you ", "still ", "asked ", "great ", "if this ", ". ", "!?",
    "\n", "\n\n1", "said Ada ", "  ", "every time ", "DE12", "1.1.", "1:", "%40", "10 A Road ", "Stra\u00dfe 1 ", "/a",
    "\u0627\u0633\u0645\u064a ", "-----BEGIN PRIVATE KEY-----", "corner of A ", "address a ", "contact: ",
)  # fmt: skip


def _in_all_contexts(text: str) -> list[object]:
    return list(_in_context(text, ()))


def _called(text: str) -> list[object]:
    return list(_commonly_called(text, ()))


def _all(finder: Callable[[str], object]) -> Callable[[str], object]:
    def find(text: str) -> object:
        found = finder(text)
        return list(found) if hasattr(found, "__iter__") else found

    return find


_READERS: dict[str, Callable[[str], object]] = {
    **{finder.__name__.strip("_"): _all(finder) for finder in _FINDERS},
    "introduced": _all(_introduced),
    "contexts": _in_all_contexts,
    "commonly_called": _called,
    "mood": read_mood,
    "fold": fold,
}


def _cpu(reader: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    reader(text)
    return time.process_time() - started


@pytest.mark.parametrize("name", sorted(_READERS))
def test_twice_the_text_costs_about_twice_the_work(name: str) -> None:
    reader = _READERS[name]
    reader("We met Ada in London.")
    for piece in _PIECES:
        whole = (piece * MAX_TEXT_CHARS)[:MAX_TEXT_CHARS]
        if _cpu(reader, whole) < _NOTHING_MUCH_S:
            continue
        # Others work on this machine too: the best of several tries is what it costs.
        growth = min(
            min(_cpu(reader, whole) for _ in range(3))
            / max(min(_cpu(reader, whole[: len(whole) // 2]) for _ in range(3)), 1e-6)
            for _ in range(4)
        )
        assert growth < _GROWTH, f"{name} on {piece!r} grows by {growth:.1f} when its text doubles"


@given(st.lists(st.sampled_from(_PIECES), min_size=1, max_size=4), st.text(max_size=6))
@settings(deadline=None, max_examples=60)
def test_no_text_makes_reading_fail(pieces: list[str], more: str) -> None:
    text = ((more + "".join(pieces)) * MAX_TEXT_CHARS)[: MAX_TEXT_CHARS // 4]

    redacted = redact(text)

    assert 0 <= read_mood(redacted.text).frustration <= 1


@pytest.mark.parametrize(
    ("before", "piece", "times"),
    [
        ("Haben Sie für 12 Leute einen Auftrag", "verarbeitungsvertr", 1),
        ("for 12, ask Ada", "-Ada", 25),
        ("12 Baker Street", "\n ", 25),
        ("\n12 ", "n", 1_000),
        ("12 corner of ", "A", 1_000),
        ("12 ", "I", 2_000),
        ("12 ", "y", 2_000),
    ],
)
def test_no_run_of_letters_or_blanks_makes_a_finder_try_every_way_to_part_it(
    before: str, piece: str, times: int
) -> None:
    text = f"{before}{piece * times}!\n"

    assert _cpu(lambda said: (redact(said), _in_all_contexts(said)), text) < 1.0


@pytest.mark.parametrize("piece", ["around ", "about, ", "users ", "40 users "])
def test_a_bare_answer_that_stammers_is_read_soon(piece: str) -> None:
    asked = Asked("team_size", "number")

    assert _cpu(lambda said: find_answer(said, asked), f"{piece}40 {piece * 25}!x") < 1.0
    assert _cpu(lambda said: find_answer(said, asked), f"{piece * 25}x") < 1.0
