"""Putting a message into English and reading its facts ends soon, whatever runs of letters and figures it holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest

from intents.facts.budget import find_budget
from intents.facts.corrections import is_corrected, without_wrong
from intents.facts.dates.clocks import find_clocks
from intents.facts.team_size import find_correction
from intents.gloss import GLOSSED, gloss
from server.frames import MAX_TEXT_CHARS

_ENOUGH_S = 0.2
_GLOSSED_S = 0.05


def _budgets(text: str) -> object:
    return list(find_budget(text))


def _clocks(text: str) -> object:
    return list(find_clocks(text))


def _cpu(reader: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    reader(text)
    return time.process_time() - started


def _least(reader: Callable[[str], object], text: str) -> float:
    """Others work on this machine too: the best of several tries is what it costs, each on words not met before."""
    reader("warm")
    return min(_cpu(reader, f"{text}{more}") for more in "bcdef")


@pytest.mark.parametrize("breaker", ["", "x!"])
@pytest.mark.parametrize("piece", ["1", "_", "a_", "1_", "a1", "a", "schlafraum", ".a", "[a"])
@pytest.mark.parametrize("language", sorted(GLOSSED))
def test_a_gloss_ends_soon(language: str, piece: str, breaker: str) -> None:
    text = f"{breaker} {(piece * MAX_TEXT_CHARS)[:1_980]}"

    assert _least(partial(gloss, language=language), text) < _GLOSSED_S


@pytest.mark.parametrize(
    ("before", "piece", "breaker"),
    [
        ("our budget is ", "1", "x"),
        ("", "1", " people"),
        ("sorry, ", "a.", " x"),
        ("sorry, ", "1:", " and x"),
        ("not ", "1", " seats x"),
        ("tilde ", "1", "ish"),
        ("at 9 ", "ish", " x"),
    ],
)
def test_facts_of_a_long_run_are_read_soon(before: str, piece: str, breaker: str) -> None:
    text = f"{before}{(piece * MAX_TEXT_CHARS)[:MAX_TEXT_CHARS]}{breaker}"

    for reader in (_budgets, _clocks, is_corrected, without_wrong, find_correction):
        assert _least(reader, text) < _ENOUGH_S
