"""THE SPINE: one message's way through the house. Start reading here."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from sqlalchemy.exc import DBAPIError

from server.consulting import consult, consult_crm
from server.desk import Desk
from server.errors import Conflict
from server.hearing import Arrived
from server.members.values import Member, audience_of
from server.saving import Saved, save
from server.store.collisions import is_collision
from server.store.conversations import Talk, already_logged, load_talk
from server.store.engine import begin_brief
from server.store.history import history_of, who_of
from server.telemetry import turn_seconds
from server.thinking import think

_TRIES = 5


async def take_turn(
    desk: Desk, site: str, conversation: str, frame: Arrived, member: Member | None = None
) -> Saved | None:
    """Answer what the visitor sent: load, think, save, then start what follows.

    Returns None for a frame that was answered before; its reply stands in the log. The work between load and save
    holds no transaction, so the save may find that the conversation moved on (a person wrote, another tab sent
    something): then the turn is taken again on what stands now.
    """
    async with desk.turnstile.through(conversation):
        with turn_seconds.time():
            saved = await _take(desk, site, conversation, frame, member)
    desk.hub.wake(conversation)
    if saved is not None:
        # Committed rows are started now; a crash before this line is the sweep's business.
        await desk.starter.effects(saved.effects)
        await desk.starter.deliveries(saved.deliveries)
    return saved


async def _take(
    desk: Desk, site: str, conversation: str, frame: Arrived, member: Member | None
) -> Saved | None:
    for _ in range(_TRIES):
        talk = await _load(desk, site, conversation, frame)
        if talk is None:
            return None
        now = desk.clock()
        talk = replace(talk, audience=tuple(audience_of(member, now)))
        thought = await think(desk, talk, frame, message_id=desk.new_id(), now=now)
        elsewhere, held = await asyncio.gather(
            consult(desk.busy_times, thought, now), consult_crm(desk, thought, now)
        )
        thought = replace(thought, elsewhere=elsewhere, held=held)
        try:
            return await save(desk, thought, frame, turn=desk.new_id(), now=now)
        except (Conflict, DBAPIError) as error:
            if not is_collision(error):
                raise
    raise Conflict(f"conversation {conversation!r} keeps changing; send the message again")


async def _load(desk: Desk, site: str, conversation: str, frame: Arrived) -> Talk | None:
    """The conversation, or None when this very frame was taken already."""
    async with desk.readers() as session:
        await begin_brief(session)
        if await already_logged(session, conversation, frame.id):
            return None
        talk = await load_talk(session, desk.vault, site, conversation)
        limits = desk.playbooks.of_or_default(site).limits
        history = await history_of(session, talk, limits, who_of(talk, desk.secret), desk.clock())
        return replace(talk, history=history)
