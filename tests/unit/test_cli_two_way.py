"""`frontdesk crm reconcile` and `duplicates`: what they take and what they print."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crm_sync import Reconciled
from crm_sync.comparing.scanning import Scan
from server import cli_two_way
from server.wiring.comparing import SiteCompared, SiteScanned

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DONE = Reconciled(12, 2, 1, is_done=True, began_at=NOW, since=NOW)


def test_a_length_of_time_is_read_and_nonsense_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spans: list[timedelta] = []

    async def compared(_settings: Any, _site: str | None, since: timedelta) -> list[SiteCompared]:
        spans.append(since)
        return [SiteCompared("demo", DONE, (("changed", 2),))]

    monkeypatch.setattr(cli_two_way, "_compared", compared)
    monkeypatch.setattr(cli_two_way, "upgraded", lambda data_dir: data_dir)

    for given in ([], ["--since", "12h"], ["--since", "4w"]):
        ran = CliRunner().invoke(cli_two_way.reconcile, [*given, "--data-dir", str(tmp_path)])
        assert ran.exit_code == 0
        assert ran.output == "demo: 12 updates compared, 1 not answered; open: 2 changed\n"
    wrong = CliRunner().invoke(cli_two_way.reconcile, ["--since", "soon"])

    assert spans == [timedelta(days=30), timedelta(hours=12), timedelta(weeks=4)]
    assert wrong.exit_code == 2
    assert "write 12h, 30d or 4w" in wrong.output


@pytest.mark.parametrize(
    ("found", "line", "code"),
    [
        (SiteCompared("demo"), "demo: this CRM can not be read back\n", 0),
        (SiteCompared("demo", problem="The key was revoked."), "demo: The key was revoked.\n", 1),
        (
            SiteCompared("demo", Reconciled(1, 0, 0, is_done=False, began_at=NOW, since=NOW)),
            "demo: 1 updates compared; open: no drift; broken off, run it again to go on\n",
            1,
        ),
    ],
)
def test_what_went_wrong_is_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, found: SiteCompared, line: str, code: int
) -> None:
    async def compared(*_: Any) -> list[SiteCompared]:
        return [found]

    monkeypatch.setattr(cli_two_way, "_compared", compared)
    monkeypatch.setattr(cli_two_way, "upgraded", lambda data_dir: data_dir)

    ran = CliRunner().invoke(cli_two_way.reconcile, [])

    assert (ran.output, ran.exit_code) == (line, code)


def test_a_look_for_duplicates_says_how_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scanned(*_: Any) -> list[SiteScanned]:
        return [SiteScanned("demo", Scan(records=120, open=3, fresh=1))]

    monkeypatch.setattr(cli_two_way, "_scanned", scanned)
    monkeypatch.setattr(cli_two_way, "upgraded", lambda data_dir: data_dir)

    ran = CliRunner().invoke(cli_two_way.duplicates, [])

    assert ran.output == "demo: 120 records, 3 possible duplicates open, 1 of them new\n"
