"""`frontdesk crm`: check and prepare the CRMs that sites write to, and preview what waiting updates would write."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli_options import expected, fail, json_too, out, settings_of, upgraded, with_data_dir, with_site

if TYPE_CHECKING:
    from crm_sync.remote.previewing import Cell
    from server.wiring.crm_desk import SiteCheck, UpdatePreview

_one_or_all = click.option("--site", help="One site; every site when left out.")


@click.group()
def crm() -> None:
    """The CRMs that sites write to: the built-in one, HubSpot, Salesforce, Pipedrive, or a webhook."""


@crm.command("check")
@_one_or_all
@json_too
@with_data_dir
@expected
def check(site: str | None, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Read each CRM's own metadata and say what would fail and how to mend it; exit code 1 when something would."""
    from dataclasses import asdict

    from server.wiring.crm_desk import check_sites

    found = asyncio.run(check_sites(settings_of(data_dir=data_dir), site))
    ok = all(each.ok for each in found)
    value = {"ok": ok, "sites": [{"ok": each.ok, **asdict(each)} for each in found]}
    out(value, as_json, "\n".join(line for each in found for line in _check_lines(each)))
    if not ok:
        sys.exit(1)


@crm.command("prepare")
@_one_or_all
@json_too
@with_data_dir
@expected
def prepare(site: str | None, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Make the fields of our own that a mapping names; harmless to repeat. Exit code 1 when the CRM does not let us."""
    from dataclasses import asdict

    from server.wiring.crm_desk import prepare_sites

    found = asyncio.run(prepare_sites(settings_of(data_dir=data_dir), site))
    ok = not any(each.problem for each in found)
    lines = []
    for each in found:
        made = f"made {', '.join(each.made)}" if each.made else "nothing to make"
        lines.append(
            f"{'FAIL' if each.problem else 'ok  '} {each.site} ({each.provider}): {each.problem or made}"
        )
    out({"ok": ok, "sites": [asdict(each) for each in found]}, as_json, "\n".join(lines))
    if not ok:
        sys.exit(1)


@crm.command("preview")
@with_site
@click.option("--update", help="One update, by its id.")
@click.option("--conversation", help="What waits of one conversation.")
@click.option("--all-waiting", is_flag=True, help="Everything that waits for a rep or for delivery.")
@click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(1, 10_000), help="At most so many."
)
@json_too
@with_data_dir
@expected
def preview(
    site: str,
    update: str | None,
    conversation: str | None,
    all_waiting: bool,  # noqa: FBT001
    limit: int,
    as_json: bool,  # noqa: FBT001
    data_dir: Path | None,
) -> None:
    """Say what updates would write where, without writing anything. Personal values show as their placeholders."""
    from server.wiring.crm_desk import preview_updates

    if [update is not None, conversation is not None, all_waiting].count(True) != 1:
        fail("say which updates: --update ID, --conversation ID or --all-waiting", 2)
    found = asyncio.run(
        preview_updates(upgraded(data_dir), site, update=update, conversation=conversation, limit=limit)
    )
    text = "\n\n".join("\n".join(_preview_lines(each)) for each in found)
    out({"site": site, "updates": [each.shown() for each in found]}, as_json, text or "nothing waits")


def _check_lines(found: SiteCheck) -> Iterator[str]:
    head = f"{found.site} ({found.provider})"
    if found.problem:
        yield f"FAIL {head}: {found.problem}"
        return
    if found.checked is None:
        yield f"ok   {head}: takes our fields as they are"
        return
    checked = found.checked
    if checked.account:
        yield f"{'ok  ' if found.ok else 'FAIL'} {head}: {checked.account}; {checked.fields} fields"
    for each in checked.findings:
        ours = f"{each.record}.{each.field} -> " if each.field else f"{each.record}: " if each.to else ""
        mark = "FAIL" if each.is_sure else "warn"
        yield f"{mark} {head}: {ours}{each.to}{' ' if each.to else ''}{each.problem}; {each.fix}"
    if checked.left_out:
        yield f"     {head}: left out: {', '.join(checked.left_out)}"


def _preview_lines(found: UpdatePreview) -> Iterator[str]:
    yield f"{found.id}  {found.kind}  {found.status}  conversation {found.conversation}"
    if found.preview is None:
        yield f"  can not leave: {found.problem}"
        return
    seen = found.preview
    if seen.done:
        yield f"  {found.provider} has it already: nothing would change"
        return
    for record, record_id in seen.records.items():
        yield f"  {record:8} {'would be made' if record_id == 'new' else record_id}"
    rows = [_row(each) for each in seen.cells]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    for row in rows:
        yield "  " + "  ".join(
            [*(part.ljust(width) for part, width in zip(row, widths, strict=False)), row[3]]
        )
    for kind, subject in seen.entries:
        yield f"  entry     {kind}: {subject}"
    for note in seen.notes:
        yield f"  note      {note}"


def _row(cell: Cell) -> tuple[str, str, str, str]:
    after = "" if cell.after is None else str(cell.after)
    value = f"{'empty' if cell.before is None else cell.before} -> {after}" if cell.what == "write" else after
    return cell.what, f"{cell.record}.{cell.name}", cell.to, value
