"""The account of somebody whom the provider vouches for: found, made, changed or closed as its word says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from server.errors import FrontdeskError
from server.review.accounts import account_of, end_sign_ins
from server.review.doors import Doors
from server.review.identity import Identity, Place
from server.store.deeds import EVERY_SITE, Act, note_deed
from server.store.tables import Account

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody whom the provider knows does not come in."""

    words: str


async def admitted(session: AsyncSession, doors: Doors, who: Identity, now: datetime) -> Account | Refusal:
    """Their account with the role that the provider gives them today, in the caller's transaction.

    An account is known by issuer and subject. Somebody whose values give no role (any more) is turned away, and the
    account that they had is closed with all its sessions.
    """
    account = await _known(session, who)
    place = doors.admission.place_of(who) if doors.admission.lets_in(who) else None
    if account is None and place is not None:
        account = await _linked(session, doors, who, now)
    if place is None:
        await _turned_away(session, account, who, now)
        return Refusal(
            f"{doors.name} knows you, but gives you no role here. Ask whoever keeps the accounts to put you into "
            "a group that may use this console."
        )
    if account is None:
        return await _made(session, who, place, now)
    if account.disabled_at is not None:
        # Closed by the mapping or by an administrator: the provider opens only what it closed.
        if not account.closed_by_provider:
            return Refusal("Your account was closed by an administrator. Ask them to open it again.")
        account.disabled_at, account.closed_by_provider = None, False
        await _note(session, account, "account_activated", f"{account.login}: has a role again", now)
    if (account.role, account.site) != (place.role.word, place.site):
        words = f"{account.login}: {account.role} at {account.site} to {place.role.word} at {place.site}"
        account.role, account.site = place.role.word, place.site
        await end_sign_ins(session, account.id)
        await _note(session, account, "role_changed", words, now)
    return account


async def _known(session: AsyncSession, who: Identity) -> Account | None:
    """By issuer and subject, never by a name."""
    found: Account | None = await session.scalar(
        select(Account).where(Account.issuer == who.issuer, Account.subject == who.subject)
    )
    return found


async def _linked(session: AsyncSession, doors: Doors, who: Identity, now: datetime) -> Account | None:
    """The account of their verified address, where the operator allows that: it is the provider's from now on, and
    its password opens nothing any more."""
    if not (doors.link_by_email and who.has_verified_email):
        return None
    named = await account_of(session, who.email)
    if named is None or named.subject is not None or named.login == doors.break_glass:
        return None
    named.issuer, named.subject, named.password_hash = who.issuer, who.subject, ""
    await end_sign_ins(session, named.id)
    await _note(session, named, "account_linked", f"{named.login}: to {who.issuer}", now)
    return named


async def _turned_away(session: AsyncSession, account: Account | None, who: Identity, now: datetime) -> None:
    if account is None:
        await note_deed(
            session,
            EVERY_SITE,
            by=who.issuer[:100],
            act="sign_in_refused",
            thing="somebody without a role",
            now=now,
        )
        return
    await _note(session, account, "sign_in_refused", f"{account.login}: the provider gives no role", now)
    if account.disabled_at is None:
        account.disabled_at, account.closed_by_provider = now, True
        await end_sign_ins(session, account.id)
        await _note(session, account, "account_deactivated", f"{account.login}: has no role any more", now)


async def _made(session: AsyncSession, who: Identity, place: Place, now: datetime) -> Account:
    if len(who.subject) > 255 or len(who.issuer) > 200:
        raise FrontdeskError("the provider's name for you is too long to be kept", code="bad_subject")
    for _ in range(_TRIES):
        account = Account(
            id=str(uuid7()),
            site=place.site,
            login=await _free_login(session, who),
            password_hash="",
            role=place.role.word,
            created_at=now,
            issuer=who.issuer,
            subject=who.subject,
        )
        try:
            async with session.begin_nested():
                session.add(account)
        except IntegrityError:
            # Somebody was faster: the same person in another browser, or another one with the same name.
            if (theirs := await _known(session, who)) is not None:
                return theirs
            continue
        await _note(
            session, account, "account_added", f"{account.login}: {place.role.word} at {place.site}", now
        )
        return account
    raise FrontdeskError(
        "many people signed in for the first time at this moment; sign in again", code="busy"
    )


async def _free_login(session: AsyncSession, who: Identity) -> str:
    """Their address or name; with a number when somebody else has it: a name here proves nothing."""
    wanted = who.name[:60]
    for number in range(1, 100):
        login = wanted if number == 1 else f"{wanted}-{number}"
        if await account_of(session, login) is None:
            return login
    return f"{wanted[:27]}-{uuid7()}"


async def _note(session: AsyncSession, account: Account, act: Act, thing: str, now: datetime) -> None:
    by = (account.issuer or "the provider")[:100]
    await note_deed(session, account.site, by=by, act=act, thing=thing, now=now)
