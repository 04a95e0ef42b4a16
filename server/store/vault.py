"""The vault: the one place where personal details are kept, encrypted, each under its placeholder."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import datetime

from anyio import to_thread
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from uuid_utils import uuid7

from server.placeholders import PLACEHOLDER, fill
from server.store.tables import Sealed, Unsealing

_LOOKED_THROUGH = 5_000


class Vault:
    """Seals and unseals; every unsealing by an action, a delivery or a person is written down."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], secret: str) -> None:
        self._sessions = sessions
        key = HKDF(SHA256(), 32, salt=None, info=b"frontdesk.vault.1").derive(secret.encode())
        self._box = Fernet(base64.urlsafe_b64encode(key))

    def seal(
        self,
        session: AsyncSession,
        *,
        site: str,
        conversation: str,
        details: Iterable[tuple[str, str, str]],
        now: datetime,
    ) -> None:
        """Keep new `(placeholder, kind, value)` details in the caller's transaction."""
        for placeholder, kind, value in details:
            session.add(
                Sealed(
                    conversation=conversation,
                    placeholder=placeholder,
                    site=site,
                    kind=kind,
                    ciphertext=self._box.encrypt(value.encode()),
                    created_at=now,
                )
            )

    async def details(self, session: AsyncSession, site: str, conversation: str) -> dict[str, str]:
        """Every detail of a conversation by placeholder, for redacting the next message the same way."""
        rows = await session.scalars(
            select(Sealed).where(Sealed.site == site, Sealed.conversation == conversation)
        )
        return {row.placeholder: self._box.decrypt(row.ciphertext).decode() for row in rows}

    async def holders(
        self, readers: async_sessionmaker[AsyncSession], site: str, kind: str, value: str
    ) -> list[str]:
        """The conversations in which this very detail was given, the latest first; of the last 5,000 such details.

        Nothing is told that the caller does not know already, so it is no unsealing. Thousands are decrypted, so it is
        done in a thread, and with no transaction open.
        """
        async with readers() as session:
            found = await session.execute(
                select(Sealed.conversation, Sealed.ciphertext)
                .where(Sealed.site == site, Sealed.kind == kind)
                .order_by(Sealed.created_at.desc())
                .limit(_LOOKED_THROUGH)
            )
            sealed = [(conversation, ciphertext) for conversation, ciphertext in found]
        return await to_thread.run_sync(self._holding, sealed, value.strip().casefold())

    def _holding(self, sealed: Iterable[tuple[str, bytes]], wanted: str) -> list[str]:
        holding = (
            conversation
            for conversation, ciphertext in sealed
            if self._box.decrypt(ciphertext).decode().casefold() == wanted
        )
        return list(dict.fromkeys(holding))

    def wrapped(self, text: str) -> str:
        """`text` as only this installation reads it, for a column that no conversation owns."""
        return self._box.encrypt(text.encode()).decode()

    def unwrapped(self, text: str) -> str | None:
        """What `wrapped` took; None when it was written with another secret, or never wrapped."""
        try:
            return self._box.decrypt(text.encode()).decode()
        except InvalidToken:
            return None

    async def unseal(self, site: str, conversation: str, text: str, *, by: str, now: datetime) -> str:
        """`text` with its placeholders filled in, noting who asked; unknown placeholders stay as they are."""
        names = set(PLACEHOLDER.findall(text))
        if not names:
            return text
        async with self._sessions() as session:
            known = await self.details(session, site, conversation)
            for name in sorted(names & known.keys()):
                session.add(
                    Unsealing(
                        id=str(uuid7()), site=site, conversation=conversation, placeholder=name, by=by, at=now
                    )
                )
            await session.commit()
        return fill(text, known)
