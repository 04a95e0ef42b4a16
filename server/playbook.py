"""The playbook: one YAML file a site, holding everything an operator decides."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Collection, Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, Field, ValidationError, model_validator

from intents.score import ScoreRules
from knowledge.writing.escalating import When
from knowledge.writing.spending import Allowance
from server.actions.catalogue import Catalogue
from server.actions.places import HolidayCalendar, ZoneName
from server.actions.site import SiteCalendar, SiteDesk
from server.actions.values import Hours, MeetingType, Rep, Schedule, TrialTerms
from server.choosing import ChooserRules
from server.dialogue.languages import language_of
from server.dialogue.policy import Key, Limits, Policy, Question, Rules
from server.errors import BadPlaybook, NotFound
from server.placeholders import harmless
from server.playbook_words import Language, SiteRules, Words, in_words, misplaced, titles

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


def _span(text: str) -> str:
    if not _SPAN.fullmatch(text):
        raise ValueError(f'{text!r} is no stretch of a day; write it like "09:00-17:00"')
    opens, _, closes = text.partition("-")
    if closes != "00:00" and closes <= opens:
        raise ValueError(f"{text!r} closes before it opens; swap the times")
    return text


Span = Annotated[str, AfterValidator(_span)]


class RepRules(Rules):
    """Somebody who takes meetings. Names of teams are fine."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=80)]
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    zone: ZoneName = "UTC"
    hours: dict[Weekday, tuple[Span, ...]]
    min_notice_hours: Annotated[int, Field(ge=0)] = 4
    horizon_days: Annotated[int, Field(ge=1, le=90)] = 21
    holidays: HolidayCalendar | None = None
    """Country (and region) whose public holidays are free, such as `DE` or `DE-BY`."""

    def rep(self) -> Rep:
        country, _, region = (self.holidays or "").partition("-")
        hours = {
            _WEEKDAYS.index(day): tuple(_hours(span) for span in spans) for day, spans in self.hours.items()
        }
        schedule = Schedule(
            zone=self.zone,
            hours=hours,
            min_notice=timedelta(hours=self.min_notice_hours),
            horizon_days=self.horizon_days,
            holidays_country=country or None,
            holidays_region=region or None,
        )
        return Rep(self.key, self.name, self.email, schedule)


class MeetingRules(Rules):
    """What can be booked and with whom."""

    title: Annotated[str, Field(min_length=3, max_length=80)] = "Demo"
    minutes: Annotated[int, Field(ge=10, le=240)] = 30
    buffer_before: Annotated[int, Field(ge=0, le=120)] = 0
    buffer_after: Annotated[int, Field(ge=0, le=120)] = 10
    reps: Annotated[tuple[RepRules, ...], Field(min_length=1)]


class TrialRules(Rules):
    """What a trial is."""

    plan: Annotated[str, Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=365)] = 14
    link_hours: Annotated[int, Field(ge=1, le=168)] = 24
    """How long the confirmation link works."""

    def terms(self) -> TrialTerms:
        return TrialTerms(plan=self.plan, days=self.days, link_hours=self.link_hours)


class WriterRules(Rules):
    """When the configured language model may word an answer, and what it may cost; checked sentences only."""

    when: When = "never"
    """`unsure`: only where the documents' own words may not be enough."""
    seconds: Annotated[float, Field(ge=0.1, le=60)] = 6.0
    tokens_per_turn: Annotated[int, Field(ge=300, le=100_000)] = 4_000
    tokens_per_day: Annotated[int, Field(ge=0)] = 200_000

    def allowance(self) -> Allowance:
        return Allowance(self.seconds, self.tokens_per_turn, self.tokens_per_day)


class HandoffRules(Rules):
    """Who is told when a person is wanted, and when somebody is there."""

    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    zone: ZoneName = "UTC"
    hours: Mapping[Weekday, tuple[Span, ...]] = Field(default_factory=dict)


class Playbook(Rules):
    """One site's rules. Plays whose section is missing are off."""

    version: Literal[1]
    site: SiteRules
    questions: tuple[Question, ...] = ()
    limits: Limits = Limits()
    score: ScoreRules = ScoreRules()
    banned_claims: tuple[str, ...] = ()
    meetings: MeetingRules | None = None
    catalogue: Catalogue | None = None
    trial: TrialRules | None = None
    handoff: HandoffRules | None = None
    writer: WriterRules = WriterRules()
    chooser: ChooserRules = ChooserRules()
    """Its tokens count for `writer.tokens_per_day`."""
    translations: Mapping[Language, Words] = Field(default_factory=dict)
    """The texts for visitors in further languages; what is missing stands in the site's own."""
    digest: str = Field(default="", exclude=True)
    """First characters of the file's hash; decision records name it."""

    @model_validator(mode="after")
    def _keys_are_unique(self) -> Playbook:
        keys = [question.key for question in self.questions]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"question key {twice[0]!r} stands twice; give each question its own key")
        return self

    @model_validator(mode="after")
    def _the_trial_is_of_a_plan(self) -> Playbook:
        if self.trial and self.catalogue and self.catalogue.plan(self.trial.plan) is None:
            names = ", ".join(plan.name for plan in self.catalogue.plans)
            raise ValueError(f"trial.plan {self.trial.plan!r} is not in the catalogue; its plans are {names}")
        return self

    def spoken(self, locale: str) -> Playbook:
        """The playbook with its texts in the language of a locale, as far as they are translated."""
        words = next(
            (words for name, words in self.translations.items() if name == language_of(locale)), None
        )
        return self if words is None else _translated(self, words)

    def unknown_intents(self, known: Collection[str]) -> list[tuple[tuple[int | str, ...], str]]:
        """Where an intent is named that the catalogue does not hold: nothing would ever happen there."""
        named: list[tuple[tuple[int | str, ...], str]] = []
        for place, question in enumerate(self.questions):
            named += [(("questions", place, "when", "intents"), name) for name in question.when.intents]
        for place, rule in enumerate(self.score.rules):
            named += [(("score", "rules", place, "when_intent"), name) for name in rule.when_intent]
        return [(where, name) for where, name in named if name not in known]

    def policy(self) -> Policy:
        """The part that decisions read."""
        plays: set[Any] = {"qualify"}
        plays |= {"book"} if self.meetings else set()
        plays |= {"trial"} if self.trial else set()
        plays |= {"cart"} if self.catalogue else set()
        plays |= {"handoff"} if self.handoff else set()
        return Policy(
            version=self.digest,
            language=self.site.language,
            questions=self.questions,
            limits=self.limits,
            score=self.score,
            banned_claims=self.banned_claims,
            plays=frozenset(plays),
            plans=tuple(plan.name for plan in self.catalogue.plans) if self.catalogue else (),
        )

    def calendar(self) -> SiteCalendar | None:
        """Whom one can meet; None when nobody takes meetings."""
        if self.meetings is None:
            return None
        kind = MeetingType(
            key="demo",
            title=self.meetings.title,
            minutes=self.meetings.minutes,
            buffer_before=self.meetings.buffer_before,
            buffer_after=self.meetings.buffer_after,
        )
        return SiteCalendar(tuple(rep.rep() for rep in self.meetings.reps), {kind.key: kind})

    def schedule(self) -> Schedule | None:
        """When somebody is there to take over a conversation."""
        if self.handoff is None:
            return None
        return Schedule(zone=self.handoff.zone, hours=_week(self.handoff.hours))

    def desk(self, home: str) -> SiteDesk:
        """The company as its mails and pages show it."""
        return SiteDesk(
            name=self.site.name,
            accent=self.site.accent,
            home=home,
            sales_email=self.handoff.email if self.handoff else "",
            calendar=self.calendar() or SiteCalendar((), {}),
            language=self.site.language,
            titles=titles(self.translations),
        )


def _translated(book: Playbook, words: Words) -> Playbook:
    questions = tuple(in_words(question, words.questions.get(question.key)) for question in book.questions)
    title = words.meetings.title if words.meetings else None
    meetings = book.meetings.model_copy(update={"title": title}) if book.meetings and title else book.meetings
    site = book.site.model_copy(update=words.site.model_dump(exclude_none=True))
    return book.model_copy(update={"site": site, "questions": questions, "meetings": meetings})


DEFAULT = Playbook(version=1, site=SiteRules(name="This site"))
"""What holds for a site without a playbook: answers, and nothing else."""


class Playbooks:
    """The playbooks of an installation, by site."""

    def __init__(self, books: dict[str, Playbook]) -> None:
        self._books = books

    def of(self, site: str) -> Playbook:
        """The site's playbook; raises `NotFound` for a site that has none."""
        if site not in self._books:
            raise NotFound(
                f"there is no site {site!r}; put a playbook at playbooks/{site}.yaml", code="unknown_site"
            )
        return self._books[site]

    def of_or_default(self, site: str) -> Playbook:
        return self._books.get(site, DEFAULT)

    @property
    def sites(self) -> tuple[str, ...]:
        return tuple(self._books)


def load_playbooks(*folders: Path, intents: Collection[str] = ()) -> Playbooks:
    """Every `<site>.yaml` of the folders; raises `BadPlaybook` naming file, line and fix."""
    files = [file for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.yaml"))]
    return Playbooks({file.stem: load_playbook(file, intents=intents) for file in files})


def load_playbook(file: Path, *, intents: Collection[str] = ()) -> Playbook:
    """Read one playbook; raises `BadPlaybook` naming file, line and fix. `intents` are the known ones, when known."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadPlaybook(f"{file}:1: not UTF-8 text ({error.reason}); save it as UTF-8") from error
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = yaml.safe_load(text)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadPlaybook(f"{file}:{line}: a character that YAML does not allow; remove it") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadPlaybook(
            f"{file}:{line}: not valid YAML: {error.problem}; check indentation and quotes"
        ) from error
    if not isinstance(raw, dict):
        raise BadPlaybook(f"{file}:1: a playbook is a mapping that begins with `version: 1`")
    try:
        # What an operator writes stands beside what is sealed: nothing of it may be filled in.
        book = Playbook.model_validate(harmless(raw))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        fix = _fix(first["type"], first["msg"], str(first["loc"][-1]) if first["loc"] else "", first["loc"])
        line = line_of(root, first["loc"])
        raise BadPlaybook(f"{file}:{line}: {where or 'playbook'}: {fix}") from error
    for path, name in book.unknown_intents(intents) if intents else ():
        near = difflib.get_close_matches(name, intents, n=1)
        fix = f"did you mean {near[0]!r}?" if near else "see intents/catalog/ for the names"
        where = ".".join(str(step) for step in path)
        raise BadPlaybook(f"{file}:{line_of(root, path)}: {where}: there is no intent {name!r}; {fix}")
    for path, problem in misplaced(book.translations, book.site.language, book.questions):
        where = ".".join(str(step) for step in path)
        raise BadPlaybook(f"{file}:{line_of(root, path)}: {where}: {problem}")
    return book.model_copy(update={"digest": hashlib.sha256(text.encode()).hexdigest()[:12]})


def line_of(root: yaml.Node | None, path: tuple[int | str, ...]) -> int:
    """The line (from 1) of the deepest node that `path` reaches; of an unknown key, its own line."""
    node, line = root, 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == str(step)), None)
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _fix(kind: str, message: str, name: str, path: tuple[int | str, ...]) -> str:
    if kind != "extra_forbidden":
        return message.removeprefix("Value error, ")
    near = difflib.get_close_matches(name, _names(path), n=1)
    return f"unknown key {name!r}; " + (f"did you mean {near[0]!r}?" if near else "remove it")


def _names(path: tuple[int | str, ...]) -> list[str]:
    """The keys that could stand where `path` ends; all known ones below the top, where it hardly matters."""
    if len(path) == 1:
        return list(Playbook.model_fields)
    models: tuple[type[Rules], ...] = (
        SiteRules,
        Words,
        MeetingRules,
        RepRules,
        TrialRules,
        HandoffRules,
        WriterRules,
        ChooserRules,
        Question,
        Limits,
    )
    return [name for model in models for name in model.model_fields]


def _week(hours: Mapping[Weekday, tuple[str, ...]]) -> dict[int, tuple[Hours, ...]]:
    return {_WEEKDAYS.index(day): tuple(_hours(span) for span in spans) for day, spans in hours.items()}


def _hours(span: str) -> Hours:
    opens, _, closes = span.partition("-")
    return Hours(time.fromisoformat(opens), time.fromisoformat(closes))
