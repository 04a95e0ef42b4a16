"""Possible duplicates: kept, shown with both records as they stand, and decided by a person; never merged unasked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import audit
from crm_sync.comparing.ports import SeeingCrm
from crm_sync.comparing.tables import DuplicateRow
from crm_sync.comparing.values import Duplicate, DuplicateState, MatchedObject, Reason, Seen
from crm_sync.errors import CrmError
from crm_sync.ports import CrmProvider


class PairUnknown(CrmError):
    """There is no such possible duplicate on this site."""

    code = "crm.duplicate_unknown"

    def __init__(self, pair: str) -> None:
        super().__init__(
            f"No possible duplicate {pair!r} on this site: list what there is with `duplicates`."
        )


class PairDecided(CrmError):
    """Somebody decided before."""

    code = "crm.duplicate_decided"

    def __init__(self, pair: str, state: str, wanted: str) -> None:
        super().__init__(
            f"The possible duplicate {pair!r} stands as {state}, so it can not become {wanted}; reload it and look."
        )
        self.state = state


async def rows_of(
    session: AsyncSession, site: str, *, state: DuplicateState | None, limit: int, before: str | None
) -> list[DuplicateRow]:
    """The surest first."""
    query = select(DuplicateRow).where(DuplicateRow.site == site)
    if state is not None:
        query = query.where(DuplicateRow.state == state)
    if before is not None:
        last = await load(session, site, before)
        query = query.where(tuple_(DuplicateRow.score, DuplicateRow.id) < tuple_(last.score, last.id))
    query = query.order_by(DuplicateRow.score.desc(), DuplicateRow.id.desc()).limit(limit)
    return list(await session.scalars(query))


async def counts(session: AsyncSession, site: str) -> dict[str, int]:
    """How many stand where."""
    query = (
        select(DuplicateRow.state, func.count()).where(DuplicateRow.site == site).group_by(DuplicateRow.state)
    )
    return dict((await session.execute(query)).tuples().all())


async def load(session: AsyncSession, site: str, pair: str) -> DuplicateRow:
    """The row; raises PairUnknown."""
    mine = select(DuplicateRow).where(DuplicateRow.site == site, DuplicateRow.id == pair)
    row: DuplicateRow | None = await session.scalar(mine.execution_options(populate_existing=True))
    if row is None:
        raise PairUnknown(pair)
    return row


async def settle(
    session: AsyncSession,
    row: DuplicateRow,
    state: DuplicateState,
    *,
    by: str,
    now: datetime,
    is_merged: bool = False,
    detail: Any = None,
) -> None:
    """Write the decision and its audit entry in the caller's transaction; PairDecided when somebody was faster."""
    site, pair, was = row.site, row.id, row.state
    if state != "open" and was != "open":
        raise PairDecided(pair, was, state)
    await audit.hold(session, site)
    done = await session.execute(
        update(DuplicateRow)
        .where(DuplicateRow.site == site, DuplicateRow.id == pair, DuplicateRow.state == was)
        .values(state=state, is_merged=is_merged, decided_by=by, decided_at=now)
        .returning(DuplicateRow.id)
        .execution_options(synchronize_session=False)
    )
    if done.first() is None:
        raise PairDecided(pair, f"no longer {was}", state)
    told = {"was": was, "object": row.object, "records": [row.first_id, row.second_id], "more": detail}
    act = "duplicate_reopened" if state == "open" else f"duplicate_{state}"
    await audit.append(session, site=site, at=now, who=by, act=act, update_id=pair, detail=told)


async def shown(provider: CrmProvider, site: str, rows: Sequence[DuplicateRow]) -> list[Duplicate]:
    """The pairs with both records as the CRM holds them now."""
    seen: dict[tuple[str, str], Seen] = {}
    records: tuple[MatchedObject, ...] = ("contact", "company")
    for record in records:
        ids = {id_ for row in rows if row.object == record for id_ in (row.first_id, row.second_id)}
        found = await _see(provider, site, record, ids) if ids else {}
        seen |= {(record, id_): one for id_, one in found.items()}
    return [_shown(row, seen) for row in rows]


def reasons_text(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Reasons as they are stored."""
    return [asdict(reason) for reason in reasons]


async def _see(
    provider: CrmProvider, site: str, record: MatchedObject, ids: Collection[str]
) -> dict[str, Seen]:
    if not isinstance(provider, SeeingCrm):
        return {}
    try:
        return await provider.see(site, record, ids)
    except CrmError:
        # The list is for people: what can not be read this minute is shown without its fields.
        return {}


def _shown(row: DuplicateRow, seen: dict[tuple[str, str], Seen]) -> Duplicate:
    return Duplicate(
        id=row.id,
        site=row.site,
        object=cast("MatchedObject", row.object),
        first=seen.get((row.object, row.first_id), Seen(row.first_id)),
        second=seen.get((row.object, row.second_id), Seen(row.second_id)),
        score=row.score,
        reasons=tuple(Reason(**each) for each in row.reasons),
        state=cast("DuplicateState", row.state),
        found_at=row.found_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        is_merged=row.is_merged,
    )
