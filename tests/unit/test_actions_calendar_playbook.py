"""What an operator writes about meetings, and how a mistake in it is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from server.actions.values import Hours, Meeting
from server.errors import BadPlaybook
from server.playbook import load_playbook

BOOK = """\
version: 1
site:
  name: Example
meetings:
  assignment: round_robin
  closed: [2026-12-24, "2026-12-27/2027-01-02"]
  types:
    - {key: demo, title: Example demo}
    - {key: security, title: Security review, minutes: 60, reps: [ben], intents: [security_compliance]}
  reps:
    - key: ada
      name: Ada
      email: ada@example.com
      hours: {mon: ["09:00-12:00"]}
      dates: {2026-12-28: ["10:00-11:00"], "2026-12-29": []}
      max_per_day: 4
      weight: 2
    - key: ben
      name: Ben
      email: ben@example.com
      hours: {mon: ["09:00-12:00"]}
      calendar:
        kind: caldav
        url: https://dav.example.com/ben/work/
        user: ben
translations:
  de: {meetings: {types: {security: Sicherheitsgespräch}}}
"""


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "example.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_schedules_and_types_are_read(tmp_path: Path) -> None:
    book = load_playbook(written(tmp_path, BOOK))

    calendar = book.calendar()

    assert calendar is not None
    ada = calendar.rep("ada")
    assert calendar.assignment == "round_robin"
    assert ada.weight == 2
    assert ada.schedule.max_per_day == 4
    assert ada.schedule.dates == {date(2026, 12, 28): (Hours(time(10), time(11)),), date(2026, 12, 29): ()}
    assert date(2026, 12, 30) in ada.schedule.closed
    assert len(ada.schedule.closed) == 8
    assert calendar.type("security").reps == ("ben",)
    assert calendar.type_for(["security_compliance"]).minutes == 60


def test_the_flat_keys_are_still_the_one_type_demo(tmp_path: Path) -> None:
    flat = "version: 1\nsite: {name: Example}\nmeetings:\n  title: Talk\n  minutes: 45\n  reps:\n"
    rep = "    - {key: ada, name: Ada, email: ada@example.com, hours: {mon: ['09:00-12:00']}}\n"

    calendar = load_playbook(written(tmp_path, flat + rep)).calendar()

    assert calendar is not None
    assert (calendar.default_type.key, calendar.default_type.title, calendar.default_type.minutes) == (
        "demo",
        "Talk",
        45,
    )


def test_each_types_title_can_be_translated(tmp_path: Path) -> None:
    book = load_playbook(written(tmp_path, BOOK))

    german = book.spoken("de-DE").calendar()

    assert german is not None
    assert german.type("security").title == "Sicherheitsgespräch"
    assert german.type("demo").title == "Example demo"


def test_a_meeting_is_called_by_its_own_types_title_in_the_visitors_language(tmp_path: Path) -> None:
    desk = load_playbook(written(tmp_path, BOOK)).desk("https://desk.example")
    start = datetime(2026, 3, 3, 9, tzinfo=UTC)

    def booked(kind: str, title: str) -> Meeting:
        return Meeting(
            id="m", site="example", conversation="c", rep="ben", meeting_type=kind, title=title, start=start,
            end=start + timedelta(hours=1), zone="UTC", email="", name="", topic="", state="confirmed", sequence=0,
            uid="m@example.frontdesk",
        )  # fmt: skip

    assert desk.title_of(booked("security", "Security review"), "de") == "Sicherheitsgespräch"
    assert desk.title_of(booked("security", "Security review"), "fr") == "Security review"
    assert desk.title_of(booked("security", "An earlier title"), "de") == "An earlier title"
    assert desk.title_of(booked("demo", "Example demo"), "de") == "Example demo"


@pytest.mark.parametrize(
    ("right", "wrong", "line", "fix"),
    [
        ("reps: [ben]", "reps: [bob]", 9, "'security' is held by 'bob'; the reps are ada, ben"),
        ("key: security, ", "key: demo, ", 9, "type key 'demo' stands twice"),
        ("key: ben\n", "key: ada\n", 18, "rep key 'ada' stands twice"),
        ("  assignment: round_robin\n", "  title: Talk\n", 4, "`title` stands beside `types`"),
        ("intents: [security_compliance]", "plans: [team]", 9, "for plan 'team', not in the catalogue"),
        ("2026-12-24,", "24.12.2026,", 6, "write it like 2026-12-24"),
        ("2026-12-27/2027-01-02", "2027-01-02/2026-12-27", 6, "ends before it begins; swap the days"),
        ('"2026-12-29": []', '"2026-12-32": []', 15, "is no day"),
        ("https://dav.", "http://dav.", 24, "would send the password in the clear"),
        ("https://dav.", "https://ben:secret@dav.", 24, "the password in FRONTDESK_CALENDAR_SECRETS"),
        ("        user: ben\n", "        user: ben\n        password: x\n", 26, "unknown key 'password'"),
        ("kind: caldav", "kind: exchange", 22, "'caldav', 'google', 'microsoft'"),
    ],
)
def test_a_mistake_in_meetings_is_named_by_line_and_fix(
    tmp_path: Path, right: str, wrong: str, line: int, fix: str
) -> None:
    assert right in BOOK
    file = written(tmp_path, BOOK.replace(right, wrong))

    with pytest.raises(BadPlaybook) as error:
        load_playbook(file)

    assert fix in str(error.value)
    assert f"{file}:{line}:" in str(error.value)


def test_an_intent_that_nobody_knows_is_named(tmp_path: Path) -> None:
    file = written(tmp_path, BOOK)

    with pytest.raises(BadPlaybook, match=r"meetings\.types\.1\.intents: there is no intent"):
        load_playbook(file, intents=["pricing"])


def test_a_password_never_appears_in_the_message_about_it(tmp_path: Path) -> None:
    file = written(
        tmp_path, BOOK.replace("        user: ben\n", "        user: ben\n        secret: 'hunter 2 !'\n")
    )

    with pytest.raises(BadPlaybook) as error:
        load_playbook(file)

    assert "FRONTDESK_CALENDAR_SECRETS" in str(error.value)
    assert "hunter 2" not in str(error.value)
