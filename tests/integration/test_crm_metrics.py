"""What Prometheus reads of CRM updates, and what a playbook allows its CRM."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from crm_sync import Ledger, Limits, Policy, ProviderDenied
from server import telemetry
from server.playbook import load_playbooks
from server.wiring import delivering
from tests.integration.test_crm_gates import Crm, seats
from tests.support.crm import SITE, a_room, sqlite_url


def playbook(folder: Path, site: str, crm: str) -> None:
    (folder / f"{site}.yaml").write_text(f"version: 1\nsite: {{name: Acme}}\n{crm}\n")


async def test_the_gauges_say_what_waits_how_long_and_whether_the_crm_refuses_us(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    playbook(tmp_path / "books", SITE, "")
    playbooks = load_playbooks(tmp_path / "books")
    crm = Crm(fails={SITE: ProviderDenied("401")})
    async with a_room(sqlite_url(tmp_path)) as room:
        ledger = Ledger(room.sessions, crm, room.vault, Policy(), tell=delivering.count)
        first = await seats(room, 1)
        began = room.now
        await seats(room, 2)
        await ledger.deliver(first, now=room.now)

        await delivering.measure(ledger, playbooks, began + timedelta(seconds=90))

    said = telemetry.metrics().decode()
    assert f'frontdesk_crm_updates{{site="{SITE}",standing="waiting"}} 1.0' in said
    assert f'frontdesk_crm_updates{{site="{SITE}",standing="retrying"}} 1.0' in said
    assert f'frontdesk_crm_oldest_seconds{{site="{SITE}"}} 90.0' in said
    assert f'frontdesk_crm_refused{{site="{SITE}"}} 1.0' in said
    assert f'frontdesk_crm_provider_errors_total{{code="provider_denied",site="{SITE}"}}' in said


def test_somebody_elses_crm_has_a_queue_and_places_and_ours_has_no_limit(tmp_path: Path) -> None:
    playbook(tmp_path, "own", "")
    playbook(tmp_path, "hub", "crm: {provider: hubspot, concurrency: 2, per_second: 5}")
    playbooks = load_playbooks(tmp_path)

    assert delivering.places_of(playbooks) == {"hub": 2}
    assert delivering.limits_of(playbooks, "hub") == Limits(2, 5)
    assert delivering.limits_of(playbooks, "own") == Limits()
    assert delivering.limits_of(playbooks, "gone") == Limits()
