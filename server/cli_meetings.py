"""`frontdesk meetings`: what an operator checks about the meetings that stand."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from server.cli_options import expected, json_too, out, upgraded, with_data_dir, with_site


@click.group()
def meetings() -> None:
    """Look after the meetings of a site."""


@meetings.command("check-zones")
@with_site
@json_too
@with_data_dir
@expected
def check_zones(site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """List coming meetings whose clocks show another time since the rules of a time zone changed.

    The server checks once a day by itself, flags them in the console and tells the reps.
    """
    from server.actions.when import tz_version
    from server.actions.zone_rules import Drift, drifted
    from server.settings import Settings
    from server.store.engine import open_engine, open_readers

    async def found(settings: Settings) -> list[Drift]:
        engine = open_engine(settings.database)
        try:
            async with open_readers(engine)() as session:
                return await drifted(session, site, now=datetime.now(UTC))
        finally:
            await engine.dispose()

    every = asyncio.run(found(upgraded(data_dir)))
    lines = [
        f"{each.start:%Y-%m-%d %H:%M} UTC  {each.meeting} with {each.rep}: agreed {each.agreed} ({each.zone}, "
        f"rules {each.tz_version}), now {each.shows}"
        for each in every
    ]
    told = [{**asdict(each), "start": each.start.isoformat()} for each in every]
    words = "\n".join(lines) or f"every clock shows what was agreed (rules {tz_version()})"
    out({"site": site, "tz_version": tz_version(), "meetings": told}, as_json, words)
