"""Where a rep's own calendar is kept; what opens it stands in the installation's secrets, never here."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from server.dialogue.policy import Rules


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{url!r} is no address; write it like https://calendar.acme.example/…")
    if parts.username or parts.password:
        raise ValueError(
            "the address holds a user or password; write the user as `user` and the password in"
            " FRONTDESK_CALENDAR_SECRETS"
        )
    if parts.scheme == "http" and "." in parts.hostname.removeprefix("127.0.0.1"):
        raise ValueError(f"{url!r} would send the password in the clear; write https://")
    return url


def _secret(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}", name):
        raise ValueError(
            f"{name[:3]!r}… is no name of a secret; write its name in FRONTDESK_CALENDAR_SECRETS here, such as"
            " sales_calendar, and what opens the calendar there"
        )
    return name


Address = Annotated[str, AfterValidator(_address)]
SecretName = Annotated[str, AfterValidator(_secret)]


class CalDavRules(Rules):
    """A calendar on a CalDAV server: Nextcloud, Radicale, Fastmail, iCloud and others."""

    kind: Literal["caldav"]
    url: Address
    """The calendar itself, or with `calendar` the server where it is looked up."""
    user: Annotated[str, Field(min_length=1)]
    calendar: str | None = None
    """The name of the calendar, when `url` is the server's."""
    secret: SecretName | None = None
    """Name of the secret that holds the password; the rep's key when left out."""
    free_busy: bool = False
    """Ask the server for busy stretches alone, for accounts that may not read the events. Servers read all-day events
    on a clock of their own there, so events are better where they may be read."""


class GoogleRules(Rules):
    """A Google calendar, opened by a service account."""

    kind: Literal["google"]
    calendar: str | None = None
    """Its id, such as the rep's address; the rep's `email` when left out."""
    act_as: str | None = None
    """Whom the service account stands for, with domain-wide delegation; without it the calendar is shared with it."""
    secret: SecretName | None = None
    """Name of the secret that holds the service account's JSON key; the rep's key when left out."""
    api: Address = "https://www.googleapis.com/calendar/v3"


class MicrosoftRules(Rules):
    """A Microsoft 365 calendar, opened by an app registration."""

    kind: Literal["microsoft"]
    tenant: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")]
    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")]
    mailbox: str | None = None
    """Whose calendar; the rep's `email` when left out."""
    calendar: str | None = None
    """The id of one that is not the mailbox's own first calendar."""
    secret: SecretName | None = None
    """Name of the secret that holds the client secret's value; the rep's key when left out."""
    api: Address = "https://graph.microsoft.com/v1.0"
    login: Address = "https://login.microsoftonline.com"


CalendarRules = Annotated[CalDavRules | GoogleRules | MicrosoftRules, Field(discriminator="kind")]
