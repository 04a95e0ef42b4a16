"""The drift report: what delivered updates wrote and the CRM says differently now. Kept, shown, never written back."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import audit
from crm_sync.comparing.tables import DriftRow
from crm_sync.comparing.values import Drift, DriftKind, DriftState
from crm_sync.errors import CrmError
from crm_sync.values import RecordName


class DriftUnknown(CrmError):
    """There is no such line in the report of this site."""

    code = "crm.drift_unknown"

    def __init__(self, line: str) -> None:
        super().__init__(f"No drift {line!r} on this site: it may be in order again; list what there is.")


async def listed(
    session: AsyncSession, site: str, *, state: DriftState | None, limit: int, before: str | None
) -> list[Drift]:
    """Lines of the report, what was noticed last first."""
    query = select(DriftRow).where(DriftRow.site == site)
    if state is not None:
        query = query.where(DriftRow.state == state)
    if before is not None:
        last = await load(session, site, before)
        query = query.where(tuple_(DriftRow.noticed_at, DriftRow.id) < tuple_(last.noticed_at, last.id))
    query = query.order_by(DriftRow.noticed_at.desc(), DriftRow.id.desc()).limit(limit)
    return [drift_of(row) for row in await session.scalars(query)]


async def counts(session: AsyncSession, site: str) -> dict[str, int]:
    """How many lines of each kind are open."""
    query = select(DriftRow.kind, func.count()).where(DriftRow.site == site, DriftRow.state == "open")
    return dict((await session.execute(query.group_by(DriftRow.kind))).tuples().all())


async def load(session: AsyncSession, site: str, line: str) -> DriftRow:
    """The row; raises DriftUnknown."""
    mine = select(DriftRow).where(DriftRow.site == site, DriftRow.id == line)
    row: DriftRow | None = await session.scalar(mine.execution_options(populate_existing=True))
    if row is None:
        raise DriftUnknown(line)
    return row


async def mark_seen(session: AsyncSession, site: str, line: str, *, by: str, now: datetime) -> None:
    """A person has seen it: it leaves the open list, in the caller's transaction."""
    row = await load(session, site, line)
    if row.state == "seen":
        return
    told = {"kind": row.kind, "object": row.object, "record": row.record_id, "field": row.field}
    await audit.append(
        session, site=site, at=now, who=by, act="drift_seen", update_id=row.update_id, detail=told
    )
    await session.execute(
        update(DriftRow)
        .where(DriftRow.site == site, DriftRow.id == line)
        .values(state="seen", seen_by=by)
        .execution_options(synchronize_session=False)
    )


async def typed_by_people(session: AsyncSession, site: str, records: dict[str, str]) -> frozenset[str]:
    """`object.name` of fields of these records that somebody changed after us, as comparing found."""
    if not records:
        return frozenset()
    query = select(DriftRow.object, DriftRow.field).where(
        DriftRow.site == site,
        DriftRow.kind.in_(("changed", "gone")),
        tuple_(DriftRow.object, DriftRow.record_id).in_(list(records.items())),
    )
    return frozenset(f"{record}.{name}" for record, name in (await session.execute(query)).tuples())


async def forget(session: AsyncSession, site: str, conversation: str) -> None:
    """Nothing of a conversation that is erased stays in the report."""
    mine = delete(DriftRow).where(DriftRow.site == site, DriftRow.conversation == conversation)
    await session.execute(mine)


def drift_of(row: DriftRow) -> Drift:
    """The row as a value."""
    return Drift(
        id=row.id,
        site=row.site,
        update=row.update_id,
        conversation=row.conversation,
        kind=cast("DriftKind", row.kind),
        object=cast("RecordName", row.object),
        record=row.record_id,
        field=row.field,
        wrote=row.wrote,
        found=row.found,
        by=row.by,
        at=row.at,
        noticed_at=row.noticed_at,
        state=cast("DriftState", row.state),
        seen_by=row.seen_by,
    )
