"""The playbook's section `help`: what the help panel puts first, what is new, and guides step by step."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated

from pydantic import Field

from server.dialogue.rules import WEB, Key, Rules

Path = tuple[int | str, ...]
Title = Annotated[str, Field(min_length=2, max_length=90)]
Summary = Annotated[str, Field(min_length=2, max_length=240)]
Prose = Annotated[str, Field(min_length=2, max_length=4_000)]
Address = Annotated[str, Field(pattern=WEB, max_length=500)]
Label = Annotated[str, Field(min_length=1, max_length=64)]
EventName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.:-]{0,63}$")]


class Meant(Rules):
    """For whom something is: each list that is there has to hold, and one entry of it is enough. Empty: everybody."""

    plans: tuple[Label, ...] = ()
    features: tuple[Label, ...] = ()
    audience: tuple[Label, ...] = ()

    def is_for(self, plan: str, features: Collection[str], audience: Collection[str]) -> bool:
        return (
            (not self.plans or plan in self.plans)
            and (not self.features or not set(features).isdisjoint(self.features))
            and (not self.audience or not set(audience).isdisjoint(self.audience))
        )


class Announcement(Rules):
    """Something new."""

    key: Key
    title: Title
    text: Summary
    url: Address | None = None
    since: date = Field(alias="from")
    """The first day on which it is shown, UTC; what it is dated."""
    until: date | None = None
    """The last one."""
    meant: Meant = Field(default=Meant(), alias="for")

    def is_shown(self, now: datetime) -> bool:
        day = now.astimezone(UTC).date()
        return self.since <= day and (self.until is None or day <= self.until)

    @property
    def at(self) -> datetime:
        return datetime.combine(self.since, time(), UTC)


class Step(Rules):
    """One step of a guide."""

    key: Key
    title: Title
    text: Prose
    """Markdown: paragraphs, lists, code, links."""
    url: Address | None = None
    """Where it is done."""
    done_when: EventName | None = None
    """The event of `Frontdesk.track` that ticks it."""


class GuideRules(Rules):
    """Something that is set up step by step."""

    key: Key
    title: Title
    summary: Summary
    meant: Meant = Field(default=Meant(), alias="for")
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=12)]


class HelpRules(Rules):
    """What the help panel holds besides the articles."""

    featured: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=300)], ...], Field(max_length=12)
    ] = ()
    """Paths of documents; one that ends in a slash is a whole folder."""
    sections: Mapping[str, Annotated[str, Field(min_length=1, max_length=60)]] = Field(default_factory=dict)
    """Names of folders, in the order in which they are listed."""
    announcements: Annotated[tuple[Announcement, ...], Field(max_length=30)] = ()
    guides: Annotated[tuple[GuideRules, ...], Field(max_length=20)] = ()


class AnnouncementWords(Rules):
    """An announcement in another language."""

    title: Title | None = None
    text: Summary | None = None


class StepWords(Rules):
    """A step in another language."""

    title: Title | None = None
    text: Prose | None = None


class GuideWords(Rules):
    """A guide in another language; its steps by key."""

    title: Title | None = None
    summary: Summary | None = None
    steps: Mapping[Key, StepWords] = Field(default_factory=dict)


class HelpWords(Rules):
    """The texts of `help` in another language, by key."""

    sections: Mapping[str, Annotated[str, Field(min_length=1, max_length=60)]] = Field(default_factory=dict)
    announcements: Mapping[Key, AnnouncementWords] = Field(default_factory=dict)
    guides: Mapping[Key, GuideWords] = Field(default_factory=dict)


def spoken(section: HelpRules, words: HelpWords) -> HelpRules:
    """The section in another language, as far as it is translated."""
    announcements = tuple(
        one.model_copy(
            update=words.announcements.get(one.key, AnnouncementWords()).model_dump(exclude_none=True)
        )
        for one in section.announcements
    )
    guides = tuple(_guide(guide, words.guides.get(guide.key, GuideWords())) for guide in section.guides)
    sections = {folder: words.sections.get(folder, title) for folder, title in section.sections.items()}
    return section.model_copy(update={"announcements": announcements, "guides": guides, "sections": sections})


def _guide(guide: GuideRules, words: GuideWords) -> GuideRules:
    steps = tuple(
        step.model_copy(update=words.steps.get(step.key, StepWords()).model_dump(exclude_none=True))
        for step in guide.steps
    )
    said = words.model_dump(include={"title", "summary"}, exclude_none=True)
    return guide.model_copy(update={**said, "steps": steps})


def problems(section: HelpRules, plans: Collection[str]) -> Iterator[tuple[Path, str]]:
    """What can never be shown, by path, with the fix."""
    lists: Mapping[str, tuple[Announcement | GuideRules, ...]] = {
        "announcements": section.announcements,
        "guides": section.guides,
    }
    for name, things in lists.items():
        keys = [one.key for one in things]
        for place, one in enumerate(things):
            here: Path = ("help", name, place)
            if keys.index(one.key) != place:
                yield (*here, "key"), f"the key {one.key!r} stands twice; give each its own"
            yield from _unknown_of((*here, "for"), one.meant, plans)
    for place, one in enumerate(section.announcements):
        if one.until is not None and one.until < one.since:
            fix = f"it ends on {one.until} before it begins on {one.since}; move one of the days"
            yield ("help", "announcements", place, "until"), fix
    for place, guide in enumerate(section.guides):
        steps = [step.key for step in guide.steps]
        for at, step in enumerate(guide.steps):
            if steps.index(step.key) != at:
                fix = f"the step {step.key!r} stands twice; give each step its own key"
                yield ("help", "guides", place, "steps", at, "key"), fix


def _unknown_of(here: Path, meant: Meant, plans: Collection[str]) -> Iterator[tuple[Path, str]]:
    """Plans are the playbook's own; tokens may bring features and labels that it does not name."""
    for at, plan in enumerate(meant.plans):
        if plan not in plans:
            there = f"there are {', '.join(plans)}" if plans else "there are none; add `members.plans`"
            yield (*here, "plans", at), f"{plan!r} is no plan of `members.plans`; {there}"


def unknown(section: HelpRules, words: HelpWords) -> Iterator[tuple[Path, str]]:
    """Where something is translated that is not there, below `translations.<language>`."""
    for folder in words.sections:
        if folder not in section.sections:
            yield ("help", "sections", folder), f"there is no section {folder!r}; {_are(section.sections)}"
    known = [one.key for one in section.announcements]
    for key in words.announcements:
        if key not in known:
            yield ("help", "announcements", key), f"there is no announcement {key!r}; {_are(known)}"
    guides = {guide.key: [step.key for step in guide.steps] for guide in section.guides}
    for key, said in words.guides.items():
        if key not in guides:
            yield ("help", "guides", key), f"there is no guide {key!r}; {_are(guides)}"
            continue
        for step in said.steps:
            if step not in guides[key]:
                yield (
                    ("help", "guides", key, "steps", step),
                    f"there is no step {step!r}; {_are(guides[key])}",
                )


def untold(section: HelpRules, words: HelpWords) -> Iterator[str]:
    """What a language lacks, as paths below `translations.<language>`."""
    yield from (f"help.sections.{folder}" for folder in section.sections if folder not in words.sections)
    for one in section.announcements:
        told = words.announcements.get(one.key, AnnouncementWords())
        yield from _missing(f"help.announcements.{one.key}", told, "title", "text")
    for guide in section.guides:
        said = words.guides.get(guide.key, GuideWords())
        yield from _missing(f"help.guides.{guide.key}", said, "title", "summary")
        for step in guide.steps:
            spoken_step = said.steps.get(step.key, StepWords())
            yield from _missing(f"help.guides.{guide.key}.steps.{step.key}", spoken_step, "title", "text")


def _missing(path: str, words: Rules, *names: str) -> Iterator[str]:
    return (f"{path}.{name}" for name in names if getattr(words, name) is None)


def _are(names: Collection[str]) -> str:
    return f"there are {', '.join(sorted(names))}" if names else "there are none"
