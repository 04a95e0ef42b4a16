"""Whether anger is heard where there is some, told from abuse, and not heard where nobody is angry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals import gates
from evals.datasets import fingerprint, json_lines
from evals.errors import BadData
from evals.report import Report
from intents.catalogue import load_catalogue
from intents.mood_training import CALM_INTENTS, learn_mood
from intents.moods import load_moods
from intents.ports import Embedder
from intents.sentiment import Mood, read_mood

GOLDEN = Path(__file__).parent.parent / "golden" / "mood.jsonl"
_NEEDS = "text and mood (calm, frustrated or abusive), or user and abusive"
_MOODS = frozenset({"calm", "frustrated", "abusive"})
_FRUSTRATED = 0.5
"""From here on the assistant asks nothing more (`quiet_above_frustration`)."""
_PERSON = 0.7
"""From here on a person is offered (`person_above_frustration`)."""
_ABUSE = frozenset({"abuse", "insult"})
_REMARKS = 60

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Heard:
    """A message, the mood that people heard in it, and the one that we read."""

    text: str
    mood: str
    """Empty where only abuse was asked for."""
    is_abuse: bool
    read: Mood
    by_rules: Mood

    @property
    def is_hot(self) -> bool:
        return self.mood != "calm"

    @property
    def reads_hot(self) -> bool:
        return self.read.frustration >= _FRUSTRATED

    @property
    def reads_abuse(self) -> bool:
        return bool(_ABUSE & set(self.read.reasons))


def run(tell: Tell, data: Path | None = None, embedder: Embedder | None = None) -> Report:
    """Our golden set, or lines of `{text, mood}`; lines of `{user, abusive}` are asked for abuse only.

    With an embedder the learned head is heard too, else the rules alone.
    """
    file = data or GOLDEN
    told = [_told(file, number, row) for number, row in json_lines(file, _NEEDS)]
    if not told:
        raise BadData(f"{file}:1: the file is empty; write one object of {_NEEDS} a line")
    tell(f"listening to {len(told)} messages")
    heard = _listen(told, embedder)
    judged = [one for one in heard if one.mood]
    by_rules = [(one.is_hot, one.by_rules.frustration >= _FRUSTRATED) for one in judged]
    figures: dict[str, float | None] = {
        **_both("frustration", [(one.is_hot, one.reads_hot) for one in judged]),
        **_both("person_offered", [(one.is_hot, one.read.frustration >= _PERSON) for one in judged]),
        **(_both("rules_alone", by_rules) if embedder else {}),
        **_both("abuse", [(one.is_abuse, one.reads_abuse) for one in heard]),
        "messages": len(heard),
    }
    remarks = [
        f"{one.mood or ('abusive' if one.is_abuse else 'not abusive')}: {one.text[:110]!r} read as "
        f"{one.read.frustration} {list(one.read.reasons)}"
        for one in heard
        if (one.mood and one.is_hot != one.reads_hot) or one.is_abuse != one.reads_abuse
    ]
    bars = gates.bars_of_known(fingerprint(data), figures) if data else gates.bars("mood", figures)
    return Report("mood", figures, bars, tuple(remarks[:_REMARKS]))


def _both(name: str, pairs: Sequence[tuple[bool, bool]]) -> dict[str, float | None]:
    """Precision and recall of what is (first) and what is read (second)."""
    right = sum(is_so and read for is_so, read in pairs)
    are, read = sum(is_so for is_so, _ in pairs), sum(read for _, read in pairs)
    return {
        f"{name}_precision": right / read if read else None,
        f"{name}_recall": right / are if are else None,
    }


def _listen(told: Sequence[_Told], embedder: Embedder | None) -> list[Heard]:
    sounds = _sounds([each.text for each in told], embedder) if embedder else [0.0] * len(told)
    return [
        Heard(each.text, each.mood, each.is_abuse, read_mood(each.text, sound), read_mood(each.text))
        for each, sound in zip(told, sounds, strict=True)
    ]


def _sounds(texts: Sequence[str], embedder: Embedder) -> list[float]:
    """What the head hears that `frontdesk train` learns from the shipped examples."""
    calm = [item.text for item in load_catalogue().labelled() if item.intent in CALM_INTENTS]
    head, _ = learn_mood(load_moods(), embedder, calm)
    vectors = embedder.embed(texts)
    return [head.weight(vector, text) for vector, text in zip(vectors, texts, strict=True)]


@dataclass(frozen=True, slots=True)
class _Told:
    """A line of the file."""

    text: str
    mood: str
    is_abuse: bool


def _told(file: Path, number: int, row: dict[str, Any]) -> _Told:
    try:
        if "abusive" in row:
            text, mood, is_abuse = str(row["user"]), "", bool(row["abusive"])
        else:
            text, mood = str(row["text"]), str(row["mood"])
            is_abuse = mood == "abusive"
    except KeyError as error:
        raise BadData(f"{file}:{number}: {error!r} in the line; a line needs {_NEEDS}") from error
    if mood and mood not in _MOODS:
        raise BadData(f"{file}:{number}: there is no mood {mood!r}; choose from {', '.join(sorted(_MOODS))}")
    return _Told(text, mood, is_abuse)
