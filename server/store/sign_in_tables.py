"""The tables of ways into the console that wait to be used: sign-ins at the provider, links for new passwords."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from server.store.tables import Base


class StartedSignIn(Base):
    """Somebody who was sent to the OpenID Connect provider and did not come back yet."""

    __tablename__ = "started_sign_ins"

    browser_hash: Mapped[str] = mapped_column(primary_key=True)
    """SHA-256 of the cookie that binds it to one browser."""
    state: Mapped[str]
    nonce: Mapped[str]
    verifier: Mapped[str] = mapped_column(String(128))
    wanted: Mapped[str] = mapped_column(String(500))
    """The page that they were going to."""
    expires_at: Mapped[datetime]


class PasswordReset(Base):
    """A link that lets somebody choose a new password once; only the SHA-256 of its token stands here."""

    __tablename__ = "password_resets"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(String(100))
    expires_at: Mapped[datetime]
