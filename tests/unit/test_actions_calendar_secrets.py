"""What opens the reps' calendars is read from where the operator put it, and never shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.actions.calendars.ports import CalendarRefused
from server.actions.calendars.secrets import Secrets

KEY = {"type": "service_account", "client_email": "x@y.example"}


def test_secrets_are_read_by_name_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets.yaml"
    file.write_text(f'ada_calendar: "hunter2"\nfernway_google: {json.dumps(KEY)}\n', encoding="utf-8")
    secrets = Secrets(file)

    assert secrets.text("ada_calendar") == "hunter2"
    assert secrets.key("fernway_google") == KEY
    assert secrets.names() == ("ada_calendar", "fernway_google")


def test_secrets_are_read_from_a_folder_with_a_file_for_each(tmp_path: Path) -> None:
    (tmp_path / "ada_calendar").write_text("hunter2\n", encoding="utf-8")
    (tmp_path / "fernway_google.json").write_text(json.dumps(KEY), encoding="utf-8")
    (tmp_path / "..data").mkdir()
    secrets = Secrets(tmp_path)

    assert secrets.text("ada_calendar") == "hunter2"
    assert secrets.key("fernway_google") == KEY
    assert secrets.names() == ("ada_calendar", "fernway_google")


def test_a_mended_secret_counts_at_once(tmp_path: Path) -> None:
    file = tmp_path / "secrets.yaml"
    file.write_text("ada_calendar: old\n", encoding="utf-8")
    secrets = Secrets(file)
    secrets.text("ada_calendar")

    file.write_text("ada_calendar: newer\n", encoding="utf-8")

    assert secrets.text("ada_calendar") == "newer"


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        ("ada_calendar: hunter2\n", "ada_calender", "did you mean 'ada_calendar'"),
        ("other: hunter2\n", "sales", "add it, or name another as `secret`"),
        ("sales: 4711\n", "sales", "is no text; put the password itself there"),
        ("sales: ''\n", "sales", "is no text"),
        ("- hunter2\n", "sales", "write the secrets by name"),
        ('sales: "hunter2\n', "sales", r"secrets.yaml:\d+: not valid YAML"),
    ],
)
def test_what_is_wrong_with_a_secret_is_said_without_showing_it(
    tmp_path: Path, content: str, name: str, says: str
) -> None:
    file = tmp_path / "secrets.yaml"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(CalendarRefused, match=says) as refused:
        Secrets(file).text(name)

    assert "hunter2" not in str(refused.value)


def test_a_key_that_is_a_password_is_refused(tmp_path: Path) -> None:
    (tmp_path / "google").write_text("hunter2", encoding="utf-8")

    with pytest.raises(CalendarRefused, match="no service account's key") as refused:
        Secrets(tmp_path).key("google")

    assert "hunter2" not in str(refused.value)


def test_where_nothing_is_set_the_setting_is_named() -> None:
    with pytest.raises(CalendarRefused, match="FRONTDESK_CALENDAR_SECRETS is not set"):
        Secrets(None).text("ada_calendar")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CalendarRefused, match="which can not be read"):
        Secrets(tmp_path / "gone.yaml").text("ada_calendar")
