"""The built-in mailbox: every mail is a row the console shows and a file in the outbox folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from anyio import to_thread
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from uuid_utils import uuid7

from server.actions import outbox
from server.actions.mime import mail_name, message
from server.actions.ports import Clock
from server.actions.tables import MailRow, insert_missing
from server.actions.values import Mail


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A mail as the console lists it."""

    id: str
    to: str
    subject: str
    text: str
    html: str | None
    ics: bytes | None
    sent_at: datetime


class Mailbox:
    """Keeps mails instead of sending them; the adapter that needs nothing."""

    def __init__(
        self, sessions: async_sessionmaker[AsyncSession], folder: Path, *, sender: str, clock: Clock
    ) -> None:
        self._sessions = sessions
        self._folder = folder
        self._sender = sender
        self._clock = clock

    async def send(self, site: str, mail: Mail, *, key: str) -> None:
        """Write the file, then the row that says it is there; both once for a key."""
        at = self._clock()
        content = message(site, mail, key=key, sender=self._sender, at=at).as_bytes()
        path = self._folder / f"{mail_name(site, key)}.eml"
        await to_thread.run_sync(_write_once, path, content)
        calendar = next((part.content for part in mail.attachments if part.name.endswith(".ics")), None)
        row = {
            "id": str(uuid7()),
            "site": site,
            "key": key,
            "to": mail.to,
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "ics": calendar,
            "sent_at": at,
        }
        async with self._sessions.begin() as session:
            # Erased while it was on its way: nothing here may keep the address.
            is_withdrawn = await outbox.is_withdrawn(session)
            if not is_withdrawn:
                await insert_missing(session, MailRow, [row])
        if is_withdrawn:
            await to_thread.run_sync(partial(path.unlink, missing_ok=True))

    async def has(self, site: str, key: str) -> bool:
        """Whether the mail of this key was kept."""
        async with self._sessions() as session:
            found = select(MailRow.id).where(MailRow.site == site, MailRow.key == key)
            return (await session.execute(found)).scalar_one_or_none() is not None


async def kept(session: AsyncSession, site: str, *, limit: int = 100) -> list[KeptMail]:
    """A site's mails, the latest first."""
    latest = (
        select(MailRow)
        .where(MailRow.site == site)
        .order_by(MailRow.sent_at.desc(), MailRow.id.desc())
        .limit(limit)
    )
    return [
        KeptMail(row.id, row.to, row.subject, row.text, row.html, row.ics, row.sent_at)
        for row in (await session.execute(latest)).scalars()
    ]


def _write_once(path: Path, content: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(content)
    part.replace(path)  # whole or not at all
