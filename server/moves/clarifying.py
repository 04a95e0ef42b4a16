"""Questions about what was meant: which of two readings, which of two days."""

from __future__ import annotations

from server.actions.when import day_label
from server.dialogue.blocks import Choice, ChoicesBlock
from server.dialogue.doubt import OTHER
from server.dialogue.phrases import phrase
from server.dialogue.values import AskDay, Clarify, State
from server.moves.asking import text
from server.moves.scene import Played, Scene


def clarify(scene: Scene, state: State, move: Clarify) -> Played:
    """Both readings as quick replies, and a way out of them."""
    meanings = scene.case.meanings
    first, second = meanings[move.first].label, meanings[move.second].label
    choices = [
        Choice(value=move.first, label=_begun(first)),
        Choice(value=move.second, label=_begun(second)),
        Choice(value=OTHER, label=phrase("something_else")),
    ]
    words = phrase("which_one", {"first": first, "second": second})
    return Played((_block(scene, words, choices),), state)


def ask_day(scene: Scene, state: State, move: AskDay) -> Played:
    """A day that does not exist is named; of a weekday and a date that disagree both days are offered."""
    if len(move.days) != 2:
        return Played((text(phrase("no_such_day", {"said": _begun(move.said)})),), state)
    other, named = move.days
    today = scene.now.date()
    labels = [day_label(day, today=today) for day in move.days]
    words = phrase(
        "weekday_differs",
        {"date": _without_weekday(labels[1]), "weekday": _weekday(labels[1]), "said": _weekday(labels[0])},
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


def _weekday(label: str) -> str:
    return label.split(" ", 1)[0].strip(",،")


def _without_weekday(label: str) -> str:
    return label.split(" ", 1)[1]
