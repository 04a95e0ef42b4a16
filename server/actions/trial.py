"""Trials: an address asks, proves that it is the asker's, and runs one trial however often it asks."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import cast

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import outbox
from server.actions.disposable import is_disposable, meant
from server.actions.errors import BadLink, TrialRefused
from server.actions.goods import Provision, Trial, TrialOutcome, TrialRequest, TrialTerms
from server.actions.links import Opened
from server.actions.provisioning import ProductAnswer
from server.actions.tables import GoneRow, TrialRow, insert_missing
from server.actions.values import EffectRequest
from server.actions.when import said_day
from server.dialogue.phrases import phrase
from server.errors import Conflict, NotFound

MAIL_PAUSE = timedelta(seconds=60)
MAX_MAILS = 5


def usable_address(address: str, *, is_meant: bool = True) -> str:
    """The address in its normal form, or `TrialRefused` in words for the visitor.

    Unless it `is_meant`, one that looks mistyped is refused with what was probably meant.
    """
    typed = address.strip()
    try:
        checked = validate_email(typed, check_deliverability=False)
    except EmailNotValidError:
        likely = meant(typed.rpartition("@")[2].strip(" .,;>"))
        if likely:
            raise TrialRefused("email_typo", {"domain": likely}, code="email_malformed") from None
        raise TrialRefused("email_malformed", code="email_malformed") from None
    domain = checked.ascii_domain or checked.domain
    # First, because whoever collects what is mistyped is on the list of the throw-away ones.
    if not is_meant and (likely := meant(domain)):
        raise TrialRefused("email_typo", {"domain": likely}, code="email_mistyped")
    if is_disposable(domain):
        raise TrialRefused("email_disposable", code="email_disposable")
    return checked.normalized


def email_key(secret: str, site: str, address: str) -> str:
    """One key per mailbox, which can not be turned back into the address without the installation's secret.

    What follows a plus sign is the owner's own label, not another person: it does not get another trial.
    """
    local, _, domain = address.casefold().rpartition("@")
    mailbox = f"{site}\0{local.partition('+')[0]}@{domain}"
    return hmac.new(secret.encode(), mailbox.encode(), hashlib.sha256).hexdigest()


async def start(
    session: AsyncSession,
    request: TrialRequest,
    terms: TrialTerms,
    *,
    secret: str,
    now: datetime,
    id: str,  # noqa: A002
) -> TrialOutcome:
    """Begin a trial, or join the one that the address has: a link is mailed, or the state told."""
    key = email_key(secret, request.site, usable_address(request.address, is_meant=request.is_meant))
    fresh = {
        "id": id,
        "site": request.site,
        "conversation": request.conversation,
        "email_key": key,
        "email": request.sealed_email,
        "plan": terms.plan,
        "days": terms.days,
        "state": "sent",
        "mails": 0,
        "mailed_at": now,
        "created_at": now,
        "verified_at": None,
        "ends_at": None,
        "provision": "",
        "provisions": 0,
        "external_id": None,
        "login_url": "",
        "activated_at": None,
        "converted_at": None,
        "expired_at": None,
    }
    await insert_missing(session, TrialRow, [fresh])
    same = select(TrialRow).where(TrialRow.site == request.site, TrialRow.email_key == key).with_for_update()
    row = (await session.execute(same)).scalar_one()
    if row.state == "verified":
        running = row.ends_at is not None and row.ends_at > now
        return TrialOutcome("exists" if running else "ended", _trial(row))
    if row.mails and (now < row.mailed_at + MAIL_PAUSE or row.mails >= MAX_MAILS):
        return TrialOutcome("waiting", _trial(row))
    # The address may be sealed in another conversation by now; the mail goes to where it was typed last.
    row.conversation, row.email = request.conversation, request.sealed_email
    row.mails += 1
    row.mailed_at = now
    await session.flush()
    await _mail_link(session, row, terms, now)
    return TrialOutcome("mail_sent", _trial(row))


async def verify(session: AsyncSession, link: Opened, *, now: datetime, provision: bool = False) -> Trial:
    """Start the trial's days, and with `provision` tell the operator's product. A link does so once.

    Raises `BadLink` with `link_used` when the trial runs already, `link_replaced` when a newer mail went out.
    """
    row = await _row(session, link.site, link.id, lock=True)
    if row.state == "verified":
        ends = row.ends_at or now
        name = "trial_runs" if ends > now else "trial_ended"
        raise BadLink(name, {"day": ends.date()}, code="link_used", status=409)
    must_be_latest(_trial(row), link)
    row.state = "verified"
    row.verified_at = now
    row.ends_at = now + timedelta(days=row.days)
    if provision:
        await _tell_product(session, row, now)
    await session.flush()
    return _trial(row)


async def answered(
    session: AsyncSession, site: str, trial_id: str, answer: ProductAnswer, *, now: datetime
) -> Trial | None:
    """Keep what the product said; None when nothing is waited for any more."""
    row = await _row(session, site, trial_id, lock=True)
    if row.provision not in {"waiting", "pending", "failed"}:
        return None
    row.external_id = answer.external_id or row.external_id
    row.login_url = answer.login_url or row.login_url
    row.ends_at = answer.ends_at or row.ends_at
    row.provision = answer.status
    if answer.status == "ready" and row.conversation:
        await _mail_login(session, row, now)
    await session.flush()
    return _trial(row)


async def give_up(session: AsyncSession, site: str, trial_id: str) -> Trial | None:
    """The product could not be told; None when somebody has seen to it meanwhile."""
    row = await _row(session, site, trial_id, lock=True)
    if row.provision != "waiting":
        return None
    row.provision = "failed"
    await session.flush()
    return _trial(row)


async def tell_again(session: AsyncSession, site: str, trial_id: str, *, now: datetime) -> Trial:
    """A person lets the product be told once more, under the same webhook id; raises `Conflict` or `NotFound`."""
    row = await session.scalar(
        select(TrialRow).where(TrialRow.site == site, TrialRow.id == trial_id).with_for_update()
    )
    if row is None:
        raise NotFound(f"there is no trial {trial_id!r} at site {site!r}; it may have been deleted")
    if row.provision != "failed":
        raise Conflict("this trial does not wait for another attempt; reload the list")
    await session.execute(delete(GoneRow).where(GoneRow.site == site))
    row.provisions += 1
    await _tell_product(session, row, now)
    await session.flush()
    return _trial(row)


async def of_conversation(session: AsyncSession, site: str, conversation: str) -> Trial | None:
    """The latest trial that was asked for in a conversation."""
    mine = select(TrialRow).where(TrialRow.site == site, TrialRow.conversation == conversation)
    row = await session.scalar(mine.order_by(TrialRow.created_at.desc()).limit(1))
    return _trial(row) if row else None


def must_be_latest(trial: Trial, link: Opened) -> None:
    """Raise `BadLink` (`link_replaced`) when a newer mail made this link give way."""
    if trial.state == "sent" and link.mark != str(trial.mails):
        raise BadLink("link_replaced", code="link_replaced", status=410)


async def trial(session: AsyncSession, site: str, trial_id: str) -> Trial:
    """One trial; raises `BadLink`, because only links ask."""
    return _trial(await _row(session, site, trial_id))


def told(trial: Trial, now: datetime, language: str = "en") -> str:
    """How far a trial is, in a sentence."""
    if trial.ends_at is None:
        return phrase("trial_waits", language=language)
    if trial.provision in {"waiting", "pending"}:
        return phrase("trial_setting_up", language=language)
    if trial.provision == "failed":
        return phrase("trial_delayed", language=language)
    day = said_day(trial.ends_at, "UTC", language)
    return phrase("trial_runs" if trial.ends_at > now else "trial_ended", {"day": day}, language)


async def _mail_link(session: AsyncSession, row: TrialRow, terms: TrialTerms, now: datetime) -> None:
    expires = now + timedelta(hours=terms.link_hours)
    request = EffectRequest(
        site=row.site,
        conversation=row.conversation,
        kind="trial_mail",
        payload={
            "trial": row.id,
            "mail": row.mails,
            "expires": expires.isoformat(),
            "link_hours": terms.link_hours,
        },
        key=f"trial:{row.id}:{row.mails}",
    )
    await outbox.enqueue(session, request, now=now)


async def _tell_product(session: AsyncSession, row: TrialRow, now: datetime) -> None:
    row.provision = "waiting"
    request = EffectRequest(
        site=row.site,
        conversation=row.conversation,
        kind="trial_provision",
        payload={"trial": row.id},
        key=f"trial:{row.id}:provision:{row.provisions}",
    )
    await outbox.enqueue(session, request, now=now)


async def _mail_login(session: AsyncSession, row: TrialRow, now: datetime) -> None:
    request = EffectRequest(
        site=row.site,
        conversation=row.conversation,
        kind="trial_ready_mail",
        payload={"trial": row.id},
        key=f"trial:{row.id}:ready",
    )
    await outbox.enqueue(session, request, now=now)


async def _row(session: AsyncSession, site: str, trial_id: str, *, lock: bool = False) -> TrialRow:
    wanted = select(TrialRow).where(TrialRow.site == site, TrialRow.id == trial_id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    row = (await session.execute(wanted)).scalar_one_or_none()
    if row is None:
        raise BadLink("no_trial")
    return row


def _trial(row: TrialRow) -> Trial:
    return Trial(
        id=row.id,
        site=row.site,
        conversation=row.conversation,
        email=row.email,
        plan=row.plan,
        days=row.days,
        state="verified" if row.state == "verified" else "sent",
        mails=row.mails,
        created_at=row.created_at,
        ends_at=row.ends_at,
        provision=cast("Provision", row.provision),
        login_url=row.login_url,
        verified_at=row.verified_at,
        converted_at=row.converted_at,
    )
