"""What the host page tells of a visitor: kept for the people who talk to them, when the visitor allowed it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from sqlalchemy.exc import IntegrityError

from server.desk import Desk
from server.floor import Joined
from server.frames import Track
from server.placeholders import PLACEHOLDER
from server.store import conversations, events
from server.store.events import Value

_LONG_NUMBER = 1e9
"""Counts and amounts are shorter; milliseconds since 1970 are not, and tell nobody anything that is lost."""
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
        # Another tab may send the same frame at this moment, or take the consent back.
        with suppress(IntegrityError):
            async with desk.writers() as session:
                await conversations.lock(session, joined.site, joined.conversation)
                talk = await conversations.load_talk(session, desk.vault, joined.site, joined.conversation)
                if talk.consent == "necessary":
                    return
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

        return {bare(name): self._bare_value(value, bare) for name, value in told.items()}

    @staticmethod
    def _bare_value(value: Value, bare: Callable[[str], str]) -> Value:
        """A number may be one of a telephone, an account or a card as well."""
        match value:
            case str():
                return bare(value)
            case float() if abs(value) >= _LONG_NUMBER:
                return GONE
            case _:
                return value
