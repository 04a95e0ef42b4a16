"""Commands for the CRM's audit trail: check it, and export it as JSON lines."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from server.cli_options import expected, json_too, out, upgraded, with_data_dir
from server.errors import FrontdeskError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from crm_sync.values import AuditReport
    from server.settings import Settings

T = TypeVar("T")
_of_one = click.option("--site", help="Only this site's trail (default: every site's).")


@click.group()
def audit() -> None:
    """Check and export who or what changed the CRM, on which evidence, under which policy."""


@audit.command("verify")
@_of_one
@click.option(
    "--file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Check an export instead of the database.",
)
@json_too
@with_data_dir
@expected
def verify(site: str | None, file: Path | None, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Recompute every entry's hash; the exit code is 1 when an entry was changed, removed or added."""
    if file is not None:
        reports = _of_file(file, site)
    else:
        settings = upgraded(data_dir)
        reports = asyncio.run(_reading(settings, lambda session: _of_database(session, site)))
    value = {
        "intact": all(each.intact for each in reports.values()),
        "sites": {
            name: {
                "intact": each.intact, "entries": each.entries, "broken_at": each.broken_at, "reason": each.reason,
            }
            for name, each in reports.items()
        },
    }  # fmt: skip
    out(value, as_json, "\n".join(_told(name, each) for name, each in reports.items()) or "no entries")
    if not value["intact"]:
        sys.exit(1)


@audit.command("export")
@_of_one
@with_data_dir
@expected
def export(site: str | None, data_dir: Path | None) -> None:
    """Print the trail as JSON lines, oldest first, with a line at the end of each site."""
    asyncio.run(_reading(upgraded(data_dir), lambda session: _print(session, site)))


def _told(site: str, report: AuditReport) -> str:
    if report.intact:
        return f"{site}: intact, {report.entries} entries"
    return (
        f"{site}: BROKEN at entry {report.broken_at}: {report.reason}; {report.entries} before it are intact"
    )


def _of_file(file: Path, site: str | None) -> dict[str, AuditReport]:
    from crm_sync.audit_file import check

    with file.open(encoding="utf-8") as lines:
        reports = check(lines, str(file))
    return _wanted(reports, site, f"{file} holds no entries of site {site!r}")


async def _of_database(session: AsyncSession, site: str | None) -> dict[str, AuditReport]:
    from crm_sync import audit as trail

    known = await trail.sites(session)
    found = {name: await trail.verify(session, name) for name in known if site in (None, name)}
    return _wanted(
        found, site, f"site {site!r} has no audit trail; sites that have: {', '.join(known) or 'none'}"
    )


def _wanted(reports: dict[str, AuditReport], site: str | None, otherwise: str) -> dict[str, AuditReport]:
    if site is None:
        return reports
    if site not in reports:
        raise FrontdeskError(otherwise, code="unknown_site")
    return {site: reports[site]}


async def _print(session: AsyncSession, site: str | None) -> None:
    from crm_sync import audit as trail

    known = await trail.sites(session)
    if site is not None and site not in known:
        raise FrontdeskError(
            f"site {site!r} has no audit trail; sites that have: {', '.join(known) or 'none'}",
            code="unknown_site",
        )
    for name in known if site is None else [site]:
        # The end first: what is added meanwhile is not half exported.
        end = await trail.end_of(session, name)
        async for entry in trail.entries(session, name, until=end["end"]):
            click.echo(json.dumps(entry))
        click.echo(json.dumps(end))


async def _reading(settings: Settings, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    from server.store.engine import open_engine, open_readers

    engine = open_engine(settings.database)
    try:
        async with open_readers(engine)() as session:
            return await work(session)
    finally:
        await engine.dispose()
