"""THINK: what the visitor did, what it means, and what the documents say to it; no transaction is open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from intents import Reader
from intents.catalogue import Catalogue
from intents.choosing import NONE, Choice, Chooser, question_of
from intents.values import Redacted, Understanding
from intents.values import Sealed as Detail
from knowledge import Library
from knowledge.values import PUBLIC, Answer
from knowledge.words import content_terms
from knowledge.writing.scribe import Errand
from server.actions.elsewhere import NOWHERE, Elsewhere
from server.choosing import Limits as ChoiceLimits
from server.crm_looks import UNREAD, Held
from server.desk import Desk
from server.dialogue.claims import holds_banned
from server.dialogue.decide import decide
from server.dialogue.doubt import in_doubt
from server.dialogue.known import allows
from server.dialogue.languages import spoken
from server.dialogue.pilots import policy_for
from server.dialogue.policy import Meaning, Policy
from server.dialogue.values import (
    Abstain,
    Case,
    Decision,
    Event,
    Filled,
    GiveAnswer,
    Said,
    Wrote,
)
from server.frames import Choose
from server.hearing import Arrived, hear
from server.moves.news import facts_in
from server.playbook import Playbook
from server.store.conversations import Talk
from server.store.engine import begin_brief
from server.telemetry import writer_answers

_COMPLETE = 2
"""Content words that make a question one of its own: \"what does Business cost\" is, \"and for Business\" is not."""
_LOOK_UPS = 3
"""Twice more when what was found has changed since it was indexed; then we abstain."""


@dataclass(frozen=True, slots=True)
class Thought:
    """What came in, redacted, and what will be done about it."""

    talk: Talk
    playbook: Playbook
    case: Case
    decision: Decision
    words: str
    """The visitor's words as they are logged."""
    sealed: tuple[Detail, ...]
    """Details of this message that the vault does not have yet."""
    timings_ms: Mapping[str, float]
    choice: Choice | None = None
    """What a larger model made of the message, when it was asked."""
    elsewhere: Elsewhere = NOWHERE
    """What reps' own calendars say to it, when it takes their time."""
    held: Held = UNREAD
    """What the CRM holds of the visitor, as far as it was asked and answered in time."""

    @property
    def details(self) -> dict[str, str]:
        """Every detail of the conversation by its placeholder, this message's included."""
        return {**self.talk.details, **{detail.placeholder: detail.value for detail in self.sealed}}


async def think(desk: Desk, talk: Talk, frame: Arrived, *, message_id: str, now: datetime) -> Thought:
    """Redact and read the frame, look up an answer, decide."""
    playbook = desk.playbooks.of_or_default(talk.site)
    policy = desk.policy(talk.site)
    talk = _in_zone(talk, frame)
    started = time.perf_counter()
    event, reading, words, sealed = await desk.in_thread(hear, desk, talk, policy, frame, message_id, now)
    state = replace(talk.state, language=_language(talk, playbook, event, reading))
    policy = policy_for(desk.policy(talk.site, state.language), state.group)
    read_at = time.perf_counter()
    answer, held = await asyncio.gather(
        _answered(desk, talk, event, reading, now), _held(desk, talk, reading, now)
    )
    answered_at = time.perf_counter()
    case = Case(
        state=state,
        event=event,
        policy=policy,
        now=now,
        message_id=message_id,
        prompt_id=desk.new_id(),
        reading=reading,
        answer=answer,
        consent=talk.consent,
        page=talk.state.pages[-1] if talk.state.pages else "",
        in_product=talk.mode == "help",
        meanings=meanings(desk.reader.catalogue, state.language),
        time_zone=talk.time_zone,
        locale=talk.locale,
        home_zone=talk.home_zone,
        history=replace(talk.history, in_crm=_known_there(held, policy)),
    )
    case, choice = await _chosen(desk, playbook, talk.site, case)
    chosen_at = time.perf_counter()
    # Takes less than a change of threads.
    decision = decide(case)
    decided_at = time.perf_counter()
    timings = {
        "read": (read_at - started) * 1000,
        "answer": (answered_at - read_at) * 1000,
        **({"choose": (chosen_at - answered_at) * 1000} if choice else {}),
        "decide": (decided_at - chosen_at) * 1000,
    }
    worded = await _worded(desk, talk, playbook, case, decision)
    if worded is not case.answer:
        case = replace(case, answer=worded)
        decision = decide(case)
        timings["write"] = (time.perf_counter() - decided_at) * 1000
    return Thought(talk, playbook, case, decision, words, sealed, timings, choice, held=held)


def _in_zone(talk: Talk, frame: Arrived) -> Talk:
    """From the choice of a time on, times are told in the zone in which it was chosen."""
    if not isinstance(frame, Choose) or not frame.time_zone or frame.time_zone == talk.time_zone:
        return talk
    return replace(talk, time_zone=frame.time_zone, state=replace(talk.state, zone=frame.time_zone))


async def _held(desk: Desk, talk: Talk, reading: Understanding | None, now: datetime) -> Held:
    """What the CRM holds, where the consent lets it be asked; never by an address that was not told under it."""
    if not allows(talk.consent, "conversation"):
        return UNREAD
    address = address_of(talk, reading)
    if not address and not talk.state.facts:
        # Nothing of this conversation can be there yet.
        return UNREAD
    return await desk.crm_looks.look(desk.ledger, talk.site, talk.id, address, now=now)


def address_of(talk: Talk, reading: Understanding | None) -> str:
    """The visitor's e-mail address as it is known with this message; empty before they told one."""
    told = [fact.value for fact in reading.facts if fact.name == "email"] if reading else []
    known = talk.state.known("email")
    placeholder = str(told[-1] if told else known.value if known else "")
    fresh = {one.placeholder: one.value for one in reading.redacted.sealed} if reading else {}
    address = {**talk.details, **fresh}.get(placeholder, "")
    return address if "@" in address else ""


def _known_there(held: Held, policy: Policy) -> frozenset[str]:
    """The facts that need not be asked for; their values stay where they are: anybody can type an address."""
    snapshot = held.snapshot
    return facts_in({*snapshot.fields, *snapshot.personal}, policy.fields)


async def _chosen(desk: Desk, playbook: Playbook, site: str, case: Case) -> tuple[Case, Choice | None]:
    """The case as a larger model reads it, where ours is in doubt and the playbook lets one be asked."""
    rules, reading = playbook.chooser, case.reading
    if desk.larger_model is None or rules.when == "never" or reading is None or case.state.with_person:
        return case, None
    if isinstance(case.event, Wrote):
        return case, None
    doubt = in_doubt(case)
    if doubt is None:
        return case, None
    limits = ChoiceLimits(rules.seconds, rules.tokens_per_turn, playbook.writer.tokens_per_day)
    chooser: Chooser = desk.larger_model.for_turn(site, limits, case.now)
    described = {name: intent.description for name, intent in desk.reader.catalogue.intents.items()}
    question = question_of(reading.redacted.text, reading.intents, described)
    choice = await chooser.choose(question, doubt.why)
    if choice.failed:
        return case, choice
    meant = () if choice.choice == NONE else (choice.choice,)
    return replace(
        case, reading=replace(reading, asked_for=meant, out_of_scope=not meant), settled=True
    ), choice


def _language(talk: Talk, playbook: Playbook, event: Event, reading: Understanding | None) -> str:
    """The language to answer in; only what was typed can change it."""
    heard, words = "und", ""
    if isinstance(event, Said) and reading is not None:
        heard, words = reading.language, event.text
    return spoken(talk.state.language, talk.locale, playbook.site.language, heard=heard, words=words)


def meanings(catalogue: Catalogue, locale: str) -> dict[str, Meaning]:
    """What decisions need of the catalogue, in the visitor's language where it is written in it."""
    language = locale.replace("_", "-").split("-", maxsplit=1)[0].lower()
    return {
        name: Meaning(intent.plays, intent.labels.get(language, intent.label))
        for name, intent in catalogue.intents.items()
    }


async def _answered(
    desk: Desk, talk: Talk, event: Event, reading: Understanding | None, now: datetime
) -> Answer | None:
    """The answer, looked up anew without what the database no longer holds as the index in memory does."""
    without: frozenset[str] = frozenset()
    answer: Answer | None = None
    for _ in range(_LOOK_UPS):
        answer = await desk.in_thread(_look_up, desk, talk, event, reading, now, without)
        if answer is None:
            return None
        async with desk.readers() as session:
            await begin_brief(session)
            stale = await desk.library.still_current(session, talk.site, answer, now)
        if not stale:
            return answer
        without |= stale
    # The documents change faster than we can read them: nothing may be quoted or named.
    if answer is None:
        return None
    return replace(answer, parts=(), citations=(), abstained=True, found=(), nearest=(), notes=())


async def _worded(
    desk: Desk, talk: Talk, playbook: Playbook, case: Case, decision: Decision
) -> Answer | None:
    """The answer in an outside writer's checked words, where the playbook asks for it and the answer is shown."""
    answer, rules = case.answer, playbook.writer
    is_shown = any(isinstance(move, GiveAnswer | Abstain) for move in decision.moves)
    if desk.scribe is None or answer is None or not is_shown:
        return answer
    is_banned = partial(holds_banned, case.policy.banned_claims)
    names = tuple(playbook.site.name.split())
    errand = Errand(talk.site, rules.when, rules.allowance(), case.now, is_banned, names)
    worded = await desk.scribe.improve(answer, errand)
    if worded.writer is None:
        return answer
    writer_answers.labels(talk.site, worded.writer.failed or "used").inc()
    # Documents may have changed while we waited for the network.
    async with desk.readers() as session:
        stale = await desk.library.still_current(session, talk.site, worded, case.now)
    if not stale:
        return worded
    fresh = await _answered(desk, talk, case.event, case.reading, case.now)
    note = replace(worded.writer, used=False, failed="documents_changed")
    return replace(fresh, writer=note) if fresh else None


def look_up(
    library: Library,
    reader: Reader,
    site: str,
    reading: Understanding,
    previous: tuple[str, ...] = (),
    *,
    now: datetime | None = None,
    without: frozenset[str] = frozenset(),
    audience: Sequence[str] = (PUBLIC,),
) -> Answer:
    """What the documents say to the message, or to the part of it that they do answer.

    A message in another language is looked up in its own words, for documents in it, and in English ones.
    """
    ask = partial(library.answer, site, audience=audience, now=now, without=without)
    answer = _look_up_words(ask, reader, reading.redacted.text, previous)
    if not reading.gloss:
        return answer
    earlier = tuple(reader.in_english(question, reading.language) for question in previous)
    in_english = _look_up_words(ask, reader, reading.gloss, earlier)
    if answer.abstained:
        return in_english
    return answer if in_english.abstained or answer.confidence >= in_english.confidence else in_english


def _look_up_words(
    ask: Callable[..., Answer], reader: Reader, words: str, previous: tuple[str, ...]
) -> Answer:
    # A question that is complete in itself must not be blended with the one before it.
    if previous and len(content_terms(words)) >= _COMPLETE:
        answer = ask(words)
        if not answer.abstained:
            return answer
    answer = ask(words, previous=previous)
    if not answer.abstained:
        return answer
    # An earlier question, an introduction or a second wish can blur this one: then it is searched without them.
    alone = reader.texts_to_embed(Redacted(words))
    answers = [ask(part) for part in (alone if previous else alone[1:])]
    given = [part for part in answers if not part.abstained]
    return max(given, key=lambda part: part.confidence, default=answer)


def _look_up(
    desk: Desk,
    talk: Talk,
    event: Event,
    reading: Understanding | None,
    now: datetime,
    without: frozenset[str],
) -> Answer | None:
    if reading is None or isinstance(event, Filled | Wrote) or talk.state.with_person:
        return None
    # A choice between two readings has its message read again; that message is the last of the questions.
    earlier = talk.state.questions if isinstance(event, Said) else talk.state.questions[:-1]
    ask = partial(look_up, desk.library, desk.reader, talk.site, reading, earlier)
    return ask(now=now, without=without, audience=talk.audience)
