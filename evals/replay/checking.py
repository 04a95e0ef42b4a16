"""Hold what happened against what a script expects; each difference is one line that says what was there instead."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from evals.replay.script import Expected
from evals.replay.stage import Outcome

_MAY_HOLD_DETAILS = frozenset(
    {"mails", "crm_contacts", "crm_companies", "crm_deals", "crm_activities", "crm_tasks"}
)
"""The CRM's own records and the sent folder; the vault holds ciphertext. Everywhere else placeholders stand."""
_MAY_HOLD_DETAILS_COLUMNS = frozenset({("crm_updates", "effect"), ("crm_applied", "effect")})
"""What an applied update replaced in the CRM, kept for undoing."""

_SETTLED = frozenset({"delivered", "awaiting_approval", "unchanged"})


def differences(expected: Expected, found: Outcome) -> list[str]:
    """Empty when everything is as expected."""
    return [
        *_decision(expected, found.record),
        *_blocks(expected, found.blocks),
        *_words(expected, found.blocks),
        *_facts(expected, found.facts),
        *_consequences(expected, found),
    ]


def leaks(database: Path, details: Sequence[str]) -> list[str]:
    """Where a personal detail stands in the database although only a placeholder should."""
    found = set()
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            if table in _MAY_HOLD_DETAILS or table.startswith("knowledge_emb"):
                continue
            rows = connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608  names come from the schema
            columns = [column[0] for column in rows.description]
            for row in rows:
                for column, value in zip(columns, row, strict=True):
                    if (table, column) not in _MAY_HOLD_DETAILS_COLUMNS:
                        found |= {(table, column, detail) for detail in details if detail in str(value)}
    return [f"{detail!r} stands in {table}.{column}" for table, column, detail in sorted(found)]


def _decision(expected: Expected, record: Mapping[str, Any]) -> Iterator[str]:
    if expected.play is not None and record.get("play") != expected.play:
        yield f"play {expected.play!r} expected, got {record.get('play')!r}{_because(record)}"
    missing = [reason for reason in expected.reasons if reason not in record.get("reasons", [])]
    if missing:
        yield f"reasons {missing} expected, got {record.get('reasons')}{_because(record)}"
    if expected.intents is not None and sorted(expected.intents) != sorted(record.get("asked_for", [])):
        yield f"intents {sorted(expected.intents)} expected{_because(record)}"


def _because(record: Mapping[str, Any]) -> str:
    """How the message was read: enough to see which room it went wrong in."""
    likeliest = ", ".join(
        f"{guess['name']} {guess['probability']:.2f}" for guess in record.get("intents", [])[:3]
    )
    facts = ", ".join(f"{fact['name']}={fact['value']!r}" for fact in record.get("facts", []))
    return (
        f" (asked for {record.get('asked_for')}, likeliest {likeliest or 'none'}, scope {record.get('scope_score')}, "
        f"answerability {record.get('answerability')}, facts {facts or 'none'}, reasons {record.get('reasons')})"
    )


def _blocks(expected: Expected, blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    kinds = [block["kind"] for block in blocks]
    if expected.blocks is not None and kinds != list(expected.blocks):
        yield f"blocks {list(expected.blocks)} expected, got {kinds}"
    for kind in expected.shows:
        if kind not in kinds:
            yield f"a {kind} block expected, got {kinds}"
    for kind in expected.hides:
        if kind in kinds:
            yield f"no {kind} block expected, got {kinds}"


def _words(expected: Expected, blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    shown = json.dumps([block for block in blocks if block["kind"] != "sources"], ensure_ascii=False)
    said = " ".join(shown.split())
    for words in expected.says:
        if json.dumps(words, ensure_ascii=False)[1:-1] not in said:
            yield f"the reply should say {words!r}, it is {said[:400]}"
    everything = json.dumps(blocks, ensure_ascii=False)
    for words in expected.never_says:
        if json.dumps(words, ensure_ascii=False)[1:-1] in everything:
            yield f"the reply must not say {words!r}, it is {said[:400]}"
    if expected.cites is not None:
        sources = [
            cited["url"] for block in blocks if block["kind"] == "sources" for cited in block["citations"]
        ]
        if not sources or not urlsplit(sources[0]).path.startswith(expected.cites):
            yield f"the first source should be {expected.cites!r}, sources are {sources}"


def _facts(expected: Expected, facts: Mapping[str, Any]) -> Iterator[str]:
    for name, wanted in expected.facts.items():
        if wanted is None and name in facts:
            yield f"fact {name!r} should not be known, it is {facts[name]!r}"
        elif wanted is not None and not _agrees(wanted, facts.get(name)):
            yield f"fact {name!r} should be {wanted!r}, it is {facts.get(name)!r}; known are {sorted(facts)}"


def _agrees(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(_agrees(value, found.get(name)) for name, value in wanted.items())
    if isinstance(found, dict) and not isinstance(wanted, dict):
        return bool(found.get("value") == wanted)
    return bool(wanted == found)


def _consequences(expected: Expected, found: Outcome) -> Iterator[str]:
    if expected.asks is not None and (found.open_question or "nothing") != expected.asks:
        yield f"open question should be {expected.asks!r}, it is {found.open_question!r}{_because(found.record)}"
    # What waits for a rep is split off as an update of the same kind.
    kinds = list(dict.fromkeys(found.crm))
    if expected.crm is not None and kinds != list(expected.crm):
        yield f"CRM updates {list(expected.crm)} expected, got {kinds}"
    for kind, status in zip(found.crm, found.crm_statuses, strict=True):
        if status not in _SETTLED:
            yield f"CRM update {kind} did not arrive, it is {status}"
    if expected.crm_fields is not None and sorted(expected.crm_fields) != list(found.crm_fields):
        yield f"fields {sorted(expected.crm_fields)} of the CRM expected, got {list(found.crm_fields)}"
    if expected.rep is not None and found.rep != expected.rep:
        yield f"the lead should be {expected.rep!r}'s, it is {found.rep!r}'s"
    for subject in expected.mails:
        if not any(subject in sent for sent in found.mails):
            yield f"a mail about {subject!r} expected, sent were {list(found.mails)}"
