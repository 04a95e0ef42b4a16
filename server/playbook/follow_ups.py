"""Which conversations are followed up by mail, when, how often, and who lets the mail go."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from server.actions.follow_ups.values import NextStep, Rule, Step, Terms
from server.dialogue.rules import WEB, WEEKDAYS, Rules
from server.playbook.hours import Span, Weekday, hours_of
from server.playbook.words import Language


def _by_day(span: str) -> str:
    hours = hours_of(span)
    if hours.closes == time(0):
        raise ValueError(f"{span!r} runs until midnight; a mail at night helps nobody, close by 23:59")
    return span


class FollowUpStep(Rules):
    """One mail of a cadence."""

    after_hours: Annotated[int, Field(ge=1, le=24 * 90)] = 24
    """After the mail before it; the first one after the conversation's last word."""
    next: NextStep = "reply"
    """Where it leads: to a meeting, to a trial, or to a reply."""


class FollowUpRule(Rules):
    """Which conversations are followed up. Every condition that is given has to hold."""

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    intents: tuple[str, ...] = ()
    """The conversation carried one of these."""
    plays: tuple[str, ...] = ()
    """One of these plays was made in it."""
    score_at_least: int = 0
    after_meeting: Literal["end", "resume"] = "end"
    """What becomes of the mails that are left once a meeting was held; one that is cancelled lets them go on."""
    steps: Annotated[tuple[FollowUpStep, ...], Field(min_length=1, max_length=4)] = (FollowUpStep(),)

    def rule(self) -> Rule:
        steps = tuple(Step(timedelta(hours=step.after_hours), step.next) for step in self.steps)
        resumes = self.after_meeting == "resume"
        return Rule(
            self.key, frozenset(self.intents), frozenset(self.plays), self.score_at_least, steps, resumes
        )


class FollowUpLinks(Rules):
    """Where the next steps lead; without one, to the company's site."""

    book: Annotated[str, Field(pattern=WEB)] | None = None
    trial: Annotated[str, Field(pattern=WEB)] | None = None


class FollowUpRules(Rules):
    """When a conversation that ended is followed up by mail."""

    send: Literal["approve", "auto"] = "approve"
    """`auto`: a draft without findings goes out by itself when the score is at least `auto_score`."""
    auto_score: int = 50
    idle_hours: Annotated[int, Field(ge=1, le=240)] = 4
    """A conversation in which nothing was said for so long has ended."""
    permission: Annotated[tuple[Literal["conversation", "remembered", "asked"], ...], Field(min_length=1)] = (
        "conversation",
        "remembered",
    )
    """Any of these is enough: a consent, or that the visitor asked for an answer by mail."""
    per_person_week: Annotated[int, Field(ge=0, le=7)] = 2
    per_site_day: Annotated[int, Field(ge=0, le=10_000)] = 200
    hours: Annotated[Span, AfterValidator(_by_day)] = "08:00-18:00"
    """When mails may go out, on the visitor's clock."""
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1)] = ("mon", "tue", "wed", "thu", "fri")
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en", "de", "fr", "es", "ar")
    countries_excluded: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = ()
    """Countries by two capital letters, told by the visitor's time zone and by their browser's language."""
    expires_days: Annotated[int, Field(ge=1, le=60)] = 14
    """A draft that nobody decided on by then is dropped."""
    writer: bool = False
    """Whether the configured language model may word the answers, within the limits of `writer`."""
    links: FollowUpLinks = FollowUpLinks()
    rules: Annotated[tuple[FollowUpRule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _keys_are_unique(self) -> FollowUpRules:
        keys = [rule.key for rule in self.rules]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"follow-up rule {twice[0]!r} stands twice; give each rule its own key")
        return self

    def terms(self) -> Terms:
        hours = hours_of(self.hours)
        links: dict[NextStep, str] = {}
        if self.links.book:
            links["book"] = self.links.book
        if self.links.trial:
            links["trial"] = self.links.trial
        return Terms(
            rules=tuple(rule.rule() for rule in self.rules),
            idle=timedelta(hours=self.idle_hours),
            permission=frozenset(self.permission),
            is_auto=self.send == "auto",
            auto_score=self.auto_score,
            per_person_week=self.per_person_week,
            per_site_day=self.per_site_day,
            opens=hours.opens,
            closes=hours.closes,
            weekdays=frozenset(WEEKDAYS.index(day) for day in self.weekdays),
            languages=frozenset(self.languages),
            countries_excluded=frozenset(self.countries_excluded),
            expires=timedelta(days=self.expires_days),
            is_worded=self.writer,
            links=links,
        )
