"""Records that may be one: found by keys, put before a person, merged by their act, and parted again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import Duplicate, PairDecided, PairUnknown
from crm_sync.comparing import duplicates, scanning
from crm_sync.comparing.matching import Match
from crm_sync.comparing.tables import DuplicateRow
from crm_sync.providers import builtin_merging
from tests.support.crm import DATABASES, SITE, Room, a_note, a_room_on, learned, new_id

SEALS = {
    "[email_1]": "ada.byron@lifts-nord.com",
    "[email_2]": "a.byron@lifts-nord.com",
    "[email_3]": "ben@lifts-nord.com",
    "[person_1]": "Ada Byron",
    "[person_2]": "Byron, Ada",
    "[person_3]": "Ben Okoro",
}


@pytest.fixture
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Room]:
    async with a_room_on(getattr(request, "param", "sqlite"), tmp_path, seals={}) as made:
        for talk in ("talk-1", "talk-2", "talk-3"):
            made.vault.values |= {(talk, placeholder): value for placeholder, value in SEALS.items()}
        yield made


async def two_of_one(room: Room) -> Duplicate:
    """Ada twice and Ben once, all at one company; the one possible duplicate."""
    for at, placeholder in ((1, "1"), (2, "2"), (3, "3")):
        await room.write(
            learned("contact.email", f"[email_{placeholder}]"),
            learned("contact.name", f"[person_{placeholder}]"),
            conversation=f"talk-{at}",
            activity=a_note(f"Chat {at}"),
        )
    await room.write(learned("deal.seats", 20), conversation="talk-2")
    await room.write(learned("contact.job_title", "Dispatcher"), conversation="talk-2")
    await look(room)
    (pair,) = await room.ledger.duplicates(SITE)
    return pair


async def look(room: Room) -> int:
    return (await room.ledger.find_duplicates(SITE, now=room.now, new_id=new_id)).fresh


async def emails(room: Room) -> list[str]:
    return sorted(str(each.contact.fields.get("email")) for each in await room.ledger.records(SITE))


async def test_a_pair_is_put_with_its_reasons_and_both_records_as_they_stand(room: Room) -> None:
    pair = await two_of_one(room)

    assert pair.state == "open"
    assert pair.score >= 0.65
    assert {reason.rule for reason in pair.reasons} == {"name", "domain"}
    assert {pair.first.fields["name"], pair.second.fields["name"]} == {"Ada Byron", "Byron, Ada"}


async def test_nothing_is_merged_by_looking_and_looking_again_finds_nothing_new(room: Room) -> None:
    await two_of_one(room)

    assert await look(room) == 0
    assert len(await room.ledger.records(SITE)) == 3
    assert await room.ledger.duplicate_counts(SITE) == {"open": 1}


async def test_the_preview_says_which_value_wins_and_what_moves(room: Room) -> None:
    pair = await two_of_one(room)

    plan = await room.ledger.preview_merge(SITE, pair.id, keep=pair.first.id)

    assert plan is not None
    assert (plan.keeps, plan.drops) == (pair.first.id, pair.second.id)
    wins = {choice.name: choice.wins for choice in plan.fields}
    assert wins["email"] == "first"
    assert wins["job_title"] == "second"
    assert plan.moves == {"deals": 1, "activities": 1, "tasks": 0, "conversations": 1}


async def test_the_same_merges_and_deals_activities_and_conversations_move(room: Room) -> None:
    pair = await two_of_one(room)

    decided = await room.ledger.decide_duplicate(
        SITE, pair.id, "same", by="rep", now=room.now, keep=pair.first.id
    )

    record = await room.ledger.record(SITE, "talk-1")
    assert (decided.state, decided.is_merged, decided.decided_by) == ("same", True, "rep")
    assert await emails(room) == ["ada.byron@lifts-nord.com", "ben@lifts-nord.com"]
    assert record is not None
    assert record.contact.fields["job_title"] == "Dispatcher"
    assert len(record.deals) == 1
    assert {each.fields["subject"] for each in record.activities} >= {"Chat 1", "Chat 2"}
    # The address that lost stands in the timeline.
    assert any("a.byron@lifts-nord.com" in str(each.fields["body"]) for each in record.activities)


async def test_later_updates_of_the_merged_contact_arrive_at_the_one_that_stayed(room: Room) -> None:
    pair = await two_of_one(room)
    await room.ledger.decide_duplicate(SITE, pair.id, "same", by="rep", now=room.now, keep=pair.first.id)

    await room.write(learned("contact.language", "de"), conversation="talk-2")

    record = await room.crm.contact(SITE, pair.first.id)
    assert record is not None
    assert record.contact.fields["language"] == "de"


async def test_a_person_may_choose_another_winner(room: Room) -> None:
    pair = await two_of_one(room)

    await room.ledger.decide_duplicate(
        SITE, pair.id, "same", by="rep", now=room.now, keep=pair.first.id, take={"email": "second"}
    )

    assert await emails(room) == ["a.byron@lifts-nord.com", "ben@lifts-nord.com"]


@pytest.mark.parametrize("room", DATABASES, indirect=True)
async def test_a_merge_is_undone_with_everything_back_where_it_was(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builtin_merging, "_AT_ONCE", 1)
    pair = await two_of_one(room)
    before = {each.contact.id: each for each in await room.ledger.records(SITE)}
    await room.ledger.decide_duplicate(SITE, pair.id, "same", by="rep", now=room.now, keep=pair.first.id)

    result = await room.ledger.undo_duplicate(SITE, pair.id, by="manager", now=room.now)

    after = {each.contact.id: each for each in await room.ledger.records(SITE)}
    assert result.outcome == "undone"
    assert after.keys() == before.keys()
    for id_, record in after.items():
        assert record.contact.fields == before[id_].contact.fields
        assert [each.id for each in record.deals] == [each.id for each in before[id_].deals]
        assert [each.id for each in record.activities] == [each.id for each in before[id_].activities]
    assert (await room.ledger.duplicate(SITE, pair.id)).state == "open"
    # And merged once more.
    await room.ledger.decide_duplicate(SITE, pair.id, "same", by="rep", now=room.now)
    assert len(await room.ledger.records(SITE)) == 2


async def test_a_merge_stays_when_somebody_changed_what_it_wrote(room: Room) -> None:
    pair = await two_of_one(room)
    await room.ledger.decide_duplicate(SITE, pair.id, "same", by="rep", now=room.now, keep=pair.first.id)
    await room.crm.edit(SITE, "contact", pair.first.id, {"job_title": "Owner"}, by="other")

    result = await room.ledger.undo_duplicate(SITE, pair.id, by="manager", now=room.now)

    assert result.outcome == "changed_since"
    assert [(each.field, each.found) for each in result.differences] == [("job_title", "Owner")]
    assert len(await room.ledger.records(SITE)) == 2


@pytest.mark.parametrize("theirs", ["same", "different"])
async def test_a_merge_of_two_who_decide_at_once_stands_unless_one_said_different(
    room: Room, monkeypatch: pytest.MonkeyPatch, theirs: str
) -> None:
    pair = await two_of_one(room)
    settle = duplicates.settle

    async def too_late(session: AsyncSession, row: DuplicateRow, *given: Any, **named: Any) -> None:
        """Between our look and our writing somebody else writes; the row in our hands still says open."""
        if named["by"] == "me":
            monkeypatch.setattr(duplicates, "settle", settle)
            session.expunge(row)
            await session.rollback()
            await settle(session, row, theirs, by="them", now=room.now, is_merged=theirs == "same")  # type: ignore[arg-type]
            await session.commit()
            raise PairDecided(pair.id, "no longer open", "same")
        await settle(session, row, *given, **named)

    monkeypatch.setattr(duplicates, "settle", too_late)
    with pytest.raises(PairDecided):
        await room.ledger.decide_duplicate(SITE, pair.id, "same", by="me", now=room.now)

    assert (await room.ledger.duplicate(SITE, pair.id)).state == theirs
    assert len(await room.ledger.records(SITE)) == (2 if theirs == "same" else 3)


async def stopped_before_it_was_written_down(room: Room, monkeypatch: pytest.MonkeyPatch) -> Duplicate:
    """Two that were merged, of which the row does not know."""
    pair = await two_of_one(room)

    async def crashes(*_given: Any, **_named: Any) -> None:
        raise RuntimeError("the server is gone")

    with monkeypatch.context() as patched:
        patched.setattr(duplicates, "settle", crashes)
        with pytest.raises(RuntimeError):
            await room.ledger.decide_duplicate(SITE, pair.id, "same", by="rep", now=room.now)
    assert len(await room.ledger.records(SITE)) == 2
    return pair


async def test_different_parts_what_was_merged_before_the_server_stopped(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = await stopped_before_it_was_written_down(room, monkeypatch)

    decided = await room.ledger.decide_duplicate(SITE, pair.id, "different", by="rep", now=room.now)

    assert (decided.state, decided.is_merged) == ("different", False)
    assert len(await room.ledger.records(SITE)) == 3


async def test_the_same_again_after_the_server_stopped_can_be_taken_back(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = await stopped_before_it_was_written_down(room, monkeypatch)

    decided = await room.ledger.decide_duplicate(SITE, pair.id, "same", by="rep", now=room.now)
    undone = await room.ledger.undo_duplicate(SITE, pair.id, by="rep", now=room.now)

    assert (decided.is_merged, undone.outcome) == (True, "undone")
    assert len(await room.ledger.records(SITE)) == 3


async def test_a_look_that_is_broken_off_keeps_what_it_had_found(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "_AT_ONCE", 2)
    ids = iter(["one", "two", "three"])
    found = [Match("contact", f"a{n}", f"b{n}", 0.9, ()) for n in range(4)]

    with pytest.raises((StopIteration, RuntimeError)):
        await scanning._keep(room.sessions, SITE, found, now=room.now, new_id=lambda: next(ids))

    assert await room.ledger.duplicate_counts(SITE) == {"open": 2}


async def test_two_that_are_different_are_never_put_again(room: Room) -> None:
    pair = await two_of_one(room)
    await room.ledger.decide_duplicate(SITE, pair.id, "different", by="rep", now=room.now)

    assert await look(room) == 0
    assert await room.ledger.duplicates(SITE) == []
    with pytest.raises(PairDecided):
        await room.ledger.decide_duplicate(SITE, pair.id, "same", by="other", now=room.now)
    assert len(await room.ledger.records(SITE)) == 3


async def test_a_pair_that_no_longer_agrees_leaves_the_list(room: Room) -> None:
    pair = await two_of_one(room)
    await room.crm.edit(SITE, "contact", pair.second.id, {"name": "Grace Hopper"}, by="rep")

    await look(room)

    assert await room.ledger.duplicates(SITE) == []


async def test_every_decision_stands_in_the_audit_chain(room: Room) -> None:
    pair = await two_of_one(room)
    await room.ledger.decide_duplicate(SITE, pair.id, "same", by="rep", now=room.now)
    await room.ledger.undo_duplicate(SITE, pair.id, by="manager", now=room.now)

    entries = [entry async for entry in room.ledger.audit_entries(SITE, update_id=pair.id)]

    assert [(entry["who"], entry["act"]) for entry in entries] == [
        ("rep", "duplicate_same"),
        ("manager", "duplicate_reopened"),
    ]
    assert (await room.ledger.verify_audit(SITE)).intact


@pytest.mark.parametrize("room", DATABASES, indirect=True)
async def test_companies_merge_and_their_contacts_move(room: Room) -> None:
    await room.write(learned("contact.email", "[email_1]"), learned("company.name", "Lifts Nord GmbH"))
    await room.write(learned("company.name", "Lifts Nord"), conversation="talk-2")
    await look(room)
    (pair,) = await room.ledger.duplicates(SITE)

    await room.ledger.decide_duplicate(SITE, pair.id, "same", by="rep", now=room.now)

    companies = {each.company.id for each in await room.ledger.records(SITE) if each.company}
    assert pair.object == "company"
    assert len(companies) == 1


async def test_another_sites_records_are_neither_compared_nor_decided(room: Room) -> None:
    pair = await two_of_one(room)

    assert await room.ledger.duplicates("other") == []
    with pytest.raises(PairUnknown):
        await room.ledger.decide_duplicate("other", pair.id, "same", by="rep", now=room.now)
