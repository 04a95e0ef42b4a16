"""Commands for conversations: erase one, or one message of it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli_options import BY, expected, json_too, out, upgraded, with_data_dir, with_site

if TYPE_CHECKING:
    from server.erasing import Erased
    from server.settings import Settings


@click.group()
def conversation() -> None:
    """Look after conversations."""


@conversation.command("erase")
@click.argument("conversation_id", metavar="ID")
@click.option("--message", default="", help="Only this message of the visitor's, and what it told.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_site
@json_too
@with_data_dir
@expected
def erase(
    conversation_id: str,
    message: str,
    yes: bool,  # noqa: FBT001
    site: str,
    as_json: bool,  # noqa: FBT001
    data_dir: Path | None,
) -> None:
    """Delete the conversation ID with all that hangs on it. It can not be taken back."""
    what = (
        f"message {message} of conversation {conversation_id}"
        if message
        else f"conversation {conversation_id}"
    )
    if not yes:
        click.confirm(f"Delete {what} for good?", abort=True, err=True)
    gone = asyncio.run(_erase(upgraded(data_dir), site, conversation_id, message))
    out(asdict(gone), as_json, "\n".join(_told(what, gone)))


async def _erase(settings: Settings, site: str, conversation_id: str, message: str) -> Erased:
    from server.erasing import erase_conversation, erase_message, remove_letters
    from server.files.cabinet import Cabinet
    from server.store.engine import open_engine, open_sessions

    engine, now = open_engine(settings.database), datetime.now(UTC)
    try:
        async with open_sessions(engine)() as session:
            if message:
                gone = await erase_message(session, site, conversation_id, message, by=BY, now=now)
            else:
                gone = await erase_conversation(session, site, conversation_id, by=BY, now=now)
            await session.commit()
    finally:
        await engine.dispose()
    remove_letters(settings.data_dir / "outbox", gone)
    Cabinet(settings.files_dir, settings.secret()).remove(site, gone.files)
    return gone


def _told(what: str, gone: Erased) -> list[str]:
    lines = [f"{what} is deleted, with {gone.details} sealed details and {gone.gaps} open questions"]
    lines += [f"stopped on its way to the CRM: {update}" for update in gone.crm_stopped]
    lines += [f"the CRM has it already, look there: {update}" for update in gone.crm_delivered]
    lines += [f"a meeting that nobody was told is off: {meeting}" for meeting in gone.meetings]
    return lines
