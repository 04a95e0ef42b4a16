"""Prices as the operator's list has them, with the list as their source."""

from __future__ import annotations

from typing import Literal

from server.actions.catalogue import Catalogue, Plan
from server.actions.pricing import MONTHS, bounds, fits, money, unit_price
from server.dialogue.blocks import Block, Citation, Line, SourcesBlock, TextBlock
from server.dialogue.buying import QuotePrice
from server.dialogue.phrases import Value
from server.dialogue.values import State
from server.moves.answering import NOWHERE, web_address
from server.moves.scene import Played, Scene

_MOST = 4
"""Plans in one quote."""


async def quote(scene: Scene, state: State, move: QuotePrice) -> Played:
    """The prices, each a line that cites the list. The answer's sources, when one follows, are in the same block."""
    catalogue = scene.playbook.catalogue
    assert catalogue is not None, "prices are quoted where there is a catalogue"
    plans = [plan for name in move.plans if (plan := catalogue.plan(name)) is not None]
    if not plans:
        plans = [plan for plan in catalogue.plans if move.seats is None or fits(plan, move.seats)]
    if not plans:
        plans = list(catalogue.plans)
    plans = plans[:_MOST]
    answer = scene.case.answer
    held = len(answer.citations) if answer is not None and not answer.abstained else 0
    lines = [
        Line(text=_said(scene, catalogue, plan, move), cites=[held + place])
        for place, plan in enumerate(plans, start=1)
    ]
    tax = [Line(text=scene.phrase(f"tax_{catalogue.tax}"))] if catalogue.tax else []
    cited = [_citation(scene, catalogue, plan, held + place) for place, plan in enumerate(plans, start=1)]
    shown: tuple[Block, ...] = (TextBlock(lines=[*lines, *tax]), SourcesBlock(citations=cited))
    quoted = {"what": "price.quoted", "plans": [plan.key for plan in plans], "version": catalogue.version}
    return Played(shown, state, outcomes=(quoted,))


def joined(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """One block of sources, where the last one stands: what the documents said first, then the price list."""
    every = [block for block in blocks if isinstance(block, SourcesBlock)]
    if len(every) < 2:
        return blocks
    cited = sorted((cite for block in every for cite in block.citations), key=lambda cite: cite.n)
    whole = every[-1].model_copy(update={"citations": cited})
    kept = (block for block in blocks if not isinstance(block, SourcesBlock) or block is every[-1])
    return tuple(whole if block is every[-1] else block for block in kept)


def _said(scene: Scene, catalogue: Catalogue, plan: Plan, move: QuotePrice) -> str:
    """What a plan costs for so many seats, or one seat of it."""
    if plan.monthly is None or move.seats is None or plan.monthly == plan.yearly == 0:
        return _listed(scene, catalogue, plan)
    if not fits(plan, move.seats):
        values: dict[str, Value] = {
            "plan": plan.name,
            "bounds": bounds(plan, scene.language),
            "seats": move.seats,
        }
        return f"{scene.phrase('seats_refused', values)} {_listed(scene, catalogue, plan)}"
    what = scene.phrase("seats_of", {"count": move.seats, "plan": plan.name})
    periods: tuple[Literal["month", "year"], ...] = (move.period,) if move.period else ("month", "year")
    said = []
    for period in periods:
        unit = unit_price(plan, period, move.seats)
        assert unit is not None, "a plan with a monthly price has a yearly one"
        total = money(unit * move.seats * MONTHS[period], catalogue.currency, scene.language)
        each = money(unit, catalogue.currency, scene.language)
        said.append(scene.phrase(f"price_total_{period}", {"what": what, "total": total, "unit": each}))
    return " ".join(said)


def _listed(scene: Scene, catalogue: Catalogue, plan: Plan) -> str:
    if plan.monthly is None or plan.yearly is None:
        return scene.phrase("price_talk", {"plan": plan.name})
    seats = bounds(plan, scene.language)
    if plan.monthly == plan.yearly == 0:
        return scene.phrase("price_free", {"plan": plan.name, "bounds": seats})
    monthly, yearly = (
        money(each, catalogue.currency, scene.language) for each in (plan.monthly, plan.yearly)
    )
    said = [
        scene.phrase("price_each", {"plan": plan.name, "monthly": monthly, "yearly": yearly, "bounds": seats})
    ]
    for tier in plan.tiers:
        monthly, yearly = (
            money(each, catalogue.currency, scene.language) for each in (tier.monthly, tier.yearly)
        )
        said.append(scene.phrase("price_tier", {"count": tier.seats, "monthly": monthly, "yearly": yearly}))
    return " ".join(said)


def _citation(scene: Scene, catalogue: Catalogue, plan: Plan, n: int) -> Citation:
    """The list's own line on the plan, word for word; its page is where the operator says that it stands."""
    passage = _listed(scene, catalogue, plan)
    return Citation(
        n=n,
        url=web_address(plan.url) if plan.url else NOWHERE,
        title=scene.phrase("price_list"),
        heading=plan.name,
        quote=passage,
        passage=passage,
        start=0,
        end=len(passage),
        score=1.0,
        document_version=catalogue.version,
    )
