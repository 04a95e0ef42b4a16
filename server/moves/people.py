"""Bring in a person, who finds what they need to know."""

from __future__ import annotations

from crm_sync.proposals import Activity, Task
from server.actions import handoff
from server.actions.values import HandoffRequest
from server.dialogue.blocks import HandoffBlock
from server.dialogue.values import HandOver, State
from server.moves.scene import Happened, Played, Scene

_REASONS = {
    "asked_for_person": "Asked for a person",
    "offer_accepted": "The documents did not answer; accepted the offer of a person",
    "contact_given": "Left an address for the answer",
    "data_request": "Asks for their data, or for having it deleted",
    "unsubscribe": "Does not want to be contacted",
}


async def hand_over(scene: Scene, state: State, move: HandOver) -> Played:
    """Ask for a person with a summary; a conversation that waits already keeps its place."""
    reason = _REASONS.get(move.reason, move.reason)
    email = state.known("email")
    wish = HandoffRequest(
        site=scene.site,
        conversation=scene.talk.id,
        reason=reason,
        summary=summary(state),
        email=str(email.value) if email else None,
    )
    made = await handoff.request(
        scene.session, wish, presence=scene.presence, now=scene.now, id=scene.new_id()
    )
    activity = Activity(
        "handoff",
        reason,
        summary(state),
        scene.now,
        task=Task(f"Answer the visitor: {reason}"[:300], priority="high"),
    )
    news = Happened("handoff.requested", f"{made.id}:{move.reason}", activity)
    outcome = {"what": "handoff.requested", "handoff": made.id, "state": made.state}
    # What was said about the contact or the data stands above already; a second notice would only be noise.
    is_quiet = move.reason in {"contact_given", "data_request", "unsubscribe"}
    shown = "joined" if made.state == "joined" else "asked" if made.state == "asked" else "nobody"
    blocks = () if is_quiet else (HandoffBlock(state=shown, text=scene.phrase(f"handoff_{shown}")),)
    return Played(blocks, state, (news,), (outcome,))


def summary(state: State) -> str:
    """What is known and what was asked, redacted, in a few lines."""
    facts = {fact.name: fact.value for fact in state.facts if fact.name not in {"when", "email", "phone"}}
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in facts.items()]
    lines += [f"asked: {question}" for question in state.questions]
    return "\n".join(lines)[:2_000]
