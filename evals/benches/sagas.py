"""Every saga killed with SIGKILL after each single step of it; what recovers is held against an unharmed run."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from evals import gates
from evals.benches.crashing.dying import deaths, one_thread
from evals.benches.crashing.looking import look
from evals.benches.crashing.outside import Steps
from evals.benches.crashing.sagas import SAGAS, Saga, taken_at
from evals.benches.crashing.world import BEGINS, World, a_world, make
from evals.benches.forking import ChildFailed, forked, in_child
from evals.report import Report

Tell = Callable[[str], None]
_LATER = timedelta(minutes=2)
"""When somebody starts it again: leases have lapsed, holds have not."""


@dataclass
class Tally:
    """What all kills came to."""

    kills: int = 0
    recovered: int = 0
    """Kills that left something else than the kill before them."""
    orphans: int = 0
    doubles: int = 0
    lost: int = 0
    told: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.kills += other.kills
        self.recovered += other.recovered
        self.orphans += other.orphans
        self.doubles += other.doubles
        self.lost += other.lost
        self.told += other.told


def run(
    tell: Tell, *, seeds: int, processes: int = 1, sagas: Sequence[Saga] = SAGAS, first: int = 0
) -> Report:
    """Each seed chooses times, reps, moods of whoever is outside and the order in which things are done.

    The seeds are dealt out to so many processes, each of which kills and recovers on its own.
    """
    tally, killed = Tally(), Counter[str]()
    with _memory() as folder:
        in_child(partial(make, folder / "template"))
        shares = [range(first + number, first + seeds, processes) for number in range(processes)]
        looking_on = [
            forked(partial(_share, tell, share, sagas, folder, folder / f"share-{number}"), wait=False)
            for number, share in enumerate(shares)
        ]
        ends = [os.waitpid(each, 0)[1] for each in looking_on]
        if any(ends):
            raise ChildFailed("a process that looks on failed; its traceback is above")
        for number in range(processes):
            for name, part in json.loads((folder / f"share-{number}.json").read_text()):
                killed[name] += part["kills"]
                tally.add(Tally(**part))
    figures = {
        "seeds": seeds,
        "sagas": len(sagas),
        "kills": tally.kills,
        "recovered": tally.recovered,
        "orphans": tally.orphans,
        "doubles": tally.doubles,
        "lost": tally.lost,
    }
    remarks = (*tally.told[:40], *(f"{name}: {count} kills" for name, count in killed.items()))
    return Report("sagas", figures, gates.bars("bench-sagas", figures), remarks)


def _share(tell: Tell, seeds: range, sagas: Sequence[Saga], folder: Path, work: Path) -> None:
    found: list[tuple[str, dict[str, Any]]] = []
    total = Tally()
    with one_thread():
        _warm(sagas, folder / "template", work / "warm")
        for number, seed in enumerate(seeds, start=1):
            for saga in sagas:
                part = torment(saga, seed, folder / "template", work)
                found.append((saga.name, asdict(part)))
                total.add(part)
                gc.collect()
            tell(
                f"seed {seed}, the {number}. of {len(seeds)}: {total.kills} kills, {len(total.told)} complaints"
            )
    work.with_suffix(".json").write_text(json.dumps(found))


def _warm(sagas: Sequence[Saga], template: Path, place: Path) -> None:
    """Play each saga once: what is loaded and compiled on first use need not be in every fork."""
    for saga in sagas:
        _fresh(template, place)
        asyncio.run(_before(saga, 0, place))
        asyncio.run(_act(saga, 0, place, Steps()))
    # Forks live for a moment; collecting would copy every page that they share with us.
    gc.collect()
    gc.freeze()


def torment(saga: Saga, seed: int, template: Path, work: Path) -> Tally:
    """Run one saga unharmed, then kill it at each of its steps, and recover what each kill leaves.

    Who recovers is this process, which is never killed and has lived through other recoveries, as servers have.
    """
    begun, unharmed, dying, left = (work / name for name in ("begun", "unharmed", "dying", "left"))
    _fresh(template, begun)
    asyncio.run(_before(saga, seed, begun))
    _fresh(begun, unharmed)
    asyncio.run(_act(saga, seed, unharmed, Steps()))
    tally, expected = _unharmed(saga, seed, unharmed)
    _fresh(begun, dying)
    # Chance is drawn alike in every run of a seed, so step 7 is the same step until somebody dies.
    before = b""
    for _ in deaths(lambda steps: partial(_act, saga, seed, dying, steps)):
        tally.kills += 1
        remains = _written(dying)
        if remains == before:
            continue  # nothing came to be written since the last kill, so what recovers is the same
        before = remains
        tally.recovered += 1
        _fresh(dying, left)
        asyncio.run(_act(saga, seed * 1000 + tally.kills, left, Steps(), _LATER, seed))
        _compare(tally, expected, _seen(left), f"{saga.name}, seed {seed}, step {tally.kills}")
    if tally.kills != expected["steps"]:
        raise ChildFailed(f"{saga.name}, seed {seed}: {tally.kills} kills at {expected['steps']} steps")
    return tally


def sample(saga: Saga, *, seed: int, kills: int, folder: Path) -> Tally:
    """One saga, killed at a few of its steps, each time from its beginning on and recovered by a fresh process.

    Threads are what they are in a server; the look at every step takes them out to be quick.
    """
    begun, unharmed, killed = (folder / name for name in ("begun", "unharmed", "killed"))
    in_child(partial(make, folder / "template"))
    _fresh(folder / "template", begun)
    in_child(partial(_before, saga, seed, begun))
    _fresh(begun, unharmed)
    in_child(partial(_act, saga, seed, unharmed, Steps()))
    tally, expected = _unharmed(saga, seed, unharmed)
    for kill_at in Random(seed).sample(range(1, expected["steps"] + 1), kills):
        _fresh(begun, killed)
        tally.kills += bool(in_child(partial(_act, saga, seed, killed, Steps(kill_at))))
        in_child(partial(_act, saga, seed * 1000 + kill_at, killed, Steps(), _LATER, seed))
        _compare(tally, expected, _seen(killed), f"{saga.name}, seed {seed}, step {kill_at}")
    return tally


def _unharmed(saga: Saga, seed: int, place: Path) -> tuple[Tally, dict[str, Any]]:
    seen = _seen(place)
    told = [f"{saga.name}, seed {seed}, unharmed: {each}" for each in seen["orphans"]]
    return Tally(orphans=len(told), told=told), seen


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
        folder, seed=seed, steps=steps, later=later, away_until=away_until, taken=taken, refuses=saga.refuses
    ) as world:
        await saga.act(world, Random(draw))
        # What a killed process must not reach is the look at what it did.
        steps.stop()
        await _note(world, steps.taken)


async def _note(world: World, steps: int) -> None:
    found = await look(world)
    (world.folder / "found.json").write_text(json.dumps({**found.as_json(), "steps": steps}))


def _seen(folder: Path) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads((folder / "found.json").read_text())
    return seen


def _fresh(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def _written(folder: Path) -> bytes:
    """Everything in it, but for what SQLite makes anew when it opens a database whose last user died."""
    digest = hashlib.blake2b()
    for place in sorted(folder.rglob("*")):
        if place.is_file() and not place.name.endswith("-shm"):
            digest.update(f"{place.relative_to(folder)} {place.stat().st_size} ".encode())
            digest.update(place.read_bytes())
    return digest.digest()


@contextmanager
def _memory() -> Iterator[Path]:
    """In memory where the system has a place for it: a killed process loses nothing that the system holds."""
    shared = Path("/dev/shm")  # noqa: S108  the folder made there is private
    with tempfile.TemporaryDirectory(
        prefix="frontdesk-sagas-", dir=shared if shared.is_dir() else None
    ) as folder:
        yield Path(folder)
