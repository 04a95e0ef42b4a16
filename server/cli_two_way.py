"""`frontdesk crm reconcile` and `frontdesk crm duplicates`: what the CRM says differently, what it may hold twice."""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli_options import expected, json_too, out, upgraded, with_data_dir

if TYPE_CHECKING:
    from server.settings import Settings
    from server.wiring.comparing import SiteCompared, SiteScanned

_one_or_all = click.option("--site", help="One site; every site when left out.")
_SPANS = {"h": "hours", "d": "days", "w": "weeks"}


class _Span(click.ParamType[timedelta]):
    """A length such as 30d."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,4})([hdw])", str(value).strip().lower())
        if found is None or int(found[1]) == 0:
            self.fail(f"{value!r} is no length of time; write 12h, 30d or 4w", param, ctx)
        return timedelta(**{_SPANS[found[2]]: int(found[1])})


@click.command("reconcile")
@_one_or_all
@click.option(
    "--since",
    type=_Span(),
    default="30d",
    show_default=True,
    help="Compare what was delivered since: 12h, 30d, 4w.",
)
@json_too
@with_data_dir
@expected
def reconcile(site: str | None, since: timedelta, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Compare what was delivered with what the CRM says now; nothing is written to it. Exit code 1 when it failed."""
    found = asyncio.run(_compared(upgraded(data_dir), site, since))
    value = {"sites": [{**asdict(each), "kinds": dict(each.kinds)} for each in found]}
    out(value, as_json, "\n".join(map(_compared_line, found)))
    if any(each.problem or (each.done and not each.done.is_done) for each in found):
        sys.exit(1)


@click.command("duplicates")
@_one_or_all
@json_too
@with_data_dir
@expected
def duplicates(site: str | None, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Look for contacts and companies that may be one; people decide in the console. Exit code 1 when it failed."""
    found = asyncio.run(_scanned(upgraded(data_dir), site))
    out({"sites": list(map(asdict, found))}, as_json, "\n".join(map(_scanned_line, found)))
    if any(each.problem for each in found):
        sys.exit(1)


async def _compared(settings: Settings, site: str | None, since: timedelta) -> list[SiteCompared]:
    from server.wiring.comparing import compare_sites

    return [each async for each in compare_sites(settings, site, since, datetime.now(UTC))]


async def _scanned(settings: Settings, site: str | None) -> list[SiteScanned]:
    from server.wiring.comparing import scan_sites

    return [each async for each in scan_sites(settings, site, datetime.now(UTC))]


def _compared_line(found: SiteCompared) -> str:
    if found.problem:
        return f"{found.site}: {found.problem}"
    if found.done is None:
        return f"{found.site}: this CRM can not be read back"
    kinds = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in found.kinds) or "no drift"
    failed = f", {found.done.failed} not answered" if found.done.failed else ""
    rest = "" if found.done.is_done else "; broken off, run it again to go on"
    return f"{found.site}: {found.done.compared} updates compared{failed}; open: {kinds}{rest}"


def _scanned_line(found: SiteScanned) -> str:
    if found.scan is None:
        return f"{found.site}: {found.problem}"
    return (
        f"{found.site}: {found.scan.records} records, {found.scan.open} possible duplicates open, "
        f"{found.scan.fresh} of them new"
    )
