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
from intents.sentiment import Mood, read_mood

GOLDEN = Path(__file__).parent.parent / "golden" / "mood.jsonl"
_NEEDS = "text and mood (calm, frustrated or abusive), or user and abusive"
_MOODS = frozenset({"calm", "frustrated", "abusive"})
_FRUSTRATED = 0.5
"""From here on the assistant asks nothing more (`quiet_above_frustration`)."""
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

    @property
    def is_hot(self) -> bool:
        return self.mood != "calm"

    @property
    def reads_hot(self) -> bool:
        return self.read.frustration >= _FRUSTRATED

    @property
    def reads_abuse(self) -> bool:
        return bool(_ABUSE & set(self.read.reasons))


def run(tell: Tell, data: Path | None = None) -> Report:
    """Our golden set, or lines of `{text, mood}`; lines of `{user, abusive}` are asked for abuse only."""
    file = data or GOLDEN
    heard = [_heard(file, number, row) for number, row in json_lines(file, _NEEDS)]
    if not heard:
        raise BadData(f"{file}:1: the file is empty; write one object of {_NEEDS} a line")
    tell(f"listening to {len(heard)} messages")
    judged = [one for one in heard if one.mood]
    figures: dict[str, float | None] = {
        **_both("frustration", [(one.is_hot, one.reads_hot) for one in judged]),
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


def _heard(file: Path, number: int, row: dict[str, Any]) -> Heard:
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
    return Heard(text, mood, is_abuse, read_mood(text))
