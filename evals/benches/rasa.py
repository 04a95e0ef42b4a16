"""The same messages to a running Rasa and to us, turn about: `frontdesk bench turn --peer URL`."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from evals import installation
from evals.benches.rasa_bot import chosen
from evals.benches.stopwatch import timed_async
from evals.datasets import labelled
from evals.errors import BadData
from evals.metrics import median
from evals.replay.script import Script, Step
from evals.replay.stage import Stage, a_stage
from evals.report import Figures
from server.frames import Say
from server.settings import Settings
from server.turn import take_turn

GOLDEN = Path(__file__).parent.parent / "golden" / "intents.jsonl"
MESSAGES = 150
_WARM_UP = 30
_TURNS_PER_CONVERSATION = 6

Tell = Callable[[str], None]


@dataclass
class Side:
    """One of those who answer: its milliseconds a turn, and its CPU seconds over all of them."""

    ms: list[float] = field(default_factory=list)
    cpu: float = 0.0

    @property
    def turns_per_cpu_second(self) -> float:
        return len(self.ms) / self.cpu if self.cpu else 0.0


async def measure(ready: Settings, folder: Path, url: str, tell: Tell) -> Figures:
    """Messages that neither side was trained on, each answered by the peer, by us, and by us without documents."""
    known = chosen()
    texts = [one.text for one in labelled(GOLDEN) if one.intent in known][: MESSAGES + _WARM_UP]
    script = Script(name="bench", about="nobody checks this one", steps=(Step(say="hi"),))
    theirs, ours, bare = Side(), Side(), Side()
    async with AsyncExitStack() as stack:
        full = await stack.enter_async_context(a_stage(installation.copy(ready, folder / "full"), script))
        plain = await stack.enter_async_context(
            a_stage(installation.copy(ready, folder / "plain"), script, documents=False)
        )
        full.house.desk.reader.warm()
        plain.house.desk.reader.warm()
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60))
        cpu_of_peer = _cpu_of(url)
        tell(f"asking {url} and ourselves {len(texts)} times")
        for number, text in enumerate(texts):
            if number == _WARM_UP:
                theirs, ours, bare = Side(), Side(), Side()
            began = cpu_of_peer()
            theirs.ms.append(await timed_async(functools.partial(_ask, client, number, text)))
            theirs.cpu += cpu_of_peer() - began
            await _take(full, ours, number, text)
            await _take(plain, bare, number, text)
    return {
        "peer_turn_ms_p50": median(theirs.ms),
        "peer_turns_per_cpu_second": theirs.turns_per_cpu_second,
        "same_messages_ms_p50": median(ours.ms),
        "same_messages_per_cpu_second": ours.turns_per_cpu_second,
        "times_peer": ours.turns_per_cpu_second / theirs.turns_per_cpu_second,
        "without_documents_ms_p50": median(bare.ms),
        "without_documents_per_cpu_second": bare.turns_per_cpu_second,
        "without_documents_times_peer": bare.turns_per_cpu_second / theirs.turns_per_cpu_second,
    }


async def _ask(client: httpx.AsyncClient, number: int, text: str) -> None:
    sender = f"bench-{number // _TURNS_PER_CONVERSATION}"
    answer = await client.post("/webhooks/rest/webhook", json={"sender": sender, "message": text})
    answer.raise_for_status()
    if answer.json() is None:
        raise BadData(
            f"{client.base_url}: no reply to {text!r}; is the trained bot of rasa_bot.py being served?"
        )


async def _take(stage: Stage, side: Side, number: int, text: str) -> None:
    if number % _TURNS_PER_CONVERSATION == 0:
        await stage.begin_anew()
    frame = Say(type="say", id=f"bench-{number:06}", text=text)
    began = time.process_time()
    side.ms.append(
        await timed_async(
            functools.partial(
                take_turn, stage.house.desk, stage.joined.site, stage.joined.conversation, frame
            )
        )
    )
    side.cpu += time.process_time() - began


def _cpu_of(url: str) -> Callable[[], float]:
    """The CPU seconds so far of the process that listens there, and of those that it started."""
    import psutil  # type: ignore[import-untyped]  # publishes no types

    port = urlsplit(url).port or 80
    found = next(
        (
            one.pid
            for one in psutil.net_connections("tcp")
            if one.status == psutil.CONN_LISTEN and one.laddr.port == port and one.pid
        ),
        None,
    )
    if found is None:
        raise BadData(
            f"{url}: nothing listens there on this machine, so its CPU time can not be read; start it"
        )
    process = psutil.Process(found)
    family: Sequence[psutil.Process] = [process, *process.children(recursive=True)]

    def seconds() -> float:
        return float(sum(itertools.chain.from_iterable(one.cpu_times()[:2] for one in family)))

    return seconds
