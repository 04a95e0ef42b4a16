"""A law: no update leaves under a lower consent than its fields carry, and what a withdrawal stopped never leaves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, get_args

from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from crm_sync import Consent, ProviderBusy
from crm_sync.proposals import ConsentLevel, Kind
from crm_sync.values import Difference, Effect, Order, UndoResult
from tests.support.crm import SITE, TALK, Room, a_note, a_proposal, a_room, learned

LEVELS: tuple[ConsentLevel, ...] = get_args(ConsentLevel)
LEARNED: tuple[Kind, ...] = ("contact.qualified", "contact.enriched")
KINDS = st.sampled_from([*LEARNED, "meeting.booked", "handoff.requested"])
FACTS = st.dictionaries(
    st.sampled_from(["deal.seats", "deal.plan", "company.team_size"]), st.integers(1, 9), min_size=1
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("learn"), KINDS, FACTS, st.sampled_from([0.3, 0.9])),
        st.tuples(st.just("allow"), st.sampled_from(LEVELS)),
        st.tuples(st.just("approve"), st.integers(0, 9)),
        st.tuples(st.just("deliver"), st.integers(0, 9), st.booleans()),
    ),
    min_size=2,
    max_size=14,
)


@dataclass
class Watch:
    """A CRM that looks at what it is sent, as things are allowed then."""

    name: str = "watch"
    allowed: ConsentLevel = "conversation"
    is_away: bool = False
    sent: list[str] = field(default_factory=list)

    async def apply(self, order: Order, key: str) -> Effect:
        if self.is_away:
            raise ProviderBusy("away", retry_after_s=0)
        carried = [change["consent"] for change in order.document["fields"]]
        carried.append(order.document["consent"]["level"])
        most = LEVELS.index(self.allowed)
        assert all(LEVELS.index(level) <= most for level in carried), (self.allowed, carried)
        assert self.allowed != "necessary" or order.kind not in LEARNED
        self.sent.append(order.document["id"])
        return Effect(reference=key)

    async def undo(
        self, site: str, effect: Effect, key: str, *, seen: tuple[Difference, ...] | None = None
    ) -> UndoResult:
        return UndoResult("undone")


async def _play(room: Room, crm: Watch, steps: list[Any]) -> None:
    made: list[str] = []
    stopped: set[str] = set()
    for what, *given_ in steps:
        if what == "learn":
            kind, facts, confidence = given_
            if crm.allowed == "necessary" and kind in LEARNED:
                continue  # the server does not even propose it
            known = [
                learned(name, f"P{value}" if name == "deal.plan" else value, confidence=confidence)
                for name, value in facts.items()
            ]
            note = a_note() if kind not in LEARNED else None
            wish = a_proposal(*known, kind=kind, activity=note, consent=Consent(crm.allowed))
            update = await room.propose(wish)
            made += [update.id, *([update.held] if update.held else [])]
        elif what == "allow":
            before, crm.allowed = crm.allowed, given_[0]
            if LEVELS.index(crm.allowed) < LEVELS.index(before):
                async with room.sessions() as session:
                    stopped |= set(
                        await room.ledger.withdraw(
                            session, SITE, TALK, by="visitor", now=room.now, kinds=LEARNED, to=crm.allowed
                        )
                    )
                    await session.commit()
        elif made:
            chosen = made[given_[0] % len(made)]
            if what == "approve":
                await room.ledger.approve_many(SITE, [chosen], by="rep", now=room.now)
            else:
                crm.is_away = given_[1]
                await room.ledger.deliver(chosen, now=room.now)
    crm.is_away = False
    for _ in range(2):
        for update_id in made:
            await room.ledger.deliver(update_id, now=room.now.replace(year=2027))
    assert not stopped & set(crm.sent)
    assert (await room.ledger.verify_audit(SITE)).intact
    event(f"sent: {bool(crm.sent)}, stopped: {bool(stopped)}")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
@example(
    [
        ("allow", "remembered"),
        ("learn", "meeting.booked", {"deal.seats": 3}, 0.9),
        ("learn", "contact.qualified", {"deal.plan": 4}, 0.3),
        ("allow", "conversation"),
        ("deliver", 0, True),
        ("allow", "necessary"),
        ("approve", 1),
        ("deliver", 0, False),
    ]
)
def test_no_update_leaves_under_a_lower_consent_than_its_fields_carry(steps: list[Any]) -> None:
    async def play() -> None:
        crm = Watch()
        async with a_room("sqlite+aiosqlite://", provider=crm) as room:
            await _play(room, crm, steps)

    asyncio.run(play())
