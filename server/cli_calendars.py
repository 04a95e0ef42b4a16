"""`frontdesk calendars check`: try the calendars that the reps keep elsewhere."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from server.cli_options import expected, json_too, out, settings_of, with_data_dir


@click.group()
def calendars() -> None:
    """The calendars that reps keep at Google, Microsoft or a CalDAV server."""


@calendars.command("check")
@click.option("--site", help="One site; every site when left out.")
@click.option(
    "--write", is_flag=True, help="Also put an event into each, a year ahead, and take it out again."
)
@json_too
@with_data_dir
@expected
def check(site: str | None, write: bool, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Try each rep's calendar and say what works or what to mend; exit code 1 when one does not."""
    from server.actions.calendars.secrets import Secrets
    from server.wiring.calendars import KeptCalendars, check_calendars
    from server.wiring.parts import playbooks_of

    settings = settings_of(data_dir=data_dir)
    playbooks = playbooks_of(settings)
    if site is not None:
        playbooks.of(site)
    kept = KeptCalendars(playbooks, Secrets(settings.calendar_secrets), lambda: datetime.now(UTC))
    sites = [site] if site else playbooks.sites
    found = asyncio.run(check_calendars(kept, playbooks, sites, datetime.now(UTC), write=write))
    lines = (
        f"{'ok  ' if each.ok else 'FAIL'} {each.site}/{each.rep} ({each.kind}): {each.detail}"
        for each in found
    )
    ok = all(each.ok for each in found)
    out(
        {"ok": ok, "calendars": [asdict(each) for each in found]},
        as_json,
        "\n".join(lines) or "nobody to meet",
    )
    if not ok:
        sys.exit(1)
