"""How fast each site's CRM is written to, and what the metrics say of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crm_sync import Ledger, Limits
from server import telemetry
from server.playbook import Playbooks


def limits_of(playbooks: Playbooks, site: str) -> Limits:
    """What the site's playbook allows. The built-in CRM is our own database, which needs no limit."""
    if site not in playbooks.sites:
        return Limits()
    rules = playbooks.of(site).crm
    if rules.provider == "builtin":
        return Limits(per_second=rules.per_second)
    return Limits(rules.concurrency, rules.per_second)


def places_of(playbooks: Playbooks) -> Mapping[str, int]:
    """The sites whose CRM is somebody else's: each has a queue of its own, so that none waits for another's."""
    rules = {site: playbooks.of(site).crm for site in playbooks.sites}
    return {site: of.concurrency for site, of in rules.items() if of.provider != "builtin" or of.per_second}


def count(site: str, outcome: str) -> None:
    """One attempt ended."""
    if outcome.startswith("crm."):
        telemetry.crm_errors.labels(site, outcome.removeprefix("crm.")).inc()
    else:
        telemetry.crm_settled.labels(site, outcome).inc()


async def measure(ledger: Ledger, playbooks: Playbooks, now: datetime) -> None:
    """Set the gauges of what has not arrived."""
    for site in playbooks.sites:
        backlog = await ledger.backlog(site)
        state = await ledger.provider_state(site, now)
        for standing, number in (
            ("waiting", backlog.waiting),
            ("retrying", backlog.retrying),
            ("dead", backlog.dead),
        ):
            telemetry.crm_updates.labels(site, standing).set(number)
        age_s = (now - backlog.oldest_at).total_seconds() if backlog.oldest_at is not None else 0.0
        telemetry.crm_oldest_seconds.labels(site).set(max(age_s, 0.0))
        telemetry.crm_refused.labels(site).set(state.standing == "refused")
