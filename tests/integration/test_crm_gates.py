"""A CRM that refuses our key stops its site and nothing else; rates and places hold over all workers; dead letters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from crm_sync import Ledger, Limits, Policy, ProviderBusy, ProviderDenied, ProviderRefused
from crm_sync.delivering.states import MAX_ATTEMPTS
from crm_sync.errors import ProviderOccupied
from crm_sync.ports import CrmProvider
from crm_sync.values import Difference, Effect, Order, UndoResult
from tests.support.crm import DATABASES, SITE, Room, a_proposal, a_room, a_room_on, learned, sqlite_url

KEY_REVOKED = "HubSpot answered 401: the access token is revoked"


@dataclass
class Crm:
    """Answers each site as it was told."""

    name: str = "test"
    fails: dict[str, Exception] = field(default_factory=dict)
    got: list[tuple[str, Any]] = field(default_factory=list)
    answers: asyncio.Event | None = None
    at_once: int = 0
    most_at_once: int = 0
    calls: int = 0

    async def apply(self, order: Order, key: str) -> Effect:
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.answers is not None:
                await self.answers.wait()
            if failure := self.fails.get(order.site):
                raise failure
            self.got.append((order.site, order.writes[0].value))
            return Effect(reference=key)
        finally:
            self.at_once -= 1

    async def undo(
        self, site: str, effect: Effect, key: str, *, seen: tuple[Difference, ...] | None = None
    ) -> UndoResult:
        return UndoResult("undone")


@pytest.fixture(params=DATABASES)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with a_room_on(request.param, tmp_path) as made:
        yield made


async def seats(room: Room, number: int, *, site: str = SITE, talk: str = "") -> str:
    talk = talk or f"talk-{number}"
    proposal = a_proposal(learned("deal.seats", number), site=site, conversation=talk)
    return (await room.propose(proposal)).id


async def deliver_due(ledger: Ledger, room: Room) -> list[str]:
    return [str(await ledger.deliver(each, now=room.now)) for each in await ledger.due(room.now)]


async def test_a_refused_key_stops_the_site_and_costs_no_attempt(room: Room) -> None:
    crm = Crm(fails={SITE: ProviderDenied(KEY_REVOKED)})
    ledger = room.ledger_with(crm)
    ids = [await seats(room, n) for n in (1, 2, 3)]
    elsewhere = await seats(room, 9, site="other")

    for each in (*ids, elsewhere):
        await ledger.deliver(each, now=room.now)

    state = await ledger.provider_state(SITE, room.now)
    assert (state.standing, state.words, state.since) == ("refused", KEY_REVOKED, room.now)
    assert [(await ledger.update(SITE, each)).attempts for each in ids] == [0, 0, 0]
    assert crm.calls == 2  # one of each site: nobody else asks after the refusal
    assert crm.got == [("other", 9)]
    assert await ledger.due(room.now) == []


async def test_one_update_asks_again_after_a_minute_and_its_success_opens_the_site(room: Room) -> None:
    crm = Crm(fails={SITE: ProviderDenied(KEY_REVOKED)})
    ledger = room.ledger_with(crm)
    ids = [await seats(room, n) for n in (1, 2, 3)]
    await ledger.deliver(ids[0], now=room.now)

    room.now += timedelta(seconds=61)
    asked = await ledger.due(room.now)
    await asyncio.gather(*(ledger.deliver(each, now=room.now) for each in ids))
    still_shut = await ledger.provider_state(SITE, room.now)
    crm.fails.clear()
    room.now = still_shut.next_probe_at or room.now
    opened = await deliver_due(ledger, room)

    assert asked == ids[:1]
    assert still_shut.standing == "refused"
    assert still_shut.probes == 2
    assert crm.calls == 3
    assert opened == ["delivered"]
    assert (await ledger.provider_state(SITE, room.now)).standing == "open"
    assert await deliver_due(ledger, room) == ["delivered", "delivered"]
    assert (await ledger.verify_audit(SITE)).intact


async def test_an_outage_of_days_ends_no_update(room: Room) -> None:
    crm = Crm(fails={SITE: ProviderDenied(KEY_REVOKED)})
    ledger = room.ledger_with(crm)
    update = await seats(room, 1)

    for _ in range(3 * MAX_ATTEMPTS):
        await ledger.deliver(update, now=room.now)
        room.now = (await ledger.provider_state(SITE, room.now)).next_probe_at or room.now

    assert (await ledger.update(SITE, update)).status == "retrying"
    assert await ledger.resume(SITE, "the operator", room.now)
    crm.fails.clear()
    assert await deliver_due(ledger, room) == ["delivered"]


async def test_somebody_who_mended_it_resumes_at_once_and_the_audit_trail_says_who(room: Room) -> None:
    crm = Crm(fails={SITE: ProviderDenied(KEY_REVOKED)})
    ledger = room.ledger_with(crm)
    update = await seats(room, 1)
    await ledger.deliver(update, now=room.now)
    crm.fails.clear()

    resumed = await ledger.resume(SITE, "ada@example.com", room.now)
    again = await ledger.resume(SITE, "ada@example.com", room.now)
    done = await deliver_due(ledger, room)

    entries = [(entry["act"], entry["who"]) async for entry in ledger.audit_entries(SITE)]
    assert (resumed, again, done) == (True, False, ["delivered"])
    assert ("crm_refused", "delivery") in entries
    assert ("crm_resumed", "ada@example.com") in entries


async def test_a_pause_that_the_crm_asks_for_holds_back_its_whole_site(room: Room) -> None:
    crm = Crm(fails={SITE: ProviderBusy("429", retry_after_s=120)})
    ledger = room.ledger_with(crm)
    first, second = await seats(room, 1), await seats(room, 2)
    other = await seats(room, 3, site="other")

    await ledger.deliver(first, now=room.now)

    assert await ledger.due(room.now) == [other]
    assert await ledger.place(second, now=room.now) == pytest.approx(120)
    assert await ledger.place(other, now=room.now) == 0
    room.now += timedelta(seconds=160)
    assert await ledger.due(room.now) == [first, second, other]


async def test_no_more_than_allowed_go_at_once_however_many_workers_there_are(room: Room) -> None:
    answers = asyncio.Event()
    crm = Crm(answers=answers)
    ledger = limited(room, crm, Limits(concurrency=2))
    ids = [await seats(room, n) for n in range(1, 9)]

    going = {asyncio.create_task(ledger.deliver(each, now=room.now)) for each in ids}
    while len(going) > 2:
        _, going = await asyncio.wait(going, return_when=asyncio.FIRST_COMPLETED)
    answers.set()
    await asyncio.gather(*going)
    after = await ledger.deliver(next(iter(await ledger.due(room.now))), now=room.now)

    assert crm.most_at_once == 2
    assert crm.calls == 3
    assert after == "delivered"


async def test_places_in_the_row_are_a_beat_of_the_rate_apart(room: Room) -> None:
    ledger = limited(room, Crm(), Limits(per_second=4))
    ids = [await seats(room, n) for n in range(1, 7)]

    waits = await asyncio.gather(*(ledger.place(each, now=room.now) for each in ids))

    assert sorted(waits) == pytest.approx([0, 0.25, 0.5, 0.75, 1.0, 1.25])


async def test_dead_letters_are_replayed_many_at_once_and_only_they(room: Room) -> None:
    crm = Crm(fails={SITE: ProviderRefused("400: the property 'seats' does not exist")})
    ledger = room.ledger_with(crm)
    dead = [await seats(room, n) for n in (1, 2)]
    await deliver_due(ledger, room)
    waits = await room.propose(a_proposal(learned("deal.budget", "10k", confidence=0.2), conversation="w"))
    letters = await ledger.dead_letters(SITE)
    rest = await ledger.dead_letters(SITE, after=letters[0].id)
    crm.fails.clear()

    decided = await ledger.replay(SITE, [*dead, waits.id, "unknown"], "ada", room.now)
    done = await deliver_due(ledger, room)

    assert [letter.id for letter in letters] == dead
    assert [letter.id for letter in rest] == dead[1:]
    assert [each.id for each in decided] == dead
    assert done == ["delivered", "delivered"]
    assert (await ledger.update(SITE, waits.id)).status == "awaiting_approval"


async def test_every_attempt_is_told_with_its_time_and_the_words_of_the_crm(room: Room) -> None:
    crm = Crm(fails={SITE: ProviderBusy("503 from the gateway")})
    ledger = room.ledger_with(crm)
    update = await seats(room, 1)
    begun = room.now
    await ledger.deliver(update, now=room.now)
    crm.fails = {SITE: ProviderRefused("400: no such property")}
    room.now += timedelta(minutes=1)
    await ledger.deliver(update, now=room.now)
    crm.fails.clear()
    await ledger.replay(SITE, [update], "ada", room.now)
    await ledger.deliver(update, now=room.now)

    attempts = await ledger.attempts(SITE, update)

    assert [(each.number, each.outcome) for each in attempts] == [
        (1, "retrying"),
        (2, "needs_review"),
        (1, "delivered"),
    ]
    assert [each.at for each in attempts] == [begun, room.now, room.now]
    assert attempts[0].words == "crm.provider_busy: 503 from the gateway"
    assert attempts[1].words == "crm.provider_refused: 400: no such property"


async def test_the_backlog_says_what_has_not_arrived(room: Room) -> None:
    crm = Crm(fails={SITE: ProviderBusy("503"), "other": ProviderRefused("400")})
    ledger = room.ledger_with(crm)
    retried, _ = await seats(room, 1), await seats(room, 2)
    began = (await ledger.update(SITE, retried)).created_at
    await ledger.deliver(retried, now=room.now)
    await ledger.deliver(await seats(room, 3, site="other"), now=room.now)

    here, there = await ledger.backlog(SITE), await ledger.backlog("other")

    assert (here.waiting, here.retrying, here.dead, here.oldest_at) == (1, 1, 0, began)
    assert (there.waiting, there.retrying, there.dead, there.oldest_at) == (0, 0, 1, None)


async def test_a_full_site_leaves_room_for_the_others_in_a_sweep(room: Room) -> None:
    ledger = room.ledger_with(Crm())
    for n in range(1, 7):
        await seats(room, n)
    other = await seats(room, 9, site="other")

    found = await ledger.due(room.now, 3)

    assert len(found) == 4
    assert other in found


async def test_neither_turns_nor_workers_read_more_than_a_contact_or_what_is_in_flight(
    tmp_path: Path,
) -> None:
    asked: list[tuple[str, Any]] = []
    async with a_room(sqlite_url(tmp_path)) as room:
        listened = room.engine.sync_engine

        @event.listens_for(listened, "before_cursor_execute")
        def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
            asked.append((statement, parameters))

        update = await seats(room, 1)
        await room.ledger.due(room.now)
        await room.ledger.attempt(update, now=room.now)
        event.remove(listened, "before_cursor_execute", note)
        plans = [await plan(room, *each) for each in asked if "FROM crm_updates" in each[0]]

    assert len(plans) >= 8
    assert [each for each in plans if "ix_crm_updates_in_flight" in each]
    assert [each for each in plans if "ix_crm_updates_ahead" in each]
    # By its standing alone an update is found among all that ever stood so.
    assert not [each for each in plans if "SCAN crm_updates" in each or "standing" in each], plans


async def plan(room: Room, statement: str, parameters: Any) -> str:
    """How SQLite goes about it."""
    async with room.sessions() as session:
        connection = await session.connection()
        rows = (await connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)).mappings()
        return " ".join(str(row["detail"]) for row in rows)


def limited(room: Room, crm: CrmProvider, limits: Limits) -> Ledger:
    return Ledger(room.sessions, crm, room.vault, Policy(), limits=lambda _site: limits)


async def test_a_crm_that_fails_ten_times_in_a_row_is_away_and_uses_up_no_more_attempts(room: Room) -> None:
    crm = Crm(fails={SITE: ProviderBusy("503: down for maintenance")})
    ledger = room.ledger_with(crm)
    ids = [await seats(room, n) for n in range(1, 13)]

    done = await deliver_due(ledger, room)
    state = await ledger.provider_state(SITE, room.now)
    for _ in range(2 * MAX_ATTEMPTS):
        room.now = (await ledger.provider_state(SITE, room.now)).next_probe_at or room.now
        await deliver_due(ledger, room)

    assert done == ["retrying"] * 10 + ["pending"] * 2
    assert (state.standing, state.words) == ("away", "503: down for maintenance")
    assert max([(await ledger.update(SITE, each)).attempts for each in ids]) == 1
    crm.fails.clear()
    room.now = (await ledger.provider_state(SITE, room.now)).next_probe_at or room.now
    assert await deliver_due(ledger, room) == ["delivered"]
    assert len(await deliver_due(ledger, room)) == 11


async def test_waiting_for_an_attempt_of_our_own_is_no_failure_of_the_crm_and_uses_up_nothing(
    room: Room,
) -> None:
    crm = Crm(fails={SITE: ProviderOccupied("Another attempt is at work.", retry_after_s=5.0)})
    ledger = room.ledger_with(crm)
    update = await seats(room, 1)

    for _ in range(2 * MAX_ATTEMPTS):
        await ledger.deliver(update, now=room.now)
        room.now += timedelta(seconds=6)
    waiting = await ledger.update(SITE, update)
    crm.fails.clear()

    assert (waiting.status, waiting.attempts) == ("retrying", 0)
    assert (await ledger.provider_state(SITE, room.now)).standing == "open"
    assert await ledger.deliver(update, now=room.now) == "delivered"


async def test_one_success_in_between_and_the_failures_are_counted_anew(room: Room) -> None:
    crm = Crm()
    ledger = room.ledger_with(crm)
    ids = [await seats(room, n) for n in range(1, 20)]

    for place, each in enumerate(ids):
        crm.fails = {} if place == 9 else {SITE: ProviderBusy("503")}
        await ledger.deliver(each, now=room.now)

    assert (await ledger.provider_state(SITE, room.now)).standing == "open"
