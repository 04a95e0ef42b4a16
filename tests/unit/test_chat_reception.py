"""What one network address may do, however many visitors it pretends to be."""

from __future__ import annotations

import uuid
from typing import Any, cast

from server.chat.limits import Limiter
from server.chat.reception import MAILS_A_MINUTE, Reception
from server.frames import MailTranscript, Visit

NOT_ASKED = cast("Any", None)


def a_reception() -> Reception:
    return Reception(
        NOT_ASKED,
        NOT_ASKED,
        limiter=Limiter(1_000),
        addresses=Limiter(1_000),
        may_embed=NOT_ASKED,
        nudging=NOT_ASKED,
        closing=NOT_ASKED,
        filing=NOT_ASKED,
        tracking=NOT_ASKED,
    )


def a_wish() -> MailTranscript:
    return MailTranscript(type="mail_transcript", id=uuid.uuid4().hex, email="somebody@lifts.example")


def test_nobody_sends_many_mails_by_beginning_a_conversation_for_each() -> None:
    reception = a_reception()

    waits = [reception.wait_s("192.0.2.1", f"visitor-{n}", a_wish()) for n in range(MAILS_A_MINUTE + 1)]

    assert waits[:-1] == [0.0] * MAILS_A_MINUTE
    assert waits[-1] > 0
    assert reception.wait_s("192.0.2.2", "visitor-0", a_wish()) == 0, "others are not held back"
    visit = Visit.model_validate({"type": "visit", "page": {"url": "https://fernway.example/"}})
    assert reception.wait_s("192.0.2.1", "visitor-0", visit) == 0, "nor is anything else"
