"""How much of the personal data in a text is sealed, and how much of what is sealed is personal."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals import gates
from evals.datasets import fingerprint, json_lines
from evals.errors import BadData
from evals.metrics import median
from evals.report import Report
from intents.redaction import seal
from intents.values import Redacted, Sealed

GOLDEN = Path(__file__).parent.parent / "golden" / "redaction.jsonl"
_NEEDS = "text and spans of {type, value, start, end}"
_REMARKS = 60

Tell = Callable[[str], None]

COVERED: Mapping[str, str] = {
    "EMAIL_ADDRESS": "email", "EMAIL": "email", "PHONE_NUMBER": "phone", "PHONE": "phone", "PERSON": "person",
    "ADDRESS": "address", "STREET_ADDRESS": "address", "CREDIT_CARD": "card", "CARD": "card", "IBAN_CODE": "iban",
    "IBAN": "iban", "US_SSN": "id", "US_DRIVER_LICENSE": "id", "US_PASSPORT": "id", "NATIONAL_ID": "id", "ID": "id",
    "US_ITIN": "id", "UK_NINO": "id", "UK_NHS": "id", "DE_TAX_ID": "id", "FR_NIR": "id", "ES_NIF": "id", "ES_NIE": "id",
    "IT_FISCAL_CODE": "id", "IP_ADDRESS": "ip", "IP": "ip", "SECRET": "secret", "PASSWORD": "secret", "LINK": "link",
    "URL_WITH_TOKEN": "link",
}  # fmt: skip
"""Labels of data sets, and the kind of ours that covers them. Anything else (places, organisations, titles, dates,
domain names) is personal to nobody by itself and is left readable."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and what is personal in it; `others` are labels that are not covered."""

    text: str
    covered: Sequence[tuple[str, int, int]]
    others: Sequence[tuple[str, int, int]]


def run(tell: Tell, data: Path | None = None) -> Report:
    """Our golden set, or a file of labelled texts: lines of ours, or a list in Presidio's layout."""
    rows = _rows(data or GOLDEN)
    tell(f"sealing {len(rows)} texts")
    # The first text loads the model that finds names.
    seal("We met Ada Lovelace in London.")
    found: list[Redacted] = []
    costs: list[float] = []
    for row in rows:
        started = time.process_time()
        found.append(seal(row.text))
        costs.append((time.process_time() - started) * 1000)
    figures, remarks = _figures(rows, found)
    figures["ms_median"] = median(costs)
    bars = gates.bars_of_known(fingerprint(data), figures) if data else gates.bars("redaction", figures)
    return Report("redaction", figures, bars, remarks)


def _figures(
    rows: Sequence[Labelled], found: Sequence[Redacted]
) -> tuple[dict[str, float | None], tuple[str, ...]]:
    asked: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    sealed_in_all = right = others = 0
    remarks: list[str] = []
    for row, redacted in zip(rows, found, strict=True):
        places = _places(row.text, redacted)
        for kind, start, end in row.covered:
            asked[kind] += 1
            if _is_sealed(row.text, kind, start, end, places):
                hit[kind] += 1
            else:
                remarks.append(f"{kind} {row.text[start:end]!r} stands in {redacted.text[:140]!r}")
        for seal_, start, end in places:
            sealed_in_all += 1
            if any(start < last and first < end for _, first, last in row.covered):
                right += 1
            else:
                remarks.append(f"sealed {seal_.kind} {row.text[start:end]!r} in {row.text[:140]!r}")
        others += len(row.others)
    total = sum(asked.values())
    return {
        "recall": sum(hit.values()) / total if total else None,
        "precision": right / sealed_in_all if sealed_in_all else None,
        **{f"{kind}_recall": hit[kind] / count for kind, count in sorted(asked.items())},
        "covered": total,
        "not_covered": others,
        "texts": len(rows),
    }, tuple(remarks[:_REMARKS])


def _places(text: str, redacted: Redacted) -> list[tuple[Sealed, int, int]]:
    """Where in the original each placeholder's words stood: what lies between placeholders is the same in both."""
    pattern, copied = "", 0
    for one in redacted.sealed:
        pattern += re.escape(redacted.text[copied : one.start]) + "(.+?)"
        copied = one.end
    match = re.fullmatch(pattern + re.escape(redacted.text[copied:]), text, re.DOTALL)
    if match is None:
        raise ValueError(f"the text changed outside its placeholders: {redacted.text[:80]!r}")
    return [(one, *match.span(place)) for place, one in enumerate(redacted.sealed, 1)]


def _is_sealed(text: str, kind: str, start: int, end: int, places: Sequence[tuple[Sealed, int, int]]) -> bool:
    """Nothing that tells of it is left: no letter or digit; of an address no figure, and at most its town."""
    hidden = [any(first <= at < last for _, first, last in places) for at in range(start, end)]
    left = [text[start + at] for at, is_hidden in enumerate(hidden) if not is_hidden]
    if kind == "address":
        letters = [char for char in text[start:end] if char.isalpha()]
        return not any(char.isdigit() for char in left) and 2 * sum(char.isalpha() for char in left) <= len(
            letters
        )
    return not any(char.isalnum() for char in left)


def _rows(file: Path) -> list[Labelled]:
    if file.suffix == ".json":
        try:
            listed = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadData(
                f"{file}:1: not a readable JSON list ({error}); name a file of labelled texts"
            ) from error
        numbered = list(enumerate(listed if isinstance(listed, list) else [], 1))
    else:
        numbered = list(json_lines(file, _NEEDS))
    if not numbered:
        raise BadData(f"{file}:1: the file is empty; write objects of {_NEEDS}")
    return [_labelled(file, number, row) for number, row in numbered]


def _labelled(file: Path, number: int, row: dict[str, Any]) -> Labelled:
    try:
        text = str(row.get("full_text") or row["text"])
        spans = [
            (
                str(one.get("entity_type") or one.get("type")).upper(),
                int(one.get("start_position", one.get("start"))),
                int(one.get("end_position", one.get("end"))),
            )
            for one in row["spans"]
        ]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadData(f"{file}:{number}: {error!r} in the line; a line needs {_NEEDS}") from error
    spans = [span for span in spans if re.search(r"\w", text[span[1] : span[2]])]
    return Labelled(
        text,
        [(COVERED[label], start, end) for label, start, end in spans if label in COVERED],
        [span for span in spans if span[0] not in COVERED],
    )
