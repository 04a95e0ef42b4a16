"""CRM updates of many conversations while the server is killed again and again and the CRM fails: what arrived."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random

from sqlalchemy import create_engine, text

from evals import gates
from evals.benches.crashing.receiver import receive
from evals.benches.crashing.talking import ACKNOWLEDGED, Plan, acknowledged, live
from evals.benches.crashing.world import make
from evals.benches.forking import ChildFailed, forked, in_child
from evals.report import Figures, Report

Tell = Callable[[str], None]
PROVIDERS = ("webhook", "builtin")
_AFTER_S = 0.25
"""Up to so long after the progress that calls for a kill it comes: at any point of whatever is going on."""
_LOOKS_EVERY_S = 0.005


def run(
    tell: Tell,
    *,
    conversations: int,
    kills: int,
    faults: float,
    provider: str = "webhook",
    updates: int = 3,
    seed: int = 0,
) -> Report:
    """Every acknowledged update has to have one effect, in the order of its conversation."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="frontdesk-delivery-") as name:
        plan = Plan(Path(name), conversations, updates, provider, faults)
        in_child(partial(make, plan.folder))
        with _receiver(plan, seed):
            done = _kill_and_go_on(plan, kills, Random(seed), tell)  # noqa: S311  nothing secret hangs on it
        figures = {**_figures(plan), "kills": done, "seconds": time.monotonic() - began}
    return Report("delivery", figures, gates.bars("bench-delivery-killed", figures))


def _kill_and_go_on(plan: Plan, kills: int, chance: Random, tell: Tell) -> int:
    """Live after live, each killed after some progress; the last one may finish. How many were killed."""
    done = 0
    while True:
        child = in_child(partial(live, plan), wait=False)
        made = _progress(plan)
        wanted = made + chance.uniform(0.1, 1.2) * (2 * plan.total - made) / (kills - done + 2)
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                if status:
                    raise ChildFailed("the server failed by itself; its traceback is above")
                return done
            if done < kills and _progress(plan) >= wanted:
                time.sleep(chance.random() * _AFTER_S)
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                done += 1
                break
            time.sleep(_LOOKS_EVERY_S)
        if done % 10 == 0:
            tell(f"{done} kills, {_lines(plan.folder / ACKNOWLEDGED)} acknowledged, {_effects(plan)} effects")


def _figures(plan: Plan) -> Figures:
    told = acknowledged(plan.folder)
    effects = _all_effects(plan)
    counted = Counter(effects)
    latest: dict[str, int] = defaultdict(int)
    out_of_order = 0
    for effect in effects:
        conversation, _, number = effect.rpartition(":")
        out_of_order += int(number) < latest[conversation]
        latest[conversation] = max(latest[conversation], int(number))
    calls = (plan.folder / "calls").read_text().split() if (plan.folder / "calls").exists() else []
    return {
        "conversations": plan.conversations,
        "acknowledged": len(told),
        "effects": len(effects),
        "missing": len(told - counted.keys()),
        "doubled": sum(count - 1 for count in counted.values()),
        "out_of_order": out_of_order,
        "calls": len(calls),
        "failed_calls": calls.count("fault"),
    }


def _all_effects(plan: Plan) -> list[str]:
    """`conversation:number` in the order in which the CRM did them."""
    if plan.provider == "webhook":
        return (plan.folder / "effects").read_text().splitlines()
    engine = create_engine(f"sqlite:///{plan.folder / 'world.db'}")
    with engine.connect() as connection:
        query = (
            "SELECT c.email, a.subject FROM crm_activities a JOIN crm_contacts c ON c.id = a.contact_id "
            "ORDER BY a.id"
        )
        found = [f"{email.partition('@')[0]}:{subject}" for email, subject in connection.execute(text(query))]
    engine.dispose()
    return found


def _progress(plan: Plan) -> int:
    return _lines(plan.folder / ACKNOWLEDGED) + _effects(plan)


def _effects(plan: Plan) -> int:
    if plan.provider == "webhook":
        return _lines(plan.folder / "effects")
    return _lines(plan.folder / ACKNOWLEDGED)


def _lines(file: Path) -> int:
    """By its size: every line is as long as the others, but for the number's digits."""
    return file.stat().st_size // len("c-00000:0\n") if file.exists() else 0


@contextmanager
def _receiver(plan: Plan, seed: int) -> Iterator[None]:
    if plan.provider != "webhook":
        yield
        return
    child = forked(partial(receive, plan.folder, plan.faults, seed), wait=False)
    try:
        while not (plan.folder / "port").exists():
            time.sleep(_LOOKS_EVERY_S)
        yield
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
