"""What becomes of a time that is kept for a visitor when their form is left."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from server.dialogue.prompts import OpenForm
from server.dialogue.values import State
from server.moves.meetings import let_go


@pytest.mark.parametrize(("wanted", "lost"), [(True, 0), (False, 1)])
async def test_a_person_asked_for_in_the_middle_of_booking_leaves_the_time_kept(
    monkeypatch: pytest.MonkeyPatch, wanted: bool, lost: int
) -> None:
    gone: list[str] = []

    async def note(_session: object, _site: str, conversation: str) -> None:
        gone.append(conversation)

    monkeypatch.setattr("server.actions.holds.let_go", note)
    before = State(open=OpenForm("p-1", "booking", "slot"))
    case, talk = SimpleNamespace(state=before), SimpleNamespace(id="c-1")
    scene: Any = SimpleNamespace(case=case, session=None, site="demo", talk=talk)

    await let_go(scene, replace(before, open=None, person_wanted=wanted))

    assert len(gone) == lost
