"""Many decisions at once, and what decisions teach."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import Consent
from crm_sync.deciding import reopening
from crm_sync.deciding.policy import Policy
from crm_sync.deciding.tables import LessonRow
from crm_sync.deciding.verdicts import Lesson
from crm_sync.errors import ReasonMissing
from crm_sync.forgetting import forget_conversation, forget_message
from crm_sync.ledger import Ledger
from crm_sync.ports import NoTeam
from crm_sync.tables import UpdateRow
from crm_sync.values import PendingUpdate
from tests.support.crm import (
    DATABASES,
    SEALS,
    SITE,
    TALK,
    Room,
    a_proposal,
    a_room,
    a_room_on,
    learned,
    sqlite_url,
)


@pytest.fixture(params=DATABASES)
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with a_room_on(request.param, tmp_path, seals=SEALS) as made:
        yield made


async def _unsure(
    room: Room, value: str = "10k", *, talk: str = TALK, name: str = "deal.budget"
) -> PendingUpdate:
    return await room.propose(
        a_proposal(learned(name, value, confidence=0.4), conversation=talk, contact=f"talk:{talk}")
    )


async def _lessons(room: Room) -> list[Lesson]:
    return [lesson async for lesson in room.ledger.lessons(SITE)]


async def test_many_are_released_at_once_and_each_is_told_what_became_of_it(room: Room) -> None:
    waiting = [await _unsure(room, talk=f"talk-{n}") for n in range(3)]
    delivered = await room.write(learned("deal.seats", 40))

    decided = await room.ledger.approve_many(
        SITE, [waiting[0].id, "nobody", delivered.id, waiting[1].id, waiting[0].id], by="rep", now=room.now
    )

    assert [(each.id, each.is_done, each.code) for each in decided] == [
        (waiting[0].id, True, ""),
        ("nobody", False, "crm.update_unknown"),
        (delivered.id, False, "crm.move_refused"),
        (waiting[1].id, True, ""),
    ]
    assert decided[0].update == await room.ledger.update(SITE, waiting[0].id)
    assert (await room.ledger.update(SITE, waiting[2].id)).status == "awaiting_approval"
    assert await room.deliver(waiting[1]) == "delivered"


async def test_each_of_many_has_an_audit_entry_of_its_own(room: Room) -> None:
    waiting = [await _unsure(room, talk=f"talk-{n}") for n in range(3)]

    await room.ledger.approve_many(SITE, [each.id for each in waiting], by="rep", now=room.now)

    for each in waiting:
        trail = [entry async for entry in room.ledger.audit_entries(SITE, update_id=each.id)]
        assert [(entry["who"], entry["act"], entry["detail"]["was"]) for entry in trail[1:]] == [
            ("rep", "approved", "awaiting_approval")
        ]
        assert trail[1]["detail"]["document"] == trail[0]["detail"]["document"]
    assert (await room.ledger.verify_audit(SITE)).intact


async def test_many_are_rejected_for_one_reason_with_an_entry_and_a_lesson_each(room: Room) -> None:
    waiting = [await _unsure(room, talk=f"talk-{n}") for n in range(2)]
    delivered = await room.write(learned("deal.seats", 40))

    decided = await room.ledger.reject_many(
        SITE, [waiting[0].id, "nobody", delivered.id, waiting[1].id], by="rep", now=room.now, code="test"
    )

    assert [(each.is_done, each.code) for each in decided] == [
        (True, ""), (False, "crm.update_unknown"), (False, "crm.move_refused"), (True, ""),
    ]  # fmt: skip
    for each in waiting:
        trail = [entry async for entry in room.ledger.audit_entries(SITE, update_id=each.id)]
        assert [(entry["who"], entry["act"], entry["detail"]["more"]) for entry in trail[1:]] == [
            ("rep", "rejected", {"code": "test"})
        ]
    assert [(each.update, each.became, each.code) for each in await _lessons(room)] == [
        (each.id, "rejected", "test") for each in waiting
    ]
    assert (await room.ledger.verify_audit(SITE)).intact
    with pytest.raises(ReasonMissing):
        await room.ledger.reject_many(SITE, [delivered.id], by="rep", now=room.now, code="other")


async def test_another_site_is_not_released_with_it(room: Room) -> None:
    waits = await _unsure(room)

    decided = await room.ledger.approve_many("elsewhere", [waits.id], by="rep", now=room.now)

    assert decided[0].code == "crm.update_unknown"
    assert (await room.ledger.update(SITE, waits.id)).status == "awaiting_approval"


async def test_a_thousand_are_released_in_a_second_or_two(tmp_path: Path) -> None:
    async with a_room(sqlite_url(tmp_path)) as room:
        one = await _unsure(room)
        await _copy(room, one.id, 1_000)
        ids = [each.id for each in await room.ledger.updates(SITE, status="awaiting_approval", limit=2_000)]

        began = time.process_time()
        decided = await room.ledger.approve_many(SITE, ids, by="rep", now=room.now)

        assert all(each.is_done for each in decided)
        assert len(decided) == 1_001
        # The processor's time, so that a machine that does something else does not fail it.
        assert time.process_time() - began < 4
        assert (await room.ledger.verify_audit(SITE)).entries == 1_002


async def _copy(room: Room, update_id: str, times: int) -> None:
    async with room.sessions() as session:
        row = await session.get(UpdateRow, update_id)
        assert row is not None
        values = {column.name: getattr(row, column.name) for column in UpdateRow.__table__.columns}
        for n in range(times):
            session.add(UpdateRow(**{**values, "id": f"copy-{n}", "idempotency_key": f"{n:064x}"}))
        await session.commit()


async def test_a_rejection_needs_a_reason_that_teaches(room: Room) -> None:
    waits = await _unsure(room)

    with pytest.raises(ReasonMissing):
        await room.ledger.reject(SITE, waits.id, by="rep", reason="  ", now=room.now)
    with pytest.raises(ReasonMissing):
        await room.ledger.reject(SITE, waits.id, by="rep", code="no idea", now=room.now)  # type: ignore[arg-type]

    rejected = await room.ledger.reject(SITE, waits.id, by="rep", code="wrong_person", now=room.now)
    assert (rejected.status, rejected.decided_code) == ("rejected", "wrong_person")


async def test_a_decision_is_kept_as_a_lesson_with_redacted_words(room: Room) -> None:
    refused = await _unsure(room, talk="a")
    edited = await _unsure(room, talk="b")
    fine = await _unsure(room, talk="c")

    await room.ledger.reject(SITE, refused.id, by="rep", code="misread", reason="a joke", now=room.now)
    await room.ledger.approve(SITE, edited.id, by="rep", now=room.now, edits={"deal.budget": "12k"})
    await room.ledger.approve(SITE, fine.id, by="rep", now=room.now)

    told = {each.update: each for each in await _lessons(room)}
    first = told[refused.id]
    assert (first.became, first.code, first.reason) == ("rejected", "misread", "a joke")
    assert (first.field, first.how, first.confidence, first.proposed) == ("deal.budget", "said", 0.4, "10k")
    assert first.evidence[0]["quote"] == "we are 40"
    assert first.evidence[0]["message_id"] == "m-1"
    assert first.policy_version == Policy().version
    assert (told[edited.id].became, told[edited.id].corrected) == ("edited", "12k")
    assert (told[fine.id].became, told[fine.id].corrected) == ("approved", None)


async def test_the_summary_says_how_often_each_field_was_right(room: Room) -> None:
    updates = [await _unsure(room, talk=f"talk-{n}") for n in range(4)]
    ids = [each.id for each in updates]
    await room.ledger.approve_many(SITE, ids[:2], by="rep", now=room.now)
    await room.ledger.approve(SITE, ids[2], by="rep", now=room.now, edits={"deal.budget": "12k"})
    await room.ledger.reject(SITE, ids[3], by="rep", code="not_useful", now=room.now)
    await room.deliver(updates[0])
    await room.ledger.undo(SITE, ids[0], by="manager", now=room.now)

    summary = await room.ledger.lessons_summary(SITE)

    (said,) = summary.fields
    assert (said.field, said.how) == ("deal.budget", "said")
    # The undo is what counts of the first one: somebody looked again.
    assert (said.approved, said.edited, said.rejected, said.undone) == (1, 1, 1, 1)
    assert said.precision == 0.25
    assert summary.codes == {"not_useful": 1}


async def test_a_decision_that_was_taken_back_counts_as_none(room: Room) -> None:
    approved, rejected = await _unsure(room, talk="a"), await _unsure(room, talk="b")
    await room.ledger.approve(SITE, approved.id, by="rep", now=room.now)
    await room.ledger.reject(SITE, rejected.id, by="rep", code="test", now=room.now)

    for each in (approved, rejected):
        async with room.sessions() as session:
            found = await room.ledger.update(SITE, each.id)
            await reopening.reopen(session, found, by="rep", now=room.now)
            await session.commit()

    summary = await room.ledger.lessons_summary(SITE)
    assert (summary.fields, summary.codes) == ((), {})


async def test_a_failed_update_that_is_sent_again_teaches_nothing(room: Room) -> None:
    sent = await room.propose(a_proposal(learned("contact.email", "[email_9]")))
    assert await room.deliver(sent) == "needs_review"

    await room.ledger.approve(SITE, sent.id, by="rep", now=room.now)

    assert await _lessons(room) == []


async def test_a_withdrawn_consent_is_no_verdict_and_empties_what_was_learned(room: Room) -> None:
    judged, waits = await _unsure(room), await _unsure(room, "20k")
    await room.ledger.reject(SITE, judged.id, by="rep", code="other", reason="[person_1] joked", now=room.now)

    async with room.sessions() as session:
        await room.ledger.withdraw(session, SITE, TALK, by="visitor", now=room.now)
        await session.commit()

    (lesson,) = await _lessons(room)
    assert (await room.ledger.update(SITE, waits.id)).decided_reason == "consent withdrawn"
    assert (lesson.became, lesson.field, lesson.code) == ("rejected", "deal.budget", "other")
    assert (lesson.proposed, lesson.reason, lesson.evidence, lesson.conversation) == (None, "", (), "")


async def test_a_visitor_who_allows_the_necessary_only_trains_nobody(room: Room) -> None:
    waits = await room.propose(
        a_proposal(learned("deal.budget", "10k", confidence=0.4), consent=Consent("necessary"))
    )

    await room.ledger.reject(SITE, waits.id, by="rep", code="misread", reason="no", now=room.now)

    (lesson,) = await _lessons(room)
    assert (lesson.proposed, lesson.evidence, lesson.code) == (None, (), "misread")


@pytest.mark.parametrize("whole", [True, False])
async def test_forgetting_takes_the_words_out_of_lessons(room: Room, *, whole: bool) -> None:
    waits = await _unsure(room)
    await room.ledger.approve(SITE, waits.id, by="rep", now=room.now)

    async with room.sessions() as session:
        if whole:
            await forget_conversation(session, SITE, TALK, by="admin", now=room.now)
        else:
            await forget_message(session, SITE, TALK, "m-1", None)
        await session.commit()
        left = json.dumps([str(vars(row)) for row in await session.scalars(select(LessonRow))])

    assert "we are 40" not in left
    assert "10k" not in left
    assert (await room.ledger.lessons_summary(SITE)).fields[0].approved == 1


@dataclass
class Trainer(NoTeam):
    """Remembers what it is told."""

    told: list[tuple[str, str]] = field(default_factory=list)

    async def misread(
        self, session: AsyncSession, rejected: PendingUpdate, *, by: str, now: datetime
    ) -> None:
        # In the same transaction: what is rolled back was never said.
        await session.execute(update(UpdateRow).where(UpdateRow.id == rejected.id).values(last_error="told"))
        self.told.append((rejected.id, by))


async def test_whoever_trains_the_assistant_hears_of_what_was_misread_and_of_nothing_else(
    tmp_path: Path,
) -> None:
    team = Trainer()
    async with a_room(sqlite_url(tmp_path)) as room:
        ledger = Ledger(room.sessions, room.crm, room.vault, Policy(), team=team)
        misread, useless = await _unsure(room, talk="a"), await _unsure(room, talk="b")

        await ledger.reject(SITE, misread.id, by="rep", code="misread", now=room.now)
        await ledger.reject(SITE, useless.id, by="rep", code="not_useful", now=room.now)

        assert team.told == [(misread.id, "rep")]
        assert (await room.ledger.update(SITE, misread.id)).last_error == "told"
