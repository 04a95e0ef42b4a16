"""Which CRM each site writes to: its playbook says so, the keys file opens it, the mapping translates."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync.comparing.ports import ComparableCrm, MergingCrm
from crm_sync.comparing.values import Found, Identity, MatchedObject, MergePreview, Seen
from crm_sync.errors import CrmError, ProviderRefused
from crm_sync.ports import CrmProvider, ReadableCrm
from crm_sync.providers.builtin import BuiltinCrm
from crm_sync.remote.engine import RemoteCrm
from crm_sync.remote.mapping import MappingFile
from crm_sync.remote.mapping_file import load_mapping, shipped_mapping
from crm_sync.remote.ports import Backend
from crm_sync.values import CrmRecord, Difference, Effect, Order, Snapshot, UndoResult
from server.errors import BadSetting
from server.playbook import Playbooks
from server.playbook.crm import CrmRules
from server.settings import Settings
from server.wiring.crm_keys import Keys, SiteKeys, load_keys

Sessions = async_sessionmaker[AsyncSession]


class SiteCrms:
    """One provider for the ledger, which asks the site's own. What a site's CRM can not do is answered with nothing."""

    name = "by site"

    def __init__(self, by_site: Mapping[str, CrmProvider], otherwise: CrmProvider) -> None:
        self._by_site, self._otherwise = dict(by_site), otherwise

    def of(self, site: str) -> CrmProvider:
        """The site's own; the built-in one where no playbook names another."""
        return self._by_site.get(site, self._otherwise)

    async def aclose(self) -> None:
        """Close the connections that vendors' adapters keep open."""
        for crm in self._by_site.values():
            close = getattr(getattr(crm, "backend", crm), "aclose", None)
            if close is not None:
                await close()

    # -- writing ---------------------------------------------------------------------------------------------

    async def apply(self, order: Order, key: str) -> Effect:
        return await self.of(order.site).apply(order, key)

    async def undo(
        self, site: str, effect: Effect, key: str, *, seen: tuple[Difference, ...] | None = None
    ) -> UndoResult:
        return await self.of(site).undo(site, effect, key, seen=seen)

    # -- reading ---------------------------------------------------------------------------------------------

    async def read(self, site: str, by: str, match: str) -> Snapshot | None:
        crm = self.of(site)
        return await crm.read(site, by, match) if isinstance(crm, ReadableCrm) else None

    async def contact(self, site: str, contact_id: str) -> CrmRecord | None:
        crm = self.of(site)
        return await crm.contact(site, contact_id) if isinstance(crm, ReadableCrm) else None

    async def contacts(self, site: str, *, limit: int, after: str | None = None) -> list[CrmRecord]:
        crm = self.of(site)
        return await crm.contacts(site, limit=limit, after=after) if isinstance(crm, ReadableCrm) else []

    # -- comparing and merging -------------------------------------------------------------------------------

    async def compare(self, site: str, effect: Effect, key: str) -> tuple[Found, ...]:
        crm = self.of(site)
        return await crm.compare(site, effect, key) if isinstance(crm, ComparableCrm) else ()

    async def identities(self, site: str, record: MatchedObject, *, after: str, limit: int) -> list[Identity]:
        crm = self.of(site)
        if not isinstance(crm, MergingCrm):
            return []
        return await crm.identities(site, record, after=after, limit=limit)

    async def see(self, site: str, record: MatchedObject, ids: Collection[str]) -> dict[str, Seen]:
        crm = self.of(site)
        if isinstance(crm, MergingCrm | RemoteCrm):
            return await crm.see(site, record, ids)
        return {}

    async def preview_merge(
        self, site: str, record: MatchedObject, first: str, second: str, keep: str
    ) -> MergePreview | None:
        crm = self.of(site)
        if not isinstance(crm, MergingCrm):
            return None
        return await crm.preview_merge(site, record, first, second, keep)

    async def merge(
        self,
        site: str,
        record: MatchedObject,
        keep: str,
        drop: str,
        take: Mapping[str, str],
        *,
        key: str,
        by: str,
    ) -> None:
        crm = self.of(site)
        if not isinstance(crm, MergingCrm):
            raise ProviderRefused(f"Merge the two in {crm.name} itself; they are only marked here.")
        await crm.merge(site, record, keep, drop, take, key=key, by=by)

    async def unmerge(self, site: str, key: str, *, by: str) -> UndoResult:
        crm = self.of(site)
        if not isinstance(crm, MergingCrm):
            return UndoResult("undone")
        return await crm.unmerge(site, key, by=by)


def crms_of(
    settings: Settings,
    playbooks: Playbooks,
    sessions: Sessions,
    *,
    readers: Sessions | None = None,
    clock: Callable[[], datetime],
) -> SiteCrms:
    """Raises `BadSetting` when a playbook names a CRM and the keys file has no key for it."""
    keys = load_keys(settings.crm_keys_file)
    by_site: dict[str, CrmProvider] = {}
    for site in playbooks.sites:
        rules = playbooks.of(site).crm
        if rules.provider != "builtin":
            by_site[site] = _provider(site, rules, keys, settings.crm_keys_file, sessions, clock)
    return SiteCrms(by_site, BuiltinCrm(sessions, readers=readers, clock=clock))


def _provider(
    site: str,
    rules: CrmRules,
    keys: Keys,
    file: Path,
    sessions: Sessions,
    clock: Callable[[], datetime],
) -> CrmProvider:
    found = keys.get(site, SiteKeys())
    if getattr(found, rules.provider) is None:
        raise BadSetting(
            f"the playbook of site {site!r} writes to {rules.provider}: put its key under {site}.{rules.provider} "
            f"into {file}, or name another file in FRONTDESK_CRM_KEYS; docs/crm-providers.md shows one"
        )
    try:
        if found.webhook is not None and rules.provider == "webhook":
            from crm_sync.providers.webhook import WebhookCrm

            return WebhookCrm(found.webhook.url, found.webhook.secrets, clock=clock)
        return RemoteCrm(_backend(rules.provider, found), _mapping(rules), sessions, clock=clock)
    except CrmError as error:
        raise BadSetting(f"the CRM of site {site!r}: {error}") from error


def _backend(provider: str, keys: SiteKeys) -> Backend:
    """A vendor's file is imported only where a site writes to it."""
    if provider == "hubspot" and keys.hubspot is not None:
        from crm_sync.providers.hubspot import HubSpot

        return HubSpot(keys.hubspot.token, base_url=keys.hubspot.url)
    if provider == "salesforce" and keys.salesforce is not None:
        from crm_sync.providers.salesforce import Salesforce

        theirs = keys.salesforce
        return Salesforce(theirs.login_url, theirs.client_id, theirs.client_secret)
    if provider == "pipedrive" and keys.pipedrive is not None:
        from crm_sync.providers.pipedrive import Pipedrive

        return Pipedrive(keys.pipedrive.token, keys.pipedrive.url)
    raise BadSetting(f"there is no CRM {provider!r}; docs/crm-providers.md lists them")


def _mapping(rules: CrmRules) -> MappingFile:
    return load_mapping(Path(rules.mapping)) if rules.mapping else shipped_mapping(rules.provider)
