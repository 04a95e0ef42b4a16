"""What the actions need from outside: one small Protocol each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.values import Effect, Mail

Clock = Callable[[], datetime]
"""Now, in UTC."""

EffectHandler = Callable[[Effect], Awaitable[None]]
"""Does the work of one kind of effect. It may run more than once; the second time must change nothing."""


LanguageOf = Callable[[AsyncSession, str, str], Awaitable[str]]
"""The language that a site's conversation is in."""


async def in_english(_session: AsyncSession, _site: str, _conversation: str) -> str:
    """Where nobody says otherwise."""
    return "en"


BriefOf = Callable[[AsyncSession, str, str], Awaitable[str]]
"""What a person has to know of a site's conversation, redacted; empty where there is nothing more than its summary."""


async def no_brief(_session: AsyncSession, _site: str, _conversation: str) -> str:
    """Where nobody puts one together."""
    return ""


class Unseal(Protocol):
    """Puts the real details back where a text carries placeholders; the vault notes who asked."""

    async def __call__(self, site: str, conversation: str, text: str) -> str: ...


class Mailer(Protocol):
    """Sends a mail. The same `key` of a site again is the same mail, not a second one."""

    async def send(self, site: str, mail: Mail, *, key: str) -> None: ...
