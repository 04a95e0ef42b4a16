"""Whatever is proposed, nothing invalid leaves: fuzzed proposals through mapping, validation and delivery."""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from crm_sync import Proposal
from crm_sync.documents.mapping import draft, masked
from crm_sync.documents.validation import problem_of, problem_of_value, published
from crm_sync.values import Difference, Effect, Order, UndoResult
from evals.benches.fuzzing import EVERYTHING, PROPOSALS, outcomes
from tests.support.crm import PLACEHOLDER, SITE, TALK, a_room


@dataclass
class Recorder:
    """A CRM that keeps what it is sent."""

    name: str = "recorder"
    orders: list[Order] = field(default_factory=list)

    async def apply(self, order: Order, key: str) -> Effect:
        self.orders.append(order)
        return Effect(reference=key)

    async def undo(
        self, site: str, effect: Effect, key: str, *, seen: tuple[Difference, ...] | None = None
    ) -> UndoResult:
        return UndoResult("undone")


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.lists(PROPOSALS, min_size=1, max_size=5))
def test_nothing_invalid_is_ever_sent(proposals: list[Proposal]) -> None:
    crm = Recorder()

    async def deliver_all() -> None:
        async with a_room("sqlite+aiosqlite://", provider=crm, policy=EVERYTHING) as room:
            room.vault.values[TALK, "[email_1]"] = "ada@example.com"
            for proposal in proposals:
                update = await room.propose(proposal)
                status = await room.deliver(update)
                assert status in {"delivered", "quarantined", "unchanged", "needs_review"}
                assert (problem_of(copy.deepcopy(update.document)) is None) or update.status == "quarantined"
            assert (await room.ledger.verify_audit(SITE)).intact

    asyncio.run(deliver_all())

    event(f"something sent: {bool(crm.orders)}")
    for order in crm.orders:
        for write in order.writes:
            assert problem_of_value(write.object, write.name, write.value) is None
            assert not PLACEHOLDER.search(str(write.value)) or (write.object, write.name) != (
                "contact",
                "email",
            )


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PROPOSALS)
def test_a_document_that_passes_is_what_was_proposed(proposal: Proposal) -> None:
    drafted = draft(proposal, update_id="u", held_id="h", known={}, waiting_already={}, policy=EVERYTHING)

    if drafted.now is not None and problem_of(drafted.now) is None:
        # A list: what was proposed may be anything, and some of it could not stand in a set.
        names = [(change["object"], change["name"]) for change in drafted.now["fields"]]
        # A value of None is nothing learned.
        for item in proposal.learned:
            assert item.value is None or (item.object, item.name) in names
        assert masked(drafted.now) == drafted.now


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_document_with_any_part_spoiled_is_caught_or_still_fits(data: st.DataObject) -> None:
    document: Any = copy.deepcopy(published("crm-update")["examples"][0])
    inner = document
    path: list[Any] = []
    while isinstance(inner, dict | list) and inner and (not path or data.draw(st.booleans())):
        step = data.draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else range(len(inner))))
        path.append(step)
        outer, inner = inner, inner[step]
    value = data.draw(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([]), st.just({}))
    )
    outer[path[-1]] = value

    problem = problem_of(document)

    if problem is not None:
        there = "".join(f"/{step}" for step in path)
        assert there.startswith(problem.pointer) or problem.pointer.startswith(there)


def test_a_receiver_that_checks_every_request_against_the_published_schemas_finds_nothing() -> None:
    found = outcomes(150)

    assert found.receiver.requests > 10
    assert found.receiver.invalid == []
    assert found.ended["quarantined"] > 10
    assert found.without_pointer == 0
    assert set(found.ended) <= {"delivered", "quarantined", "unchanged", "needs_review"}
