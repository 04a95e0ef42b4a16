""" "Don't contact me" in the chat: obeyed by every follow-up from this turn on."""

from __future__ import annotations

from server.actions.follow_ups import refusals
from server.dialogue.reading import asks_for_silence
from server.dialogue.values import State
from server.moves.scene import Scene
from server.store.touches import person_key


async def heed(scene: Scene, state: State) -> None:
    """Note it in the turn's own transaction, whichever play answered and whether or not an address is known yet."""
    if not asks_for_silence(scene.case):
        return
    email = state.known("email")
    address = scene.unsealed(str(email.value)) if email else ""
    person = person_key(scene.secret, scene.site, address)
    await refusals.refuse(
        scene.session, scene.site, person=person, conversation=scene.talk.id, how="chat", now=scene.now
    )
