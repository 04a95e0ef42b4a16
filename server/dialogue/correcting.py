"""Which earlier number "sorry, 14 not 40" sets right: the conversation knows what the message alone does not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from intents.score import SURE
from intents.values import Fact
from server.dialogue.values import State

_COUNTS = ("team_size", "seats")
_SURE_NOW = 0.85
_NUMBER = re.compile(r"\d+")


def sets_right(fact: Fact, facts: Sequence[Fact], state: State) -> bool:
    """Whether free words only tell another number than before: "sorry, I meant 21 people"."""
    if fact.how not in {"asked:free_text", "rule:correction"} or not isinstance(fact.value, str):
        return False
    return any(
        one.name in _COUNTS
        and (held := state.known(one.name)) is not None
        and held.value != one.value
        and str(one.value) in fact.value
        for one in facts
    )


def corrected(fact: Fact, text: str, state: State) -> Fact:
    """The fact as it is meant: sure once one earlier number can be told that it takes the place of."""
    if fact.how != "rule:correction" or fact.confidence >= SURE:
        return fact
    told = {name: held.value for name in _COUNTS if (held := state.known(name)) is not None}
    # "14 not 40": whichever was 40.
    others = {int(number) for number in _NUMBER.findall(text)} - {fact.value}
    replaced = [name for name, value in told.items() if value in others] if others else list(told)
    return replace(fact, name=replaced[0], confidence=_SURE_NOW) if len(replaced) == 1 else fact
