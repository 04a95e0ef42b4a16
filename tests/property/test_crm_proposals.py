"""Whatever is proposed, nothing invalid leaves: fuzzed proposals through mapping, validation and delivery."""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from crm_sync import Activity, Consent, Evidence, Learned, Meeting, Point, Proposal, Score, Target, Task
from crm_sync.catalogue import value_schemas
from crm_sync.mapping import draft, masked
from crm_sync.policy import Policy, Rule
from crm_sync.validation import problem_of, problem_of_value, published
from crm_sync.values import Difference, Effect, Order, UndoResult
from tests.support.crm import NOW, PLACEHOLDER, SITE, TALK, a_note, a_room, learned

NAMES = [
    *sorted({name for fields in value_schemas().values() for name in fields}),
    "custom.region",
    "shoe_size",
    "",
]
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "[email_1]",
            "[person_1]",
            "ada@example.com",
            "Team",
            "qualified",
            "DE",
            "example.com",
            "\x00",
            "\ud800",
        ]
    ),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**12),
    st.floats(),
    TEXTS,
    st.just(object()),
    st.just(NOW),
    st.just(b"x"),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(TEXTS, SCALARS, max_size=2))
ODD = st.one_of(st.just("deal"), st.just("contact"), st.just("company"), VALUES)
INSTANTS = st.one_of(st.just(NOW), st.just(NOW.replace(tzinfo=None)), st.just("tomorrow"))

LEARNED: st.SearchStrategy[Any] = st.builds(
    Learned,
    object=st.one_of(st.sampled_from(["contact", "company", "deal"]), ODD),
    name=st.one_of(st.sampled_from(NAMES), TEXTS),
    value=VALUES,
    how=st.one_of(st.sampled_from(["said", "chosen", "edited"]), VALUES),
    confidence=st.one_of(st.floats(0, 1), SCALARS),
    reasons=st.tuples(TEXTS),
    evidence=st.tuples(st.builds(Evidence, quote=TEXTS, start=st.integers(-3, 3))),
)
ACTIVITIES: st.SearchStrategy[Any] = st.builds(
    Activity,
    type=st.one_of(st.just("note"), TEXTS),
    subject=TEXTS,
    body=TEXTS,
    at=INSTANTS,
    meeting=st.one_of(
        st.none(), st.builds(Meeting, ref=TEXTS, start=st.just(NOW), end=st.just(NOW), zone=TEXTS)
    ),
    task=st.one_of(st.none(), st.builds(Task, title=TEXTS)),
)
SCORES = st.builds(
    Score,
    fit=st.floats(),
    intent=st.floats(-100, 100),
    total=st.integers(-100, 100),
    stage=st.one_of(st.just("evaluation"), TEXTS),
    points=st.tuples(st.builds(Point, code=TEXTS, points=st.floats(), kind=st.just("fit"), because=TEXTS)),
)
FACTS = st.sampled_from(
    [
        learned("contact.email", "[email_1]"),
        learned("contact.name", "[person_9]"),
        learned("contact.country", "DE"),
        learned("company.team_size", 40, confidence=0.3),
        learned("company.domain", "example.com"),
        learned("deal.seats", 7, how="chosen"),
        learned("deal.custom.regions", ["north", "south"]),
    ]
)
SOUND: st.SearchStrategy[Any] = st.builds(
    Proposal,
    site=st.just(SITE),
    kind=st.sampled_from(["contact.qualified", "cart.filled"]),
    cause=st.uuids().map(str),
    occurred_at=st.just(NOW),
    conversation=st.just(TALK),
    turn=st.one_of(st.none(), st.just("turn-1")),
    target=st.sampled_from([Target("conversation", TALK), Target("email", "[email_1]")]),
    consent=st.sampled_from([Consent("conversation", NOW), Consent("necessary")]),
    learned=st.lists(FACTS, max_size=4).map(tuple),
    activity=st.one_of(st.none(), st.just(a_note(body="for [email_1]"))),
)
SPOILED: dict[str, st.SearchStrategy[Any]] = {
    "kind": TEXTS,
    "turn": TEXTS,
    "occurred_at": INSTANTS,
    "target": st.builds(Target, by=st.sampled_from(["email", "external_id", "phone"]), value=TEXTS),
    "consent": st.builds(Consent, level=TEXTS, at=INSTANTS),
    "learned": st.lists(st.one_of(FACTS, LEARNED), min_size=1, max_size=4).map(tuple),
    "activity": ACTIVITIES,
    "score": SCORES,
}


@st.composite
def some_proposals(draw: st.DrawFn) -> Proposal:
    """Sound ones with up to two parts spoiled."""
    proposal: Proposal = draw(SOUND)
    for part in draw(st.lists(st.sampled_from(sorted(SPOILED)), max_size=2, unique=True)):
        proposal = replace(proposal, **{part: draw(SPOILED[part])})
    return proposal


PROPOSALS = some_proposals()
EVERYTHING = Policy(rules=(Rule(tier="write"),), forward_only={})


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
        names = {(change["object"], change["name"]) for change in drafted.now["fields"]}
        # A value of None is nothing learned.
        assert {(item.object, item.name) for item in proposal.learned if item.value is not None} <= names
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
