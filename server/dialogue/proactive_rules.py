"""Messages that the assistant shows unasked, as an operator writes them: what they say, when, to whom, how often."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from server.dialogue.gate_rules import Language, Path, Zone
from server.dialogue.known import Consent
from server.dialogue.policy import QuickReply
from server.dialogue.rules import SPAN, Key, Rules

Opens = Literal["book", "trial", "cart", "handoff"]


def _quiet(text: str) -> str:
    if not SPAN.fullmatch(text) or text[:5] == text[6:]:
        raise ValueError(f'{text!r} is no stretch of a day; write it like "21:00-08:00"')
    return text


QuietHours = Annotated[str, AfterValidator(_quiet)]


class When(Rules):
    """The moment: everything that is given has to hold."""

    pages: tuple[Path, ...] = ()
    """On one of these or below it; none means every page."""
    seconds: Annotated[int, Field(ge=3, le=3600)] = 15
    """How long the page has been looked at."""
    visits: Annotated[int, Field(ge=1, le=50)] = 1
    """How often the visitor has come to such a page, this time included."""
    scrolled: Annotated[int, Field(ge=0, le=100)] = 0
    """How much of the page was seen, in percent."""
    leaving: bool = False
    """The pointer leaves the page at its top; never on a touch screen."""


class Caps(Rules):
    """At most so many; nothing means no cap."""

    per_person_day: Annotated[int, Field(ge=0, le=100)] | None = None
    per_person_week: Annotated[int, Field(ge=0, le=100)] | None = None
    per_person_ever: Annotated[int, Field(ge=0, le=1000)] | None = None
    per_site_day: Annotated[int, Field(ge=0)] | None = None


class ProactiveRule(Rules):
    """One message."""

    key: Key
    text: Annotated[str, Field(min_length=5, max_length=160)]
    why: Annotated[str, Field(min_length=5, max_length=160)]
    """Answer to "why am I seeing this?", and what stands over the message once it was opened."""
    choices: Annotated[tuple[QuickReply, ...], Field(max_length=3)] = ()
    """Quick replies: pressing one says its label."""
    opens: Opens | None = None
    """A play, offered by a button of its own."""
    when: When = When()
    consent: Consent = "conversation"
    """`necessary` shows it to visitors who allowed nothing: at most once a page load, uncounted, nothing stored."""
    languages: tuple[Language, ...] = ()
    zones: tuple[Zone, ...] = ()
    """Only for visitors in these time zones."""
    except_zones: tuple[Zone, ...] = ()
    except_pages: tuple[Path, ...] = ()
    min_score: Annotated[int, Field(ge=1, le=1000)] | None = None
    business_hours: bool = False
    """Only while somebody is in, by `handoff.hours`."""
    caps: Caps = Caps(per_person_ever=1)
    """Of this message alone."""
    pilot: bool = False
    """Only for the pilot group."""


class ProactiveRules(Rules):
    """What holds for all messages, and the messages in order of preference."""

    rules: Annotated[tuple[ProactiveRule, ...], Field(min_length=1, max_length=12)]
    caps: Caps = Caps(per_person_day=1, per_person_week=3)
    """Of all messages together."""
    cool_down_days: Annotated[int, Field(ge=0, le=365)] = 14
    """How long none is shown to somebody who closed one."""
    quiet_hours: QuietHours | None = None
    """On the visitor's clock; may run over midnight."""
    except_pages: tuple[Path, ...] = ()
    except_zones: tuple[Zone, ...] = ()
    customers: bool = False
    """Whether customers may see them: in the help panel, and where a lead was won."""

    def rule(self, key: str) -> ProactiveRule | None:
        return next((rule for rule in self.rules if rule.key == key), None)


def is_quiet(span: str | None, clock: time) -> bool:
    """Whether the visitor's clock stands within the quiet hours."""
    if span is None:
        return False
    begins, ends = time.fromisoformat(span[:5]), time.fromisoformat(span[6:])
    if begins < ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends
