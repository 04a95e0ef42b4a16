"""Compares CRMs with the ledger and looks for duplicates in them: by night, or when a command asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crm_sync import Ledger, Reconciled
from crm_sync.comparing.reconciling import Pace
from crm_sync.comparing.scanning import Scan
from crm_sync.errors import CrmError
from server.desk import Desk
from server.playbook import Playbook
from server.settings import Settings
from server.telemetry import log
from server.wiring.crm_desk import crm_desk
from server.wiring.parts import new_id

LOOKED_BACK = timedelta(days=30)
_NIGHT = (1, 5)
"""From and until, in the site's own time."""
_AGAIN_AFTER = timedelta(hours=20)
_MISSED_AFTER = timedelta(days=2)
"""An installation that is off by night compares by day."""
_AT_ONCE = 1_500
"""So many updates a round; the next one, half an hour later, goes on behind them."""
_PER_SECOND = 2.0
"""Reading another company's CRM takes from the same allowance as writing to it; nobody waits for this."""


@dataclass(frozen=True, slots=True)
class SiteCompared:
    """How it went at one site; `done` is None where the CRM can not be read, and `problem` says what went wrong."""

    site: str
    done: Reconciled | None = None
    kinds: tuple[tuple[str, int], ...] = ()
    """Open lines of the drift report by kind."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SiteScanned:
    """The same of looking for duplicates."""

    site: str
    scan: Scan | None = None
    problem: str = ""


async def compare_sites(
    settings: Settings, site: str | None, since: timedelta, now: datetime
) -> AsyncIterator[SiteCompared]:
    """Each site as it is done."""
    async with crm_desk(settings) as desk:
        for each in desk.sites(site):
            pace = pace_of(desk.playbooks.of(each))
            try:
                done = await desk.ledger.reconcile(each, since=now - since, now=now, new_id=new_id, pace=pace)
                kinds = await desk.ledger.drift_counts(each)
                yield SiteCompared(each, done, tuple(sorted(kinds.items())))
            except CrmError as error:
                yield SiteCompared(each, problem=str(error))


async def scan_sites(settings: Settings, site: str | None, now: datetime) -> AsyncIterator[SiteScanned]:
    """Each site as it is done."""
    async with crm_desk(settings) as desk:
        for each in desk.sites(site):
            try:
                yield SiteScanned(each, await desk.ledger.find_duplicates(each, now=now, new_id=new_id))
            except CrmError as error:
                yield SiteScanned(each, problem=str(error))


async def by_night(desk: Desk) -> None:
    """Compare the sites whose turn it is. One that fails holds up no other, and is tried again."""
    for site in desk.playbooks.sites:
        playbook, now = desk.playbooks.of(site), desk.clock()
        try:
            if is_due(await desk.ledger.reconciled(site), now, zone_of(playbook)):
                await _look_after(desk.ledger, site, pace_of(playbook, at_most=_AT_ONCE), now)
        except Exception:  # noqa: BLE001  whatever a CRM does, the other sites have their turn
            log().exception("crm.not_compared", site=site)


async def _look_after(ledger: Ledger, site: str, pace: Pace, now: datetime) -> None:
    done = await ledger.reconcile(site, since=now - LOOKED_BACK, now=now, new_id=new_id, pace=pace)
    if done is None or not done.is_done:
        return
    scan = await ledger.find_duplicates(site, now=now, new_id=new_id)
    log().info(
        "crm.compared", site=site, compared=done.compared, drifted=done.drifted, possible_duplicates=scan.open
    )


def is_due(last: Reconciled | None, now: datetime, zone: ZoneInfo) -> bool:
    """Once a night; what was broken off goes on in the same night, and what was missed is made good by day."""
    if last is None or now - last.began_at > _MISSED_AFTER:
        return True
    is_night = _NIGHT[0] <= now.astimezone(zone).hour < _NIGHT[1]
    return is_night and (not last.is_done or now - last.began_at > _AGAIN_AFTER)


def zone_of(playbook: Playbook) -> ZoneInfo:
    """Where the team is."""
    return ZoneInfo(playbook.handoff.zone if playbook.handoff else "UTC")


def pace_of(playbook: Playbook, at_most: int | None = None) -> Pace:
    """The built-in CRM is our own database and needs no pause."""
    rules = playbook.crm
    if rules.provider == "builtin":
        return Pace(rules.per_second or None, at_most)
    return Pace(min(rules.per_second or _PER_SECOND, _PER_SECOND), at_most)
