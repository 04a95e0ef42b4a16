"""What a follow-up is held against: its pages as they stand now, the catalogue, the banned claims, the details."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge import standing as pages
from server.actions.follow_ups.values import Content, Evidence, Grounds, PlanPrices
from server.actions.links import Links
from server.actions.site import DeskOf
from server.playbook import Playbook, Playbooks
from server.playbook.words import contacts
from server.store.vault import Vault

_HIDDEN = frozenset({"person", "email", "phone", "address"})
"""Kinds of details that belong to somebody."""


class Parts(Protocol):
    """The few parts of the desk that are needed; whoever looks at a draft has no more of it."""

    @property
    def playbooks(self) -> Playbooks: ...

    @property
    def links(self) -> Links: ...

    @property
    def vault(self) -> Vault: ...


async def grounds_for(
    parts: Parts,
    session: AsyncSession,
    desk_of: DeskOf,
    *,
    site: str,
    conversation: str,
    language: str,
    content: Content,
    now: datetime,
) -> Grounds:
    """Read in the caller's session, so that what is sent is held against what stands at that moment."""
    playbook = parts.playbooks.of_or_default(site)
    stand = await pages.standing(session, site, {each.document for each in content.sources}, now=now)
    evidence = tuple(
        Evidence(
            each.n,
            each.title,
            each.url,
            stand[each.document].text if each.document in stand else "",
            stand[each.document].language if each.document in stand else "",
        )
        for each in content.sources
    )
    company = desk_of(site)
    home = parts.links.absolute(company.home)
    own = frozenset({*content.own, *contacts(playbook.site, playbook.translations, company.sales_email)})
    return Grounds(
        language=language,
        company=playbook.site.name,
        evidence=evidence,
        plans=_plans(playbook),
        currency=playbook.catalogue.currency if playbook.catalogue else "",
        banned=playbook.banned_claims,
        asked=content.asked,
        ours=content.ours,
        own=own,
        strangers=await _strangers(parts.vault, session, site, conversation, content),
        links=frozenset({home, *content.links, *(f"{origin}/" for origin in playbook.site.origins)}),
    )


def _plans(playbook: Playbook) -> tuple[PlanPrices, ...]:
    """Each plan's price of a seat and month, and of a seat and year where it is billed so."""
    if playbook.catalogue is None:
        return ()
    return tuple(
        PlanPrices(plan.name, frozenset(_normal(each) for each in _amounts(plan.monthly, plan.yearly)))
        for plan in playbook.catalogue.plans
    )


def _amounts(monthly: Decimal | None, yearly: Decimal | None) -> list[Decimal]:
    return [
        each for each in (monthly, yearly, yearly * 12 if yearly is not None else None) if each is not None
    ]


def _normal(amount: Decimal) -> Decimal:
    """12.00 and 12 are one price, however they were written."""
    return amount.normalize()


async def _strangers(
    vault: Vault, session: AsyncSession, site: str, conversation: str, content: Content
) -> frozenset[str]:
    """Details of others that were told in the conversation. They are compared, and shown to nobody."""
    details: Mapping[str, str] = await vault.details(session, site, conversation)
    return frozenset(
        value
        for placeholder, value in details.items()
        if placeholder not in content.own and placeholder[1:].rpartition("_")[0] in _HIDDEN
    )
