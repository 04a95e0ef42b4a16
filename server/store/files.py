"""The rows of files: found, counted and forgotten with their conversation."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import NotFound
from server.store.file_tables import FileRow


async def one(session: AsyncSession, site: str, conversation: str, file: str) -> FileRow:
    """The file of that conversation; raises `NotFound`."""
    row = await session.get(FileRow, file)
    if row is None or row.site != site or row.conversation != conversation:
        raise NotFound(f"there is no file {file!r} in this conversation; it may have been deleted")
    return row


async def sent_as(session: AsyncSession, site: str, conversation: str, client_id: str) -> FileRow | None:
    """The file that the client sent under this id, if it came before."""
    found: FileRow | None = await session.scalar(
        select(FileRow).where(
            FileRow.site == site, FileRow.conversation == conversation, FileRow.client_id == client_id
        )
    )
    return found


async def how_many(session: AsyncSession, site: str, conversation: str) -> int:
    """Files of the conversation."""
    mine = select(func.count()).where(FileRow.site == site, FileRow.conversation == conversation)
    return int(await session.scalar(mine) or 0)


async def forget(session: AsyncSession, site: str, conversation: str, message: str = "") -> tuple[str, ...]:
    """Delete the rows, of one message only when it is given; the ids of what the caller removes after the commit."""
    mine = [FileRow.site == site, FileRow.conversation == conversation]
    mine += [FileRow.message == message] if message else []
    ids = tuple(await session.scalars(select(FileRow.id).where(*mine)))
    await session.execute(delete(FileRow).where(*mine))
    return ids


async def unknown(session: AsyncSession, ids: Sequence[str]) -> Collection[str]:
    """Those of `ids` that no row knows."""
    known: set[str] = set()
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        known |= set(await session.scalars(select(FileRow.id).where(FileRow.id.in_(some))))
    return set(ids) - known
