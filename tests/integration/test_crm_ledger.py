"""The ledger on real databases: proposed once, delivered once, in order, decided by people, undone, audited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from crm_sync import EditRefused, MoveRefused, ProviderBusy, ProviderRefused, Target, UpdateUnknown
from crm_sync.canonical import canonical
from crm_sync.policy import Policy, Rule
from crm_sync.states import LEASE, MAX_ATTEMPTS
from crm_sync.tables import ActivityRow, AuditRow, ContactRow, UpdateRow
from crm_sync.values import Effect, Order, UndoResult
from tests.support.crm import SITE, TALK, Room, a_note, a_proposal, a_room, learned, new_id, sqlite_url
from tests.support.postgres import fresh_database


@pytest.fixture(params=["sqlite", "postgresql"])
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    seals = {"[email_1]": "ada@example.com", "[person_1]": "Ada"}
    if request.param == "sqlite":
        async with a_room(sqlite_url(tmp_path), seals=seals) as made:
            yield made
        return
    with fresh_database() as url:
        async with a_room(url, seals=seals) as made:
            yield made


@dataclass
class Flaky:
    """A CRM that fails as told before it works; `effects` counts what it really did."""

    name: str = "flaky"
    failures: list[Exception] = field(default_factory=list)
    applied: dict[str, Order] = field(default_factory=dict)
    calls: int = 0

    async def apply(self, order: Order, key: str) -> Effect:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        self.applied.setdefault(key, order)
        return Effect(reference=key[:8])

    async def undo(self, site: str, effect: Effect, key: str) -> UndoResult:
        return UndoResult("undone")


@pytest.fixture
async def flaky(tmp_path: Path) -> AsyncIterator[tuple[Room, Flaky]]:
    crm = Flaky()
    async with a_room(sqlite_url(tmp_path), provider=crm) as made:
        yield made, crm


# -- coming in -----------------------------------------------------------------------------------------------


async def test_what_was_said_reaches_the_crm_with_real_values(room: Room) -> None:
    update = await room.write(
        learned("contact.email", "[email_1]"),
        learned("contact.name", "[person_1]"),
        learned("company.team_size", 40),
        learned("deal.plan", "Team"),
        target=Target("email", "[email_1]"),
        activity=a_note(body="[person_1] wants SAML."),
    )

    fields = await room.fields()
    record = await room.ledger.record(SITE, TALK)
    assert fields["contact.email"] == "ada@example.com"
    assert fields["contact.name"] == "Ada"
    assert fields["company.domain"] == "example.com"
    assert fields["company.team_size"] == 40
    assert fields["deal.plan"] == "Team"
    assert record is not None
    assert record.activities[0].fields["body"] == "Ada wants SAML."
    assert record.updates == (update.id,)


async def test_the_ledger_itself_keeps_only_placeholders(room: Room) -> None:
    update = await room.write(learned("contact.email", "[email_1]"), activity=a_note(body="Mail [email_1]"))

    assert "ada@example.com" not in canonical(update.document)
    assert "[email_1]" in canonical(update.document)


async def test_proposing_twice_makes_one_row(room: Room) -> None:
    proposal = a_proposal(learned("company.team_size", 40))

    first = await room.propose(proposal)
    second = await room.propose(proposal)

    assert second == first
    assert len(await room.ledger.updates(SITE)) == 1


async def test_two_transactions_proposing_the_same_at_once_make_one_row(room: Room) -> None:
    proposal = a_proposal(learned("company.team_size", 40), learned("deal.budget", "10k", confidence=0.4))

    first, second = await asyncio.gather(room.propose(proposal), room.propose(proposal))

    assert first.id == second.id
    assert sorted(update.status for update in await room.ledger.updates(SITE)) == [
        "awaiting_approval",
        "pending",
    ]


async def test_a_rolled_back_turn_proposes_nothing(room: Room) -> None:
    async with room.sessions() as session:
        await room.ledger.propose(
            session, a_proposal(learned("company.team_size", 40)), now=room.now, id=new_id()
        )
        await session.rollback()

    assert await room.ledger.updates(SITE) == []
    assert (await room.ledger.verify_audit(SITE)).entries == 0


async def test_what_the_crm_holds_already_is_not_written_again(room: Room) -> None:
    await room.write(learned("company.team_size", 40))

    update = await room.propose(a_proposal(learned("company.team_size", 40)))

    assert update.status == "unchanged"
    assert not update.is_due


async def test_a_changed_value_names_the_one_it_replaces(room: Room) -> None:
    await room.write(learned("company.team_size", 40))

    update = await room.propose(a_proposal(learned("company.team_size", 60)))

    assert update.document["fields"][0]["previous"] == 40


async def test_the_current_record_counts_more_than_what_was_delivered_to_it(room: Room) -> None:
    await room.write(learned("company.team_size", 40))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    assert record.company is not None
    await room.crm.edit(SITE, "company", record.company.id, {"team_size": 50}, by="rep")
    look = await room.ledger.look(SITE, by="conversation", match=TALK)

    update = await room.propose(a_proposal(learned("company.team_size", 60), current=look.fields))

    assert update.document["fields"][0]["previous"] == 50


async def test_looking_at_the_crm_shows_no_personal_values(room: Room) -> None:
    await room.write(learned("contact.email", "[email_1]"), learned("deal.seats", 40))

    look = await room.ledger.look(SITE, by="email", match="ADA@example.com")

    assert look.fields == {"company.domain": "example.com", "deal.seats": 40}
    assert look.personal == {"contact.email"}


async def test_an_invalid_proposal_is_quarantined_with_its_pointer_and_never_sent(room: Room) -> None:
    update = await room.propose(
        a_proposal(learned("company.team_size", "forty"), learned("deal.plan", "Team"))
    )

    status = await room.deliver(update)

    kept = await room.ledger.update(SITE, update.id)
    assert (update.status, status) == ("quarantined", "quarantined")
    assert kept.problem_pointer == "/fields/0/value"
    assert kept.last_error
    assert await room.ledger.due(room.now + timedelta(days=9)) == []
    assert await room.ledger.records(SITE) == []


async def test_a_personal_value_in_the_open_is_quarantined_and_struck_out(room: Room) -> None:
    update = await room.propose(a_proposal(learned("contact.email", "ada@example.com")))

    assert update.status == "quarantined"
    assert "seal" in (update.last_error or "")
    assert "ada@example.com" not in canonical(update.document)


async def test_a_site_can_not_see_the_updates_of_another(room: Room) -> None:
    update = await room.propose(a_proposal(learned("company.team_size", 40)))

    with pytest.raises(UpdateUnknown):
        await room.ledger.update("other", update.id)

    assert await room.ledger.updates("other") == []


# -- policy --------------------------------------------------------------------------------------------------


async def test_an_unsure_value_waits_for_a_rep_while_the_rest_is_written(room: Room) -> None:
    update = await room.propose(
        a_proposal(learned("company.team_size", 40), learned("deal.budget", "10k", confidence=0.4))
    )
    await room.deliver(update)

    assert update.held is not None
    held = await room.ledger.update(SITE, update.held)
    assert held.status == "awaiting_approval"
    assert await room.deliver(held) == "awaiting_approval"
    assert "deal.budget" not in await room.fields()


async def test_an_approved_value_is_written_as_the_rep_corrected_it(room: Room) -> None:
    update = await room.propose(a_proposal(learned("deal.budget", "10k", confidence=0.4)))

    approved = await room.ledger.approve(
        SITE, update.id, by="rep", now=room.now, edits={"deal.budget": "12k"}
    )
    status = await room.deliver(approved)

    assert status == "delivered"
    assert (await room.fields())["deal.budget"] == "12k"
    assert approved.document["fields"][0]["how"] == "edited"


@pytest.mark.parametrize(
    ("edits", "pointer"),
    [
        ({"deal.seats": 0}, "/fields/0/value"),
        ({"deal.plan": "Team"}, "/deal.plan"),
        ({"contact.name": "[person_2]"}, "/contact.name"),
    ],
)
async def test_an_edit_that_would_break_the_document_changes_nothing(
    room: Room, edits: dict[str, Any], pointer: str
) -> None:
    update = await room.propose(
        a_proposal(
            learned("deal.seats", 4, confidence=0.4), learned("contact.name", "[person_1]", confidence=0.4)
        )
    )

    with pytest.raises(EditRefused) as refused:
        await room.ledger.approve(SITE, update.id, by="rep", now=room.now, edits=edits)

    assert refused.value.pointer == pointer
    assert (await room.ledger.update(SITE, update.id)) == update


async def test_a_rejected_update_stays_rejected_with_its_reason(room: Room) -> None:
    update = await room.propose(a_proposal(learned("deal.budget", "10k", confidence=0.4)))

    await room.ledger.reject(SITE, update.id, by="rep", reason="was a joke", now=room.now)

    kept = await room.ledger.update(SITE, update.id)
    assert (kept.status, kept.decided_by, kept.decided_reason) == ("rejected", "rep", "was a joke")
    with pytest.raises(MoveRefused):
        await room.ledger.approve(SITE, update.id, by="rep", now=room.now)


async def test_the_same_unsure_value_is_asked_about_once(room: Room) -> None:
    await room.propose(a_proposal(learned("deal.budget", "10k", confidence=0.4)))

    again = await room.propose(a_proposal(learned("deal.budget", "10k", confidence=0.5)))

    assert again.status == "unchanged"


async def test_an_update_approved_late_does_not_undo_what_was_said_since(room: Room) -> None:
    early = await room.propose(a_proposal(learned("deal.seats", 10, confidence=0.4)))
    await room.write(learned("deal.seats", 25))

    await room.ledger.approve(SITE, early.id, by="rep", now=room.now)
    await room.deliver(early)

    kept = await room.ledger.update(SITE, early.id)
    assert (await room.fields())["deal.seats"] == 25
    assert kept.effect is not None
    assert "deal.seats" in kept.effect["notes"][0]


async def test_a_withdrawn_consent_stops_what_has_not_left_yet(room: Room) -> None:
    sent = await room.write(learned("company.team_size", 40))
    queued = await room.propose(a_proposal(learned("deal.seats", 40)))
    waiting = await room.propose(a_proposal(learned("deal.budget", "10k", confidence=0.4)))

    async with room.sessions() as session:
        stopped = await room.ledger.withdraw(session, SITE, TALK, by="visitor", now=room.now)
        await session.commit()

    assert set(stopped) == {queued.id, waiting.id}
    assert await room.deliver(queued) == "rejected"
    assert (await room.ledger.update(SITE, sent.id)).status == "delivered"


async def test_a_policy_decides_per_field(tmp_path: Path) -> None:
    policy = Policy(version="7", rules=(Rule(field="deal.seats", tier="never"),), otherwise="write")

    async with a_room(sqlite_url(tmp_path), policy=policy) as room:
        update = await room.write(learned("deal.seats", 40, confidence=0.1), learned("deal.plan", "Team"))
        trail = [entry async for entry in room.ledger.audit_entries(SITE, update_id=update.id)]

        assert await room.fields() == {"deal.plan": "Team"}
        assert update.document["policy_version"] == "7"
        assert trail[0]["detail"]["more"] == {"withheld": ["deal.seats"]}


# -- going out -----------------------------------------------------------------------------------------------


async def test_delivering_twice_at_once_has_one_effect(room: Room) -> None:
    update = await room.propose(a_proposal(learned("company.team_size", 40), activity=a_note()))

    statuses = await asyncio.gather(*(room.deliver(update) for _ in range(6)))
    again = await room.deliver(update)

    assert set(statuses) <= {"delivered", "delivering"}
    assert again == "delivered"
    async with room.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(ActivityRow)) == 1
        assert await session.scalar(select(func.count()).select_from(ContactRow)) == 1


async def test_a_crash_between_effect_and_settling_writes_nothing_twice(room: Room) -> None:
    update = await room.write(learned("company.team_size", 40), activity=a_note())
    async with room.sessions() as session:
        await session.execute(
            update_row(update.id).values(status="delivering", effect=None, next_attempt_at=room.now + LEASE)
        )
        await session.commit()

    before_lease_ends = await room.deliver(update)
    room.now += LEASE
    due = await room.ledger.due(room.now)
    after = await room.deliver(update)

    settled = await room.ledger.update(SITE, update.id)
    record = await room.ledger.record(SITE, TALK)
    assert (before_lease_ends, due, after) == ("delivering", [update.id], "delivered")
    assert settled.effect == update.effect
    assert record is not None
    assert len(record.activities) == 1


def update_row(update_id: str) -> Any:
    return update(UpdateRow).where(UpdateRow.id == update_id)


async def test_an_update_waits_behind_an_older_one_of_the_same_contact(room: Room) -> None:
    older = await room.propose(a_proposal(learned("deal.seats", 10)))
    newer = await room.propose(a_proposal(learned("deal.seats", 20)))
    other = await room.propose(a_proposal(learned("deal.seats", 5), conversation="talk-2"))

    too_early = await room.deliver(newer)
    due = await room.ledger.due(room.now)
    first = await room.ledger.attempt(older.id, now=room.now)
    in_turn = await room.deliver(newer)

    assert (too_early, in_turn) == ("pending", "delivered")
    assert due == [older.id, other.id]
    assert (first.status, first.follower) == ("delivered", newer.id)
    assert (await room.fields())["deal.seats"] == 20


async def test_a_busy_crm_is_tried_again_when_it_asked_for(flaky: tuple[Room, Flaky]) -> None:
    room, crm = flaky
    crm.failures = [ProviderBusy("429 slow down", retry_after_s=90)]
    update = await room.propose(a_proposal(learned("deal.seats", 10)))

    first = await room.deliver(update)
    too_early = await room.ledger.deliver(update.id, now=room.now + timedelta(seconds=89))
    again = await room.ledger.deliver(update.id, now=room.now + timedelta(seconds=91))

    assert (first, too_early, again) == ("retrying", "retrying", "delivered")
    assert crm.calls == 2


async def test_a_crm_that_stays_away_ends_in_review_and_can_be_replayed(flaky: tuple[Room, Flaky]) -> None:
    room, crm = flaky
    crm.failures = [ProviderBusy("503") for _ in range(MAX_ATTEMPTS)]
    update = await room.propose(a_proposal(learned("deal.seats", 10)))

    statuses = []
    for _ in range(MAX_ATTEMPTS):
        statuses.append(await room.deliver(update))
        room.now += timedelta(hours=2)
    await room.ledger.approve(SITE, update.id, by="rep", now=room.now)
    replayed = await room.deliver(update)

    assert statuses == ["retrying"] * (MAX_ATTEMPTS - 1) + ["needs_review"]
    assert replayed == "delivered"
    assert len(crm.applied) == 1


async def test_a_refusal_waits_for_a_person_with_the_words_of_the_crm(flaky: tuple[Room, Flaky]) -> None:
    room, crm = flaky
    crm.failures = [ProviderRefused("field 'seats' is read-only")]
    update = await room.propose(a_proposal(learned("deal.seats", 10)))
    newer = await room.propose(a_proposal(learned("deal.plan", "Team")))

    status = await room.deliver(update)

    assert status == "needs_review"
    assert "field 'seats' is read-only" in ((await room.ledger.update(SITE, update.id)).last_error or "")
    assert await room.deliver(newer) == "delivered"


async def test_a_worker_that_dies_every_time_is_stopped(flaky: tuple[Room, Flaky]) -> None:
    room, crm = flaky
    crm.failures = [RuntimeError("killed") for _ in range(MAX_ATTEMPTS)]
    update = await room.propose(a_proposal(learned("deal.seats", 10)))

    for _ in range(MAX_ATTEMPTS):
        with pytest.raises(RuntimeError):
            await room.deliver(update)
        room.now += LEASE
    status = await room.deliver(update)

    assert status == "needs_review"
    assert crm.applied == {}


async def test_a_detail_that_left_the_vault_is_not_sent(room: Room) -> None:
    update = await room.propose(a_proposal(learned("contact.phone", "[phone_9]")))

    status = await room.deliver(update)

    assert status == "needs_review"
    assert "[phone_9]" in ((await room.ledger.update(SITE, update.id)).last_error or "")
    assert await room.ledger.records(SITE) == []


async def test_an_address_that_is_none_is_not_sent_and_not_repeated_in_the_error(room: Room) -> None:
    room.vault.values[TALK, "[email_2]"] = "not an address"
    update = await room.propose(a_proposal(learned("contact.email", "[email_2]")))

    status = await room.deliver(update)

    error = (await room.ledger.update(SITE, update.id)).last_error or ""
    assert status == "needs_review"
    assert "/contact/email" in error
    assert "not an address" not in error


# -- taking back ---------------------------------------------------------------------------------------------


async def test_undo_restores_what_was_there_before(room: Room) -> None:
    await room.write(learned("deal.seats", 10))
    before = await room.fields()
    update = await room.write(
        learned("deal.seats", 20),
        learned("deal.custom.region", "north"),
        activity=a_note(subject="More seats"),
    )

    result = await room.ledger.undo(SITE, update.id, by="rep", now=room.now)

    record = await room.ledger.record(SITE, TALK)
    assert result.outcome == "undone"
    assert await room.fields() == before
    assert record is not None
    assert record.activities == ()
    assert (await room.ledger.update(SITE, update.id)).status == "undone"


async def test_undo_of_the_first_update_leaves_an_empty_crm(room: Room) -> None:
    update = await room.write(
        learned("contact.email", "[email_1]"), learned("deal.seats", 20), activity=a_note()
    )

    await room.ledger.undo(SITE, update.id, by="rep", now=room.now)

    assert await room.ledger.records(SITE) == []
    assert await room.ledger.record(SITE, TALK) is None


async def test_undo_after_a_human_edit_shows_the_difference_and_writes_nothing(room: Room) -> None:
    update = await room.write(learned("deal.seats", 20), learned("deal.plan", "Team"))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    await room.crm.edit(SITE, "deal", record.deals[0].id, {"seats": 30}, by="rep")

    result = await room.ledger.undo(SITE, update.id, by="manager", now=room.now)

    assert result.outcome == "changed_since"
    assert [(item.field, item.wrote, item.found, item.before) for item in result.differences] == [
        ("seats", 20, 30, None)
    ]
    assert await room.fields() == {"deal.seats": 30, "deal.plan": "Team"}
    assert (await room.ledger.update(SITE, update.id)).status == "delivered"


async def test_undoing_twice_is_undoing_once(room: Room) -> None:
    update = await room.write(learned("deal.seats", 20))

    results = await asyncio.gather(
        *(room.ledger.undo(SITE, update.id, by="rep", now=room.now) for _ in range(2))
    )

    assert {result.outcome for result in results} == {"undone"}
    trail = [entry async for entry in room.ledger.audit_entries(SITE, update_id=update.id)]
    assert [entry["act"] for entry in trail] == ["pending", "delivered", "undone"]


async def test_what_was_not_delivered_can_not_be_undone(room: Room) -> None:
    update = await room.propose(a_proposal(learned("deal.seats", 20)))

    with pytest.raises(MoveRefused):
        await room.ledger.undo(SITE, update.id, by="rep", now=room.now)


async def test_a_value_that_a_person_typed_is_kept(room: Room) -> None:
    await room.write(learned("deal.seats", 20))
    record = await room.ledger.record(SITE, TALK)
    assert record is not None
    await room.crm.edit(SITE, "deal", record.deals[0].id, {"seats": 30}, by="rep")

    update = await room.write(learned("deal.seats", 40))

    assert (await room.fields())["deal.seats"] == 30
    assert update.effect is not None
    assert "rep typed it" in update.effect["notes"][0]


# -- the trail -----------------------------------------------------------------------------------------------


async def _trail_of_three(room: Room) -> None:
    await room.write(learned("deal.seats", 20))
    await room.propose(a_proposal(learned("deal.plan", "Team")))
    assert (await room.ledger.verify_audit(SITE)).intact


async def test_an_audit_entry_that_was_changed_is_found(room: Room) -> None:
    await _trail_of_three(room)
    async with room.sessions() as session:
        await session.execute(update(AuditRow).where(AuditRow.n == 2).values(who="somebody else"))
        await session.commit()

    report = await room.ledger.verify_audit(SITE)

    assert (report.intact, report.broken_at) == (False, 2)


@pytest.mark.parametrize("n", [1, 2, 3])
async def test_an_audit_entry_that_was_removed_is_found(room: Room, n: int) -> None:
    await _trail_of_three(room)
    async with room.sessions() as session:
        await session.execute(delete(AuditRow).where(AuditRow.n == n))
        await session.commit()

    report = await room.ledger.verify_audit(SITE)

    assert (report.intact, report.broken_at) == (False, n)


async def test_writers_of_one_chain_take_turns(room: Room) -> None:
    proposals = [a_proposal(learned("deal.seats", n), conversation=f"talk-{n}") for n in range(1, 9)]

    await asyncio.gather(*(room.propose(proposal) for proposal in proposals))

    report = await room.ledger.verify_audit(SITE)
    assert report.intact
    assert report.entries == 8


async def test_the_audit_trail_names_evidence_and_policy_but_no_values(room: Room) -> None:
    await room.write(learned("contact.email", "[email_1]"), learned("deal.plan", "Enterprise"))

    text = canonical([entry async for entry in room.ledger.audit_entries(SITE)])

    assert '"evidence":["m-1"]' in text
    assert '"policy":"default-1"' in text
    assert "ada@example.com" not in text
    assert "Enterprise" not in text


async def test_newest_updates_come_first_and_page_on(room: Room) -> None:
    made = [await room.propose(a_proposal(learned("deal.seats", n))) for n in (1, 2, 3)]

    first = await room.ledger.updates(SITE, limit=2)
    rest = await room.ledger.updates(SITE, limit=2, before=first[-1].id)

    assert [update.id for update in (*first, *rest)] == [update.id for update in reversed(made)]
    assert await room.ledger.counts(SITE) == {"pending": 3}
    assert replace(rest[0], held=None) == made[0]
