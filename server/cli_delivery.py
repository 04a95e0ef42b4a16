"""`frontdesk crm deliveries|attempts|replay|resume`: what has not arrived, why, and sending it once more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli_options import BY, expected, fail, json_too, out, upgraded, with_data_dir, with_site

if TYPE_CHECKING:
    from crm_sync import Attempt, Backlog, PendingUpdate, ProviderState
    from crm_sync.deciding.verdicts import Decided
    from server.settings import Settings

_PAGE = 500


@click.command("deliveries")
@with_site
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="Dead letters.")
@json_too
@with_data_dir
@expected
def deliveries(site: str, limit: int, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Say whether the site's CRM takes updates, what has not arrived, and what it refused, in its words."""
    from server.wiring.crm_desk import crm_desk

    async def look(settings: Settings) -> tuple[ProviderState, Backlog, list[PendingUpdate]]:
        async with crm_desk(settings) as desk:
            desk.sites(site)
            ledger = desk.ledger
            state = await ledger.provider_state(site, datetime.now(UTC))
            return state, await ledger.backlog(site), await ledger.dead_letters(site, limit=limit)

    state, backlog, dead = asyncio.run(look(upgraded(data_dir)))
    lines = [_standing(state)]
    oldest = f", the oldest since {backlog.oldest_at:%Y-%m-%d %H:%M} UTC" if backlog.oldest_at else ""
    lines.append(f"{backlog.waiting} waiting, {backlog.retrying} retrying, {backlog.dead} dead{oldest}")
    lines += [f"{each.id}  {each.kind}  {each.last_error}" for each in dead]
    letters = [{"id": each.id, "kind": each.kind, "error": each.last_error} for each in dead]
    value = {"site": site, **asdict(state), **asdict(backlog), "dead_letters": letters}
    out(value, as_json, "\n".join(lines))


@click.command("attempts")
@click.argument("update", metavar="ID")
@with_site
@json_too
@with_data_dir
@expected
def attempts(update: str, site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """List every attempt to deliver an update: when, how it ended, and the CRM's words."""
    from server.wiring.crm_desk import crm_desk

    async def look(settings: Settings) -> list[Attempt]:
        async with crm_desk(settings) as desk:
            await desk.ledger.update(site, update)
            return await desk.ledger.attempts(site, update)

    every = asyncio.run(look(upgraded(data_dir)))
    lines = [
        f"{each.at:%Y-%m-%d %H:%M:%S} UTC  {each.number}  {each.outcome}  {each.words}" for each in every
    ]
    out({"update": update, "attempts": [asdict(each) for each in every]}, as_json, "\n".join(lines) or "none")


@click.command("replay")
@click.argument("updates", nargs=-1, metavar="ID...")
@with_site
@click.option("--all", "every", is_flag=True, help="Every dead letter of the site.")
@json_too
@with_data_dir
@expected
def replay(updates: tuple[str, ...], site: str, every: bool, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Send dead letters once more; a running server starts within a quarter of a minute."""
    from server.wiring.crm_desk import crm_desk

    if bool(updates) == every:
        fail("say which dead letters: their ids, or --all", 2)

    async def send(settings: Settings) -> tuple[Decided, ...]:
        async with crm_desk(settings) as desk:
            desk.sites(site)
            ids = await _all_dead(desk.ledger, site) if every else updates
            return await desk.ledger.replay(site, ids, BY, datetime.now(UTC))

    decided = asyncio.run(send(upgraded(data_dir)))
    sent = [each.id for each in decided if each.update is not None]
    left = [each for each in updates if each not in sent]
    lines = [f"{len(sent)} will be sent once more"]
    lines += [f"{each} is no dead letter of {site}; it was left alone" for each in left]
    out({"site": site, "replayed": sent, "left_alone": left}, as_json, "\n".join(lines))


@click.command("resume")
@with_site
@json_too
@with_data_dir
@expected
def resume(site: str, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Deliver again at once, after the key or the account was mended; without it one update asks from time to time."""
    from server.wiring.crm_desk import crm_desk

    async def go_on(settings: Settings) -> bool:
        async with crm_desk(settings) as desk:
            desk.sites(site)
            return await desk.ledger.resume(site, BY, datetime.now(UTC))

    had_stopped = asyncio.run(go_on(upgraded(data_dir)))
    words = "deliveries go on" if had_stopped else "deliveries had not stopped"
    out({"site": site, "had_stopped": had_stopped}, as_json, words)


async def _all_dead(ledger: Any, site: str) -> Sequence[str]:
    found: list[str] = []
    while page := await ledger.dead_letters(site, limit=_PAGE, after=found[-1] if found else ""):
        found += [each.id for each in page]
    return found


def _standing(state: ProviderState) -> str:
    if state.standing == "open":
        until = f"; it asked for a pause until {state.waits_until:%H:%M:%S} UTC" if state.waits_until else ""
        return f"the CRM takes updates{until}"
    since = f"{state.since:%Y-%m-%d %H:%M} UTC" if state.since else "a while"
    if state.is_gone:
        words = f"the CRM wants no more updates at its address since {since}: {state.words}"
        return f"{words} It is not asked again before you run `frontdesk crm resume`."
    again = f"at {state.next_probe_at:%H:%M:%S} UTC" if state.next_probe_at else "when you resume"
    what = "refuses our key or account" if state.standing == "refused" else "does not answer"
    return f"the CRM {what} since {since}: {state.words}; it is asked again {again}"
