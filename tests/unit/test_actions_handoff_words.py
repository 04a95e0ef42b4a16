"""What the team reads of a hand-over: to whom it goes, what its title says, and keys as words."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from server.actions import letters
from server.actions.values import ABOUT_DATA, LEFT_ADDRESS, Handoff
from server.actions.words import in_words
from server.dialogue.values import Evidence, Known, State
from server.moves import people
from server.playbook import Playbook
from server.review.words import label
from server.wiring import DEMO
from tests.unit.test_actions_letters import DESK, NOW

WISH = Handoff("h-1", "demo", "c-1", "asked", "Asked for a person", "", None, None, NOW, assigned="ada")


def test_the_mail_goes_to_whose_lead_it_is_and_else_to_the_team() -> None:
    desk = replace(DESK, inboxes={"ada": "ada@fernway.example"})

    assert letters.handoff(WISH, desk, summary="", email="").to == "ada@fernway.example"
    assert letters.handoff(replace(WISH, assigned="ben"), desk, summary="", email="").to == DESK.sales_email
    assert letters.handoff(replace(WISH, assigned=None), desk, summary="", email="").to == DESK.sales_email


def test_a_second_mail_says_in_its_title_that_it_brings_the_address() -> None:
    first = letters.handoff(WISH, DESK, summary="", email="")
    second = letters.handoff(WISH, DESK, summary="", email="v@lifts.example", is_address_new=True)

    assert first.subject == "A visitor is waiting: Asked for a person"
    assert second.subject == "A visitor left their address: Asked for a person"


@pytest.mark.parametrize("reason", [*ABOUT_DATA.values(), f"{ABOUT_DATA['data_request']}; {LEFT_ADDRESS}"])
def test_a_request_about_data_is_a_task_and_nobody_who_waits(reason: str) -> None:
    mail = letters.handoff(replace(WISH, state="nobody", reason=reason), DESK, summary="", email="")

    assert mail.subject == f"A request about data: {reason}"
    assert "get back" not in mail.subject
    assert "Nothing happens until somebody sees to it." in mail.text


def test_who_also_asked_for_a_person_waits_for_one() -> None:
    both = replace(WISH, reason=f"Asked for a person; {ABOUT_DATA['unsubscribe']}")

    assert not both.is_about_data


def test_keys_read_as_words_and_addresses_paths_and_placeholders_stay() -> None:
    assert in_words("industry is lift_maintenance") == "industry is lift maintenance"
    kept = "[email_1] at /docs/plan_limits of a_b@lifts.example and [custom_thing_1]"
    assert in_words(kept) == kept
    assert label("handoff") == "Hand-over"


def test_a_reps_logins_lead_to_their_address() -> None:
    raw = yaml.safe_load((DEMO / "playbooks" / "demo.yaml").read_text(encoding="utf-8"))
    key = raw["meetings"]["reps"][0]["key"]
    raw["routing"] = {"reps": [{"key": key, "logins": ["ada", "eve"]}, {"key": "own", "name": "Another"}]}
    book = Playbook.model_validate(raw)

    address = raw["meetings"]["reps"][0]["email"]
    assert book.desk("").inboxes == {"ada": address, "eve": address}


def test_a_value_that_was_read_into_parts_is_told_to_the_team_in_the_visitors_own_words() -> None:
    words = Evidence("m-1", "before April", 0, 12)
    state = State(
        facts=(
            Known("industry", "lift_maintenance", "said", 0.9),
            Known("timeline", {"urgency": "later", "by": "2027-03-31"}, "said", 0.8, words),
            Known("budget", {"amount": 900}, "remembered", 1.0),
        ),
        questions=("When can we start?",),
    )

    assert people.summary(state).splitlines() == [
        "industry: lift maintenance",
        "timeline: before April",
        "asked: When can we start?",
    ]
