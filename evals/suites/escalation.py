"""Who decides what a message means: the small model alone, a larger one, or the visitor; how well, and for how much."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals import gates, installation
from evals.datasets import labelled
from evals.metrics import mean
from evals.replay.script import MONDAY
from evals.report import Report
from intents.choosing import MOST_OPTIONS, NONE, Question, messages, question_of, validated
from intents.training import Labelled
from intents.values import ReadingContext, Understanding
from knowledge.embedders.remembering import RememberingEmbedder
from knowledge.library import Library
from knowledge.values import Answer
from knowledge.writing.prompting import estimated_tokens
from server.dialogue.doubt import CLEAR, Doubt, in_doubt
from server.dialogue.policy import Meaning
from server.dialogue.values import Case, Said, State
from server.playbook import Playbook
from server.settings import Settings
from server.store.engine import open_engine, open_readers, open_sessions
from server.thinking import look_up, meanings
from server.wiring import embedder_of, playbooks_of, reader_of

Tell = Callable[[str], None]
GOLDEN = Path(__file__).parent.parent / "golden" / "intents.jsonl"
_SITE = "demo"
CHOOSER_ACCURACY = 0.9
"""Of the made-up larger model: no real one is asked. It errs on messages drawn by their hash, always alike."""
_SWEEP = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_REMARKS = 25


@dataclass(frozen=True, slots=True)
class Judged:
    """One golden message as it was read."""

    text: str
    intent: str
    reading: Understanding
    case: Case
    doubt: Doubt | None
    question: Question

    @property
    def is_none(self) -> bool:
        return self.intent == NONE

    @property
    def alone(self) -> bool:
        """Whether the small model is right by itself."""
        asked = self.reading.asked_for
        return not asked if self.is_none else self.intent in asked

    @property
    def among_two(self) -> bool:
        return self.doubt is not None and self.intent in {self.doubt.first, self.doubt.second}

    @property
    def among_options(self) -> bool:
        return self.is_none or self.intent in {option.name for option in self.question.options}


async def run(settings: Settings, tell: Tell, *, data: Path | None = None) -> Report:
    """The golden messages, or those given as JSON lines of {text, intent}, on the demo company's documents."""
    judged = await _judge(await installation.template(settings, tell), labelled(data or GOLDEN), tell)
    figures = _figures(judged)
    bars = gates.bars("escalation", figures) if data is None else ()
    return Report("escalation", figures, bars, (*_sweep(judged), *_asked(judged)))


async def _judge(settings: Settings, rows: Sequence[Labelled], tell: Tell) -> list[Judged]:
    playbooks = playbooks_of(settings)
    embedder = RememberingEmbedder(embedder_of(settings, tell))
    reader = reader_of(settings, embedder, playbooks)
    engine = open_engine(settings.database)
    try:
        library = Library(open_sessions(engine), embedder, readers=open_readers(engine))
        await library.refresh(_SITE)
        known = meanings(reader.catalogue, "en")
        described = {name: intent.description for name, intent in reader.catalogue.intents.items()}
        made = []
        for row in rows:
            again = reader.redact_again(row.text)  # golden messages are kept redacted
            reading = reader.read(row.text, ReadingContext(MONDAY, "Europe/Berlin"), redacted=again)
            answer = look_up(library, reader, _SITE, reading, now=MONDAY)
            case = _case(playbooks.of(_SITE), known, reading, answer)
            question = question_of(reading.redacted.text, reading.intents, described)
            made.append(Judged(row.text, row.intent, reading, case, in_doubt(case), question))
        return made
    finally:
        await engine.dispose()


def _case(book: Playbook, known: dict[str, Meaning], reading: Understanding, answer: Answer) -> Case:
    said = Said(reading.redacted.text)
    return Case(
        State(),
        said,
        book.policy(),
        MONDAY,
        "message",
        "prompt",
        reading=reading,
        answer=answer,
        meanings=known,
    )


def _figures(judged: Sequence[Judged]) -> dict[str, float | None]:
    doubted = [one for one in judged if one.doubt is not None]
    clear = [one for one in judged if one.doubt is None]
    tokens = [_tokens(one.question) for one in doubted]
    chosen = {one.text: chosen_right(one) for one in doubted}
    wrong_play = [one for one in doubted if not one.alone and _opens_else(one)]
    return {
        "decided_alone_share": len(clear) / len(judged),
        "in_doubt_share": len(doubted) / len(judged),
        "accuracy_decided_alone": mean([float(one.alone) for one in clear]),
        "accuracy_in_doubt_alone": mean([float(one.alone) for one in doubted]),
        "accuracy_in_doubt_visitor": mean([float(one.among_two) for one in doubted]),
        "accuracy_in_doubt_chooser": mean([float(chosen[one.text]) for one in doubted]),
        "in_doubt_wrong_play_alone": len(wrong_play) / len(doubted) if doubted else None,
        "right_among_options": mean([float(one.among_options) for one in doubted]),
        "accuracy_alone": mean([float(one.alone) for one in judged]),
        "accuracy_with_visitor": mean([float(one.among_two if one.doubt else one.alone) for one in judged]),
        "accuracy_with_chooser": mean([float(chosen.get(one.text, one.alone)) for one in judged]),
        "chooser_accuracy_assumed": CHOOSER_ACCURACY,
        "chooser_tokens_each": mean(tokens),
        "chooser_tokens_per_1000_messages": 1000 * sum(tokens) / len(judged),
        "chooser_own_ms_each": _own_ms(doubted),
        "messages": len(judged),
        "in_doubt": len(doubted),
    }


def chosen_right(one: Judged) -> bool:
    """Whether a chooser of the stated accuracy picks what is meant; what it was not offered it can not pick."""
    draw = hashlib.sha256(one.text.encode()).digest()[0] / 256
    return one.among_options and draw < CHOOSER_ACCURACY


def _opens_else(one: Judged) -> bool:
    """Whether the reading that would be taken opens another play than what is meant."""
    assert one.doubt is not None
    meant = "answer" if one.is_none else one.case.opened_by(one.intent)
    return one.case.opened_by(one.doubt.first) != meant


def _tokens(question: Question) -> int:
    """In and out, as they are estimated for endpoints that do not say."""
    asked = sum(estimated_tokens(message["content"]) for message in messages(question, "#0123456789abcdef"))
    return asked + estimated_tokens(json.dumps({"choice": question.options[0].name}))


def _own_ms(doubted: Sequence[Judged]) -> float | None:
    """What asking costs here, the model's own time and the network's left out."""
    if not doubted:
        return None
    started = time.perf_counter()
    for one in doubted:
        messages(one.question, "#0123456789abcdef")
        validated(json.dumps({"choice": one.intent}), one.question)
    return 1000 * (time.perf_counter() - started) / len(doubted)


def _sweep(judged: Sequence[Judged]) -> tuple[str, ...]:
    """What other thresholds would ask, and what it would be good for."""
    lines = []
    for clear in _SWEEP:
        asked = [(one, doubt) for one in judged if (doubt := in_doubt(one.case, clear)) is not None]
        if not asked:
            continue
        wrong = sum(not one.alone for one, _ in asked)
        right = sum(one.intent in {doubt.first, doubt.second} for one, doubt in asked)
        mark = " (ours)" if clear == CLEAR else ""
        lines.append(
            f"below {clear}{mark}: {len(asked)} of {len(judged)} asked, {wrong} would have been read wrong, "
            f"{right} have what is meant among the two, of at most {MOST_OPTIONS} options "
            f"{sum(one.among_options for one, _ in asked)}"
        )
    return tuple(lines)


def _asked(judged: Sequence[Judged]) -> tuple[str, ...]:
    return tuple(
        f"asked: {one.text!r} is {one.intent}; {one.doubt.why}" for one in judged if one.doubt is not None
    )[:_REMARKS]
