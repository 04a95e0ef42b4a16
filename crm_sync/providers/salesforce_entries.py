"""Notes, tasks and meetings as Salesforce's activities.

A note is a completed Task, not a ContentNote: a ContentNote takes no custom field, so it could not carry our key, and
needs a second write to be tied to its contact; a Task carries the key, hangs on contact and deal in one write, stands
in the activity timeline, and needs no feature switched on. Limits are those of the Object Reference (Task, Event):
Subject 255, Description 32,000 characters; `TaskSubtype` keeps its default; an Event has no state, so a meeting that
was called off says so in its subject and leaves the time free.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from crm_sync.remote.ports import Entry, EntryKind

SUBJECT_MAX = 255
BODY_MAX = 32_000
CANCELLED = "Cancelled: "
_PRIORITY = {"low": "Low", "normal": "Normal", "high": "High"}


def sobject(kind: EntryKind) -> str:
    """Where an entry of that kind stands."""
    return "Event" if kind == "meeting" else "Task"


def fresh(entry: Entry, contact: str, company: str | None, deal: str | None) -> dict[str, Any]:
    """The fields of a new entry."""
    body = revised(entry) | {"WhoId": contact}
    if about := deal or company:
        body["WhatId"] = about
    if entry.kind != "meeting":
        body["Status"] = "Completed" if entry.kind == "note" else "Not Started"
    return body


def revised(entry: Entry) -> dict[str, Any]:
    """What a later version sets; whether a task is done stays as the rep left it."""
    subject = entry.subject
    if entry.cancelled and not subject.startswith(CANCELLED):
        subject = f"{CANCELLED}{subject}"
    told: dict[str, Any] = {"Subject": _cut(subject, SUBJECT_MAX), "Description": _text(entry)}
    if entry.kind == "meeting":
        end = entry.end or entry.at + timedelta(minutes=30)
        told |= {"StartDateTime": _moment(entry.at), "EndDateTime": _moment(end)}
        told["ShowAs"] = "Free" if entry.cancelled else "Busy"
        if entry.url and len(entry.url) <= 255:
            told["Location"] = entry.url
        return told
    day = entry.at if entry.kind == "note" else entry.due
    return told | {
        "Priority": _PRIORITY[entry.priority],
        "ActivityDate": None if day is None else day.astimezone(UTC).date().isoformat(),
    }


def _text(entry: Entry) -> str:
    link = f"\n\n{entry.url}" if entry.url else ""
    return _cut(entry.body, BODY_MAX - len(link)) + link


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
