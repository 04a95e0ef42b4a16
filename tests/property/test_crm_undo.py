"""A law: undoing an update leaves every field as if it had not been; when somebody changed one since, nothing is
touched until whoever undoes has seen exactly that."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.support.crm import SITE, TALK, Room, a_note, a_proposal, a_room, learned

FIELDS = ["contact.job_title", "company.industry", "deal.plan", "deal.custom.region"]
WORDS = st.sampled_from(["red", "green", "blue"])
WRITE = st.tuples(
    st.just("write"), st.dictionaries(st.sampled_from(FIELDS), WORDS, min_size=1), st.booleans()
)
EDIT = st.tuples(st.just("edit"), st.sampled_from(FIELDS), st.one_of(WORDS, st.none()))
UNDO = st.tuples(st.just("undo"), st.integers(0, 5), st.none())
# Whoever undoes over what was changed may be overtaken by somebody who edits between their look and their click.
FORCE = st.tuples(
    st.just("force"), st.integers(0, 5), st.one_of(st.none(), st.tuples(st.sampled_from(FIELDS), WORDS))
)
STEPS = st.lists(st.one_of(WRITE, EDIT, UNDO, FORCE), min_size=1, max_size=10)


class Model:
    """What should stand in the CRM: per field the value and whose it is."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.writers: dict[str, str] = {}
        self.done: dict[str, dict[str, tuple[Any, str]]] = {}
        self.was_forced = False

    def write(self, update: str, fields: dict[str, str]) -> None:
        self.done[update] = {}
        for name, value in fields.items():
            if self.writers.get(name) != "person" and self.values.get(name) != value:
                self.done[update][name] = (self.values.get(name), self.writers.get(name, ""))
                self.values[name], self.writers[name] = value, update

    def edit(self, name: str, value: str | None) -> None:
        self.values[name], self.writers[name] = value, "person"

    def changed(self, update: str) -> set[str]:
        """What is no longer this update's."""
        return {name for name in self.done[update] if self.writers[name] != update}

    def undo(self, update: str, *, force: bool = False) -> str:
        if self.changed(update) and not force:
            return "changed_since"
        self.was_forced |= bool(self.changed(update))
        for name, (before, writer) in self.done.pop(update).items():
            self.values[name], self.writers[name] = before, writer
        return "undone"

    def fields(self) -> dict[str, Any]:
        return {name: value for name, value in self.values.items() if value is not None}


async def _play(room: Room, steps: list[Any]) -> None:
    model = Model()
    made: list[str] = []
    for what, first, second in steps:
        if what == "write":
            facts = [learned(name, value) for name, value in first.items()]
            update = await room.propose(_proposal(facts, with_note=second))
            if update.status == "unchanged":
                continue
            await room.deliver(update)
            model.write(update.id, first)
            made.append(update.id)
        elif what == "edit" and await _edit(room, first, second):
            model.edit(first, second)
        elif what == "undo" and made:
            update_id = made[first % len(made)]
            changed, expected = model.changed(update_id), model.undo(update_id)
            result = await room.ledger.undo(SITE, update_id, by="rep", now=room.now)
            assert result.outcome == expected
            assert {f"{each.object}.{each.field}" for each in result.differences} == changed
            if expected == "undone":
                made.remove(update_id)
        elif what == "force" and made:
            update_id = made[first % len(made)]
            if await _force(room, model, update_id, second) == "undone":
                made.remove(update_id)
        assert await _everything(room) == model.fields()
    for update_id in reversed(made):
        model.undo(update_id)
        await room.ledger.undo(SITE, update_id, by="rep", now=room.now)
    assert await _everything(room) == model.fields()
    if "person" not in model.writers.values() and not model.was_forced:
        assert await room.ledger.records(SITE) == []
    assert (await room.ledger.verify_audit(SITE)).intact


async def _force(room: Room, model: Model, update_id: str, overtaken: tuple[str, str] | None) -> str:
    """Look, and undo over what was seen; somebody may edit a field in between."""
    look = await room.ledger.undo(SITE, update_id, by="rep", now=room.now)
    if look.outcome == "undone":
        return model.undo(update_id)
    before = model.values.copy()
    if overtaken is not None and await _edit(room, *overtaken):
        model.edit(*overtaken)
    name = overtaken[0] if overtaken else ""
    seen = name not in model.done[update_id] or (
        # It reads as it did when it was looked at, and was somebody else's then already.
        model.values.get(name) == before.get(name)
        and name in {f"{d.object}.{d.field}" for d in look.differences}
    )
    result = await room.ledger.undo(SITE, update_id, by="rep", now=room.now, force=True, seen=look.token)
    assert result.outcome == ("undone" if seen else "changed_since")
    return model.undo(update_id, force=True) if seen else "changed_since"


def _proposal(facts: list[Any], *, with_note: bool) -> Any:
    # What the CRM holds is left unknown: every write is tried, as after a missed read.
    return a_proposal(*facts, activity=a_note() if with_note else None)


async def _edit(room: Room, name: str, value: str | None) -> bool:
    record, field = name.split(".", 1)
    found = await room.ledger.records(SITE, limit=1)
    if not found:
        return False
    view = {
        "contact": found[0].contact,
        "company": found[0].company,
        "deal": next(iter(found[0].deals), None),
    }[record]
    if view is None:
        return False
    await room.crm.edit(SITE, record, view.id, {field: value}, by="rep")
    return True


async def _everything(room: Room) -> dict[str, Any]:
    found = await room.ledger.records(SITE, limit=2)
    assert len(found) <= 1, f"one conversation, one contact: {TALK}"
    if not found:
        return {}
    views = [view for view in (found[0].contact, found[0].company, *found[0].deals) if view]
    return {f"{view.object}.{name}": value for view in views for name, value in view.fields.items()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
@example(
    [
        ("write", {"deal.plan": "green"}, False),
        ("write", {"deal.plan": "red", "company.industry": "red"}, False),
        ("write", {"deal.plan": "green"}, False),
        ("undo", 0, None),
    ]
)
@example(
    [
        ("write", {"contact.job_title": "red"}, False),
        ("write", {"company.industry": "red"}, False),
        ("undo", 0, None),
    ]
)
@example(
    [
        ("write", {"deal.plan": "green"}, True),
        ("write", {"deal.plan": "red", "contact.job_title": "red"}, True),
        ("edit", "deal.plan", "blue"),
        ("force", 1, ("deal.plan", "green")),
        ("force", 1, None),
        ("undo", 0, None),
    ]
)
@example(
    [
        ("write", {"deal.plan": "green"}, False),
        ("write", {"deal.plan": "red"}, False),
        ("force", 0, None),
        ("undo", 0, None),
        ("force", 0, None),
    ]
)
def test_undo_restores_the_prior_state_with_people_editing_in_between(steps: list[Any]) -> None:
    async def play() -> None:
        async with a_room("sqlite+aiosqlite://") as room:
            await _play(room, steps)

    asyncio.run(play())
