"""Every saga killed with SIGKILL after each single step of it; what recovers is held against an unharmed run."""

from __future__ import annotations

import asyncio
import gc
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from evals import gates
from evals.benches.crashing.looking import look
from evals.benches.crashing.outside import Steps
from evals.benches.crashing.sagas import SAGAS, Saga, taken_at
from evals.benches.crashing.world import BEGINS, World, a_world, make
from evals.benches.forking import ChildFailed, Work, in_child
from evals.report import Report

Tell = Callable[[str], None]
_LATER = timedelta(minutes=2)
"""When somebody starts it again: leases have lapsed, holds have not."""


@dataclass
class Tally:
    """What all kills came to."""

    kills: int = 0
    steps: int = 0
    orphans: int = 0
    doubles: int = 0
    lost: int = 0
    told: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.kills += other.kills
        self.steps += other.steps
        self.orphans += other.orphans
        self.doubles += other.doubles
        self.lost += other.lost
        self.told += other.told


def run(tell: Tell, *, seeds: int, sagas: Sequence[Saga] = SAGAS, first: int = 0) -> Report:
    """Each seed chooses times, reps, moods of the calendars and the order in which things are done."""
    tally, killed = Tally(), Counter[str]()
    with _memory() as folder:
        template = folder / "template"
        _must(lambda: make(template))
        _warm(sagas, template, folder / "warm")
        for seed in range(first, first + seeds):
            for saga in sagas:
                part = torment(saga, seed, template, folder / "work")
                killed[saga.name] += part.kills
                tally.add(part)
            if (seed + 1) % 5 == 0:
                tell(f"{seed + 1 - first} seeds, {tally.kills} kills, {len(tally.told)} complaints")
    figures = {
        "seeds": seeds,
        "sagas": len(sagas),
        "kills": tally.kills,
        "orphans": tally.orphans,
        "doubles": tally.doubles,
        "lost": tally.lost,
    }
    remarks = (*tally.told[:40], *(f"{name}: {count} kills" for name, count in killed.items()))
    return Report("sagas", figures, gates.bars("bench-sagas", figures), remarks)


def _warm(sagas: Sequence[Saga], template: Path, place: Path) -> None:
    """Play each saga once in this process: what is loaded and compiled on first use need not be in every child."""
    for saga in sagas:
        _fresh(template, place)
        asyncio.run(_before(saga, 0, place))
        asyncio.run(_act(saga, 0, place, Steps()))
    # Children live for a moment; collecting would copy every page that they share with us.
    gc.collect()
    gc.freeze()


def sample(saga: Saga, *, seed: int, kills: int, folder: Path) -> Tally:
    """One saga, killed at a few of its steps: for a look that takes no time."""
    in_child(partial(make, folder / "template"))
    return torment(saga, seed, folder / "template", folder / "work", kills=kills)


def torment(saga: Saga, seed: int, template: Path, work: Path, *, kills: int | None = None) -> Tally:
    """Run one saga unharmed, then kill it at each of its steps, or at so many, and let it recover."""
    begun = work / "begun"
    _fresh(template, begun)
    _must(lambda: _before(saga, seed, begun))
    unharmed = work / "unharmed"
    _fresh(begun, unharmed)
    _must(lambda: _act(saga, seed, unharmed, Steps()))
    expected = _seen(unharmed)
    tally = Tally(steps=expected["steps"], orphans=len(expected["orphans"]))
    tally.told += [f"{saga.name}, seed {seed}, unharmed: {each}" for each in expected["orphans"]]
    every = range(1, expected["steps"] + 1)
    for kill_at in every if kills is None else Random(seed).sample(every, kills):
        place = work / "killed"
        _fresh(begun, place)
        # Chance is drawn alike in every run of a seed, so step 7 is the same step until somebody dies.
        died = in_child(partial(_act, saga, seed, place, Steps(kill_at)))
        if not died:
            continue
        tally.kills += 1
        _must(partial(_act, saga, seed * 1000 + kill_at, place, Steps(), _LATER, seed))
        _compare(tally, expected, _seen(place), f"{saga.name}, seed {seed}, step {kill_at}")
    return tally


def _compare(tally: Tally, expected: dict[str, Any], found: dict[str, Any], where: str) -> None:
    wanted, got = Counter(expected["things"]), Counter(found["things"])
    more, fewer = got - wanted, wanted - got
    tally.orphans += len(found["orphans"])
    tally.doubles += more.total()
    tally.lost += fewer.total()
    tally.told += [f"{where}: {each}" for each in found["orphans"]]
    tally.told += [f"{where}: {count} too many of {name!r}" for name, count in more.items()]
    tally.told += [f"{where}: {count} too few of {name!r}" for name, count in fewer.items()]


async def _before(saga: Saga, seed: int, folder: Path) -> None:
    async with a_world(folder, seed=seed, steps=Steps()) as world:
        await saga.before(world, Random(seed))


async def _act(
    saga: Saga,
    seed: int,
    folder: Path,
    steps: Steps,
    later: timedelta = timedelta(0),
    drawn: int | None = None,
) -> None:
    draw = seed if drawn is None else drawn
    taken = (taken_at(Random(draw)),) if saga.is_taken else ()
    away_until = BEGINS + saga.away if saga.away else None
    async with a_world(
        folder, seed=seed, steps=steps, later=later, away_until=away_until, taken=taken
    ) as world:
        await saga.act(world, Random(draw))
        # What a killed process must not reach is the look at what it did.
        steps.kill_at = 0
        await _note(world, steps.taken)


async def _note(world: World, steps: int) -> None:
    found = await look(world)
    (world.folder / "found.json").write_text(json.dumps({**found.as_json(), "steps": steps}))


def _seen(folder: Path) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads((folder / "found.json").read_text())
    return seen


def _must(work: Work) -> None:
    if in_child(work):
        raise ChildFailed("a run that nobody killed was killed")


def _fresh(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


@contextmanager
def _memory() -> Iterator[Path]:
    """In memory where the system has a place for it: a killed process loses nothing that the system holds."""
    shared = Path("/dev/shm")  # noqa: S108  the folder made there is private
    with tempfile.TemporaryDirectory(
        prefix="frontdesk-sagas-", dir=shared if shared.is_dir() else None
    ) as folder:
        yield Path(folder)
