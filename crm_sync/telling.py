"""What the ledger holds of a conversation, for the person whom it is about."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.tables import UpdateRow


async def held(session: AsyncSession, site: str, conversation: str) -> list[dict[str, Any]]:
    """Each update that was proposed: its document, and what became of it."""
    mine = select(UpdateRow).where(UpdateRow.site == site, UpdateRow.conversation == conversation)
    rows = await session.scalars(mine.order_by(UpdateRow.created_at, UpdateRow.id))
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "status": row.status,
            "created_at": row.created_at.isoformat(),
            "document": json.loads(row.document),
        }
        for row in rows
    ]
