"""The playbook: one YAML file a site that says what is asked, offered and booked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from intents.score import ScoreRules
from server.actions.catalogue import Catalogue
from server.actions.site import SiteCalendar, SiteDesk
from server.actions.values import Schedule
from server.choosing import ChooserRules
from server.dialogue.gate_rules import Exclusion, Region, region_of
from server.dialogue.languages import language_of
from server.dialogue.pilots import HoldoutRules, PilotRules
from server.dialogue.policy import Limits, Policy, Question, Rules
from server.dialogue.proactive_rules import ProactiveRules
from server.errors import NotFound
from server.playbook import help as help_panel
from server.playbook import proactive
from server.playbook.brief import BriefRules
from server.playbook.checkout import CheckoutRules
from server.playbook.crm import CrmRules
from server.playbook.follow_ups import FollowUpRules
from server.playbook.hours import week
from server.playbook.meetings import MeetingRules
from server.playbook.members import MemberRules
from server.playbook.people import HandoffRules, NoticeRules
from server.playbook.plays import (
    PlayRules,
    misdirected_answers,
    misjudged_scores,
    misplaced_regions,
    mistranslated_offers,
    named_intents,
)
from server.playbook.routing import RoutingRules
from server.playbook.trials import TrialRules
from server.playbook.uploads import UploadRules
from server.playbook.words import Language, SiteRules, Words, in_words, titles
from server.playbook.writer import WriterRules


class Playbook(Rules):
    """One site's rules. Plays whose section is missing are off."""

    version: Literal[1]
    site: SiteRules
    plays: PlayRules = PlayRules()
    exclusions: Exclusion = Exclusion()
    """Where nothing is begun but what a person is needed for."""
    regions: tuple[Region, ...] = ()
    questions: tuple[Question, ...] = ()
    limits: Limits = Limits()
    score: ScoreRules = ScoreRules()
    banned_claims: tuple[str, ...] = ()
    meetings: MeetingRules | None = None
    catalogue: Catalogue | None = None
    trial: TrialRules | None = None
    checkout: CheckoutRules = CheckoutRules()
    handoff: HandoffRules | None = None
    routing: RoutingRules | None = None
    notices: NoticeRules = NoticeRules()
    follow_ups: FollowUpRules | None = None
    brief: BriefRules = BriefRules()
    crm: CrmRules = CrmRules()
    proactive: ProactiveRules | None = None
    help: help_panel.HelpRules = help_panel.HelpRules()
    pilot: PilotRules | None = None
    holdout: HoldoutRules = HoldoutRules()
    writer: WriterRules = WriterRules()
    chooser: ChooserRules = ChooserRules()
    """Its tokens count for `writer.tokens_per_day`."""
    members: MemberRules = MemberRules()
    """Who of the product's own users may read what."""
    uploads: UploadRules = UploadRules()
    """What visitors may attach."""
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
        plan = self.catalogue.plan(self.trial.plan) if self.trial and self.catalogue else None
        if plan is not None and not plan.trialable:
            raise ValueError(
                f"trial.plan {plan.name!r} is not trialable in the catalogue; change one of them"
            )
        return self

    @model_validator(mode="after")
    def _stripe_knows_every_discount(self) -> Playbook:
        if self.checkout.kind != "stripe" or self.catalogue is None:
            return self
        unknown = [each.code for each in self.catalogue.discounts if not each.stripe_coupon]
        if unknown:
            raise ValueError(
                f"discount {unknown[0]!r} needs stripe_coupon, as Stripe takes the money; add the coupon's id"
            )
        return self

    @model_validator(mode="after")
    def _meetings_are_for_plans_of_the_catalogue(self) -> Playbook:
        plans = [plan.key for plan in self.catalogue.plans] if self.catalogue else []
        if self.meetings and (unknown := self.meetings.unknown_plan(plans)):
            there = f"its plans are {', '.join(plans)}" if plans else "there is none; add `catalogue`"
            raise ValueError(
                f"meetings.types {unknown[0]!r} is for plan {unknown[1]!r}, not in the catalogue: {there}"
            )
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
        for place, follow in enumerate(self.follow_ups.rules if self.follow_ups else ()):
            named += [(("follow_ups", "rules", place, "intents"), name) for name in follow.intents]
        named += self.meetings.named_intents() if self.meetings else ()
        named += named_intents(self.plays, self.exclusions, self.questions)
        return [(where, name) for where, name in named if name not in known]

    def misrouted(self, intents: Collection[str]) -> list[tuple[tuple[int | str, ...], str]]:
        """Where the routing names something that is not there, with the fix."""
        met = [rep.key for rep in self.meetings.reps] if self.meetings else []
        return list(self.routing.problems(met, intents)) if self.routing else []

    def rules_amiss(self) -> list[tuple[tuple[int | str, ...], str]]:
        """Where a play, question or score asks for what is not there, with the fix."""
        return [
            *misplaced_regions(self.plays, self.exclusions, self.regions),
            *misdirected_answers(self.questions),
            *misjudged_scores(self.score.rules),
            *mistranslated_offers(self.plays, {name: one.offers for name, one in self.translations.items()}),
        ]

    def region_of(self, zone: str, locale: str) -> Region | None:
        """The region whose rules hold for a visitor with this time zone and locale."""
        return region_of(self.regions, zone, locale)

    def messages_amiss(self) -> list[tuple[tuple[int | str, ...], str]]:
        """Where a message asks for what can not be, or a translation for a message that is not there."""
        found: list[tuple[tuple[int | str, ...], str]] = []
        if self.proactive is not None:
            hours = bool(self.handoff and self.handoff.hours)
            plays, pilots = self.policy().plays, self.pilot is not None
            scored = bool(self.score.rules)
            found += proactive.problems(self.proactive, plays, scored=scored, hours=hours, pilots=pilots)
        for place, question in enumerate(self.questions):
            if question.pilot and self.pilot is None:
                fix = "there is no pilot group; add the section `pilot`, or remove it"
                found.append((("questions", place, "pilot"), fix))
        found += help_panel.problems(self.help, self.members.plans)
        for language, words in self.translations.items():
            amiss = proactive.unknown(self.proactive, words.proactive)
            for path, fix in (*amiss, *help_panel.unknown(self.help, words.help)):
                found.append((("translations", language, *path), fix))
        return found

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
            gates=self.plays.gates(),
            exclusions=self.exclusions,
            regions=self.regions,
            reasons={
                **{
                    f"proactive:{rule.key}": rule.why
                    for rule in (self.proactive.rules if self.proactive else ())
                },
                **{
                    f"next:{play}": gate.offer.why
                    for play, gate in self.plays.gates().items()
                    if gate.offer is not None and gate.offer.why
                },
            },
            meetings={kind.title: kind.intents for kind in self.meetings.types} if self.meetings else {},
            plans=tuple(plan.name for plan in self.catalogue.plans) if self.catalogue else (),
            addons=tuple(addon.name for addon in self.catalogue.addons) if self.catalogue else (),
            codes=tuple(discount.code for discount in self.catalogue.discounts) if self.catalogue else (),
        )

    def calendar(self) -> SiteCalendar | None:
        """Whom one can meet; None when nobody takes meetings."""
        if self.meetings is None:
            return None
        return self.meetings.calendar()

    def schedule(self) -> Schedule | None:
        """When somebody is there to take over a conversation."""
        if self.handoff is None:
            return None
        return Schedule(zone=self.handoff.zone, hours=week(self.handoff.hours))

    def inboxes(self) -> dict[str, str]:
        """Addresses of the reps who have one, by the logins that are theirs."""
        known = {rep.key: rep.email for rep in self.meetings.reps} if self.meetings else {}
        reps = self.routing.reps if self.routing else ()
        return {login: known[rep.key] for rep in reps if rep.key in known for login in rep.accounts()}

    def desk(self, home: str) -> SiteDesk:
        """The company as its mails and pages show it."""
        return SiteDesk(
            name=self.site.name,
            accent=self.site.accent,
            home=home,
            sales_email=self.handoff.email if self.handoff else "",
            calendar=self.calendar() or SiteCalendar((), {}),
            language=self.site.language,
            inboxes=self.inboxes(),
            titles=titles(self.translations),
            provisioning=self.trial.provisioning.place() if self.trial and self.trial.provisioning else None,
        )


def _translated(book: Playbook, words: Words) -> Playbook:
    questions = tuple(in_words(question, words.questions.get(question.key)) for question in book.questions)
    meetings = book.meetings.spoken(words.meetings) if book.meetings and words.meetings else book.meetings
    site = book.site.model_copy(update=words.site.model_dump(exclude_none=True))
    shown = proactive.spoken(book.proactive, words.proactive) if book.proactive else None
    plays = book.plays.spoken(words.offers)
    panel = help_panel.spoken(book.help, words.help)
    said = {
        "site": site, "questions": questions, "meetings": meetings, "proactive": shown, "plays": plays, "help": panel,
    }  # fmt: skip
    return book.model_copy(update=said)


DEFAULT = Playbook(version=1, site=SiteRules(name="This site"))
"""What holds for a site without a playbook: answers, and nothing else."""


class Playbooks:
    """The playbooks of an installation, by site."""

    def __init__(self, books: dict[str, Playbook]) -> None:
        self._books = books

    def of(self, site: str) -> Playbook:
        """The site's playbook; raises `NotFound` for a site that has none."""
        if site not in self._books:
            known = f"there are: {', '.join(self._books)}" if self._books else "there is none yet"
            hint = ", or set FRONTDESK_DEMO=true for the demo company's" if site == "demo" else ""
            raise NotFound(
                f"there is no site {site!r} ({known}); put a playbook at playbooks/{site}.yaml{hint}",
                code="unknown_site",
            )
        return self._books[site]

    def of_or_default(self, site: str) -> Playbook:
        return self._books.get(site, DEFAULT)

    @property
    def sites(self) -> tuple[str, ...]:
        return tuple(self._books)
