"""What the host page tells of a visitor: kept for the people who talk to them, when the visitor allowed it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from sqlalchemy.exc import IntegrityError

from server.desk import Desk
from server.floor import Joined
from server.frames import Track
from server.placeholders import PLACEHOLDER
from server.store import conversations, events
from server.store.events import Value

GONE = "[removed]"
"""Stands where a personal detail stood that the visitor did not tell in the conversation."""


class Tracking:
    """Takes `track` frames; under the necessary consent none is kept."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def keep(self, joined: Joined, frame: Track) -> None:
        """Write it down without personal details: nobody asked for them, so the vault has no room for them either."""
        desk = self._desk
        async with desk.readers() as session:
            talk = await conversations.load_talk(session, desk.vault, joined.site, joined.conversation)
        if talk.consent == "necessary":
            return
        properties = await desk.in_thread(self._without_details, frame.properties, talk.details)
        # Another tab may send the same frame at this moment.
        with suppress(IntegrityError):
            async with desk.writers() as session:
                await events.keep(
                    session,
                    joined.site,
                    joined.conversation,
                    new_id=desk.new_id(),
                    told_as=frame.id,
                    name=frame.name,
                    properties=properties,
                    now=desk.clock(),
                )
                await session.commit()

    def _without_details(self, told: Mapping[str, Value], known: Mapping[str, str]) -> dict[str, Value]:
        def bare(text: str) -> str:
            redacted = self._desk.reader.redact(text, known).text
            return PLACEHOLDER.sub(lambda found: found[0] if found[0] in known else GONE, redacted)

        return {bare(name): bare(value) if isinstance(value, str) else value for name, value in told.items()}
