"""Reading appointment dialogues: what a turn proposes, what it asks, and what the annotation means by its words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evals.suites.slots import Tally, read


def _frame(actions: list[dict[str, Any]], held: dict[str, list[str]] | None = None) -> dict[str, Any]:
    frame: dict[str, Any] = {"service": "Services_4", "actions": actions}
    return frame if held is None else {**frame, "state": {"slot_values": held}}


def _act(act: str, slot: str, said: str, meant: str) -> dict[str, Any]:
    return {"act": act, "slot": slot, "values": [said], "canonical_values": [meant]}


def test_a_turn_knows_what_was_proposed_before_it_and_what_its_words_mean(tmp_path: Path) -> None:
    told = _act("INFORM", "appointment_date", "the ninth", "2019-03-09")
    turns = [
        {
            "speaker": "SYSTEM",
            "utterance": "At four?",
            "frames": [_frame([_act("CONFIRM", "appointment_time", "four", "16:00")])],
        },
        {
            "speaker": "USER",
            "utterance": "Yes, on the ninth.",
            "frames": [_frame([told], {"appointment_date": ["the ninth"], "city": ["Elsewhere"]})],
        },
    ]
    file = tmp_path / "d.jsonl"
    file.write_text(json.dumps({"dialogue_id": "1", "turns": turns}), encoding="utf-8")

    (dialogue,) = read(file)

    (turn,) = dialogue.turns
    assert turn.proposed == {"time": "16:00"}
    assert turn.gold == {"date": "2019-03-09"}


def test_a_slot_that_should_be_empty_and_is_not_makes_the_turn_wrong() -> None:
    tally = Tally()

    tally.add({}, {"date": "2019-03-09"})
    tally.add({"attendee": "Ada Example", "time": "16:00"}, {"attendee": "dr. example", "time": "16:00"})

    assert tally.joint == [0.0, 1.0]
    assert tally.of_wishes == [1.0]
