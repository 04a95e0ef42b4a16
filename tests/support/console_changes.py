"""Changes that wait for a rep, as a test wants them, and a form sent as htmx sends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import httpx
from uuid_utils import uuid7

from crm_sync import Activity, Consent, Learned, Proposal, Score, Target
from crm_sync.deciding.tables import WaitingRow
from tests.support.console_visit import Visit
from tests.support.console_world import NOW, SITE, World


@dataclass(frozen=True)
class Wanted:
    """A change that waits for a rep."""

    seats: int = 5
    stage: str = "research"
    kind: str = "contact.qualified"
    age: timedelta = timedelta(minutes=1)
    due: timedelta | None = None
    owner: str | None = None
    talk: str = ""
    name: str = "team_size"


async def a_change(world: World, wanted: Wanted) -> str:
    talk = wanted.talk or str(uuid7())
    activity = None
    if wanted.kind != "contact.qualified":
        activity = Activity("handoff", "Asked for a person", "About dates.", NOW)
    record = "company" if wanted.name == "team_size" else "deal"
    value = wanted.seats if wanted.name == "team_size" else "Team"
    async with world.desk.writers() as session:
        row = await world.ledger.propose(
            session,
            Proposal(
                site=SITE, kind=wanted.kind, cause=str(uuid7()), occurred_at=NOW, conversation=talk, turn=None,  # type: ignore[arg-type]
                target=Target("conversation", talk), consent=Consent("conversation"), activity=activity,
                learned=(Learned(record, wanted.name, value, "said", 0.6),),  # type: ignore[arg-type]
                score=Score(10.0, 0.0, 10.0, wanted.stage),
            ),
            now=NOW - wanted.age, id=str(uuid7()),
        )  # fmt: skip
        waits = row.held or row.id
        found = await session.get(WaitingRow, (SITE, waits))
        assert found is not None
        found.owner, found.due_at = wanted.owner, NOW + wanted.due if wanted.due is not None else None
        await session.commit()
    return waits


async def send(visit: Visit, path: str, **fields: str | list[str]) -> httpx.Response:
    """Send a form whose fields may come several times."""
    headers = {"hx-request": "true", "x-csrf": visit.csrf}
    return await visit.post(f"/console/site/{SITE}/{path}", data=fields, headers=headers)
