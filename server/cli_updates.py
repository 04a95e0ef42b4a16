"""`frontdesk crm updates|undo`: what the ledger holds, and taking one back, for an operator without a browser."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli_options import expected, json_too, out, upgraded, with_data_dir, with_site
from server.errors import FrontdeskError

if TYPE_CHECKING:
    from crm_sync import PendingUpdate
    from crm_sync.values import Difference, Status, UndoResult
    from server.settings import Settings

STANDINGS = (
    "pending", "awaiting_approval", "approved", "delivering", "retrying", "delivered", "needs_review",
    "rejected", "quarantined", "unchanged", "undone",
)  # fmt: skip
"""Those of `Status`, without loading the ledger for `--help`."""


@click.command("updates")
@with_site
@click.option("--status", type=click.Choice(STANDINGS), help="Only those that stand so.")
@click.option("--conversation", metavar="ID", help="Only those of one conversation.")
@click.option(
    "--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many."
)
@json_too
@with_data_dir
@expected
def updates(
    site: str,
    status: Status | None,
    conversation: str | None,
    limit: int,
    as_json: bool,  # noqa: FBT001
    data_dir: Path | None,
) -> None:
    """List CRM updates, newest first: which fields of whose conversation, and where they stand; no values."""
    from server.wiring.crm_desk import crm_desk

    async def look(settings: Settings) -> list[PendingUpdate]:
        async with crm_desk(settings) as desk:
            desk.sites(site)
            return await desk.ledger.updates(site, status=status, conversation=conversation, limit=limit)

    found = [_shown(each) for each in asyncio.run(look(upgraded(data_dir)))]
    lines = [
        f"{each['id']}  {each['created_at']:%Y-%m-%d %H:%M}  {each['status']:17}  {each['kind']}  "
        f"{each['conversation']}  {', '.join(each['fields'])}".rstrip()
        for each in found
    ]
    out({"site": site, "updates": found}, as_json, "\n".join(lines) or "none")


@click.command("undo")
@click.argument("update", metavar="ID")
@click.option("--by", "login", required=True, help="The account that answers for it: a rep or higher.")
@click.option("--force", metavar="TOKEN", default="", help="Over the differences that were shown with TOKEN.")
@with_site
@json_too
@with_data_dir
@expected
def undo(update: str, login: str, force: str, site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Put back what a delivered update replaced. Exit code 1, and nothing written, when it was changed since."""
    result = asyncio.run(_undone(upgraded(data_dir), site, update, login, force))
    if result.outcome == "undone":
        out({"update": update, "outcome": "undone"}, as_json, "undone")
        return
    told = [_told(each) for each in result.differences]
    lines = [f"{each['field']}: we wrote {each['wrote']}, now {each['found']}" for each in told]
    lines.append(f"changed since, so nothing was written; to undo it all the same: --force {result.token}")
    value = {"update": update, "outcome": result.outcome, "differences": told, "token": result.token}
    out(value, as_json, "\n".join(lines))
    sys.exit(1)


async def _undone(settings: Settings, site: str, update: str, login: str, token: str) -> UndoResult:
    from server.store.engine import open_engine, open_sessions
    from server.wiring.crm_desk import crm_desk

    who = login.strip().casefold()
    async with crm_desk(settings) as desk:
        desk.sites(site)
        engine = open_engine(settings.database)
        try:
            await _may_decide(open_sessions(engine), site, who)
        finally:
            await engine.dispose()
        return await desk.ledger.undo(
            site, update, by=who, now=datetime.now(UTC), force=bool(token), seen=token
        )


async def _may_decide(sessions: Any, site: str, login: str) -> None:
    from server.review.accounts import all_accounts
    from server.review.roles import Role

    async with sessions() as session:
        known = [
            each.login
            for each in await all_accounts(session, site)
            if each.disabled_at is None and Role.named(each.role) >= Role.REP
        ]
    if login not in known:
        raise FrontdeskError(
            f"no open account {login!r} decides at site {site!r}; there are: {', '.join(known) or 'none'}",
            code="unknown_account",
        )


def _shown(update: PendingUpdate) -> dict[str, Any]:
    # What a command prints may be kept anywhere: names of fields, and no values.
    named = update.document.get("fields", ()) if update.status != "quarantined" else ()
    return {
        "id": update.id,
        "created_at": update.created_at,
        "status": update.status,
        "kind": update.kind,
        "conversation": update.conversation,
        "fields": [f"{each['object']}.{each['name']}" for each in named],
        "decided_by": update.decided_by,
        "attempts": update.attempts,
    }


def _told(each: Difference) -> dict[str, Any]:
    from crm_sync.documents.catalogue import sealed_fields

    is_sealed = (each.object, each.field) in sealed_fields()
    values = {"wrote": each.wrote, "found": each.found, "before": each.before}
    shown = {name: "***" if is_sealed and value is not None else value for name, value in values.items()}
    return {"field": f"{each.object}.{each.field}", "id": each.id, **shown}
