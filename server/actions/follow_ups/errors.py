"""What the queue of follow-ups refuses, in words for whoever sits in the console."""

from __future__ import annotations

from server.errors import FrontdeskError


class NotOpen(FrontdeskError):
    """The draft was settled meanwhile."""

    code = "follow_up_settled"
    status = 409


class Blocked(FrontdeskError):
    """The linter found something that can not go out."""

    code = "follow_up_blocked"
    status = 409


class NoReason(FrontdeskError):
    """A draft is rejected with a reason: it teaches what to draft."""

    code = "no_reason"
