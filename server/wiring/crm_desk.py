"""What `frontdesk crm` does: check and prepare the sites' CRMs, and say what waiting updates would write there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from crm_sync import Ledger, PendingUpdate, Policy
from crm_sync.documents.catalogue import sealed_fields
from crm_sync.errors import CrmError
from crm_sync.ports import CrmProvider
from crm_sync.remote.checking import Checked, check
from crm_sync.remote.engine import RemoteCrm
from crm_sync.remote.mapping import RECORD_NAMES
from crm_sync.remote.previewing import Cell, Preview, preview
from crm_sync.values import Order, Status
from server.errors import NotFound
from server.playbook import Playbooks
from server.settings import Settings
from server.store.engine import open_engine, open_sessions
from server.store.vault import Vault
from server.wiring.crm import SiteCrms, crms_of
from server.wiring.parts import playbooks_of

WAITING: tuple[Status, ...] = ("pending", "approved", "retrying", "awaiting_approval", "needs_review")


@dataclass(frozen=True, slots=True)
class CrmDesk:
    """The CRMs of an installation without the rest of it."""

    playbooks: Playbooks
    crms: SiteCrms
    ledger: Ledger

    def sites(self, site: str | None) -> Sequence[str]:
        """The site that was asked for, or all of them; raises `NotFound`."""
        if site is None:
            if not self.playbooks.sites:
                raise NotFound(
                    "there is no site yet; put a playbook at playbooks/SITE.yaml, or set FRONTDESK_DEMO=true for the "
                    "demo company's",
                    code="no_site",
                )
            return self.playbooks.sites
        self.playbooks.of(site)
        return (site,)


@asynccontextmanager
async def crm_desk(settings: Settings) -> AsyncIterator[CrmDesk]:
    """Open the database and the CRMs for one command."""
    engine = open_engine(settings.database)
    try:
        sessions, playbooks = open_sessions(engine), playbooks_of(settings)
        crms = crms_of(settings, playbooks, sessions, clock=_now)
        vault = Vault(sessions, settings.secret())
        unseal = partial(_unseal, vault)
        try:
            yield CrmDesk(playbooks, crms, Ledger(sessions, crms, unseal, Policy()))
        finally:
            await crms.aclose()
    finally:
        await engine.dispose()


@dataclass(frozen=True, slots=True)
class SiteCheck:
    """How the CRM of one site looks. Without `checked` there was nothing to read, or `problem` says why not."""

    site: str
    provider: str
    checked: Checked | None = None
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem and (self.checked is None or self.checked.ok)


async def check_sites(settings: Settings, site: str | None) -> list[SiteCheck]:
    """Read each CRM's own metadata."""
    async with crm_desk(settings) as desk:
        return [await _checked(each, desk.crms.of(each)) for each in desk.sites(site)]


async def _checked(site: str, crm: CrmProvider) -> SiteCheck:
    if not isinstance(crm, RemoteCrm):
        return SiteCheck(site, crm.name)
    try:
        return SiteCheck(site, crm.name, await check(crm.backend, crm.mapping.file))
    except CrmError as error:
        return SiteCheck(site, crm.name, problem=str(error))


@dataclass(frozen=True, slots=True)
class SitePrepared:
    """What was made in the CRM of one site, by `record.field`."""

    site: str
    provider: str
    made: tuple[str, ...] = ()
    problem: str = ""


async def prepare_sites(settings: Settings, site: str | None) -> list[SitePrepared]:
    """Make the fields of our own; those that are there stay as they are."""
    async with crm_desk(settings) as desk:
        return [await _prepared(each, desk.crms.of(each)) for each in desk.sites(site)]


async def _prepared(site: str, crm: CrmProvider) -> SitePrepared:
    if not isinstance(crm, RemoteCrm):
        return SitePrepared(site, crm.name)
    made: list[str] = []
    try:
        for record in RECORD_NAMES:
            names = await crm.backend.prepare(record, crm.mapping.new_fields(record))
            made += [f"{record}.{name}" for name in names]
    except CrmError as error:
        return SitePrepared(site, crm.name, tuple(made), str(error))
    return SitePrepared(site, crm.name, tuple(made))


@dataclass(frozen=True, slots=True)
class UpdatePreview:
    """What one update would write. Personal values show as their placeholders; `problem` says why it can not leave."""

    id: str
    kind: str
    status: str
    conversation: str
    provider: str
    preview: Preview | None = None
    problem: str = ""

    def shown(self) -> dict[str, Any]:
        return asdict(self)


async def preview_updates(
    settings: Settings, site: str, *, update: str | None, conversation: str | None, limit: int
) -> list[UpdatePreview]:
    """One update, those of a conversation, or all that wait, oldest first; nothing is written anywhere."""
    async with crm_desk(settings) as desk:
        desk.sites(site)
        found = await _asked_for(desk.ledger, site, update, conversation, limit)
        return [await _previewed(desk, each) for each in found]


async def _asked_for(
    ledger: Ledger, site: str, update: str | None, conversation: str | None, limit: int
) -> list[PendingUpdate]:
    if update is not None:
        return [await ledger.update(site, update)]
    found: list[PendingUpdate] = []
    for status in WAITING:
        found += await ledger.updates(site, status=status, conversation=conversation, limit=limit)
    return sorted(found, key=lambda each: (each.created_at, each.id))[:limit]


async def _previewed(desk: CrmDesk, update: PendingUpdate) -> UpdatePreview:
    crm = desk.crms.of(update.site)
    row = partial(UpdatePreview, update.id, update.kind, update.status, update.conversation, crm.name)
    if update.status == "quarantined":
        return row(problem="quarantined: it is not valid and never leaves")
    try:
        order, overtaken = await desk.ledger.opened(update.site, update.id)
        if isinstance(crm, RemoteCrm):
            seen = await preview(crm.account(update.site), order, update.idempotency_key)
        else:
            seen = _as_it_is(order, update)
    except CrmError as error:
        return row(problem=f"{error.code}: {error}")
    notes = (f"A newer update already wrote {', '.join(overtaken)}.",) if overtaken else ()
    return row(preview=_sealed(seen, update, notes))


def _as_it_is(order: Order, update: PendingUpdate) -> Preview:
    """A CRM that takes our own field names: the document says what it will find."""
    known = {
        (each["object"], each["name"]): each.get("previous") for each in update.document.get("fields", ())
    }
    cells = tuple(
        Cell(
            write.object, write.name, "write", write.name, known.get((write.object, write.name)), write.value
        )
        for write in order.writes
    )
    entries = (("activity", str(order.activity["subject"])),) if order.activity else ()
    return Preview({}, cells, entries, ())


def _sealed(seen: Preview, update: PendingUpdate, notes: tuple[str, ...]) -> Preview:
    """Personal values as the ledger keeps them: what a command prints may be kept anywhere."""
    told = {(each["object"], each["name"]): each["value"] for each in update.document.get("fields", ())}
    activity = update.document.get("activity") or {}
    cells = tuple(
        Cell(
            each.record,
            each.name,
            each.what,
            each.to,
            "***" if each.before else None,
            told.get(_key(each), "***"),
        )
        if _key(each) in sealed_fields()
        else each
        for each in seen.cells
    )
    task = (activity.get("task") or {}).get("title", "")
    entries = tuple(
        (kind, task if kind == "task" else activity.get("subject", "")) for kind, _ in seen.entries
    )
    return Preview(seen.records, cells, entries, (*seen.notes, *notes), seen.done)


def _key(cell: Cell) -> tuple[str, str]:
    return (cell.record, cell.name)


async def _unseal(vault: Vault, site: str, conversation: str, text: str) -> str:
    return await vault.unseal(site, conversation, text, by="crm preview", now=_now())


def _now() -> datetime:
    return datetime.now(UTC)
