"""A law: whatever fails and is repeated on the way, undoing leaves a CRM as if the update had not been."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crm_sync.errors import ProviderBusy
from crm_sync.proposals import ObjectName
from crm_sync.remote.engine import RemoteCrm
from crm_sync.values import Effect, Order, Write
from tests.support.crm import NOW, SITE, TALK, a_room
from tests.support.crm_worlds.memory import world_of
from tests.support.fakes.memory_crm import MemoryCrm
from tests.support.fakes.served import Fault
from tests.support.remote_crm import a_remote_crm

FIELDS: dict[str, tuple[ObjectName, str]] = {
    "contact.job_title": ("contact", "Title"),
    "company.industry": ("company", "Industry"),
    "deal.plan": ("deal", "x_plan"),
}
FAULTS = st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=3)
WRITE = st.tuples(
    st.just("write"),
    st.dictionaries(st.sampled_from(sorted(FIELDS)), st.sampled_from(["red", "green", "blue"]), min_size=1),
    FAULTS,
)
# What a person types is never the very value that we write: that can not be told apart.
EDIT = st.tuples(st.just("edit"), st.sampled_from(sorted(FIELDS)), st.sampled_from(["typed", "typo", None]))
UNDO = st.tuples(st.just("undo"), st.integers(0, 5), FAULTS)
STEPS = st.lists(st.one_of(WRITE, EDIT, UNDO), min_size=1, max_size=8)


class Model:
    """What should stand in the CRM: per field the value, and the update that wrote it; None: somebody else did."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.writers: dict[str, str | None] = {}
        self.done: dict[str, dict[str, tuple[Any, Any]]] = {}

    def write(self, key: str, fields: dict[str, str]) -> None:
        self.done[key] = {}
        for name, value in fields.items():
            is_typed = name in self.writers and self.writers[name] is None
            if self.values.get(name) != value and not is_typed:
                self.done[key][name] = (self.values.get(name), self.writers.get(name, ""))
                self.values[name], self.writers[name] = value, key

    def edit(self, name: str, value: str | None) -> None:
        if value is None and self.writers.get(name, "") == "":
            return
        self.values[name], self.writers[name] = value, None

    def undo(self, key: str) -> str:
        if any(self.writers.get(name) != key for name in self.done[key]):
            return "changed_since"
        for name, (before, writer) in self.done.pop(key).items():
            self.values[name], self.writers[name] = before, writer
        return "undone"

    def fields(self) -> dict[str, Any]:
        return {name: value for name, value in self.values.items() if value is not None}


async def _play(crm: MemoryCrm, engine: RemoteCrm, steps: list[Any]) -> None:
    model, made = Model(), dict[str, Effect]()
    for number, (what, first, second) in enumerate(steps):
        if what == "write":
            key = f"{number:064d}"
            made[key] = await _tried(
                crm, second, lambda key=key, first=first: engine.apply(_order(first), key)
            )
            model.write(key, first)
        elif what == "edit" and _typed(crm, first, second):
            model.edit(first, second)
        elif what == "undo" and made:
            key = list(made)[first % len(made)]
            expected = model.undo(key)
            effect = made[key]
            result = await _tried(crm, second, lambda key=key, effect=effect: engine.undo(SITE, effect, key))
            assert result.outcome == expected
            if expected == "undone":
                del made[key]
        assert _everything(crm) == model.fields()
    for key in reversed(list(made)):
        model.undo(key)
        await engine.undo(SITE, made[key], key)
    assert _everything(crm) == model.fields()
    if None not in model.writers.values():
        assert crm.records == {"contact": {}, "company": {}, "deal": {}}
        assert crm.entries == {}


async def _tried(crm: MemoryCrm, faults: list[tuple[int, bool]], call: Any) -> Any:
    """Repeated until it comes through, with failures before and after the effect on the way."""
    crm.faults.waiting[:] = [Fault(503, {}, after=after, skip=skip) for skip, after in faults]
    for left in reversed(range(len(faults) + 1)):
        if not left:
            crm.faults.waiting.clear()
        try:
            result = await call()
        except ProviderBusy:
            continue
        crm.faults.waiting.clear()
        return result
    raise AssertionError("nothing failed, and nothing came through")


def _order(fields: dict[str, str]) -> Order:
    writes = [Write(FIELDS[name][0], name.partition(".")[2], value) for name, value in fields.items()]
    activity = {"type": "note", "subject": "Said", "body": "", "at": NOW.isoformat()}
    return Order(SITE, "contact.qualified", TALK, "conversation", TALK, tuple(writes), activity, {}, NOW)


def _typed(crm: MemoryCrm, name: str, value: str | None) -> bool:
    record, field = FIELDS[name]
    for record_id in crm.records[record]:
        crm.edit(record, record_id, field, value)
        return True
    return False


def _everything(crm: MemoryCrm) -> dict[str, Any]:
    assert all(len(records) <= 1 for records in crm.records.values()), "one conversation, one of each"
    return {
        name: values[field]
        for name, (record, field) in FIELDS.items()
        for values in crm.records[record].values()
        if field in values
    }


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
@example(
    [
        ("write", {"deal.plan": "green"}, []),
        ("write", {"deal.plan": "red", "company.industry": "red"}, [(3, True)]),
        ("write", {"deal.plan": "green"}, [(0, False)]),
        ("undo", 0, []),
    ]
)
@example([("write", {"deal.plan": "green"}, []), ("edit", "deal.plan", None), ("undo", 0, [])])
def test_undo_restores_the_prior_state_through_failures_and_with_people_editing(steps: list[Any]) -> None:
    async def play() -> None:
        async with a_room("sqlite+aiosqlite://") as room:
            crm = MemoryCrm()
            await _play(crm, await a_remote_crm(world_of(crm), room.sessions), steps)

    asyncio.run(play())
