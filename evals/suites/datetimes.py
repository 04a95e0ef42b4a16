"""Whether the dates, times, ranges and durations of a text are found and resolved to the right values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from evals import gates
from evals.datasets import fingerprint, json_lines
from evals.errors import BadData
from evals.report import Report
from intents.facts.dates import Calendar, Moment, find_moments

GOLDEN = Path(__file__).parent.parent / "golden" / "datetimes.jsonl"
_NEEDS = "text, reference and expected (or text and entities)"
_REMARKS = 40

Tell = Callable[[str], None]
Value = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """One expression that stands at `start:end` (the last character's place is `end - 1`), and its possible values."""

    text: str
    kind: str
    start: int
    end: int
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Line:
    """A text, when it was written, and what stands in it. `excluded` counts what is not measured, by reason."""

    text: str
    reference: datetime
    expected: Sequence[Expected]
    excluded: Sequence[tuple[str, Expected]]
    mode: str
    day_first: bool


def run(tell: Tell, data: Path | None = None) -> Report:
    """Our golden set, or a file of lines in the layout of a recogniser's specifications or of labelled requests."""
    file = data or GOLDEN
    rows = list(json_lines(file, _NEEDS))
    if not rows:
        raise BadData(f"{file}:1: the file is empty; write one object of {_NEEDS} a line")
    tell(f"reading {len(rows)} texts")
    if "userInput" in rows[0][1]:
        rows = [(number, _as_request(file, number, row)) for number, row in rows]
    if "entities" in rows[0][1]:
        figures, remarks = _found(file, rows)
    else:
        figures, remarks = _resolved([_line(file, number, row) for number, row in rows])
    known = fingerprint(file)
    bars = gates.bars_of_known(known, figures) if data else gates.bars("datetimes", figures)
    return Report("datetimes", figures, bars, remarks)


def _resolved(lines: Sequence[Line]) -> tuple[dict[str, float | None], tuple[str, ...]]:
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    excluded: Counter[str] = Counter()
    remarks: list[str] = []
    spurious = found_in_all = verbatim = 0
    for line in lines:
        calendar = Calendar(line.reference, line.day_first)
        found = find_moments(line.text, calendar)
        found_in_all += len(found)
        everything = (*line.expected, *(one for _, one in line.excluded))
        spurious += sum(not any(_overlap(one, other) for other in everything) for one in found)
        verbatim += sum(bool(line.text[one.start : one.end].strip()) for one in found)
        excluded.update(reason for reason, _ in line.excluded)
        for expected in line.expected:
            asked[expected.kind] += 1
            near = [one for one in found if _overlap(one, expected)]
            if any(matches(one, expected, line.reference) for one in near):
                right[expected.kind] += 1
            else:
                remarks.append(_difference(line, expected, near))
    kinds = {f"{kind}_exact": right[kind] / count for kind, count in sorted(asked.items())}
    total = sum(asked.values())
    figures: dict[str, float | None] = {
        "exact": sum(right.values()) / total if total else None,
        **kinds,
        "precision": 1 - spurious / found_in_all if found_in_all else None,
        "supported": total,
        "excluded": sum(excluded.values()),
        "texts": len(lines),
        **{f"excluded_{reason}": count for reason, count in sorted(excluded.items())},
    }
    return figures, tuple(remarks[:_REMARKS])


def matches(found: Moment, expected: Expected, reference: datetime) -> bool:
    """Whether the value is one that the data accepts; of a past and a coming one only the coming counts."""
    values = [value for value in expected.values if value.get("type") != "timezone"]
    coming = [value for value in values if _last_day(value) >= reference.date()]
    return any(_is_value(found, value, expected.kind) for value in coming or values)


def _is_value(found: Moment, value: Value, kind: str) -> bool:
    if found.kind != kind:
        return False
    if found.is_impossible or value.get("value") == "not resolved":
        return found.is_impossible and value.get("value") == "not resolved"
    if kind == "duration":
        return found.seconds is not None and abs(found.seconds - float(value.get("value", -1))) < 0.01
    if kind in {"date", "time", "datetime"}:
        return found.begins == _parsed(str(value.get("value")))
    if found.part and kind != "daterange":
        return _same_part(found, value)
    start, end = value.get("start"), value.get("end")
    begins_right = start is None or found.begins == _parsed(start) or _day_later(found, start)
    ends_right = end is None or _parsed(end) in {found.ends, found.last}
    open_right = (start is None) == (found.begins is None) and (end is None) == (found.ends is None)
    return begins_right and ends_right and open_right


def _day_later(found: Moment, start: str) -> bool:
    """After the 1st" begins with the 1st for some and with the 2nd for others."""
    said = _parsed(start)
    return (
        found.bound == "after"
        and isinstance(said, date)
        and isinstance(found.begins, date)
        and found.begins in {said, said - timedelta(days=1), said + timedelta(days=1)}
    )


_PART_CODES = {
    "MO": "morning", "AF": "afternoon", "EV": "evening", "NI": "night", "DT": "daytime", "MEL": "lunch", "ML": "lunch",
}  # fmt: skip


def _same_part(found: Moment, value: Value) -> bool:
    """A part of the day is right when its name is: which hours an afternoon has is each product's own choice."""
    code = re.search(r"T(MO|AF|EV|NI|DT|MEL|ML)", str(value.get("timex", "")))
    said = f"{value.get('start') or value.get('end')}"
    day_right = not isinstance(found.begins, datetime) or said.startswith(found.begins.date().isoformat())
    if not code:
        return False
    name = {"start": "early ", "end": "late "}.get(str(value.get("Mod", "")), "") + _PART_CODES[code[1]]
    return day_right and (found.part == name or (name == "lunch" and "lunch" in found.part))


def _parsed(said: str) -> date | time | datetime | None:
    for read in (date.fromisoformat, datetime.fromisoformat, time.fromisoformat):
        try:
            return read(said)
        except ValueError:
            continue
    return None


def _last_day(value: Value) -> date:
    said = _parsed(str(value.get("end") or value.get("value") or value.get("start") or ""))
    return said.date() if isinstance(said, datetime) else said if isinstance(said, date) else date.max


def _overlap(found: Moment | Expected, expected: Moment | Expected) -> bool:
    return found.start < expected.end and expected.start < found.end


def _difference(line: Line, expected: Expected, near: Sequence[Moment]) -> str:
    said = "; ".join(
        f"{one.kind} {one.begins or ''}..{one.ends or ''} {one.bound}{one.part}{one.seconds or ''}"
        for one in near
    )
    wanted = "; ".join(
        " ".join(str(value.get(key)) for key in ("value", "start", "end", "Mod") if value.get(key))
        for value in expected.values
    )
    return (
        f"{line.text[:90]!r} at {line.reference:%Y-%m-%d %H:%M}: {expected.kind} "
        f"{expected.text!r} is {wanted}, read as {said or 'nothing'}"
    )


def _line(file: Path, number: int, row: dict[str, Any]) -> Line:
    try:
        mode = str(row.get("file", ""))
        reference = datetime.fromisoformat(row.get("reference") or "2026-11-18T10:00:00")
        rows = [
            Expected(
                one["text"],
                one["type"].removeprefix("datetimeV2."),
                one["start"],
                one["end"] + 1,
                one.get("values") or [],
            )
            for one in row["expected"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise BadData(f"{file}:{number}: {error!r} in the line; a line needs {_NEEDS}") from error
    reasons = [(excluded_for(one, mode, reference, str(row["text"])), one) for one in rows]
    return Line(
        str(row["text"]),
        reference,
        [one for reason, one in reasons if not reason],
        [(reason, one) for reason, one in reasons if reason],
        mode,
        bool(row.get("day_first")),
    )


_MODES = {"DateTimeModelTasksMode", "DateTimeModelExperimentalMode"}
_KINDS = {"date", "time", "datetime", "daterange", "timerange", "datetimerange", "duration"}
_UNSAID = re.compile(
    r"\b(?:seasons?|spring|summer|autumn|fall|winter|school|fiscal|sy|centur\w+|decades?|\w*ties|\d0 ?s)\b",
    re.IGNORECASE,
)


def excluded_for(expected: Expected, mode: str, reference: datetime, text: str) -> str:
    """Why an expression is not measured; empty when it is. What a booking chat needs is, see docs/understanding.md."""
    if mode in _MODES:
        return "other_convention"
    if expected.kind not in _KINDS:
        return {"set": "repeated", "datetimealt": "alternatives"}.get(expected.kind, "zone_alone")
    if _UNSAID.search(expected.text):
        return "season_or_era"
    if all(_last_day(value) < reference.date() for value in expected.values) and expected.values:
        return "past"
    if any(str(value.get("Mod", "")) in {"less", "more"} for value in expected.values):
        return "compared_length"
    if "ref_undef" in str(expected.values):
        return "refers_elsewhere"
    del text
    return ""


_DAY_ENTITIES = {"FromDate", "ToDate"}
_TIME_ENTITIES = {"FromTime", "ToTime"}
_LENGTH_ENTITIES = {"Duration", "MoveEarlierTimeSpan", "MoveLaterTimeSpan"}


def _as_request(file: Path, number: int, row: dict[str, Any]) -> dict[str, Any]:
    """A line of a slot filler's data, `{userInput, labels}`, as a labelled request; other slots are left out."""
    names = {"date": "FromDate", "time": "FromTime"}
    try:
        text = row["userInput"]["text"]
        labels = [one for one in row.get("labels", ()) if one["slot"] in names and "valueSpan" in one]
        spans = [(names[one["slot"]], one["valueSpan"]) for one in labels]
        entities = [
            {"entity": name, "text": text[span.get("startIndex", 0) : span["endIndex"]]}
            for name, span in spans
        ]
    except (KeyError, TypeError) as error:
        raise BadData(f"{file}:{number}: {error!r} in the line; a line needs userInput and labels") from error
    return {"text": text, "entities": entities}


def _found(
    file: Path, rows: Sequence[tuple[int, dict[str, Any]]]
) -> tuple[dict[str, float | None], tuple[str, ...]]:
    """Labelled requests: each date, time and length must lie inside something that was read at its place."""
    calendar = Calendar(datetime(2026, 11, 18, 10), day_first=False)  # noqa: DTZ001  a wall clock, as visitors have
    hit: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    remarks: list[str] = []
    for number, row in rows:
        try:
            text, entities = str(row["text"]), [(one["entity"], one["text"]) for one in row["entities"]]
        except (KeyError, TypeError) as error:
            raise BadData(
                f"{file}:{number}: {error!r} in the line; a line needs text and entities"
            ) from error
        found = find_moments(text, calendar)
        for entity, words in entities:
            kind = (
                "date"
                if entity in _DAY_ENTITIES
                else "time"
                if entity in _TIME_ENTITIES
                else "length"
                if entity in _LENGTH_ENTITIES
                else ""
            )
            places = [match.span() for match in re.finditer(re.escape(words), text)]
            if not kind or not places:
                continue
            asked[kind] += 1
            if any(one.start < end and start < one.end for start, end in places for one in found):
                hit[kind] += 1
            else:
                remarks.append(f"{text!r}: {entity} {words!r} is not found")
    both = ("date", "time")
    figures: dict[str, float | None] = {
        "found": sum(hit[kind] for kind in both) / max(1, sum(asked[kind] for kind in both)),
        **{f"{kind}_found": hit[kind] / asked[kind] for kind in (*both, "length") if asked[kind]},
        "entities": sum(asked.values()),
        "texts": len(rows),
    }
    return figures, tuple(remarks[:_REMARKS])
