"""Play a conversation through the real engine beside the installation: a copy of its documents, nothing else of it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr
from sqlalchemy import Table, insert, select
from sqlalchemy.exc import DatabaseError

from knowledge.tables import ApprovedRow, DocumentRow, EmbeddingRow, GenerationRow, PassageRow
from server.actions.calendars.ports import NoCalendars
from server.actions.elsewhere import BusyTimes
from server.dialogue.record import DecisionRecord
from server.floor import Floor, Joined
from server.frames import Choose, Consent, Hello, Page, Say, Submit, Visit
from server.playbook import Playbook, Playbooks, load_playbook
from server.settings import Settings
from server.simulated_talk import Act, NotOffered, SimulatedTalk, what_is_offered
from server.store.engine import open_engine, open_readers, open_sessions
from server.store.tables import DecisionRow
from server.turn import take_turn
from server.wiring import House, build, catalogue_of, model_folder, new_id, upgrade_database

_COPIED = (GenerationRow, DocumentRow, PassageRow, EmbeddingRow, ApprovedRow)
_AT_ONCE = 500
_PLACE = "https://simulated.example"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one act of the visitor led to."""

    act: str
    record: DecisionRecord | None = None
    """None for an act that is no turn, such as a visit."""

    @property
    def asked(self) -> str:
        """The key of the question that was asked."""
        asks = (why.partition(":")[2] for why in self.reasons if why.startswith(("asks:", "asks_again:")))
        return next(asks, "")

    @property
    def offered(self) -> str:
        """The play that was offered unasked."""
        return next((why.partition(":")[2] for why in self.reasons if why.startswith("offers:")), "")

    @property
    def reasons(self) -> Sequence[str]:
        return self.record.reasons if self.record else ()

    def story(self) -> tuple[Any, ...]:
        """What makes a turn another one, when two playbooks are compared."""
        if self.record is None:
            return ()
        checks = tuple((check.name, check.passed) for check in self.record.checks)
        outcomes = tuple(str(outcome.get("what")) for outcome in self.record.outcomes)
        return self.record.play, tuple(self.reasons), checks, self.record.score.get("total"), outcomes


@dataclass
class _Clock:
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at


async def simulate(settings: Settings, playbook: Path, site: str, talk: SimulatedTalk) -> list[Turn]:
    """Every act of the talk in order. Mails, calendars, the CRM and outside models are not touched."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-simulated-") as folder:
        place = _beside(settings, Path(folder))
        upgrade_database(place)
        await _copy_documents(settings, place, site)
        clock = _Clock(talk.begins) if talk.begins else _Clock()
        async with _a_house(place, clock, site, _alone(settings, playbook)) as house:
            return await _Visitor(house, site, talk, clock).play()


def _alone(settings: Settings, file: Path) -> Playbook:
    """The playbook, with the CRM that is built in instead of somebody else's; its policy holds."""
    book = load_playbook(file, intents=catalogue_of(settings).intents)
    return book.model_copy(update={"crm": book.crm.model_copy(update={"provider": "builtin", "mapping": ""})})


def _beside(settings: Settings, folder: Path) -> Settings:
    """Settings of an installation that has our models, and reaches nobody."""
    (folder / "models").symlink_to(model_folder(settings).absolute(), target_is_directory=True)
    alone = {
        "data_dir": folder,
        "database_url": "",
        "playbooks": folder / "playbooks",
        "catalog": settings.catalog_dir,
        "demo": False,
        "writer_url": "",
        "writer_key": SecretStr(""),
        "smtp_url": "",
    }
    return settings.model_copy(update=alone)


async def _copy_documents(settings: Settings, place: Settings, site: str) -> None:
    """The site's documents and approved answers; no visitor's words leave the database of the installation."""
    if not settings.database_url and not (settings.data_dir / "frontdesk.db").is_file():
        return
    source, target = open_engine(settings.database), open_engine(place.database)
    try:
        async with open_readers(source)() as reader, open_sessions(target)() as writer:
            for table in _COPIED:
                columns = cast("Table", table.__table__)
                rows = await reader.execute(select(columns).where(table.site == site))
                for part in rows.mappings().partitions(_AT_ONCE):
                    await writer.execute(insert(columns), [dict(row) for row in part])
            await writer.commit()
    except DatabaseError:
        # A database that was never made or brought up to date: then there are no documents to answer from.
        return
    finally:
        await source.dispose()
        await target.dispose()


@asynccontextmanager
async def _a_house(settings: Settings, clock: _Clock, site: str, playbook: Playbook) -> AsyncIterator[House]:
    """Built and never run: what a turn would have done afterwards stays a row in a database that is thrown away."""
    house = build(settings, clock=clock, playbooks=Playbooks({site: playbook}))
    try:
        none = NoCalendars()
        desk = replace(
            house.desk,
            calendars=none,
            busy_times=BusyTimes(none),
            scribe=None,
            larger_model=None,
            checkout_of=None,
        )
        await desk.library.refresh(site)
        yield replace(house, desk=desk)
    finally:
        house.desk.pool.shutdown(wait=True, cancel_futures=True)
        await house.engine.dispose()


class _Visitor:
    """One visitor who does what the talk says."""

    def __init__(self, house: House, site: str, talk: SimulatedTalk, clock: _Clock) -> None:
        self._desk, self._floor = house.desk, Floor(house.desk)
        self._site, self._talk, self._clock = site, talk, clock
        self._blocks: list[Mapping[str, Any]] = []
        self._token: str | None = None
        self._acts = 0

    async def play(self) -> list[Turn]:
        joined = await self._join()
        turns: list[Turn] = []
        for act in self._talk.steps:
            self._clock.at += timedelta(minutes=act.minutes_later)
            if act.new_conversation:
                joined, self._blocks = await self._join(), []
                turns.append(Turn("a new conversation"))
                continue
            turns.append(await self._do(joined, act))
        return turns

    async def _join(self) -> Joined:
        talk = self._talk
        hello = Hello(
            type="hello",
            site=self._site,
            visitor_token=self._token,
            locale=talk.locale,
            time_zone=talk.time_zone,
            mode=talk.mode,
            consent=talk.consent,
            page=Page(url=f"{_PLACE}{talk.page}") if talk.page else None,
        )
        joined = await self._floor.join(hello)
        self._token = joined.token
        return joined

    async def _do(self, joined: Joined, act: Act) -> Turn:
        if act.visit is not None:
            page = Page(url=f"{_PLACE}{act.visit}")
            await self._floor.visit(joined, Visit(type="visit", page=page))
            return Turn(f"visits {act.visit}")
        if act.consent is not None:
            await self._floor.consent(joined, Consent(type="consent", id=new_id()[:16], level=act.consent))
            return Turn(f"allows {act.consent}")
        self._acts += 1
        saved = await take_turn(self._desk, self._site, joined.conversation, self._frame(act))
        assert saved is not None, "the frame's id is fresh, so it can not have been answered before"
        async with self._desk.readers() as session:
            row = await session.scalar(select(DecisionRow).where(DecisionRow.turn == saved.turn))
        assert row is not None, "every turn keeps its decision record"
        record = DecisionRecord.model_validate(row.record)
        self._blocks = list(record.reply) or self._blocks
        return Turn(act.words, record)

    def _frame(self, act: Act) -> Say | Choose | Submit:
        frame = f"simulated-{self._acts:04}"
        if act.say is not None:
            return Say(type="say", id=frame, text=act.say)
        kinds = {"form"} if act.submit is not None else {"choices", "slots"}
        block = next((block for block in reversed(self._blocks) if block["kind"] in kinds), None)
        if block is None:
            raise NotOffered(f"{act.words!r}: the reply before offers nothing of the kind; use `say`")
        if act.submit is not None:
            return Submit(type="submit", id=frame, prompt=block["prompt"], fields=act.submit)
        value, label = what_is_offered(block, act.choose or "")
        return Choose(type="choose", id=frame, prompt=block["prompt"], value=value, label=label)
