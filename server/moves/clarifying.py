"""Questions about what was meant: which of two readings, which of two days."""

from __future__ import annotations

import re
from datetime import date

from server.actions.when import day_label
from server.dialogue.blocks import Choice, ChoicesBlock
from server.dialogue.doubt import OTHER
from server.dialogue.languages import locale_of, written_date
from server.dialogue.values import AskDay, Clarify, State
from server.moves.asking import text
from server.moves.scene import Played, Scene

_YEAR = re.compile(r"(?: de)? \d{4}$")


def clarify(scene: Scene, state: State, move: Clarify) -> Played:
    """Both readings as quick replies, and a way out of them."""
    meanings = scene.case.meanings
    first, second = meanings[move.first].label, meanings[move.second].label
    choices = [
        Choice(value=move.first, label=_begun(first)),
        Choice(value=move.second, label=_begun(second)),
        Choice(value=OTHER, label=scene.phrase("something_else")),
    ]
    words = scene.phrase("which_one", {"first": first, "second": second})
    return Played((_block(scene, words, choices),), state)


def ask_day(scene: Scene, state: State, move: AskDay) -> Played:
    """A day that does not exist is named; of a weekday and a date that disagree both days are offered."""
    if len(move.days) != 2:
        return Played((text(scene.phrase("no_such_day", {"said": _begun(move.said)})),), state)
    other, named = move.days
    today = scene.now.date()
    labels = [day_label(day, today=today, language=scene.language) for day in move.days]
    words = scene.phrase(
        "weekday_differs",
        {
            "date": _day(named, scene.language),
            "weekday": _weekday(named, scene.language),
            "said": _weekday(other, scene.language),
        },
    )
    choices = [
        Choice(value=day.isoformat(), label=label) for day, label in zip((other, named), labels, strict=True)
    ]
    return Played((_block(scene, words, choices),), state)


def _block(scene: Scene, words: str, choices: list[Choice]) -> ChoicesBlock:
    return ChoicesBlock(prompt=scene.prompt, purpose="clarify", text=words, choices=choices)


def _begun(words: str) -> str:
    """As a line of its own begins."""
    return words[:1].upper() + words[1:]


def _weekday(day: date, language: str) -> str:
    return str(locale_of(language).days["stand-alone"]["wide"][day.weekday()])


def _day(day: date, language: str) -> str:
    """The date without its weekday and year."""
    return _YEAR.sub("", written_date(day, language))
