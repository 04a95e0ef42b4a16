"""Was this helpful: one word per reader and article, which may change, with a comment that is redacted."""

from __future__ import annotations

import hashlib
import hmac

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge import gaps
from knowledge.words import content_terms
from server.desk import Desk
from server.help.articles import card_of
from server.help.bodies import Vote, VoteBody, Voted
from server.help.readers import Reader, keeper
from server.store import helped

_TELLING = 3
"""Words of a comment that say what is missing; "no good" does not."""


async def vote(desk: Desk, reader: Reader, article: str, body: VoteBody) -> Voted:
    """The last word of each reader counts."""
    card = card_of(desk, reader, article)
    comment = (await desk.in_thread(desk.reader.redact, body.comment.strip(), {})).text
    async with desk.writers() as session:
        voter = await _voter(desk, session, reader, article) or f"once:{desk.new_id()}"
        is_new = await helped.vote(session, reader.site, card.id, voter, body.value, comment, reader.now)
        if is_new and reader.who and body.value == "no" and len(content_terms(comment)) >= _TELLING:
            # What somebody looked for here and did not find is asked of those who write.
            await gaps.note_gap(
                session, reader.site, comment, gap_id=desk.new_id(), now=reader.now, nearest=[card.url]
            )
        await session.commit()
    return Voted(vote=body.value)


async def vote_of(desk: Desk, reader: Reader, article: str) -> Vote | None:
    """What this reader said of it before."""
    async with desk.readers() as session:
        voter = await _voter(desk, session, reader, article)
        said = await helped.vote_of(session, reader.site, article, voter)
    return "yes" if said == "yes" else "no" if said == "no" else None


async def _voter(desk: Desk, session: AsyncSession, reader: Reader, article: str) -> str:
    """Under what name a reader votes; empty for nobody in particular, whom nothing tells apart.

    A visitor who does not let us remember them has another one at each article: their vote can be changed, and tells
    neither who it was nor what else they read.
    """
    kept = await keeper(session, reader)
    if kept or not reader.visitor:
        return kept
    said = f"help.vote.1\0{reader.site}\0{article}\0{reader.visitor}"
    return f"once:{hmac.new(desk.secret.encode(), said.encode(), hashlib.sha256).hexdigest()}"
