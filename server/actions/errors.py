"""What an action can refuse, each with its stable code; the messages are for the visitor."""

from __future__ import annotations

from server.errors import FrontdeskError


class SlotTaken(FrontdeskError):
    """Somebody else was faster."""

    code = "slot_taken"
    status = 409


class SlotNotOffered(FrontdeskError):
    """The calendar does not offer this time: too soon, too far, not in working hours, or malformed."""

    code = "slot_not_offered"


class MeetingClosed(FrontdeskError):
    """The meeting is cancelled or over, and can not change any more."""

    code = "meeting_closed"
    status = 409


class TrialRefused(FrontdeskError):
    """The address can not have a trial: `email_malformed` or `email_disposable`."""

    code = "trial_refused"


class CartRefused(FrontdeskError):
    """The cart can not be priced: `plan_unknown`, `seats_out_of_bounds`, `needs_sales` or `cart_empty`."""

    code = "cart_refused"


class BadLink(FrontdeskError):
    """A signed link does not open anything: `link_invalid`, `link_expired`, `link_used`, `link_replaced`."""

    code = "link_invalid"
    status = 404


class UnknownEffect(FrontdeskError):
    """An effect has a kind that nothing handles."""

    code = "unknown_effect"
