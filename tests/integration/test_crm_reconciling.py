"""What was delivered held against what the CRM says now: reported, never written back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from crm_sync import DriftUnknown, Ledger, Policy, ProviderBusy, forgetting
from crm_sync.comparing.reconciling import Pace
from crm_sync.comparing.values import Found, Reconciled
from crm_sync.errors import ProviderDenied, ProviderRefused
from crm_sync.ports import CrmProvider
from crm_sync.providers.builtin import BuiltinCrm
from crm_sync.values import Effect
from tests.support.crm import SEALS, SITE, TALK, Room, a_note, a_room, learned, new_id, sqlite_url
from tests.support.crm_worlds import BackendWorld
from tests.support.crm_worlds.registry import opened
from tests.support.remote_crm import a_remote_crm

DAY = timedelta(days=1)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with a_room(sqlite_url(tmp_path), seals=SEALS) as made:
        yield made


async def round_of(room: Room, ledger: Ledger | None = None, pace: Pace | None = None) -> Reconciled:
    room.now += timedelta(minutes=1)
    done = await (ledger or room.ledger).reconcile(
        SITE, since=room.now - 30 * DAY, now=room.now, new_id=new_id, pace=pace
    )
    assert done is not None
    return done


async def lines(room: Room, ledger: Ledger | None = None) -> list[tuple[str, str, Any, Any]]:
    found = await (ledger or room.ledger).drift(SITE)
    return sorted((each.kind, f"{each.object}.{each.field}", each.wrote, each.found) for each in found)


async def test_what_stands_as_it_was_delivered_is_no_drift(room: Room) -> None:
    await room.write(learned("deal.seats", 20), learned("contact.email", "[email_1]"), activity=a_note())
    await room.write(learned("deal.seats", 30))

    done = await round_of(room)

    assert (done.compared, done.drifted, done.failed, done.is_done) == (2, 0, 0, True)
    assert await room.ledger.drift(SITE) == []


async def test_the_next_updates_are_found_without_sorting_all_that_were_ever_delivered(room: Room) -> None:
    await room.write(learned("deal.seats", 20))
    asked: list[tuple[str, Any]] = []

    @event.listens_for(room.engine.sync_engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "ORDER BY crm_updates.delivered_at" in statement:
            asked.append((statement, parameters))

    await round_of(room)
    event.remove(room.engine.sync_engine, "before_cursor_execute", note)

    async with room.sessions() as session:
        connection = await session.connection()
        for statement, parameters in asked:
            rows = await connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
            (plan,) = [str(row["detail"]) for row in rows.mappings()]
            assert "ix_crm_updates_delivered" in plan
    assert asked


async def test_a_value_that_a_person_changed_is_told_with_who_and_when(room: Room) -> None:
    update = await room.write(learned("deal.seats", 20))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    await room.crm.edit(SITE, "deal", record.deals[0].id, {"seats": 30}, by="rep")

    await round_of(room)

    (line,) = await room.ledger.drift(SITE)
    assert (line.update, line.conversation, line.state) == (update.id, TALK, "open")
    assert (line.kind, line.field, line.wrote, line.found, line.by) == ("changed", "seats", 20, 30, "rep")
    assert line.at is not None
    assert (await room.fields())["deal.seats"] == 30


async def test_an_emptied_value_a_missing_entry_and_a_missing_record_are_told(room: Room) -> None:
    await room.write(learned("deal.seats", 20), learned("contact.language", "de"), activity=a_note())
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    await room.crm.edit(SITE, "contact", record.contact.id, {"language": None}, by="rep")
    async with room.sessions() as session:
        for view in (*record.deals, *record.activities):
            table = {"deal": "crm_deals", "activity": "crm_activities"}[view.object]
            await session.execute(text(f"DELETE FROM {table} WHERE id = :id"), {"id": view.id})
        await session.commit()

    await round_of(room)

    assert [line[:2] for line in await lines(room)] == [
        ("entry_missing", "activity."),
        ("gone", "contact.language"),
        ("record_missing", "deal."),
    ]


async def test_a_record_that_was_merged_is_told_with_where_it_went(room: Room) -> None:
    for talk in (TALK, "talk-2"):
        room.vault.values |= {(talk, "[person_1]"): "Ada Byron", (talk, "[phone_1]"): "+4915123456789"}
        await room.write(
            learned("contact.name", "[person_1]"), learned("contact.phone", "[phone_1]"), conversation=talk
        )
    await room.ledger.find_duplicates(SITE, now=room.now, new_id=new_id)
    (pair,) = await room.ledger.duplicates(SITE)
    await room.ledger.decide_duplicate(SITE, pair.id, "same", by="rep", now=room.now, keep=pair.first.id)

    await round_of(room)

    (line,) = await room.ledger.drift(SITE)
    assert (line.kind, line.record, line.found) == ("merged", pair.second.id, pair.first.id)


async def test_personal_values_stay_out_of_the_report(room: Room) -> None:
    await room.write(learned("contact.email", "[email_1]"))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    await room.crm.edit(SITE, "contact", record.contact.id, {"email": "ada@other.example"}, by="rep")

    await round_of(room)

    assert await lines(room) == [("changed", "contact.email", None, None)]


async def test_a_line_leaves_the_report_when_it_is_in_order_again_and_comes_back_open(room: Room) -> None:
    await room.write(learned("deal.seats", 20))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    deal = record.deals[0].id
    await room.crm.edit(SITE, "deal", deal, {"seats": 30}, by="rep")
    await round_of(room)
    (line,) = await room.ledger.drift(SITE)

    await room.ledger.mark_drift_seen(SITE, line.id, by="rep", now=room.now)
    await round_of(room)

    assert await room.ledger.drift(SITE) == []
    assert [each.seen_by for each in await room.ledger.drift(SITE, state="seen")] == ["rep"]
    await room.crm.edit(SITE, "deal", deal, {"seats": 31}, by="rep")
    await round_of(room)
    assert [each.found for each in await room.ledger.drift(SITE)] == [31]
    await room.crm.edit(SITE, "deal", deal, {"seats": 20}, by="rep")
    await round_of(room)
    assert await room.ledger.drift(SITE, state=None) == []
    with pytest.raises(DriftUnknown):
        await room.ledger.mark_drift_seen(SITE, line.id, by="rep", now=room.now)


async def test_a_forgotten_conversation_leaves_no_line(room: Room) -> None:
    await room.write(learned("deal.seats", 20))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    await room.crm.edit(SITE, "deal", record.deals[0].id, {"seats": 30}, by="rep")
    await round_of(room)

    async with room.sessions() as session:
        await forgetting.forget_conversation(session, SITE, TALK, by="admin", now=room.now)
        await session.commit()

    assert await room.ledger.drift(SITE, state=None) == []


# -- pace, and a CRM that will not say ---------------------------------------------------------------------------


@dataclass
class Moody:
    """The built-in CRM, which answers some comparisons with an error."""

    crm: BuiltinCrm
    errors: list[Exception | None] = field(default_factory=list)
    asked: int = 0
    name: str = "moody"

    async def apply(self, order: Any, key: str) -> Effect:
        return await self.crm.apply(order, key)

    async def undo(self, site: str, effect: Effect, key: str, **seen: Any) -> Any:
        return await self.crm.undo(site, effect, key, **seen)

    async def compare(self, site: str, effect: Effect, key: str) -> tuple[Found, ...]:
        self.asked += 1
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        return await self.crm.compare(site, effect, key)


@dataclass
class Nap:
    """Sleeps in no time and remembers how long."""

    slept: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


def in_front_of(room: Room, provider: CrmProvider) -> Ledger:
    return Ledger(room.sessions, provider, room.vault, Policy())


async def test_a_round_stops_at_its_number_and_the_next_call_goes_on_behind_it(room: Room) -> None:
    for seats in (1, 2, 3, 4, 5):
        await room.write(learned("deal.seats", seats))
    moody = Moody(room.crm)
    ledger = in_front_of(room, moody)

    first = await round_of(room, ledger, Pace(at_most=2))
    second = await round_of(room, ledger, Pace(at_most=2))
    third = await round_of(room, ledger, Pace(at_most=2))

    assert [(each.compared, each.is_done) for each in (first, second, third)] == [
        (2, False),
        (4, False),
        (5, True),
    ]
    assert moody.asked == 5
    assert (await round_of(room, ledger)).compared == 5


async def test_another_companys_crm_is_asked_at_its_pace(room: Room) -> None:
    await room.write(learned("deal.seats", 1))
    nap = Nap()

    await round_of(room, pace=Pace(per_second=4, sleep=nap))

    assert nap.slept == [0.25]


async def test_a_refused_account_stops_the_round_and_nothing_counts_as_compared(room: Room) -> None:
    for seats in (1, 2):
        await room.write(learned("deal.seats", seats))
    ledger = in_front_of(room, Moody(room.crm, [None, ProviderDenied("The key was revoked.")]))

    first = await round_of(room, ledger)
    second = await round_of(room, ledger)

    assert (first.compared, first.is_done) == (1, False)
    assert (second.compared, second.is_done) == (2, True)


async def test_a_crm_that_stays_busy_is_left_alone_until_the_next_round(room: Room) -> None:
    for seats in (1, 2, 3, 4):
        await room.write(learned("deal.seats", seats))
    busy = ProviderBusy("Too many calls.", retry_after_s=600)
    nap = Nap()
    ledger = in_front_of(room, Moody(room.crm, [None, busy, busy, busy]))

    first = await round_of(room, ledger, Pace(sleep=nap))
    second = await round_of(room, ledger, Pace(sleep=nap))

    assert (first.compared, first.failed, first.is_done) == (1, 0, False)
    assert max(nap.slept) <= 10
    assert (second.compared, second.is_done) == (4, True)


async def test_one_update_that_the_crm_refuses_holds_up_no_other(room: Room) -> None:
    for seats in (1, 2):
        await room.write(learned("deal.seats", seats))
    ledger = in_front_of(room, Moody(room.crm, [ProviderRefused("No such object type.")]))

    done = await round_of(room, ledger)

    assert (done.compared, done.failed, done.is_done) == (1, 1, True)


# -- another company's CRM ---------------------------------------------------------------------------------------


@asynccontextmanager
async def a_remote_room(room: Room) -> AsyncIterator[tuple[BackendWorld, Room]]:
    async with opened("memory") as behind:
        crm = await a_remote_crm(behind, room.sessions)
        yield behind, replace(room, ledger=in_front_of(room, crm))


async def test_a_change_in_another_companys_crm_is_told_and_becomes_typed(room: Room) -> None:
    async with a_remote_room(room) as (behind, remote):
        await remote.write(learned("contact.email", "[email_1]"), learned("contact.job_title", "Dispatcher"))
        (contact,) = behind.records("contact")
        behind.edit("contact", contact, "Title", "Owner")

        await round_of(remote)
        known = await remote.ledger.look(SITE, by="email", match=SEALS["[email_1]"])

    assert await lines(room) == [("changed", "contact.job_title", "Dispatcher", "Owner")]
    assert "contact.job_title" in known.typed
    assert known.fields["contact.job_title"] == "Owner"


async def test_a_company_of_another_companys_crm_is_found_by_the_domain_alone(room: Room) -> None:
    async with a_remote_room(room) as (_behind, remote):
        remote.vault.values[TALK, "[email_1]"] = "ada@lifts-nord.com"
        await remote.write(learned("contact.email", "[email_1]"), learned("company.team_size", 40))

        known = await remote.ledger.look(SITE, by="email", match="ben@lifts-nord.com")

    assert known.fields["company.team_size"] == 40
    assert set(known.records) == {"company"}
