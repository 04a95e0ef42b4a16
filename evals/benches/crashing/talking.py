"""A server's life until it is killed: conversations whose turns propose CRM updates, and their durable delivery."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from dbos import DBOS, DBOSConfig
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import Activity, Consent, Evidence, Learned, Ledger, Policy, Proposal, ProviderBusy, Target
from crm_sync.delivering import workflows
from crm_sync.ports import CrmProvider
from crm_sync.providers.builtin import BuiltinCrm
from crm_sync.providers.webhook import WebhookCrm
from crm_sync.values import Effect, Order
from evals.benches.crashing.outside import Steps
from evals.benches.crashing.receiver import SECRET
from evals.benches.crashing.world import SITE, World, a_world, new_id

ACKNOWLEDGED = "acknowledged"
AT_ONCE = 12
"""Conversations that go on at the same time."""
PLACES = 16
_TYPES_FOR_S = 0.2
"""How long a visitor takes for the next message at most."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be said, and to which CRM it is told."""

    folder: Path
    conversations: int
    updates: int
    provider: str
    faults: float

    def names(self) -> list[str]:
        return [f"c-{number:05d}" for number in range(self.conversations)]

    @property
    def total(self) -> int:
        return self.conversations * self.updates


class MoodyBuiltin(BuiltinCrm):
    """Our own CRM behind a bad line: fails before the work or after it."""

    faults = 0.0
    chance = Random()

    async def apply(self, order: Order, key: str) -> Effect:
        fate = self.chance.random() / self.faults if self.faults else 1.0
        if fate < 0.5:
            raise ProviderBusy("503")
        effect = await super().apply(order, key)
        if fate < 1:
            raise ProviderBusy("timeout after the effect")
        return effect


async def live(plan: Plan) -> None:
    """Go on where the last life ended, until everything was said and delivered, or somebody kills us."""
    async with a_world(plan.folder, seed=0, steps=Steps()) as world:
        ledger = Ledger(world.sessions, _provider(plan, world), _unseal, Policy())
        workflows.bind(ledger)
        DBOS(config=_config(plan.folder))
        DBOS.launch()
        await workflows.register({SITE: PLACES}, polling_s=0.05, sweep_cron="*/3 * * * * *")
        await workflows.sweep()
        await _talk(plan, world, ledger)
        while True:
            left = await ledger.backlog(SITE)
            if not left.waiting + left.retrying:
                break
            await asyncio.sleep(0.1)
        await asyncio.to_thread(DBOS.destroy)


async def _talk(plan: Plan, world: World, ledger: Ledger) -> None:
    told = acknowledged(plan.folder)
    places = asyncio.Semaphore(AT_ONCE)
    with (plan.folder / ACKNOWLEDGED).open("a", buffering=1) as answers:

        async def one(conversation: str) -> None:
            async with places:
                draw = Random(conversation)
                for number in range(1, plan.updates + 1):
                    if f"{conversation}:{number}" in told:
                        continue
                    await asyncio.sleep(draw.random() * _TYPES_FOR_S)
                    update = await _turn(world, ledger, conversation, number)
                    # The visitor has the answer: from here on the update must arrive, whatever happens.
                    answers.write(f"{conversation}:{number}\n")
                    if update is not None:
                        await workflows.enqueue(update)

        await asyncio.gather(*(one(conversation) for conversation in plan.names()))


async def _turn(world: World, ledger: Ledger, conversation: str, number: int) -> str | None:
    """What a turn does: note that the message came, and propose what it taught, in one transaction. The visitor sends
    a message again when no answer came; then it is not done twice."""
    proposed: list[str] = []

    async def work(session: AsyncSession) -> None:
        asked = _proposal(conversation, number)
        proposed.append((await ledger.propose(session, asked, now=asked.occurred_at, id=new_id())).id)

    await world.once(f"{conversation}:{number}", work)
    return proposed[0] if proposed else None


def _proposal(conversation: str, number: int) -> Proposal:
    words = Evidence(f"{number} of us", message_id=f"{conversation}-{number}", start=0, end=8)
    now = datetime.now(UTC)
    return Proposal(
        site=SITE,
        kind="contact.qualified",
        cause=f"{conversation}:{number}",
        occurred_at=now,
        conversation=conversation,
        turn=None,
        target=Target("email", "[email_1]"),
        consent=Consent("conversation"),
        learned=(Learned("deal", "seats", number, "said", 0.95, ("fact.seats",), (words,)),),
        activity=Activity("chat", str(number), f"Asked for {number} seats.", now),
    )


def acknowledged(folder: Path) -> set[str]:
    """What visitors were told; a line that was cut off was not told."""
    file = folder / ACKNOWLEDGED
    return set(file.read_text().rpartition("\n")[0].splitlines()) if file.exists() else set()


async def _unseal(site: str, conversation: str, text: str) -> str:  # noqa: ARG001
    return text.replace("[email_1]", f"{conversation}@lifts.example")


def _provider(plan: Plan, world: World) -> CrmProvider:
    if plan.provider == "webhook":
        port = (plan.folder / "port").read_text()
        return WebhookCrm(f"http://127.0.0.1:{port}/hook", [SECRET], timeout_s=5)
    crm = MoodyBuiltin(world.sessions)
    crm.faults = plan.faults
    return crm


def _config(folder: Path) -> DBOSConfig:
    return {
        "name": "frontdesk-bench",
        "system_database_url": f"sqlite:///{folder / 'workflows.db'}",
        "application_version": "1",
        "log_level": "CRITICAL",
    }
