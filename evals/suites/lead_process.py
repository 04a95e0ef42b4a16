"""A made-up market: visitors who do what visitors do, and a known chance that something comes of each.

The process is no sum of points. Team size counts by its logarithm up to a peak, wishes help each other or not, some of
what decides is never said, and each visitor decides by the chance that comes out. A model that is a sum of points can
come near to it and not reach it, which is what is measured.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from intents.score import Signal, derive_stage
from intents.scoring.training import Lead
from intents.scoring.values import StageRules

_BEGAN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_WISHES = {
    "pricing": 0.45, "plan_limits": 0.15, "feature_question": 0.4, "integration_question": 0.2,
    "security_compliance": 0.15, "comparison": 0.12, "migration": 0.1, "proof_by_industry": 0.08,
    "book_meeting": 0.15, "start_trial": 0.15, "buy_or_add_seats": 0.05, "talk_to_person": 0.08, "bug_or_outage": 0.05,
    "job": 0.03, "thanks": 0.2,
}  # fmt: skip
_TRADES = ("hvac", "solar", "lift_maintenance", "cleaning", "retail", "software")
_ROLES = ("owner", "head of operations", "office manager", "dispatcher", "coo", "technician")
_PAGES = ("/", "/pricing", "/docs/start", "/security", "/customers", "/integrations")
_TONGUES = ("en", "en", "en", "de", "fr", "es")
_FIRST_PAGE = 0.6
"""How often the visit begins on the home page."""


@dataclass(frozen=True, slots=True)
class Market:
    """What may differ between the leads that were learned from and those that come later."""

    level: float = -2.9
    """Log-odds of a visitor who says nothing."""
    size: float = 1.0
    """How much the size of the team matters."""
    demo: float = 1.3
    unsaid: float = 0.5
    """Spread of what is never told."""
    wishes: float = 1.0
    """How many wishes are told, against the usual."""


USUAL = Market()
SHIFTED = Market(level=-3.5, size=0.5, demo=0.7, wishes=1.2)
"""A harder year: fewer come, size says less, demos are asked for lightly."""


@dataclass(frozen=True, slots=True)
class Made:
    """A lead with the chance that the process gave it."""

    lead: Lead
    chance: float


def leads(count: int, seed: int, market: Market = USUAL) -> list[Made]:
    """So many visitors, the same for the same seed."""
    chooser = random.Random(seed)  # noqa: S311  the same market every time
    return [_one(chooser, number, market) for number in range(count)]


def _one(chooser: random.Random, number: int, market: Market) -> Made:
    wishes = [name for name, share in _WISHES.items() if chooser.random() < share * market.wishes]
    chooser.shuffle(wishes)
    size = round(math.exp(chooser.gauss(3.0, 1.2))) + 1 if chooser.random() < 0.5 else None
    trade = chooser.choice(_TRADES) if chooser.random() < 0.4 else None
    role = chooser.choice(_ROLES) if chooser.random() < 0.3 else None
    urgency = chooser.choice(("now", "soon", "later")) if chooser.random() < 0.25 else None
    pages = [_PAGES[0]] if chooser.random() < _FIRST_PAGE else []
    pages += chooser.choices(_PAGES, k=chooser.randint(1, 5))
    signals = [Signal("page", path, page=path) for path in pages]
    signals += [Signal("intent", name, message_id=f"{number}-{at}") for at, name in enumerate(wishes)]
    told = {"team_size": size, "industry": trade, "role": role}
    told_last = f"{number}-facts"
    signals += [
        Signal("fact", name, value, told_last, text=str(value)) for name, value in told.items() if value
    ]
    if urgency:
        signals.append(Signal("fact", "timeline", {"urgency": urgency, "by": None}, told_last, text=urgency))
    odds = _log_odds(market, set(wishes), size, trade, role, urgency, pages.count("/pricing"))
    chance = 1 / (1 + math.exp(-(odds + chooser.gauss(0, market.unsaid))))
    lead = Lead(
        signals=tuple(signals),
        came=chooser.random() < chance,
        at=_BEGAN + timedelta(hours=number),
        visitor=f"visitor-{number}",
        segments={
            "stage": derive_stage(StageRules(), signals).stage,
            "source_page": pages[0],
            "team_size": _band(size),
            # No part of the process: an audit must find no gap here.
            "language": chooser.choice(_TONGUES),
        },
    )
    return Made(lead, chance)


def _log_odds(
    market: Market,
    wishes: set[str],
    size: int | None,
    trade: str | None,
    role: str | None,
    urgency: str | None,
    prices_seen: int,
) -> float:
    odds = market.level
    if size is not None:
        # Best between 30 and 100 people: smaller ones need less, larger ones buy elsewhere.
        odds += market.size * (1.6 - 0.45 * (math.log(size) - 4.0) ** 2)
    odds += market.demo * ("book_meeting" in wishes) + 1.0 * ("start_trial" in wishes)
    # Who wants both wants one thing; who also asks about security means it.
    odds -= 0.7 * ({"book_meeting", "start_trial"} <= wishes)
    odds += 0.9 * ({"book_meeting", "security_compliance"} <= wishes)
    odds += 1.5 * ("buy_or_add_seats" in wishes) + 0.4 * ("pricing" in wishes) + 0.3 * ("migration" in wishes)
    odds -= 2.5 * ("job" in wishes) + 0.8 * ("bug_or_outage" in wishes)
    odds += 0.5 * math.sqrt(prices_seen)
    odds += {"hvac": 0.6, "lift_maintenance": 0.8, "retail": -0.8}.get(trade or "", 0.0)
    odds += {"owner": 0.6, "coo": 0.7, "head of operations": 0.5, "technician": -0.4}.get(role or "", 0.0)
    return odds + {"now": 0.9, "soon": 0.4, "later": -0.3}.get(urgency or "", 0.0)


def _band(size: int | None) -> str:
    if size is None:
        return "not told"
    return "1 to 19" if size < 20 else "20 to 99" if size < 100 else "100 and more"


def with_the_person_told(made: Sequence[Made], seed: int) -> list[Lead]:
    """The same leads with what must not count told beside: where they live, what they speak, who they are."""
    chooser = random.Random(seed)  # noqa: S311  the same market every time
    told = {
        "country": ("DE", "FR", "NG"), "language": ("de", "fr", "ar"), "person": ("[person_1]", "[person_2]"),
        "email": ("[email_1]",), "email_kind": ("free", "work"), "phone": ("[phone_1]",), "company": ("[company_1]",),
    }  # fmt: skip
    return [
        replace(
            each.lead,
            signals=(
                *each.lead.signals,
                *(
                    Signal("fact", name, chooser.choice(values), "who", text="…")
                    for name, values in told.items()
                ),
                Signal("frustration", "frustration", chooser.random() * 0.7, "who"),
            ),
        )
        for each in made
    ]
