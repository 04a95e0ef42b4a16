"""The holdout gets nothing unasked, follow-up mails included; what it asked for it gets."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from server.actions.follow_ups.standing import Situation, verdict
from server.actions.follow_ups.values import Rule, Terms

RULE = Rule("all", frozenset(), frozenset(), 0, ())
TERMS = Terms(
    rules=(RULE,),
    idle=timedelta(hours=20),
    permission=frozenset({"conversation", "asked"}),
    is_auto=False,
    auto_score=0,
    per_person_week=1,
    per_site_day=50,
    opens=time(9),
    closes=time(17),
    weekdays=frozenset(range(5)),
    languages=frozenset({"en"}),
    countries_excluded=frozenset(),
    expires=timedelta(days=7),
    is_worded=False,
)


@pytest.mark.parametrize(
    ("held_out", "asked_for_mail", "act"), [(True, False, "end"), (True, True, "go"), (False, False, "go")]
)
def test_who_is_held_out_is_written_to_only_when_they_asked(
    held_out: bool, asked_for_mail: bool, act: str
) -> None:
    now = Situation(
        email="[email_1]", consent="conversation", held_out=held_out, asked_for_mail=asked_for_mail
    )

    decided = verdict(now, TERMS, RULE)

    assert decided.act == act
    assert decided.why == ("held_out" if act == "end" else "")
