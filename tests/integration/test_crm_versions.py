"""Stored documents of other versions: an older one is read for ever, a newer one harms nobody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from crm_sync.documents import versions
from crm_sync.documents.canonical import canonical
from crm_sync.documents.validation import problem_of
from crm_sync.documents.versions import DocumentUnreadable
from crm_sync.tables import UpdateRow
from crm_sync.values import PendingUpdate
from server.review.changes import sheet
from tests.support.crm import SEALS, SITE, Room, a_proposal, a_room, learned, sqlite_url

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "support/golden_crm_update_v1.json").read_text()
)
"""A document as version 1 wrote it; it never changes, however many versions follow."""


def test_the_golden_document_of_version_1_is_read() -> None:
    assert problem_of(GOLDEN) is None

    told = versions.read(GOLDEN)

    assert told.model_dump(mode="json", exclude={"occurred_at", "activity", "consent"}) == {
        name: value for name, value in GOLDEN.items() if name not in {"occurred_at", "activity", "consent"}
    }
    assert told.activity is not None
    assert told.activity.meeting is not None


async def _stored(room: Room, document: Mapping[str, Any]) -> PendingUpdate:
    """A row as another release wrote it."""
    saved = await room.propose(a_proposal(learned("deal.seats", 3)))
    async with room.sessions() as session:
        await session.execute(
            update(UpdateRow).where(UpdateRow.id == saved.id).values(document=canonical(document))
        )
        await session.commit()
    return await room.ledger.update(SITE, saved.id)


async def test_a_row_written_under_version_1_is_delivered_and_undone(tmp_path: Path) -> None:
    async with a_room(sqlite_url(tmp_path), seals=SEALS) as room:
        stored = await _stored(room, GOLDEN)

        assert await room.deliver(stored) == "delivered"
        fields = await room.fields()
        result = await room.ledger.undo(SITE, stored.id, by="rep", now=room.now)

        assert fields["contact.email"] == "ada@example.com"
        assert fields["deal.custom.regions"] == ["north", "south"]
        assert result.outcome == "undone"
        assert sheet(stored).update is not None


@pytest.mark.parametrize(
    "document",
    [
        {**GOLDEN, "schema_version": 99},
        {"schema_version": 99, "id": "x", "fields": [{"path": "deal/seats", "to": 3}], "policy_version": "p"},
        {**GOLDEN, "schema_version": "one"},
    ],
)
async def test_a_row_of_a_newer_release_waits_for_a_person_and_stops_nobody(
    tmp_path: Path, document: dict[str, Any]
) -> None:
    async with a_room(sqlite_url(tmp_path), seals=SEALS) as room:
        stored = await _stored(room, document)
        assert await room.deliver(stored) == "needs_review"

        kept = await room.ledger.update(SITE, stored.id)
        assert "crm.document_unreadable: /schema_version is" in (kept.last_error or "")
        assert sheet(kept).heading
        # The contact's next update is proposed, delivered and listed as ever.
        assert (await room.write(learned("deal.plan", "Team"))).status == "delivered"
        decided = await room.ledger.approve_many(SITE, [stored.id], by="rep", now=room.now)
        assert decided[0].is_done
        assert await room.deliver(stored) == "needs_review"
        await room.ledger.reject(SITE, stored.id, by="rep", code="misread", now=room.now)
        assert [lesson async for lesson in room.ledger.lessons(SITE)] == []
        assert (await room.ledger.verify_audit(SITE)).intact


def test_a_proposal_of_a_version_that_nobody_knows_is_a_problem_with_a_pointer() -> None:
    problem = problem_of({**GOLDEN, "schema_version": 2})

    assert problem is not None
    assert problem.pointer == "/schema_version"


def test_an_older_document_goes_through_every_step_to_the_shape_of_today(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = {
        1: lambda document: {**document, "schema_version": 2, "second": True},
        2: lambda document: {**document, "schema_version": 3, "third": document["second"]},
    }
    monkeypatch.setattr(versions, "UPGRADES", steps)
    monkeypatch.setattr(versions, "SCHEMA_VERSION", 3)

    assert versions.current({"schema_version": 1}) == {"schema_version": 3, "second": True, "third": True}
    assert versions.current({"schema_version": 3}) == {"schema_version": 3}
    with pytest.raises(DocumentUnreadable, match="reads up to 3: install the newer one"):
        versions.current({"schema_version": 4})
    with pytest.raises(DocumentUnreadable, match="no version"):
        versions.current({"schema_version": True})
