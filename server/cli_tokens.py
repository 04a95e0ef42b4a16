"""Commands for API tokens: make, list, revoke."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.cli_options import BY, expected, json_too, out, upgraded, with_data_dir, with_site
from server.errors import FrontdeskError

if TYPE_CHECKING:
    from server.settings import Settings
    from server.store.tables import ApiToken


@click.group()
def token() -> None:
    """Look after the tokens that other systems call the API with."""


@token.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help="documents:write, documents:read, knowledge:read, outcomes:write (default: all).",
)
@click.option("--expires", help="When it ends: 90d, 52w, or a date like 2027-01-31 (default: never).")
@with_site
@json_too
@with_data_dir
@expected
def create(
    name: str,
    scopes: tuple[str, ...],
    expires: str | None,
    site: str,
    as_json: bool,  # noqa: FBT001
    data_dir: Path | None,
) -> None:
    """Make a token called NAME and print it, once."""
    from server.store.tokens import SCOPES

    wanted = scopes or tuple(SCOPES)
    now = datetime.now(UTC)
    ends = _end(expires, now)
    settings = upgraded(data_dir)
    secret = asyncio.run(_issue(settings, site, name, wanted, now, ends))
    value = {"site": site, "name": name, "scopes": sorted(wanted), "expires": ends and ends.isoformat()}
    out({**value, "token": secret}, as_json, secret)
    click.echo("shown once; keep it where your other secrets are", err=True)


@token.command("list")
@with_site
@json_too
@with_data_dir
@expected
def list_tokens(site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """The tokens of a site; what they are is known to nobody any more."""
    found = asyncio.run(_tokens(upgraded(data_dir), site))
    lines = []
    for each in found:
        used = f"used {each.used_at:%Y-%m-%d}" if each.used_at else "never used"
        ends = f"ends {each.expires_at:%Y-%m-%d}" if each.expires_at else "no end"
        lines.append(
            f"{each.name}  fd_…{each.hint}  {each.scopes}  made {each.created_at:%Y-%m-%d}, {used}, {ends}"
        )
    value = [
        {
            "name": each.name,
            "hint": each.hint,
            "scopes": each.scopes.split(),
            "by": each.by,
            "created_at": each.created_at.isoformat(),
            "used_at": each.used_at.isoformat() if each.used_at else None,
            "expires_at": each.expires_at.isoformat() if each.expires_at else None,
        }
        for each in found
    ]
    out({"site": site, "tokens": value}, as_json, "\n".join(lines) or "no tokens yet")


@token.command("revoke")
@click.argument("name")
@with_site
@with_data_dir
@expected
def revoke(name: str, site: str, data_dir: Path | None) -> None:
    """End the token called NAME at once."""
    asyncio.run(_revoke(upgraded(data_dir), site, name))
    click.echo(f"token {name} is worth nothing any more")


def _end(given: str | None, now: datetime) -> datetime | None:
    if given is None:
        return None
    if found := re.fullmatch(r"(\d{1,4})([dw])", given):
        return now + timedelta(days=int(found.group(1)) * (7 if found.group(2) == "w" else 1))
    try:
        return datetime.fromisoformat(given).replace(tzinfo=UTC)
    except ValueError:
        raise FrontdeskError(
            f"--expires {given!r} is no end; write it like 90d, 52w or 2027-01-31", code="bad_data"
        ) from None


async def _issue(
    settings: Settings, site: str, name: str, scopes: Sequence[str], now: datetime, ends: datetime | None
) -> str:
    from server.store import tokens
    from server.store.deeds import note_deed
    from server.store.engine import open_engine, open_sessions

    engine = open_engine(settings.database)
    try:
        async with open_sessions(engine)() as session:
            secret = await tokens.issue(session, site, name=name, scopes=scopes, by=BY, now=now, expires=ends)
            await note_deed(session, site, by=BY, act="token_made", thing=name, now=now)
            await session.commit()
    finally:
        await engine.dispose()
    return secret


async def _tokens(settings: Settings, site: str) -> Sequence[ApiToken]:
    from server.store import tokens
    from server.store.engine import open_engine, open_readers

    engine = open_engine(settings.database)
    try:
        async with open_readers(engine)() as session:
            return await tokens.tokens(session, site)
    finally:
        await engine.dispose()


async def _revoke(settings: Settings, site: str, name: str) -> None:
    from server.store import tokens
    from server.store.deeds import note_deed
    from server.store.engine import open_engine, open_sessions

    engine = open_engine(settings.database)
    try:
        async with open_sessions(engine)() as session:
            await tokens.revoke(session, site, name)
            await note_deed(session, site, by=BY, act="token_revoked", thing=name, now=datetime.now(UTC))
            await session.commit()
    finally:
        await engine.dispose()
