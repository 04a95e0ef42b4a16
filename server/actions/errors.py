"""What an action can refuse, each with its stable code; the messages are for the visitor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from server.dialogue.phrases import Value, phrase
from server.errors import FrontdeskError


class Refusal(FrontdeskError):
    """A refusal that the visitor reads, in whatever language they speak; `name` is its sentence in the phrases."""

    def __init__(
        self,
        name: str,
        values: Mapping[str, Value] | None = None,
        *,
        code: str | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(phrase(name, values), code=code, status=status)
        self.name = name
        self.values = values or {}

    def said(self, language: str) -> str:
        """The refusal in a language."""
        return phrase(self.name, self.values, language)


class SlotTaken(Refusal):
    """Somebody else was faster."""

    code = "slot_taken"
    status = 409


class SlotNotOffered(Refusal):
    """The calendar does not offer this time: too soon, too far, not in working hours, or malformed."""

    code = "slot_not_offered"


class MeetingClosed(Refusal):
    """The meeting is cancelled or over, and can not change any more."""

    code = "meeting_closed"
    status = 409


class TrialRefused(Refusal):
    """The address can not have a trial: `email_malformed`, `email_mistyped` or `email_disposable`."""

    code = "trial_refused"


class CartRefused(Refusal):
    """The cart can not be priced: `plan_unknown`, `seats_out_of_bounds`, `needs_sales` or `cart_empty`."""

    code = "cart_refused"


class BadLink(Refusal):
    """A signed link does not open anything: `link_invalid`, `link_expired`, `link_used`, `link_replaced`."""

    code = "link_invalid"
    status = 404


class UnknownEffect(FrontdeskError):
    """An effect has a kind that nothing handles."""

    code = "unknown_effect"


class NoUseTrying(FrontdeskError):
    """An effect that would fail in the same way every time: it is given up at once."""


class TryLater(FrontdeskError):
    """An effect that the other side asked us to repeat no sooner than `after`."""

    def __init__(self, message: str, *, after: timedelta, code: str = "try_later") -> None:
        super().__init__(message, code=code)
        self.after = after
