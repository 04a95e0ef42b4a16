"""A whole turn, in process, with its durable commit, against the model time that it needed."""

from __future__ import annotations

import functools
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import server.thinking
from evals import gates, installation
from evals.benches import rasa
from evals.benches.deciding import decide_ms
from evals.benches.stopwatch import one_thread, ratio, spread, timed_async
from evals.metrics import median
from evals.replay.script import Script, Step
from evals.replay.stage import Stage, a_stage
from evals.report import Report
from evals.suites.demo_answers import GOLDEN, read
from server.frames import Say
from server.settings import Settings
from server.turn import take_turn
from server.wiring import embedder_of

TURNS = 100
_WARM_UP = 20
_TURNS_PER_CONVERSATION = 6

Tell = Callable[[str], None]


@dataclass
class Meter:
    """Adds up the time inside the models."""

    ms: float = 0.0

    @contextmanager
    def on(self, owner: Any, method: str) -> Iterator[None]:
        """Time every call of a method, on whatever object and thread; put the method back at the end."""
        real = getattr(owner, method)

        @functools.wraps(real)
        def metered(*args: Any, **kwargs: Any) -> Any:
            started = time.perf_counter()
            try:
                return real(*args, **kwargs)
            finally:
                self.ms += (time.perf_counter() - started) * 1000

        setattr(owner, method, metered)
        try:
            yield
        finally:
            setattr(owner, method, real)


@dataclass
class Laps:
    """One entry a turn."""

    turns: list[float] = field(default_factory=list)
    models: list[float] = field(default_factory=list)
    decisions: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


async def run(settings: Settings, tell: Tell, peer: str = "") -> Report:
    """Turns on a fresh installation, caches as cold as new questions find them.

    The models' share is measured inside the very turn that needs it: embedder and spaCy, as called. `peer`: the
    address of a running Rasa that answers the same messages (see rasa_bot.py).
    """
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder, one_thread():
        ready = await installation.template(settings, tell)
        made = installation.copy(ready, Path(folder) / "house")
        script = Script(name="bench", about="nobody checks this one", steps=(Step(say="hi"),))
        questions = [case.question for case in read(GOLDEN) if not case.previous][: TURNS + _WARM_UP]
        async with a_stage(made, script) as stage:
            # As `serve` does before it listens.
            stage.house.desk.reader.warm()
            tell(f"taking {len(questions)} turns")
            laps = await _measure(stage, type(embedder_of(settings)), questions)
        beside = await rasa.measure(ready, Path(folder) / "beside", peer, tell) if peer else {}
    figures = {
        "ratio_to_models": ratio(laps.turns, laps.models),
        **spread("turn", laps.turns),
        **spread("models", laps.models),
        **spread("decide", laps.decisions),
        **spread("decide_worst", decide_ms()),
        "turns_per_cpu_second": 1000 / median(laps.cpu),
        "turns": len(laps.turns),
        **beside,
    }
    return Report("turn", figures, gates.bars("bench-turn", figures))


async def _measure(stage: Stage, embedder: type, questions: Sequence[str]) -> Laps:
    from spacy.language import Language

    laps, meter, deciding = Laps(), Meter(), Meter()
    with (
        meter.on(embedder, "embed"),
        meter.on(Language, "__call__"),
        deciding.on(server.thinking, "decide"),
    ):
        for number, question in enumerate(questions):
            if number % _TURNS_PER_CONVERSATION == 0:
                await stage.begin_anew()
            frame = Say(type="say", id=f"bench-{number:06}", text=question)
            desk, joined = stage.house.desk, stage.joined
            meter.ms = deciding.ms = 0.0
            began = time.process_time()
            turn = await timed_async(
                functools.partial(take_turn, desk, joined.site, joined.conversation, frame)
            )
            if number >= _WARM_UP:
                laps.turns.append(turn)
                laps.models.append(meter.ms)
                laps.decisions.append(deciding.ms)
                laps.cpu.append((time.process_time() - began) * 1000)
    return laps
