"""Hears a frame: what the visitor did and what it says, with every personal detail sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from intents.redaction import seal_beside
from intents.values import Asked, Fact, ReadingContext, Redacted, Understanding
from intents.values import Sealed as Detail
from server.desk import Desk
from server.dialogue.policy import Policy
from server.dialogue.prompts import OpenCart, OpenDay, OpenForm, OpenQuestion, OpenReading, OpenSlots
from server.dialogue.values import Chose, Event, Filled, Said, State, Wrote, page_path
from server.frames import Choose, Contact, Say, Submit
from server.store.conversations import Talk

Arrived = Say | Choose | Submit | Contact


def hear(
    desk: Desk, talk: Talk, policy: Policy, frame: Arrived, message_id: str, now: datetime
) -> tuple[Event, Understanding | None, str, tuple[Detail, ...]]:
    """What was done, how it reads, its words as they are logged, and the details that the vault does not have yet."""
    context = ReadingContext(
        now=now,
        time_zone=talk.time_zone,
        locale=talk.locale,
        asked=_asked(policy, talk.state),
        known_seals=talk.details,
        message_id=message_id,
        spoken=talk.state.language,
    )
    match frame:
        case Say(text=text):
            reading = desk.reader.read(text, context)
            words = reading.redacted.text
            return Said(words), reading, words, _new(talk, reading.redacted.sealed)
        case Choose(prompt=prompt, value=value, label=label):
            # A label is words from a browser like any other.
            redacted = desk.reader.redact(label, talk.details)
            meant = _meant(desk, talk.state, prompt, value, context)
            return Chose(prompt, value, redacted.text), meant, redacted.text, _new(talk, redacted.sealed)
        case Submit(prompt=prompt, fields=fields):
            reading = _read_form(desk, fields, context)
            words = reading.redacted.text or "…"
            return Filled(prompt), reading, words, _new(talk, reading.redacted.sealed)
        case Contact():
            return _read_contact(desk, talk, frame, context)
    assert_never(frame)


def _read_contact(
    desk: Desk, talk: Talk, frame: Contact, context: ReadingContext
) -> tuple[Event, Understanding, str, tuple[Detail, ...]]:
    """What was written, and where from; an error may name people and addresses as well as words do."""
    reading = desk.reader.read(frame.text, context)
    sealed = list(reading.redacted.sealed)
    told = {
        "page": page_path(frame.page.url) if frame.page else "",
        "version": frame.app_version,
        "last error": frame.last_error,
    }
    about = []
    for name, value in told.items():
        if words := " ".join(value.split()):
            known = {**talk.details, **{one.placeholder: one.value for one in sealed}}
            redacted = desk.reader.redact(words, known)
            sealed += [one for one in redacted.sealed if one.placeholder not in known]
            about.append((name, redacted.text))
    words = reading.redacted.text
    return Wrote(words, tuple(about)), reading, words, _new(talk, tuple(sealed))


def _meant(
    desk: Desk, state: State, prompt: str, value: str, context: ReadingContext
) -> Understanding | None:
    """The earlier message read as what was chosen now; it taught its facts when it came."""
    asked = state.open
    if not isinstance(asked, OpenReading) or asked.id != prompt or value not in asked.options:
        return None
    # It is redacted: its placeholders are ours, and typed by nobody.
    reading = desk.reader.read(asked.text, context, redacted=Redacted(asked.text))
    return replace(reading, asked_for=(value,), out_of_scope=False, facts=(), frustration=0.0)


def _read_form(desk: Desk, fields: Mapping[str, str], context: ReadingContext) -> Understanding:
    """A form's words are facts by their field: no intent is read into them."""
    email, name = fields.get("email", "").strip(), fields.get("name", "").strip()
    reading = desk.reader.read(email, replace(context, asked=Asked("email", "email")))
    facts = tuple(fact for fact in reading.facts if fact.name == "email")
    if not facts:
        # What was meant as an address is personal however it is spelled, and nothing seals what is none.
        reading = replace(reading, redacted=Redacted(""))
    reading = replace(reading, facts=facts, asked_for=(), intents=(), frustration=0.0)
    if not name:
        return reading
    redacted = seal_beside(reading.redacted, "person", name, context.known_seals)
    placeholder, start = redacted.sealed[-1].placeholder, redacted.sealed[-1].start
    fact = Fact("person", placeholder, placeholder, start, start + len(placeholder), 1.0, "form")
    return replace(reading, redacted=redacted, facts=(*reading.facts, fact))


def _asked(policy: Policy, state: State) -> Asked | None:
    """Our open question, so that a bare "40" is read as its answer."""
    match state.open:
        case OpenQuestion(key=key) if (question := policy.question(key)) is not None:
            return Asked(question.fact, question.kind, tuple(reply.value for reply in question.choices))
        case OpenForm():
            return Asked("email", "email")
        case OpenDay() | OpenSlots():
            return Asked("when", "when")
        case OpenCart(missing="seats"):
            return Asked("seats", "number")
        case OpenCart(missing="plan"):
            return Asked("plan", "choice", policy.plans)
        case _:
            return None


def _new(talk: Talk, sealed: tuple[Detail, ...]) -> tuple[Detail, ...]:
    fresh = {detail.placeholder: detail for detail in sealed if detail.placeholder not in talk.details}
    return tuple(fresh.values())
