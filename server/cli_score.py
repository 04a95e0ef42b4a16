"""`frontdesk train score`: learn the lead score from what became of leads, and let it serve if it is better."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from server.cli_options import expected, json_too, out, settings_of, tell, with_data_dir
from server.errors import FrontdeskError

if TYPE_CHECKING:
    from intents.scoring.values import ScoreRules
    from server.settings import Settings
    from server.store.leads import Settled


@click.command("score")
@click.option("--site", default="demo", show_default=True, help="Whose leads.")
@click.option(
    "--after-days",
    default=30,
    show_default=True,
    type=click.IntRange(1, 365),
    help="A lead of whom nothing was heard for so long came to nothing.",
)
@click.option("--force", is_flag=True, help="Let the new score serve even when it is worse.")
@click.option("--rules-alone", is_flag=True, help="Learn nothing; the playbook's rules score again.")
@json_too
@with_data_dir
@expected
def score(
    site: str,
    after_days: int,
    force: bool,  # noqa: FBT001
    rules_alone: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    data_dir: Path | None,
) -> None:
    """Learn the lead score from outcomes and let the better one serve."""
    from intents.scoring import versions
    from intents.scoring.training import train
    from server.wiring import score_folder

    settings = settings_of(data_dir=data_dir)
    root = score_folder(settings)
    if rules_alone:
        served = versions.rules_alone(root, site)
        out({"site": site, "served": served}, as_json, _said_alone(site, served=served))
        return
    rules = _rules(settings, site)
    now = datetime.now(UTC)
    found = asyncio.run(_settled(settings, site, rules, now, timedelta(days=after_days)))
    tell(f"{found.marked} leads with an outcome, {found.silent} silent for {after_days} days")
    trained = train(
        rules, found.leads, site=site, now=now, serving=versions.serving(root, site),
        serving_metrics=versions.metrics_of_serving(root, site),
    )  # fmt: skip
    metrics = trained.metrics | {
        "marked": found.marked,
        "silent": found.silent,
        "silent_after_days": after_days,
    }
    kept = versions.keep(trained.model, metrics, root, serve=trained.better or force)
    value = {
        "version": trained.model.version,
        "switched": kept.serves,
        "reason": trained.reason,
        "metrics": metrics,
    }
    out(value, as_json, "\n".join(_told(metrics, trained.reason, serves=kept.serves)))
    if not kept.serves:
        sys.exit(1)


def _rules(settings: Settings, site: str) -> ScoreRules:
    from server.wiring import playbooks_of

    return playbooks_of(settings.model_copy(update={"demo": True})).of(site).score


async def _settled(
    settings: Settings, site: str, rules: ScoreRules, now: datetime, after: timedelta
) -> Settled:
    from server.store.engine import open_engine, open_sessions
    from server.store.leads import settled

    if not (settings.data_dir / "frontdesk.db").exists() and not settings.database_url:
        raise FrontdeskError(
            f"there are no conversations in {settings.data_dir} yet; serve some visitors first"
        )
    engine = open_engine(settings.database)
    try:
        async with open_sessions(engine)() as session:
            waiting = await _with_a_meeting(session, site)
            return await settled(session, site, rules, now=now, after=after, open_ones=waiting)
    finally:
        await engine.dispose()


async def _with_a_meeting(session: Any, site: str) -> set[str]:
    """Conversations that have a meeting: until somebody says how it went, nothing is known."""
    from sqlalchemy import select

    from server.actions.tables import MeetingRow

    booked = select(MeetingRow.conversation).where(MeetingRow.site == site, MeetingRow.state != "cancelled")
    return set(await session.scalars(booked))


def _told(metrics: dict[str, Any], reason: str, *, serves: bool) -> list[str]:
    rules = metrics["rules"]
    lines = [
        f"{metrics['leads']} leads, {metrics['came']} came to something; on leads that it did not see:",
        "                 learned   rules alone",
        *(f"  {name:12} {_figure(metrics[key]):>9} {_figure(rules[key]):>13}" for name, key in _ROWS),
        "calibration: expected / came, by rising chance",
        *(f"  {row['expected']:.2f} / {row['came']:.2f}  of {row['leads']}" for row in metrics["bins"]),
        "by segment: expected / came",
    ]
    for name, parts in metrics["segments"].items():
        for part in parts:
            told = "too few" if part["gap"] is None else f"{part['expected']:.2f} / {part['came']:.2f}"
            lines.append(f"  {name} {part['is']}: {told}, of {part['leads']}")
    lines.append(
        "points: " + ", ".join(f"{code} {points:+d}" for code, points in _strongest(metrics["points"]))
    )
    lines.append(f"{'serving' if serves else 'not switched'}: {reason}")
    return lines


_ROWS = (("AUC", "auc"), ("Brier", "brier"), ("ECE", "ece"))


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _strongest(points: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(points.items(), key=lambda each: (-abs(each[1]), each[0]))


def _said_alone(site: str, *, served: bool) -> str:
    return f"the rules of {site} score again" if served else f"the rules of {site} score already"
