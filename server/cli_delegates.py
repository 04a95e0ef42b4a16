"""`frontdesk crm delegate|delegates|undelegate`: who stands in for whom on CRM updates that wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from server.cli_options import BY, expected, json_too, out, upgraded, with_data_dir, with_site
from server.errors import FrontdeskError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from crm_sync.deciding.verdicts import Delegation
    from server.settings import Settings

T = TypeVar("T")


@click.command("delegate")
@click.argument("person")
@click.option("--to", "delegate", required=True, help="The account that stands in.")
@click.option("--since", help="From when, such as 2026-12-20 (default: now).")
@click.option(
    "--until", required=True, help="Until when, such as 2027-01-05: that day is not part of it any more."
)
@with_site
@with_data_dir
@expected
def delegate(
    person: str, delegate: str, since: str | None, until: str, site: str, data_dir: Path | None
) -> None:
    """Let another account decide what waits for the account PERSON, for a time; days are those of UTC."""
    from uuid_utils import uuid7

    from crm_sync.deciding.verdicts import Delegation

    now = datetime.now(UTC)
    begins = _day("--since", since) if since else now
    stands_in = delegate.strip().casefold()
    named = Delegation(str(uuid7()), person, stands_in, begins, _day("--until", until), BY, now)
    asyncio.run(_writing(upgraded(data_dir), lambda session: _name(session, site, named)))
    click.echo(named.id)


@click.command("delegates")
@with_site
@json_too
@with_data_dir
@expected
def delegates(site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Who stands in for whom, now and later."""
    from dataclasses import asdict

    now = datetime.now(UTC)
    found = asyncio.run(_writing(upgraded(data_dir), lambda session: _all(session, site, now)))
    lines = [
        f"{each.id}  {each.delegate} for {each.person}, {each.since:%Y-%m-%d %H:%M} to {each.until:%Y-%m-%d %H:%M}"
        for each in found
    ]
    value = {"site": site, "delegates": [asdict(each) for each in found]}
    out(value, as_json, "\n".join(lines) or "nobody stands in for anybody")


@click.command("undelegate")
@click.argument("delegation")
@with_site
@with_data_dir
@expected
def undelegate(delegation: str, site: str, data_dir: Path | None) -> None:
    """End DELEGATION, by its id, now."""
    now = datetime.now(UTC)
    asyncio.run(_writing(upgraded(data_dir), lambda session: _end(session, site, delegation, now)))
    click.echo("ended")


def _day(option: str, given: str) -> datetime:
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise FrontdeskError(
            f"{option} {given!r} is no day; write it like 2027-01-05", code="bad_data"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def _name(session: AsyncSession, site: str, named: Delegation) -> None:
    from crm_sync.deciding import waiting
    from server.review.accounts import all_accounts

    logins = [each.login for each in await all_accounts(session, site) if each.disabled_at is None]
    if named.delegate not in logins:
        raise FrontdeskError(
            f"no open account {named.delegate!r} sees site {site!r}; there are: {', '.join(logins) or 'none'}",
            code="unknown_account",
        )
    await waiting.delegate(session, site, named)


async def _all(session: AsyncSession, site: str, now: datetime) -> list[Delegation]:
    from crm_sync.deciding import waiting

    return await waiting.delegations(session, site, now=now)


async def _end(session: AsyncSession, site: str, delegation: str, now: datetime) -> None:
    from crm_sync.deciding import waiting

    known = {each.id for each in await waiting.delegations(session, site, now=now)}
    if delegation not in known:
        raise FrontdeskError(
            f"site {site!r} has no delegation {delegation!r}; list them with `frontdesk crm delegates`",
            code="unknown_delegation",
        )
    await waiting.end_delegation(session, site, delegation, by=BY, now=now)


async def _writing(settings: Settings, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    from server.store.engine import open_engine, open_sessions

    engine = open_engine(settings.database)
    try:
        async with open_sessions(engine)() as session:
            done = await work(session)
            await session.commit()
            return done
    finally:
        await engine.dispose()
