"""Expected failures: each has a stable code, and one place turns them into frames, HTTP answers or exit codes."""

from __future__ import annotations


class FrontdeskError(Exception):
    """Something that can happen in normal use; the message says what, to which thing, and what to do next."""

    code = "refused"
    status = 400

    def __init__(self, message: str, *, code: str | None = None, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status


class BadSetting(FrontdeskError):
    """A setting is unknown or has a value that can not be used."""

    code = "bad_setting"


class BadPlaybook(FrontdeskError):
    """A playbook does not fit its schema; the message names file, line and fix."""

    code = "bad_playbook"


class NotFound(FrontdeskError):
    """There is no such thing, or not for this caller."""

    code = "not_found"
    status = 404


class Conflict(FrontdeskError):
    """Somebody else changed the thing in the meantime; load it again."""

    code = "conflict"
    status = 409
