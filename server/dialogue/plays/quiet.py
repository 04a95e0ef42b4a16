"""Stay quiet while a person of the company is talking with the visitor."""

from __future__ import annotations

from server.dialogue.values import Bid, Case


def consider(case: Case) -> Bid | None:
    if not case.state.with_person:
        return None
    return Bid("quiet", (), ("person_present",), case.state)
