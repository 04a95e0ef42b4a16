"""Which plays may open where, for whom and when: what an operator writes under `plays`, `exclusions` and `regions`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from server.dialogue.known import Consent
from server.dialogue.rules import Key, Rules

PlayName = Literal["book", "trial", "cart", "handoff", "qualify"]
Offered = Literal["book", "trial", "handoff"]
"""Plays that can be offered unasked."""
Stage = Literal["new", "engaged", "qualified", "meeting_booked", "trial", "customer"]
"""How far the visitor has come with us; the furthest one that holds."""
Mode = Literal["chat", "help"]
Language = Literal["en", "de", "fr", "es", "ar"]
Path = Annotated[str, Field(pattern=r"^/\S*$", max_length=200)]
"""A page's path, which stands for all below it too: see `is_under`."""
Zone = Annotated[str, Field(pattern=r"^[A-Za-z_]+(/[A-Za-z0-9_+-]*)*$", max_length=60)]
"""A time zone, or the beginning of several: `Europe/`."""
Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$", max_length=20)]


class Exclusion(Rules):
    """Any one of these shuts."""

    intents: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    pages: tuple[Path, ...] = ()
    regions: tuple[Key, ...] = ()
    languages: tuple[Language, ...] = ()
    modes: tuple[Mode, ...] = ()


class Offer(Rules):
    """When a play may be offered unasked, after an answer: all that is written must hold, beside the play's gate."""

    intents: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    pages: tuple[Path, ...] = ()
    min_score: int | None = None
    """The lead score, this message's wish included: what it asks is what the offer follows."""
    value: Annotated[float, Field(ge=0, le=100)] | None = None
    """What a yes would be worth; `limits.weigh.offer` when it is not said."""
    text: Annotated[str, Field(min_length=5, max_length=200)] | None = None
    """Our own words stand in five languages; these are said instead."""
    why: Annotated[str, Field(min_length=5, max_length=200)] | None = None
    """Answer to "why am I seeing this?", instead of our own."""


class PlayGate(Rules):
    """When a play may open: all that is written must hold, and nothing of `unless`."""

    enabled: bool = True
    intents: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    pages: tuple[Path, ...] = ()
    regions: tuple[Key, ...] = ()
    languages: tuple[Language, ...] = ()
    modes: tuple[Mode, ...] = ()
    min_score: int | None = None
    max_score: int | None = None
    consent: Consent = "necessary"
    """At least this one."""
    unless: Exclusion = Exclusion()
    otherwise: Literal["answer", "handoff"] = "answer"
    """What is done instead when the visitor asks for it."""
    offer: Offer | None = None
    """When it is offered without being asked for; never, when it is not said."""

    @model_validator(mode="after")
    def _some_score_fits(self) -> PlayGate:
        if self.min_score is not None and self.max_score is not None and self.min_score > self.max_score:
            raise ValueError(f"min_score {self.min_score} is above max_score {self.max_score}; swap them")
        return self


class Region(Rules):
    """What holds for visitors of a part of the world, told by their browser's time zone and locale."""

    key: Key
    zones: tuple[Zone, ...] = ()
    locales: tuple[Locale, ...] = ()
    questions: Literal["necessary", "conversation", "remembered", "never"] = "necessary"
    """The consent from which on a qualification question may be asked."""
    proactive: bool = True
    follow_up: bool = True
    shut: tuple[PlayName, ...] = ()

    @model_validator(mode="after")
    def _is_somewhere(self) -> Region:
        if not self.zones and not self.locales:
            raise ValueError(f"region {self.key!r} is nowhere; give it zones, such as [Europe/], or locales")
        return self

    def holds(self, zone: str, locale: str) -> bool:
        """Whether a visitor with this time zone and locale belongs to it."""
        spoken = locale.replace("_", "-").lower()
        return lies_in(zone, self.zones) or any(
            spoken == one.lower() or spoken.startswith(f"{one.lower()}-") for one in self.locales
        )


def is_under(page: str, *paths: str) -> str:
    """The first of these paths under which a page stands: `/pricing/teams` under `/pricing`, `/pricing-old` not."""
    if not page.startswith("/"):
        return ""
    return next((path for path in paths if f"{page}/".startswith(f"{path.rstrip('/')}/")), "")


def lies_in(zone: str, zones: tuple[str, ...]) -> bool:
    """Whether a time zone is one of these, or begins with one that ends in a slash."""
    return any(zone == one or (one.endswith("/") and zone.startswith(one)) for one in zones)


def region_of(regions: tuple[Region, ...], zone: str, locale: str) -> Region | None:
    """The first region that a visitor belongs to."""
    return next((region for region in regions if region.holds(zone, locale)), None)
