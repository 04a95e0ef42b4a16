"""The rep's inbox over HTTP with 5,000 changes that wait: how long the server takes to open it and to decide."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx
import uuid_utils
from argon2 import PasswordHasher

from crm_sync import Consent, Evidence, Learned, Proposal, Score, Target
from evals import gates, installation
from evals.benches.stopwatch import spread, timed_async
from evals.metrics import median
from evals.replay.script import Script, Step
from evals.replay.stage import a_stage
from evals.report import Report
from server.app import create_app
from server.settings import Settings
from server.store.tables import Account
from server.wiring import House

CHANGES = 5_000
FEW = 40
ROUNDS = 15
_SITE = "demo"
_AT = f"/console/site/{_SITE}/inbox"
_LOGIN, _PASSWORD = "bench", "a password for one benchmark"
_SAID = "We are about 40 technicians and use spreadsheets. What does Team cost?"
_TRADES = ("Lift maintenance", "Heating service", "Electrical contracting", "Facility management")
_STAGES = ("research", "evaluation", "purchase")
_FORM = re.compile(r'name="csrf" value="([^"]+)"')
_TOKEN = re.compile(r'"x-csrf": "([^"]+)"')

Tell = Callable[[str], None]


@dataclass
class Rep:
    """Somebody at a console, with a stopwatch for each thing they do."""

    http: httpx.AsyncClient
    laps: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)
    """What it cost the processor: what is left on a machine that does much else."""
    token: str = ""

    async def sign_in(self) -> None:
        page = await self.http.get("/console/sign-in")
        told = _found(_FORM, page.text)
        await self.http.post("/console/sign-in", data={"login": _LOGIN, "password": _PASSWORD, "csrf": told})
        self.token = _found(_TOKEN, (await self.http.get(_AT)).text)

    async def opens(self, name: str, path: str, **headers: str) -> str:
        return await self._timed(name, lambda: self.http.get(path, headers=headers))

    async def does(self, name: str, path: str, **fields: str | list[str]) -> str:
        headers = {"hx-request": "true", "x-csrf": self.token}
        return await self._timed(name, lambda: self.http.post(path, data=fields, headers=headers))

    async def _timed(self, name: str, ask: Callable[[], Awaitable[httpx.Response]]) -> str:
        answers: list[httpx.Response] = []

        async def work() -> None:
            answers.append(await ask())

        began = time.process_time()
        self.laps.setdefault(name, []).append(await timed_async(work))
        self.cpu.setdefault(name, []).append((time.process_time() - began) * 1000)
        return answers[0].raise_for_status().text


async def run(settings: Settings, tell: Tell, *, changes: int = CHANGES, rounds: int = ROUNDS) -> Report:
    """A house with few changes, then one with many; every answer is a whole one: signed in, read, rendered."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        ready = await installation.template(settings, tell)
        small = installation.copy(ready, Path(folder) / "small")
        large = installation.copy(ready, Path(folder) / "large")
        few = await _opened(small, FEW, partial(_opens, rounds))
        tell(f"proposing {changes:,} changes")
        many = await _opened(large, changes, partial(_decides, rounds))
    figures: dict[str, float | None] = {
        "ratio_to_few": median(many.cpu["open"]) / median(few.cpu["open"]),
        "open_cpu_ms_p50": median(many.cpu["open"]),
        "worst_action_ms_p50": max(median(laps) for name, laps in many.laps.items() if name != "open"),
        "worst_action_cpu_ms_p50": max(median(laps) for name, laps in many.cpu.items() if name != "open"),
        "changes": changes,
    }
    for name, laps in many.laps.items():
        figures |= spread(name, laps)
    return Report("console", figures, gates.bars("bench-console", figures))


async def _opened(settings: Settings, changes: int, work: Callable[[Rep], Awaitable[None]]) -> Rep:
    """A rep who did `work`. Workflows are not launched, so nothing leaves meanwhile."""
    script = Script(name="bench", about="nobody checks this one", steps=(Step(say=_SAID),))
    async with a_stage(settings, script, documents=False) as stage:
        house = stage.house
        for step in script.steps:
            await stage.play(step)
        await _an_account(house)
        await _propose(house, stage.joined.conversation, changes)
        transport = httpx.ASGITransport(app=cast("Any", create_app(settings, house)))
        async with httpx.AsyncClient(transport=transport, base_url=settings.url, timeout=60) as http:
            rep = Rep(http)
            await rep.sign_in()
            await work(rep)
    return rep


async def _opens(rounds: int, rep: Rep) -> None:
    for _ in range(rounds):
        await rep.opens("open", _AT)


async def _decides(rounds: int, rep: Rep) -> None:
    await _a_round(rep, 0)
    rep.laps.clear()
    rep.cpu.clear()
    for number in range(1, rounds + 1):
        await _a_round(rep, number)


async def _a_round(rep: Rep, number: int) -> None:
    part = {"hx-request": "true"}
    page = await rep.opens("open", _AT)
    rows = re.findall(r'data-id="([^"]+)"', page)
    chosen, other, together = rows[number % 5], rows[8], rows[10:20]
    await rep.opens("item", f"{_AT}/{chosen}", **part)
    await rep.opens("search", f"{_AT}?q=heating+40", **part)
    await rep.opens("filter", f"{_AT}?whose=nobody&field=company.team_size&sort=worth", **part)
    await rep.opens("more", f"{_AT}/more?skip=60", **part)
    await rep.does("approve", f"{_AT}/{chosen}/approve")
    await rep.opens("news", f"{_AT}/news?since=1", **part)
    await rep.does("reject", f"{_AT}/{other}/reject", code="not_useful")
    await rep.does("undo", f"{_AT}/{other}/undo")
    await rep.does("look_at_ten", f"{_AT}/batch", update=together)
    await rep.does("look_at_all", f"{_AT}/batch", all="yes")
    if number < 3:
        await rep.does("approve_ten", f"{_AT}/batch/approve", update=together)


async def _an_account(house: House) -> None:
    password = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(_PASSWORD)
    async with house.desk.writers() as session:
        session.add(
            Account(
                id=str(uuid_utils.uuid7()), site=_SITE, login=_LOGIN, password_hash=password, role="rep",
                created_at=house.desk.clock(),
            )
        )  # fmt: skip
        await session.commit()


async def _propose(house: House, talk: str, changes: int) -> None:
    """Every tenth of the first hundred belongs to a conversation with words in it, the others to one each."""
    now = house.desk.clock()
    async with house.desk.writers() as session:
        for number in range(changes):
            own = number < 100 and number % 10 == 0
            await house.desk.ledger.propose(
                session,
                _a_change(talk if own else f"bench-{number // 2}", number, now),
                now=now - timedelta(minutes=number),
                id=str(uuid_utils.uuid7()),
            )
        await session.commit()


def _a_change(conversation: str, number: int, now: datetime) -> Proposal:
    seats = 3 + number * 7 % 400
    proof = Evidence("40 technicians", "m-1", 7, 21)
    score = Score(20.0, float(number % 60), 20.0 + number % 60, _STAGES[number % 3])
    return Proposal(
        site=_SITE,
        kind="contact.qualified",
        cause=f"bench-{number}",
        occurred_at=now,
        conversation=conversation,
        turn=None,
        target=Target("conversation", conversation),
        consent=Consent("conversation"),
        contact=f"bench-{number}",
        learned=(
            Learned("company", "team_size", seats, "said", 0.6, ("fact.team_size",), (proof,)),
            Learned("company", "industry", _TRADES[number % 4], "enriched", 0.7, ("fact.industry",)),
            Learned("deal", "plan", "Team", "page_view", 0.5, ("page.pricing",)),
        ),
        score=score,
    )


def _found(pattern: re.Pattern[str], text: str) -> str:
    """What the page's form needs; without it nobody is signed in, and every lap would time a redirect."""
    found = pattern.search(text)
    if found is None:
        raise RuntimeError(
            f"the console's page has nothing like {pattern.pattern!r}; is the bench signed in?"
        )
    return found.group(1)
