"""What would change for visitors if another model read them: the same messages, read by both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from intents.own_catalogue import NO_INTENTS, NONE_OF_THESE
from intents.reader import Reader
from intents.training import Labelled
from intents.values import ReadingContext


@dataclass(frozen=True, slots=True)
class Changed:
    """A message that the two models read differently."""

    text: str
    meant: str
    before: str
    after: str

    @property
    def kind(self) -> Literal["better", "worse", "neither"]:
        """What the change is worth."""
        if self.after == self.meant:
            return "better"
        return "worse" if self.before == self.meant else "neither"


@dataclass(frozen=True, slots=True)
class Measured:
    """How one model reads the messages. `macro_f1` is over intents, of the messages that carry one."""

    macro_f1: float
    right: int
    """What visitors get: the right intent in scope, or rightly none of these."""
    refused: int
    """Of the messages that are none of these, those read so."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both models on the same messages; `before` is missing when the model that serves can not be read any more."""

    texts: int
    strangers: int
    before: Measured | None
    after: Measured
    changed: tuple[Changed, ...]

    def of_kind(self, kind: str) -> tuple[Changed, ...]:
        """The changes of one kind."""
        return tuple(each for each in self.changed if each.kind == kind)

    def as_json(self) -> dict[str, Any]:
        """For a file; `comparison_of` reads it back."""
        return asdict(self)


def comparison_of(value: dict[str, Any]) -> Comparison:
    """What `as_json` wrote."""
    before = value["before"]
    return Comparison(
        texts=value["texts"],
        strangers=value["strangers"],
        before=Measured(**before) if before else None,
        after=Measured(**value["after"]),
        changed=tuple(Changed(**each) for each in value["changed"]),
    )


def compare(before: Reader | None, after: Reader, golden: Sequence[Labelled]) -> Comparison:
    """Read every golden message with both; labels that neither knows are left out."""
    known = set(after.catalogue.intents) | (set(before.catalogue.intents) if before else set())
    asked = [
        Labelled(row.text, NONE_OF_THESE if row.intent in NO_INTENTS else row.intent)
        for row in golden
        if row.intent in known | NO_INTENTS
    ]
    now = [_read(after, row.text) for row in asked]
    then = [_read(before, row.text) for row in asked] if before else None
    changed = [
        Changed(row.text, row.intent, _shown(was, row.intent), _shown(new, row.intent))
        for row, was, new in zip(asked, then or now, now, strict=True)
        if _shown(was, row.intent) != _shown(new, row.intent)
    ]
    return Comparison(
        texts=len(asked),
        strangers=sum(row.intent == NONE_OF_THESE for row in asked),
        before=_measured(asked, then) if then else None,
        after=_measured(asked, now),
        changed=tuple(changed),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    likeliest: str
    wishes: tuple[str, ...]


def _read(reader: Reader, text: str) -> _Reading:
    # Golden messages are kept redacted: their placeholders are ours.
    found = reader.read(text, ReadingContext(datetime.now(UTC)), redacted=reader.redact_again(text))
    return _Reading(found.intents[0].name, found.asked_for)


def _shown(reading: _Reading, meant: str) -> str:
    """The wish that counts: the one that is meant, when it is among several."""
    if meant in reading.wishes:
        return meant
    return reading.wishes[0] if reading.wishes else NONE_OF_THESE


def _measured(asked: Sequence[Labelled], readings: Sequence[_Reading]) -> Measured:
    inside = [
        (row.intent, read.likeliest)
        for row, read in zip(asked, readings, strict=True)
        if row.intent != NONE_OF_THESE
    ]
    got = [(row.intent, _shown(read, row.intent)) for row, read in zip(asked, readings, strict=True)]
    return Measured(
        macro_f1=round(_macro_f1(inside), 4),
        right=sum(meant == read for meant, read in got),
        refused=sum(meant == read == NONE_OF_THESE for meant, read in got),
    )


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """The mean over the intents that are meant or guessed."""
    names = sorted({name for pair in pairs for name in pair})
    if not names:
        return 0.0
    total = 0.0
    for name in names:
        both = sum(meant == read == name for meant, read in pairs)
        either = sum(meant == name for meant, _ in pairs) + sum(read == name for _, read in pairs)
        total += 2 * both / either
    return total / len(names)
