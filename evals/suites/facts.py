"""Whether facts are read from messages: the right ones, with the right values, and none where none is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from evals import gates
from evals.datasets import fingerprint, json_lines
from evals.errors import BadData
from evals.report import Report
from intents.facts import find_facts
from intents.language import detect
from intents.redaction import seal
from intents.values import AnswerKind, Asked, Fact, ReadingContext

GOLDEN = Path(__file__).parent.parent / "golden" / "facts.jsonl"
_NEEDS = "text and facts (name to value, null for none) or language"
_REMARKS = 60
_PLANS = ("Starter", "Team", "Business", "Enterprise")
_NOW = datetime(2026, 11, 18, 10, tzinfo=ZoneInfo("Europe/Berlin"))
# Told by every message that opens with one of a few words, or by the shape of what redaction sealed.
_NOT_COUNTED = frozenset({"yes_no", "email_kind"})

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Line:
    """A message and the facts it tells; of two for one name the one that holds. `language`, where it is asked."""

    text: str
    facts: Mapping[str, Any]
    language: str
    asked: Asked | None


def run(tell: Tell, data: Path | None = None) -> Report:
    """Our golden set, or lines of `{text, facts}` with an optional `asked` ({field, kind, choices}) and `language`."""
    lines = [_line(data or GOLDEN, number, row) for number, row in json_lines(data or GOLDEN, _NEEDS)]
    if not lines:
        raise BadData(f"{data or GOLDEN}:1: the file is empty; write one object of {_NEEDS} a line")
    tell(f"reading {len(lines)} messages")
    figures, remarks = _figures(lines)
    bars = gates.bars_of_known(fingerprint(data), figures) if data else gates.bars("facts", figures)
    return Report("facts", figures, bars, remarks)


def _figures(lines: Sequence[Line]) -> tuple[dict[str, float | None], tuple[str, ...]]:
    hit: Counter[str] = Counter()
    told: Counter[str] = Counter()
    found_of: Counter[str] = Counter()
    remarks: list[str] = []
    quiet = quiet_right = verbatim = found_in_all = 0
    for line in lines:
        if line.facts is None:
            continue
        sealed = seal(line.text, never=[plan.lower() for plan in _PLANS])
        context = ReadingContext(now=_NOW, time_zone="Europe/Berlin", asked=line.asked)
        facts = find_facts(sealed, context, _PLANS)
        verbatim += sum(sealed.text[fact.start : fact.end] == fact.text for fact in facts)
        found_in_all += len(facts)
        held = held_facts(facts)
        if not line.facts:
            quiet += 1
            quiet_right += not held
        told.update(list(line.facts))
        found_of.update(list(held))
        right = [name for name, value in line.facts.items() if name in held and same(held[name], value)]
        hit.update(right)
        wrong = {name: line.facts[name] for name in line.facts if name not in right}
        extra = {name: value for name, value in held.items() if name not in line.facts or name in wrong}
        if wrong or extra:
            remarks.append(
                f"{line.text[:110]!r}: expected {wrong or 'nothing more'}, read {extra or 'nothing'}"
            )
    spoken = [(line, detect(line.text)) for line in lines if line.language]
    remarks += [
        f"{line.text!r}: {line.language} taken for {heard}"
        for line, heard in spoken
        if heard != line.language
    ]
    names = sorted(set(told) | set(found_of))
    figures: dict[str, float | None] = {
        "recall": sum(hit.values()) / sum(told.values()) if told else None,
        "precision": sum(hit.values()) / sum(found_of.values()) if found_of else None,
        "verbatim": verbatim / found_in_all if found_in_all else None,
        "quiet": quiet_right / quiet if quiet else None,
        "language": sum(heard == line.language for line, heard in spoken) / len(spoken) if spoken else None,
        **{f"{name}_recall": hit[name] / told[name] if told[name] else None for name in names},
        **{f"{name}_precision": hit[name] / found_of[name] if found_of[name] else None for name in names},
        "facts": sum(told.values()),
        "messages": len(lines),
        "languages_asked": len(spoken),
    }
    return figures, tuple(remarks[:_REMARKS])


def held_facts(facts: Sequence[Fact]) -> dict[str, Any]:
    """The value of each name that holds; tools and industries add up, everything else is replaced by the later word."""
    held: dict[str, Any] = {}
    for fact in facts:
        if fact.name in _NOT_COUNTED:
            continue
        if fact.name in {"current_tool", "industry"}:
            held.setdefault(fact.name, []).append(fact.value)
        else:
            held[fact.name] = fact.value
    return held


def same(found: Any, expected: Any) -> bool:
    """Of a dictionary only what is expected is compared, of a moment its beginning; lists in any order."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(same(found.get(key), value) for key, value in expected.items())
    if isinstance(found, list) or isinstance(expected, list):
        left = found if isinstance(found, list) else [found]
        right = expected if isinstance(expected, list) else [expected]
        return sorted(map(str, left)) == sorted(map(str, right))
    if isinstance(found, str) and isinstance(expected, str):
        # A moment is given to the minute, without its zone.
        return found.casefold() == expected.casefold() or (len(expected) == 16 and found.startswith(expected))
    return bool(found == expected)


def _line(file: Path, number: int, row: dict[str, Any]) -> Line:
    try:
        asked = row.get("asked")
        kind: AnswerKind = asked.get("kind", "text") if asked else "text"
        return Line(
            str(row["text"]),
            row.get("facts") if "facts" in row or "language" not in row else None,  # type: ignore[arg-type]
            str(row.get("language", "")),
            Asked(asked["field"], kind, tuple(asked.get("choices", ()))) if asked else None,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise BadData(f"{file}:{number}: {error!r} in the line; a line needs {_NEEDS}") from error
