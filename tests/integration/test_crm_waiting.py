"""What waits for somebody: whose it is, until when, who stands in, and what happens when nobody decides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import MoveRefused
from crm_sync.deciding.house_rules import HouseRules
from crm_sync.deciding.policy import Policy, Rule
from crm_sync.deciding.tables import WaitingRow
from crm_sync.deciding.verdicts import Waiting
from crm_sync.deciding.waiting import DelegationRefused
from crm_sync.ledger import Ledger
from crm_sync.ports import NoTeam
from crm_sync.values import PendingUpdate
from tests.support.crm import DATABASES, NOW, SITE, Room, a_proposal, a_room_on, learned

HOUR = timedelta(hours=1)
POLICY = Policy(
    version="with-time",
    rules=(
        Rule(field="deal.use_case", tier="approve", after="write"),
        Rule(field="deal.timeline", tier="approve", after="drop"),
    ),
)


@dataclass
class Colleagues(NoTeam):
    """Who has which conversation, and what they were told."""

    has: dict[str, str] = field(default_factory=dict)
    told: list[tuple[str, str | None]] = field(default_factory=list)

    async def assigned(self, session: AsyncSession, site: str, conversation: str) -> str | None:
        return self.has.get(conversation)

    async def overdue(self, session: AsyncSession, late: Waiting, *, now: datetime) -> None:
        self.told.append((late.update.id, late.escalated_to))


@pytest.fixture
def team() -> Colleagues:
    return Colleagues({"of-ada": "ada", "of-ben": "ben"})


@pytest.fixture(params=DATABASES)
async def room(request: pytest.FixtureRequest, tmp_path: Path, team: Colleagues) -> AsyncIterator[Room]:
    async with a_room_on(request.param, tmp_path) as made:
        rules = HouseRules(POLICY, deadline=4 * HOUR)
        made.ledger = Ledger(made.sessions, made.crm, made.vault, lambda _site: rules, team=team)
        yield made


async def _waits(
    room: Room, talk: str = "of-ada", name: str = "deal.budget", **changes: Any
) -> PendingUpdate:
    fact = learned(name, "soon", confidence=0.4)
    update = await room.propose(a_proposal(fact, conversation=talk, contact=f"talk:{talk}", **changes))
    assert update.status == "awaiting_approval"
    return update


async def _ids(room: Room, login: str | None, *, at: datetime = NOW) -> list[str]:
    return [each.update.id for each in await room.ledger.waiting_for(SITE, login, now=at)]


async def test_an_update_belongs_to_whoever_has_the_conversation_else_to_the_records_owner(
    room: Room,
) -> None:
    of_ada = await _waits(room, current={"contact.owner": "cy"})
    of_cy = await _waits(room, "nobody-has-it", current={"contact.owner": "cy"})
    of_nobody = await _waits(room, "nor-this")

    assert await _ids(room, "ada") == [of_ada.id]
    assert await _ids(room, "cy") == [of_cy.id]
    assert await _ids(room, None) == [of_nobody.id]
    assert (await room.ledger.waiting(SITE, [of_ada.id]))[of_ada.id].due_at == of_ada.created_at + 4 * HOUR


async def test_the_part_that_waits_belongs_to_somebody_while_the_rest_is_written(room: Room) -> None:
    facts = learned("deal.seats", 40), learned("deal.budget", "10k", confidence=0.3)
    split = Policy(rules=(Rule(field="deal.seats", tier="write"),))
    rules = HouseRules(split, deadline=HOUR)
    room.ledger = Ledger(room.sessions, room.crm, room.vault, lambda _site: rules)

    update = await room.propose(a_proposal(*facts))

    assert update.held is not None
    assert await _ids(room, None) == [update.held]


async def test_what_is_taken_back_has_its_first_deadline_again(room: Room) -> None:
    update = await _waits(room)
    await room.ledger.approve(SITE, update.id, by="rep", now=room.now)

    await room.ledger.reopen(SITE, update.id, by="rep", now=room.now + HOUR)

    waits = (await room.ledger.waiting(SITE, [update.id]))[update.id]
    assert (waits.owner, waits.due_at) == ("rep", update.created_at + 4 * HOUR)


async def test_what_was_decided_waits_for_nobody(room: Room) -> None:
    approved, rejected, many = [await _waits(room, talk) for talk in ("of-ada", "a", "b")]
    await room.ledger.approve(SITE, approved.id, by="rep", now=room.now)
    await room.ledger.reject(SITE, rejected.id, by="rep", code="test", now=room.now)
    await room.ledger.approve_many(SITE, [many.id], by="rep", now=room.now)

    async with room.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(WaitingRow)) == 0


async def test_an_update_can_be_given_to_somebody_and_back_to_everybody(room: Room) -> None:
    waits = await _waits(room)

    given = await room.ledger.assign(SITE, waits.id, to="ben", by="manager", now=room.now)

    assert (given.owner, given.assigned_by) == ("ben", "manager")
    assert (await _ids(room, "ada"), await _ids(room, "ben")) == ([], [waits.id])
    await room.ledger.assign(SITE, waits.id, to=None, by="manager", now=room.now)
    assert await _ids(room, None) == [waits.id]
    trail = [entry["detail"]["more"] async for entry in room.ledger.audit_entries(SITE, update_id=waits.id)]
    assert trail[1:] == [{"assigned": "ben"}, {"assigned": None}]
    await room.ledger.reject(SITE, waits.id, by="ben", code="test", now=room.now)
    with pytest.raises(MoveRefused):
        await room.ledger.assign(SITE, waits.id, to="ben", by="manager", now=room.now)


async def test_whoever_stands_in_sees_the_others_work_for_that_time_and_so_does_the_other(room: Room) -> None:
    waits = await _waits(room)
    named = await room.ledger.delegate(
        SITE, "ada", to="ben", since=NOW + HOUR, until=NOW + 3 * HOUR, by="ada", now=NOW
    )

    assert await _ids(room, "ben") == []
    assert await _ids(room, "ben", at=NOW + 2 * HOUR) == [waits.id]
    assert await _ids(room, "ada", at=NOW + 2 * HOUR) == [waits.id]
    assert await _ids(room, "ben", at=NOW + 3 * HOUR) == []

    await room.ledger.end_delegation(SITE, named.id, by="ada", now=NOW + HOUR)
    assert await _ids(room, "ben", at=NOW + 2 * HOUR) == []
    acts = [entry["act"] async for entry in room.ledger.audit_entries(SITE)]
    assert acts[1:] == ["delegated", "delegation_ended"]


@pytest.mark.parametrize(("person", "hours"), [("ben", 3), ("ada", 0)])
async def test_nobody_stands_in_for_themselves_or_for_no_time(room: Room, person: str, hours: int) -> None:
    with pytest.raises(DelegationRefused):
        await room.ledger.delegate(
            SITE, person, to="ben", since=NOW, until=NOW + hours * HOUR, by=person, now=NOW
        )


async def test_what_is_overdue_goes_to_the_stand_in_is_told_once_and_is_not_written(
    room: Room, team: Colleagues
) -> None:
    late, later = await _waits(room), await _waits(room, "of-ben")
    await room.ledger.delegate(SITE, "ada", to="ben", since=NOW, until=NOW + 9 * HOUR, by="ada", now=NOW)
    after = late.created_at + 4 * HOUR

    assert await room.ledger.escalate(SITE, now=after - HOUR) == []
    assert await room.ledger.escalate(SITE, now=after) == []
    assert await room.ledger.escalate(SITE, now=after) == []

    assert team.told == [(late.id, "ben")]
    assert (await room.ledger.update(SITE, late.id)).status == "awaiting_approval"
    # The overdue one stands first, and stays with whom it went to when nobody stands in any more.
    assert await _ids(room, "ben", at=NOW + 10 * HOUR) == [late.id, later.id]
    trail = [entry["detail"]["more"] async for entry in room.ledger.audit_entries(SITE, update_id=late.id)]
    assert trail[1:] == [{"overdue": True, "escalated_to": "ben"}]


async def test_only_a_rule_that_says_so_lets_time_decide(room: Room, team: Colleagues) -> None:
    written = await _waits(room, "a", "deal.use_case")
    dropped = await _waits(room, "b", "deal.timeline")
    waits = await _waits(room, "c", "deal.budget")

    released = await room.ledger.escalate(SITE, now=room.now + 5 * HOUR)

    assert released == [written.id]
    assert (await room.ledger.update(SITE, written.id)).decided_by == "policy:with-time"
    gone = await room.ledger.update(SITE, dropped.id)
    assert (gone.status, gone.decided_reason) == ("rejected", "nobody decided in time")
    assert team.told == [(waits.id, None)]
    assert [lesson async for lesson in room.ledger.lessons(SITE)] == []
    assert await room.deliver(written) == "delivered"
