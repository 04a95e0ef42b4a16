"""The CRM is read before a turn decides: in time or not at all, once in a while, and never by whom it may not be."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from crm_sync import Ledger, ProviderBusy, Snapshot
from server.crm_looks import AT_ONCE, FRESH, REST, UNREAD, CrmLooks, Held

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@dataclass
class Crm:
    """A ledger that only looks; it answers when `gate` is open."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def look(self, site: str, *, by: str, match: str) -> Snapshot:
        self.asked.append((by, match))
        await self.gate.wait()
        if self.error:
            raise self.error
        return Snapshot({"company.team_size": 40})


def a_crm(*, answers: bool = True, error: Exception | None = None) -> Crm:
    crm = Crm(error=error)
    if answers:
        crm.gate.set()
    return crm


async def look(
    looks: CrmLooks, crm: Crm, *, address: str = "Ada@lifts.example", now: datetime = NOW, talk: str = "t"
) -> Held:
    return await looks.look(cast("Ledger", crm), "demo", talk, address, now=now)


async def test_what_was_read_is_kept_for_some_minutes() -> None:
    crm, looks = a_crm(), CrmLooks()

    first = await look(looks, crm)
    again = await look(looks, crm, now=NOW + FRESH / 2)
    later = await look(looks, crm, now=NOW + FRESH + timedelta(seconds=1))

    assert first.snapshot.fields == {"company.team_size": 40}
    assert (first.read_at, again.read_at) == (NOW, NOW)
    assert later.read_at == NOW + FRESH + timedelta(seconds=1)
    assert crm.asked == [("email", "ada@lifts.example")] * 2


async def test_another_address_is_another_look_and_without_one_the_conversation_is_asked_for() -> None:
    crm, looks = a_crm(), CrmLooks()

    for address in ("", "ada@lifts.example", "ben@lifts.example"):
        await look(looks, crm, address=address)

    assert crm.asked == [
        ("conversation", "t"),
        ("email", "ada@lifts.example"),
        ("email", "ben@lifts.example"),
    ]


async def test_a_slow_crm_costs_no_more_than_the_patience_and_is_there_for_the_next_turn() -> None:
    crm, looks = a_crm(answers=False), CrmLooks(patience_s=0.01)

    late = await look(looks, crm)
    meanwhile = await look(looks, crm, now=NOW + timedelta(seconds=5))
    crm.gate.set()
    for _ in range(5):
        await asyncio.sleep(0)
    there = await look(looks, crm, now=NOW + timedelta(seconds=9))

    assert late is UNREAD
    assert meanwhile is UNREAD
    assert there.snapshot.fields == {"company.team_size": 40}
    assert len(crm.asked) == 1


async def test_nobody_waits_for_a_crm_that_was_late_for_three_in_a_row_until_it_rested() -> None:
    crm, looks = a_crm(answers=False), CrmLooks(patience_s=0.01)
    for talk in ("a", "b", "c"):
        await look(looks, crm, talk=talk)
    quick = CrmLooks(patience_s=60)
    quick._sites = looks._sites

    async with asyncio.timeout(5):
        at_once = await look(quick, crm, talk="d")
    crm.gate.set()
    after = await look(quick, crm, talk="e", now=NOW + REST + timedelta(seconds=1))

    assert at_once is UNREAD
    assert after.read_at is not None


async def test_a_crm_that_hangs_is_asked_by_a_few_at_once_and_no_other_site_waits_for_it() -> None:
    crm, looks = a_crm(answers=False), CrmLooks(patience_s=0.0)

    for n in range(AT_ONCE + 3):
        assert await look(looks, crm, talk=f"t{n}") == UNREAD
    hanging = len(crm.asked)
    other = a_crm()
    await looks.look(cast("Ledger", other), "other", "t", "ada@lifts.example", now=NOW)
    crm.gate.set()
    for _ in range(5):
        await asyncio.sleep(0)
    await look(looks, crm, talk="later", now=NOW + 2 * REST)
    await asyncio.sleep(0)

    assert (hanging, len(other.asked)) == (AT_ONCE, 1)
    assert len(crm.asked) == AT_ONCE + 1


async def test_an_error_of_the_crm_is_no_error_of_the_turn_and_is_not_repeated_at_once() -> None:
    crm, looks = a_crm(error=ProviderBusy("Too many calls.")), CrmLooks()

    assert await look(looks, crm) is UNREAD
    assert await look(looks, crm, now=NOW + REST / 2) is UNREAD
    assert len(crm.asked) == 1
    crm.error = None
    assert (await look(looks, crm, now=NOW + REST * 2)).read_at is not None


async def test_no_address_is_kept() -> None:
    crm, looks = a_crm(), CrmLooks()

    await look(looks, crm)

    assert "lifts.example" not in repr(looks._kept)


async def test_what_is_too_old_leaves_the_memory() -> None:
    crm, looks = a_crm(), CrmLooks()
    await look(looks, crm)

    await look(looks, crm, talk="another", now=NOW + FRESH)

    assert [talk for _, talk in looks._kept] == ["another"]
