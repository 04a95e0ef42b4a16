"""What the command line asks of an installation without serving it; the same rooms answer."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, assert_never

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from intents.reader import Reader
from intents.scoring.versions import ScoreModels
from intents.training import Labelled
from intents.values import ReadingContext, Understanding
from knowledge.library import Library
from knowledge.sources.reading import Web
from knowledge.values import Answer, Code, Part, Points, Sentences, TableRows
from knowledge.writing.scribe import Errand
from server.desk import policy_of
from server.dialogue.claims import holds_banned
from server.dialogue.decide import decide
from server.dialogue.phrases import phrase
from server.dialogue.policy import Policy
from server.dialogue.values import Abstain, Case, Decision, GiveAnswer, Said, State
from server.errors import FrontdeskError
from server.playbook import Playbook
from server.recording import summary
from server.review.accounts import set_password
from server.settings import Settings
from server.store.engine import open_engine, open_readers, open_sessions
from server.thinking import look_up, meanings
from server.wiring import embedder_of, new_id, outside, playbooks_of, reader_of, score_folder


@dataclass(frozen=True, slots=True)
class Opened:
    """The doors that a command needs."""

    library: Library
    writers: async_sessionmaker[AsyncSession]
    readers: async_sessionmaker[AsyncSession]


async def find(settings: Settings, site: str, text: str, k: int) -> list[dict[str, Any]]:
    """The best passages for `text`."""
    async with _loaded(settings, site) as installation:
        found = installation.library.find(site, text, k=k)
    return [
        {
            "url": hit.page.url,
            "title": hit.page.title,
            "heading": hit.passage.heading,
            "text": hit.passage.text,
            "score": round(hit.score, 4),
            "dense": round(hit.dense, 4),
            "keyword": round(hit.keyword, 4),
        }
        for hit in found
    ]


async def ask(settings: Settings, site: str, text: str) -> dict[str, Any]:
    """One question as the first message of a conversation."""
    playbooks = playbooks_of(settings.model_copy(update={"demo": True}))
    reader = reader_of(settings, embedder_of(settings), playbooks)
    now = datetime.now(UTC)
    reading = reader.read(text, ReadingContext(now=now))
    playbook = playbooks.of_or_default(site)
    async with _loaded(settings, site) as installation:
        answer = look_up(installation.library, reader, site, reading)
        policy = policy_of(playbook, ScoreModels(score_folder(settings)), site)
        case = _case(policy, reader, reading, answer, now)
        decision = decide(case)
        answer = await _worded(settings, site, installation.readers, playbook, case, decision)
    if answer is not case.answer:
        decision = decide(replace(case, answer=answer))
    gives = any(isinstance(move, GiveAnswer) for move in decision.moves)
    return {
        "answer": "\n".join(_plain(part) for part in answer.parts) if gives else _other(decision, answer),
        "citations": [_citation(cited) for cited in answer.citations] if gives else [],
        "abstained": answer.abstained,
        "nearest": [{"title": page.title, "url": page.url} for page in answer.nearest],
        "intent": _intent(reading),
        "decision": summary(decision),
        "searched_for": answer.searched_for,
        "answerability": round(answer.confidence, 4),
        "writer": asdict(answer.writer) if answer.writer else None,
        "timings_ms": {**reading.timings_ms, **answer.timings_ms},
    }


def read(settings: Settings, text: str) -> dict[str, Any]:
    """What one message says."""
    playbooks = playbooks_of(settings.model_copy(update={"demo": True}))
    reading = reader_of(settings, embedder_of(settings), playbooks).read(
        text, ReadingContext(now=datetime.now(UTC))
    )
    return {
        "text": reading.redacted.text,
        "language": reading.language,
        "intents": [asdict(guess) for guess in reading.intents],
        "asked_for": list(reading.asked_for),
        "out_of_scope": reading.out_of_scope,
        "facts": [asdict(fact) for fact in reading.facts],
        "frustration": reading.frustration,
        "timings_ms": dict(reading.timings_ms),
    }


def read_labelled(file: Path) -> list[Labelled]:
    """JSON lines of `{text, intent}`; raises with file and line."""
    if not file.is_file():
        raise FrontdeskError(
            f"there is no file {str(file)!r}; give JSON lines of text and intent", code="no_source"
        )
    labelled = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            labelled.append(Labelled(str(row["text"]), str(row["intent"])))
        except (ValueError, KeyError, TypeError) as error:
            message = f"{file}:{number}: a line must be a JSON object with text and intent"
            raise FrontdeskError(message, code="bad_data") from error
    return labelled


async def new_password(settings: Settings, login: str) -> str:
    """A fresh password for a console account."""
    engine = open_engine(settings.database)
    try:
        async with open_sessions(engine)() as session:
            fresh = "-".join(secrets.token_hex(3) for _ in range(4))
            await set_password(session, login, fresh)
            await session.commit()
    finally:
        await engine.dispose()
    return fresh


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Opened]:
    """The installation's knowledge without a server around it."""
    if not (settings.data_dir / "frontdesk.db").exists() and not settings.database_url:
        raise FrontdeskError(
            f"nothing was ingested into {settings.data_dir} yet; run `frontdesk ingest` first"
        )
    engine = open_engine(settings.database)
    try:
        writers, readers = open_sessions(engine), open_readers(engine)
        web = Web(docs_url=settings.public_url)
        library = Library(writers, embedder_of(settings), readers=readers, web=web)
        yield Opened(library, writers, readers)
    finally:
        await engine.dispose()


@asynccontextmanager
async def _loaded(settings: Settings, site: str) -> AsyncIterator[Opened]:
    async with opened(settings) as installation:
        if await installation.library.refresh(site) == 0:
            raise FrontdeskError(
                f"site {site!r} has no documents; run `frontdesk ingest SOURCE --site {site}`"
            )
        yield installation


async def _worded(
    settings: Settings,
    site: str,
    readers: async_sessionmaker[AsyncSession],
    playbook: Playbook,
    case: Case,
    decision: Decision,
) -> Answer:
    """The answer as a visitor would read it: in the outside writer's checked words where the playbook asks for it."""
    answer = case.answer
    assert answer is not None
    if not settings.writer_url or not any(isinstance(move, GiveAnswer | Abstain) for move in decision.moves):
        return answer
    is_banned = partial(holds_banned, case.policy.banned_claims)
    errand = Errand(
        site,
        playbook.writer.when,
        playbook.writer.allowance(),
        case.now,
        is_banned,
        tuple(playbook.site.name.split()),
    )
    with ThreadPoolExecutor(1) as pool:
        scribe, _ = outside(settings, embedder_of(settings), pool, readers)
        if scribe is None:
            return answer
        try:
            return await scribe.improve(answer, errand)
        finally:
            await scribe.close()


def _case(policy: Policy, reader: Reader, reading: Understanding, answer: Answer, now: datetime) -> Case:
    said = Said(reading.redacted.text)
    known = meanings(reader.catalogue, "en")
    return Case(
        State(), said, policy, now, new_id(), new_id(), reading=reading, answer=answer, meanings=known
    )


def _other(decision: Decision, answer: Answer) -> str:
    """What is said instead of an answer: that the documents do not hold it, or what another play does."""
    if not any(isinstance(move, Abstain) for move in decision.moves):
        moves = ", ".join(type(move).__name__ for move in decision.moves)
        return f"(no answer from the documents: the play {decision.play!r} does {moves})"
    pages = ", ".join(page.title for page in answer.nearest[:3])
    return f"{phrase('unknown')} {phrase('nearest')} {pages}" if pages else phrase("unknown")


def _plain(part: Part) -> str:
    match part:
        case Sentences(lines=lines):
            return " ".join(f"{line.text} {_marks(line.cites)}" for line in lines)
        case Points(ordered=ordered, start=start, items=items):
            marks = (f"{start + place}." if ordered else "-" for place in range(len(items)))
            return "\n".join(
                f"{mark} {item.text} {_marks(item.cites)}" for mark, item in zip(marks, items, strict=True)
            )
        case TableRows(header=header, rows=rows, cites=cites):
            return "\n".join(" | ".join(row) for row in (header, *rows)) + f" {_marks(cites)}"
        case Code(text=text, cites=cites):
            return f"{text} {_marks(cites)}"
    assert_never(part)


def _marks(cites: tuple[int, ...]) -> str:
    return "".join(f"[{n}]" for n in cites)


def _citation(cited: Any) -> dict[str, Any]:
    names = ("n", "url", "title", "heading", "quote", "score", "document_version")
    return {name: getattr(cited, name) for name in names}


def _intent(reading: Understanding) -> dict[str, Any]:
    best = reading.intents[0] if reading.intents else None
    if best is None or reading.out_of_scope:
        name, confidence = "none", 1 - (best.probability if best else 0.0)
    else:
        name, confidence = best.name, best.probability
    rest = [asdict(guess) for guess in reading.intents if guess.name != name]
    return {"name": name, "confidence": round(confidence, 4), "alternatives": rest}
