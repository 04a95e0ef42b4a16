"""Stay quiet while a person of the company is talking with the visitor."""

from __future__ import annotations

from dataclasses import replace

from server.dialogue.reading import asks_to_stop
from server.dialogue.values import Bid, Case


def consider(case: Case) -> Bid | None:
    if not case.state.with_person:
        return None
    # What they ask of us holds when the person has left.
    state = replace(case.state, stop_asking=case.state.stop_asking or asks_to_stop(case))
    return Bid("quiet", (), ("person_present",), state)
