"""Keeps whose lead a conversation is: routed once, with the way there, and moved only when a person moves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.people_tables import RouteRow, RoutingTurnRow
from server.actions.tables import insert_missing
from server.dialogue.routing import EVERYBODY, Candidate, How, Lead, RouteRule, Step, route, with_today


@dataclass(frozen=True, slots=True)
class Route:
    """Whose lead a conversation is, and why."""

    conversation: str
    rep: str
    how: How
    trace: tuple[Step, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Team:
    """The reps of a site as they stand now, with the rules that part leads among them."""

    candidates: tuple[Candidate, ...]
    rules: tuple[RouteRule, ...] = ()
    teams: Mapping[str, Sequence[str]] | None = None


async def of(session: AsyncSession, site: str, conversation: str) -> Route | None:
    """Whose lead it is; None before it was routed."""
    mine = select(RouteRow).where(RouteRow.site == site, RouteRow.conversation == conversation)
    row = (await session.execute(mine.execution_options(populate_existing=True))).scalar_one_or_none()
    return _route(row) if row else None


async def assign(
    session: AsyncSession,
    site: str,
    conversation: str,
    lead: Lead,
    team: Team,
    *,
    day_began: datetime,
    now: datetime,
    id: str,  # noqa: A002
) -> Route | None:
    """Route it in the caller's transaction, or say how it was routed before.

    An owner who became known since has it, unless a person moved it.
    """
    await _lock(session, site)
    before = await of(session, site, conversation)
    known = {rep.key for rep in team.candidates}
    if before is not None and before.rep in known and not (lead.owner and before.how in {"rule", "turn"}):
        return before
    given = await _given_since(session, site, day_began)
    candidates = [with_today(rep, given.get(rep.key, 0)) for rep in team.candidates]
    held = await _turns(session, site)
    routed = route(lead, candidates, team.rules, team.teams or {}, held)
    if routed.rep is None or routed.how is None:
        return before
    if before is not None and before.rep in known and routed.how != "owner":
        return before
    for pool, credit in routed.credits.items():
        if credit != held.get(pool):
            await _keep_turns(session, site, pool, credit)
    return await _keep(session, site, Route(conversation, routed.rep, routed.how, routed.trace, now), id)


async def move(
    session: AsyncSession,
    site: str,
    conversation: str,
    rep: str,
    said: str,
    *,
    now: datetime,
    id: str,  # noqa: A002
) -> Route:
    """A person gives the lead to a rep, in the caller's transaction; the way up to here is kept."""
    before = await of(session, site, conversation)
    trace = (*(before.trace if before else ()), Step("transfer", said))
    return await _keep(session, site, Route(conversation, rep, "transfer", trace, now), id)


async def routes(session: AsyncSession, site: str, conversations: Sequence[str]) -> dict[str, Route]:
    """Whose leads these are, by conversation."""
    mine = select(RouteRow).where(RouteRow.site == site, RouteRow.conversation.in_(conversations))
    return {row.conversation: _route(row) for row in await session.scalars(mine)}


async def _lock(session: AsyncSession, site: str) -> None:
    """Those who route at one site take turns: a turn that two saw would be given twice."""
    await insert_missing(session, RoutingTurnRow, [{"site": site, "pool": EVERYBODY, "credits": {}}])
    mine = select(RoutingTurnRow.pool).where(RoutingTurnRow.site == site, RoutingTurnRow.pool == EVERYBODY)
    await session.execute(mine.with_for_update())


async def _turns(session: AsyncSession, site: str) -> dict[str, dict[str, int]]:
    mine = select(RoutingTurnRow.pool, RoutingTurnRow.credits).where(RoutingTurnRow.site == site)
    return {pool: dict(credit) for pool, credit in (await session.execute(mine)).tuples()}


async def _given_since(session: AsyncSession, site: str, since: datetime) -> dict[str, int]:
    counted = (
        select(RouteRow.rep, func.count())
        .where(RouteRow.site == site, RouteRow.at >= since)
        .group_by(RouteRow.rep)
    )
    return dict((await session.execute(counted)).tuples().all())


async def _keep_turns(session: AsyncSession, site: str, pool: str, credit: Mapping[str, int]) -> None:
    await insert_missing(session, RoutingTurnRow, [{"site": site, "pool": pool, "credits": {}}])
    await session.execute(
        update(RoutingTurnRow)
        .where(RoutingTurnRow.site == site, RoutingTurnRow.pool == pool)
        .values(credits=dict(credit))
    )


async def _keep(session: AsyncSession, site: str, found: Route, id: str) -> Route:  # noqa: A002
    trace = {"steps": [{"what": step.what, "said": step.said} for step in found.trace]}
    values = {"rep": found.rep, "how": found.how, "trace": trace, "at": found.at}
    fresh = {"id": id, "site": site, "conversation": found.conversation, **values}
    await insert_missing(session, RouteRow, [fresh])
    mine = (RouteRow.site == site, RouteRow.conversation == found.conversation)
    await session.execute(update(RouteRow).where(*mine).values(**values))
    return found


def _route(row: RouteRow) -> Route:
    steps = tuple(Step(str(step["what"]), str(step["said"])) for step in row.trace["steps"])
    return Route(row.conversation, row.rep, cast("How", row.how), steps, row.at)
