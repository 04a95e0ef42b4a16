"""Write the decision record of a turn from what it thought and did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter

from intents.score import Score
from knowledge.values import Answer
from server.desk import Desk
from server.dialogue import phrases
from server.dialogue.blocks import Block
from server.dialogue.derivation import Source, rebuilt
from server.dialogue.deriving import Materials, derive
from server.dialogue.phrases import Use
from server.dialogue.record import (
    CheckEntry,
    ChooserEntry,
    DecisionRecord,
    IntentEntry,
    PassageEntry,
    Versions,
    WriterEntry,
)
from server.dialogue.values import Abstain, Decision, GiveAnswer, Known
from server.frames import BlockFrame
from server.moves import Played
from server.moves.answering import web_address
from server.thinking import Thought

_INTENTS_KEPT = 5
_SCORE: TypeAdapter[Score] = TypeAdapter(Score)
_BLOCKS: TypeAdapter[list[Block]] = TypeAdapter(list[Block])
_FACTS: TypeAdapter[tuple[Known, ...]] = TypeAdapter(tuple[Known, ...])


def record(
    desk: Desk,
    thought: Thought,
    played: Played,
    *,
    turn: str,
    message_id: str,
    crm_updates: Sequence[str],
    effects: Sequence[str],
    timings_ms: Mapping[str, float],
    said: Sequence[Use] = (),
) -> DecisionRecord:
    """Everything that explains the turn; personal details stand as placeholders."""
    reading, answer = thought.case.reading, thought.case.answer
    decision, talk = thought.decision, thought.talk
    intents = reading.intents[:_INTENTS_KEPT] if reading else ()
    reply = [block.model_dump(mode="json") for block in played.blocks]
    written, choice = answer.writer if answer else None, thought.choice
    return DecisionRecord(
        turn=turn,
        site=talk.site,
        conversation=talk.id,
        message=message_id,
        at=thought.case.now.isoformat(),
        said=thought.words,
        language=reading.language if reading else "und",
        spoken=played.state.language,
        group=played.state.group,
        intents=[IntentEntry(name=guess.name, probability=round(guess.probability, 4)) for guess in intents],
        asked_for=list(reading.asked_for) if reading else [],
        out_of_scope=reading.out_of_scope if reading else False,
        scope_score=round(reading.scope_score, 4) if reading else 0.0,
        facts=_FACTS.dump_python(decision.learned, mode="json"),
        frustration=reading.frustration if reading else 0.0,
        searched_for=answer.searched_for if answer else None,
        answerability=round(answer.confidence, 4) if answer else None,
        abstained=_abstained(decision),
        passages=_passages(answer),
        approved=answer.approved_id if answer else "",
        play=decision.play,
        reasons=list(decision.reasons),
        moves=[type(move).__name__ for move in decision.moves],
        checks=[CheckEntry(**asdict(check)) for check in decision.checks],
        score=_SCORE.dump_python(decision.score, mode="json"),
        consent=talk.consent,
        audience=list(talk.audience),
        outcomes=list(played.outcomes),
        crm_updates=list(crm_updates),
        effects=list(effects),
        reply=reply,
        derivation=derive(reply, _materials(thought, said)),
        versions=_versions(desk, thought),
        timings_ms={name: round(ms, 2) for name, ms in timings_ms.items()},
        tokens_spent=sum(one.tokens_in + one.tokens_out for one in (written, choice) if one),
        writer=WriterEntry.model_validate(asdict(written)) if written else None,
        chooser=ChooserEntry.model_validate(asdict(choice)) if choice else None,
    )


def _versions(desk: Desk, thought: Thought) -> Versions:
    reading, answer = thought.case.reading, thought.case.answer
    return Versions(
        playbook=thought.playbook.digest,
        intents=reading.model_version if reading else "",
        embedder=desk.embedder_name,
        generation=answer.generation if answer else 0,
        phrases=phrases.version(),
    )


def rebuilt_frames(record: DecisionRecord) -> list[dict[str, Any]]:
    """The frames of the reply as they were logged, made from the record's derivation alone."""
    if record.derivation is None:
        return []
    at = datetime.fromisoformat(record.at)
    blocks = _BLOCKS.validate_python(rebuilt(record.derivation))
    frames = [
        BlockFrame(seq=0, turn=record.turn, index=index, at=at, block=block)
        for index, block in enumerate(blocks)
    ]
    return [frame.model_dump(mode="json", exclude={"seq"}) for frame in frames]


def _materials(thought: Thought, said: Sequence[Use]) -> Materials:
    """What this reply can have been made of."""
    answer, case = thought.case.answer, thought.case
    sources: dict[tuple[str, str], int] = {}
    kept: list[Source] = []
    cited: dict[int, tuple[int, int, int]] = {}
    for each in answer.citations if answer else ():
        key = (each.passage_id, each.passage)
        if key not in sources:
            sources[key] = len(kept)
            kept.append(
                Source(
                    passage=each.passage_id,
                    document=each.document_id,
                    version=each.document_version,
                    title=each.title,
                    heading=each.heading,
                    start=each.doc_start - each.start,
                    text=each.passage,
                )
            )
        cited[each.n] = (sources[key], each.start, each.end)
    by: Literal["approved", "writer", "joint"] = "joint"
    if answer is not None and answer.approved_id:
        by = "approved"
    elif answer is not None and answer.writer is not None and answer.writer.used:
        by = "writer"
    meanings = {meaning.label: name for name, meaning in case.meanings.items() if meaning.label}
    pages = {page.title: page.url for page in answer.nearest} if answer else {}
    return Materials(kept, cited, said, _own_texts(thought), meanings, pages, by)


def _own_texts(thought: Thought) -> Mapping[str, str]:
    """The operator's texts that a reply can hold, by where they stand in the playbook."""
    found: dict[str, str] = {}
    policy, playbook = thought.case.policy, thought.playbook
    _collect(policy.questions, "questions", found)
    _collect(policy.gates, "gates", found)
    _collect(playbook.catalogue, "catalogue", found)
    _collect(playbook.meetings, "meetings", found)
    _collect(playbook.handoff, "handoff", found)
    return found


def _collect(value: Any, at: str, found: dict[str, str]) -> None:
    match value:
        case str():
            if len(value) > 1:
                found.setdefault(value, at)
        case Mapping():
            for key, each in value.items():
                _collect(each, f"{at}.{key}" if at else str(key), found)
        case list() | tuple():
            for number, each in enumerate(value):
                _collect(each, f"{at}[{number}]", found)
        case BaseModel():
            for name in type(value).model_fields:
                _collect(getattr(value, name), f"{at}.{name}" if at else name, found)
        case _ if is_dataclass(value):
            for one in fields(value):
                _collect(getattr(value, one.name), f"{at}.{one.name}" if at else one.name, found)


def _abstained(decision: Decision) -> bool | None:
    """Whether the visitor was told that the documents do not hold it; None when no answer was due."""
    if any(isinstance(move, Abstain) for move in decision.moves):
        return True
    return False if any(isinstance(move, GiveAnswer) for move in decision.moves) else None


def summary(decision: Decision) -> dict[str, Any]:
    """The decision in two words, for the command line."""
    return {"play": decision.play, "reasons": list(decision.reasons)}


def _passages(answer: Answer | None) -> list[PassageEntry]:
    if answer is None:
        return []
    cited = {citation.passage_id for citation in answer.citations}
    return [
        PassageEntry(
            passage=found.passage.id,
            document=found.passage.document_id,
            version=found.document_version,
            url=web_address(found.page.url),
            heading=found.passage.heading,
            start=found.passage.start,
            end=found.passage.end,
            score=round(found.score, 4),
            dense=round(found.dense, 4),
            keyword=round(found.keyword, 4),
            coverage=round(found.coverage, 4),
            cited=found.passage.id in cited,
        )
        for found in answer.found
    ]
