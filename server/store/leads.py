"""The conversations of a site as a score learns from them: what was done before the outcome, and the outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from intents.score import SURE, Signal, derive_stage
from intents.scoring.rules import latest_fact, number
from intents.scoring.training import Lead
from intents.scoring.values import ScoreRules
from server.store import outcomes
from server.store.tables import Conversation, DecisionRow, Logged

_SIGNALS: TypeAdapter[tuple[Signal, ...]] = TypeAdapter(tuple[Signal, ...])
_BANDS = ((10, "1 to 9"), (50, "10 to 49"), (200, "50 to 199"))


@dataclass(frozen=True, slots=True)
class Settled:
    """The leads of which it is known, or old enough to be said, what became of them."""

    leads: tuple[Lead, ...]
    marked: int
    """With an outcome that somebody told."""
    silent: int
    """That wished for something and came to nothing in all that time."""


async def settled(
    session: AsyncSession,
    site: str,
    rules: ScoreRules,
    *,
    now: datetime,
    after: timedelta,
    open_ones: Collection[str],
) -> Settled:
    """Every lead whose outcome was told, and those that have been silent for `after`.

    A conversation is a lead when it wished for something that marks evaluation or purchase; those inside the product
    are none. `open_ones` have something still to be told, such as a meeting that nobody has marked.
    """
    told = await outcomes.of_all(session, site)
    languages = await _languages(session, site)
    leads: list[Lead] = []
    silent = 0
    for row in await session.scalars(
        select(Conversation).where(Conversation.site == site, Conversation.mode != "help")
    ):
        marks = told.get(row.id, [])
        came = outcomes.came_of([mark.kind for mark in marks])
        signals = _SIGNALS.validate_python(row.state.get("signals") or [])
        if came is None:
            if row.id in open_ones or row.updated_at > now - after or not _wished(rules, signals):
                continue
            silent += 1
        pages = [] if row.consent == "necessary" else list(row.state.get("pages") or [])
        first = min((mark.at for mark in marks), default=None)
        if first is not None:
            signals = await _before(session, row.id, signals, first)
        whole = (*(Signal("page", path, page=path) for path in pages), *signals)
        at = first or row.updated_at
        segments = _segments(rules, whole, pages, languages.get(row.id, "unknown"))
        leads.append(Lead(whole, bool(came), at, row.visitor, segments))
    return Settled(tuple(leads), len(leads) - silent, silent)


def _wished(rules: ScoreRules, signals: tuple[Signal, ...]) -> bool:
    wishes = {*rules.stages.evaluation, *rules.stages.purchase}
    return any(signal.kind == "intent" and signal.name in wishes for signal in signals)


async def _before(
    session: AsyncSession, conversation: str, signals: tuple[Signal, ...], moment: datetime
) -> tuple[Signal, ...]:
    """Without what was said after the outcome: a customer who comes back was no better a lead for it."""
    rows = await session.scalars(
        select(Logged.message).where(
            Logged.conversation == conversation, Logged.type == "message", Logged.at > moment
        )
    )
    later = set(rows)
    return tuple(signal for signal in signals if signal.message_id not in later)


async def _languages(session: AsyncSession, site: str) -> dict[str, str]:
    """The language that most of a conversation's messages are in."""
    language = DecisionRow.record["language"].as_string()
    counted = select(DecisionRow.conversation, language, func.count()).where(DecisionRow.site == site)
    found: dict[str, Counter[str]] = {}
    for conversation, name, count in await session.execute(
        counted.group_by(DecisionRow.conversation, language)
    ):
        if name and name != "und":
            found.setdefault(conversation, Counter())[name] += count
    return {conversation: counts.most_common(1)[0][0] for conversation, counts in found.items()}


def _segments(
    rules: ScoreRules, signals: tuple[Signal, ...], pages: list[str], language: str
) -> Mapping[str, str]:
    """By what the error is told apart; nothing of it is learned from."""
    sure = [signal for signal in signals if signal.confidence >= SURE]
    size = latest_fact("team_size", sure)
    return {
        "stage": derive_stage(rules.stages, sure).stage,
        "source_page": "/" + pages[0].strip("/").split("/")[0] if pages else "not known",
        "team_size": "not told" if size is None else _band(number(size.value)),
        "language": language,
    }


def _band(people: float) -> str:
    return next((name for below, name in _BANDS if people < below), "200 and more")
