"""What comparing and merging need from a CRM that offers them; the built-in one offers both."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol, runtime_checkable

from crm_sync.comparing.values import Found, Identity, MatchedObject, MergePreview, Seen
from crm_sync.ports import CrmProvider
from crm_sync.values import Effect, UndoResult


@runtime_checkable
class CrmsBySite(Protocol):
    """Several CRMs behind one."""

    def of(self, site: str) -> CrmProvider:
        """The site's own."""
        ...


@runtime_checkable
class ComparableCrm(Protocol):
    """A CRM that can say what became of a delivered update."""

    async def compare(self, site: str, effect: Effect, key: str) -> tuple[Found, ...]:
        """What `effect` wrote and what is not so any more, in our field names and with the values that a person sees;
        reads only. A field that a later update of ours wrote is no drift. Raises what `apply` raises."""
        ...


@runtime_checkable
class SeeingCrm(Protocol):
    """A CRM that shows records by their ids."""

    async def see(self, site: str, record: MatchedObject, ids: Collection[str]) -> dict[str, Seen]:
        """These records as they stand now; those that are gone are left out."""
        ...


@runtime_checkable
class MergingCrm(SeeingCrm, Protocol):
    """A CRM whose records can be listed for matching, and in which two can be made one by a person and parted again."""

    async def identities(self, site: str, record: MatchedObject, *, after: str, limit: int) -> list[Identity]:
        """Records as matching sees them, by id, from behind `after` on."""
        ...

    async def preview_merge(
        self, site: str, record: MatchedObject, first: str, second: str, keep: str
    ) -> MergePreview | None:
        """What would win and what would move; an empty `keep` lets the CRM choose. None when one of the two is gone."""
        ...

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
        """Make them one. The same key again changes nothing. `take` says by field which record's
        value wins; fields that it leaves out stay as `keep` has them. Raises ProviderRefused when one is gone."""
        ...

    async def unmerge(self, site: str, key: str, *, by: str) -> UndoResult:
        """Part them again, unless what the merge wrote was changed since; then write nothing."""
        ...
