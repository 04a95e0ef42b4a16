"""Slot filling over other people's appointment dialogues: day, time and whom, after every message of the visitor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from evals import gates, installation
from evals.datasets import fingerprint, json_lines
from evals.metrics import mean
from evals.report import Report
from intents import Reader
from intents.facts.dates.days import Calendar, Days
from intents.facts.dates.phrases import find_phrases
from intents.values import Asked, ReadingContext, Understanding
from server.settings import Settings
from server.wiring import build

ZONE = "America/Los_Angeles"
REFERENCE = datetime(2019, 3, 1, 8, tzinfo=ZoneInfo(ZONE))
"""When the dialogues of this data take place: their "today" is this Friday."""

SLOTS = {
    "appointment_date": "date",
    "appointment_time": "time",
    "therapist_name": "attendee",
    "stylist_name": "attendee",
    "doctor_name": "attendee",
    "dentist_name": "attendee",
}
_PROPOSES = frozenset({"OFFER", "CONFIRM"})
_ASKS = "REQUEST"

Tell = Callable[[str], None]
Held = dict[str, str]


@dataclass(frozen=True, slots=True)
class Turn:
    """What the other side did before, what the visitor says, and what holds afterwards."""

    text: str
    proposed: Mapping[str, str]
    asked: frozenset[str]
    gold: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Dialogue:
    id: str
    turns: tuple[Turn, ...]

    @property
    def is_left_aside(self) -> bool:
        """Half of them are never looked at while the reader is mended."""
        return crc32(self.id.encode()) % 2 == 1


@dataclass
class Tally:
    """One entry a turn."""

    joint: list[float] = field(default_factory=list)
    date_time: list[float] = field(default_factory=list)
    of_wishes: list[float] = field(default_factory=list)
    """The same, of the turns after which a day or a time is known: before, there is nothing to get wrong."""
    slots: dict[str, list[float]] = field(default_factory=dict)

    def add(self, gold: Mapping[str, str], found: Mapping[str, str]) -> None:
        right = {name: _same(name, gold.get(name), found.get(name)) for name in ("date", "time", "attendee")}
        for name, is_right in right.items():
            self.slots.setdefault(name, []).append(float(is_right))
        both = float(right["date"] and right["time"])
        self.joint.append(float(all(right.values())))
        self.date_time.append(both)
        if "date" in gold or "time" in gold:
            self.of_wishes.append(both)

    def figures(self, prefix: str) -> dict[str, float]:
        return {
            f"{prefix}joint": mean(self.joint),
            f"{prefix}date_time": mean(self.date_time),
            f"{prefix}date_time_of_wishes": mean(self.of_wishes),
            **{f"{prefix}{name}": mean(right) for name, right in self.slots.items()},
        }


async def run(settings: Settings, tell: Tell, data: Path) -> Report:
    """Joint goal accuracy: a turn counts when every slot is as the annotation has it, empty ones too."""
    ready = await installation.template(settings, tell)
    house = build(ready)
    try:
        dialogues = list(read(data))
        tell(f"reading {len(dialogues)} dialogues")
        every, held, wrong = Tally(), Tally(), []
        for dialogue in dialogues:
            for number, (turn, found) in enumerate(follow(house.desk.reader, dialogue), 1):
                every.add(turn.gold, found)
                if dialogue.is_left_aside:
                    held.add(turn.gold, found)
                elif not all(_same(name, turn.gold.get(name), found.get(name)) for name in SLOTS.values()):
                    wrong.append(
                        f"{dialogue.id} turn {number}: {turn.text!r} gives {found}, not {dict(turn.gold)}"
                    )
    finally:
        house.desk.pool.shutdown()
        await house.engine.dispose()
    figures = {
        **every.figures(""),
        **held.figures("held_"),
        "dialogues": len(dialogues),
        "turns": len(every.joint),
    }
    return Report("slots", figures, gates.bars_of_known(fingerprint(data), figures), tuple(wrong[:200]))


def follow(reader: Reader, dialogue: Dialogue) -> Iterator[tuple[Turn, Held]]:
    """What is held after each turn: what was proposed and not turned down, and over it what was said."""
    held: Held = {}
    for turn in dialogue.turns:
        asked = Asked("when", "when") if {"date", "time"} & (turn.asked | turn.proposed.keys()) else None
        reading = reader.read(
            turn.text, ReadingContext(REFERENCE, time_zone=ZONE, locale="en-US", asked=asked)
        )
        said = _said(turn.text, reading)
        if turn.proposed and _agrees(reading):
            held = {**held, **turn.proposed}
        held = {**held, **said}
        yield turn, dict(held)


def _agrees(reading: Understanding) -> bool:
    yes_no = [fact.value for fact in reading.facts if fact.name == "yes_no"]
    if False in yes_no or "no" in reading.asked_for:
        return False
    return True in yes_no or bool({"yes", "book_meeting", "thanks"} & set(reading.asked_for))


def _said(text: str, reading: Understanding) -> Held:
    """Day and time as the words name them: a time alone leaves the day as it was."""
    said: Held = {}
    for phrase in find_phrases(text, Calendar(REFERENCE.replace(tzinfo=ZoneInfo(ZONE)), day_first=False)):
        if phrase.days and phrase.days.range and phrase.days.is_one_day and _is_wish(phrase.days, reading):
            said["date"] = phrase.days.range.first.isoformat()
    for fact in reading.facts:
        if fact.name == "when" and fact.value.get("grain") in {"minute", "window"}:
            start = datetime.fromisoformat(fact.value["start"]).astimezone(ZoneInfo(ZONE))
            said["time"] = start.strftime("%H:%M")
    people = [one.value for one in reading.redacted.sealed if one.kind == "person"]
    return said | ({"attendee": people[-1]} if people else {})


def _is_wish(days: Days, reading: Understanding) -> bool:
    """Whether the reader takes these words for a time that is wished for."""
    wishes = [fact for fact in reading.facts if fact.name == "when"]
    return any(fact.start < days.end and days.start < fact.end for fact in wishes)


def _same(name: str, gold: str | None, found: str | None) -> bool:
    if name != "attendee" or gold is None or found is None:
        return gold == found
    # "Dr. Epstein" names the one on the list who is called so.
    return set(found.lower().replace(".", " ").split()) - {"dr"} <= set(
        gold.lower().replace(".", " ").split()
    )


def read(data: Path) -> Iterator[Dialogue]:
    """The dialogues of a file in the layout of the Schema-Guided Dialogue data, a dialogue a line."""
    for _, row in json_lines(data, "dialogue_id and turns"):
        turns: list[Turn] = []
        before: Sequence[Mapping[str, Any]] = ()
        canonical: dict[str, str] = {}
        for turn in row["turns"]:
            frames = [one for one in turn["frames"] if _ours(one)]
            # A day can come over from another service of the dialogue, such as the weather's.
            for action in (action for one in turn["frames"] for action in one["actions"]):
                canonical |= dict(zip(action["values"], action["canonical_values"], strict=False))
            if turn["speaker"] == "USER" and frames:
                turns.append(_turn(turn["utterance"], before, frames, canonical))
            before = [action for one in frames for action in one["actions"]] if frames else ()
        yield Dialogue(row["dialogue_id"], tuple(turns))


def _ours(frame: Mapping[str, Any]) -> bool:
    return str(frame["service"]).startswith("Services_")


def _turn(
    text: str,
    before: Sequence[Mapping[str, Any]],
    frames: Sequence[Mapping[str, Any]],
    canonical: Mapping[str, str],
) -> Turn:
    proposed = {
        SLOTS[action["slot"]]: action["canonical_values"][0]
        for action in before
        if action["act"] in _PROPOSES and action["slot"] in SLOTS and action["canonical_values"]
    }
    asked = frozenset(SLOTS[one["slot"]] for one in before if one["act"] == _ASKS and one["slot"] in SLOTS)
    held = {name: values for one in frames for name, values in one["state"]["slot_values"].items()}
    gold = {SLOTS[name]: _resolved(values, canonical) for name, values in held.items() if name in SLOTS}
    return Turn(text, proposed, asked, gold)


def _resolved(values: Sequence[str], canonical: Mapping[str, str]) -> str:
    """What the annotated words mean by the annotation itself; most named of them, where they are several."""
    meant = Counter(canonical[value] for value in values if value in canonical)
    return meant.most_common(1)[0][0] if meant else values[0]
