"""A whole turn, in process, with its durable commit, against the model work it can not do without."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from evals import gates, installation
from evals.benches.stopwatch import one_thread, ratio, spread, timed, timed_async
from evals.metrics import median
from evals.replay.script import Script, Step
from evals.replay.stage import Stage, a_stage
from evals.report import Report
from evals.suites.demo_answers import GOLDEN, read
from intents.values import ReadingContext
from server.desk import Desk
from server.frames import Say
from server.settings import Settings
from server.turn import take_turn
from server.wiring import embedder_of

TURNS = 120
_WARM_UP = 10
_TURNS_PER_CONVERSATION = 6

Tell = Callable[[str], None]


async def run(settings: Settings, tell: Tell) -> Report:
    """The same message goes through a turn of one house and through reader and library of another."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder, one_thread():
        ready = await installation.template(settings, tell)
        ours = installation.copy(ready, Path(folder) / "turns")
        theirs = installation.copy(ready, Path(folder) / "models")
        script = Script(name="bench", about="nobody checks this one", steps=(Step(say="hi"),))
        async with a_stage(ours, script) as stage, a_stage(theirs, script) as bare:
            questions = [case.question for case in read(GOLDEN) if not case.previous]
            tell(f"taking {TURNS} turns")
            laps = await _measure(stage, bare.house.desk, settings, questions[: TURNS + _WARM_UP])
    turns, models, embeddings = laps
    figures = {
        "ratio_to_models": ratio(turns, models),
        **spread("turn", turns),
        **spread("models", models),
        "embedding_ms_p50": median(embeddings),
        "turns_per_second": 1000 / median(turns),
        "turns": len(turns),
    }
    return Report("turn", figures, gates.bars("bench-turn", figures))


async def _measure(
    stage: Stage, bare: Desk, settings: Settings, questions: Sequence[str]
) -> tuple[list[float], list[float], list[float]]:
    """Turns, model work (reading and answering), and of that the embedding of the message alone."""
    turns: list[float] = []
    models: list[float] = []
    embeddings: list[float] = []
    embedder = embedder_of(settings)
    for number, question in enumerate(questions):
        if number % _TURNS_PER_CONVERSATION == 0:
            await stage.begin_anew()
        turn, model = await _pair(stage, bare, question, number)
        embedding = timed(partial(embedder.embed, [question]))
        if number >= _WARM_UP:
            turns.append(turn)
            models.append(model)
            embeddings.append(embedding)
    return turns, models, embeddings


async def _pair(stage: Stage, bare: Desk, question: str, number: int) -> tuple[float, float]:
    """Both sides, who goes first alternating."""
    frame = Say(type="say", id=f"bench-{number:06}", text=question)
    take = partial(take_turn, stage.house.desk, stage.joined.site, stage.joined.conversation, frame)
    think = partial(_models, bare, question)
    if number % 2:
        turn = await timed_async(take)
        return turn, timed(think)
    model = timed(think)
    return await timed_async(take), model


def _models(bare: Desk, question: str) -> None:
    reading = bare.reader.read(question, ReadingContext(now=bare.clock()))
    bare.library.answer("demo", reading.redacted.text)
