"""Builds the house: the only module that names an adapter."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from dbos import DBOS, DBOSConfig
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from uuid_utils import uuid7

from crm_sync import Ledger, Policy
from crm_sync import workflows as crm_workflows
from crm_sync.providers.builtin import BuiltinCrm
from intents.catalogue import Catalogue
from intents.model_store import load as load_model
from intents.own_catalogue import extended_catalogue
from intents.ports import Embedder
from intents.reader import Reader
from intents.scoring.versions import ScoreModels
from knowledge.embedders.exporting import export
from knowledge.embedders.joined import JoinedEmbedder
from knowledge.embedders.minilm import MiniLm
from knowledge.embedders.openai import OpenAiEmbedder
from knowledge.embedders.remembering import RememberingEmbedder
from knowledge.library import Library
from knowledge.sources.reading import Web
from knowledge.writing.openai import Endpoint, OpenAiChat, OpenAiWriter
from knowledge.writing.scribe import Scribe
from knowledge.writing.spending import DayBook, Purse
from server import schema
from server.actions import outbox
from server.actions import workflows as effect_workflows
from server.actions.effects import Postroom
from server.actions.links import Links
from server.actions.mailbox import Mailbox
from server.actions.ports import Mailer, Unseal
from server.actions.site import SiteDesk
from server.actions.smtp import SmtpMailer
from server.choosing import OutsideModel
from server.desk import Desk
from server.errors import BadSetting, FrontdeskError
from server.playbook import Playbooks, load_playbooks
from server.playbook_words import contacts
from server.settings import Settings
from server.store import doubts
from server.store.engine import open_engine, open_readers, open_sessions
from server.store.spending import tokens_since
from server.store.vault import Vault
from server.telemetry import log

REPOSITORY = Path(__file__).parent.parent
DEMO = REPOSITORY / "demo"
_REFRESH_S = 3.0
_SWEEP_S = 15.0
_FORGET_S = 6 * 3600.0
_PLACE_S = 20.0


class _Starter:
    """Hands committed rows to DBOS; an installation without running workflows leaves them to the sweep."""

    def __init__(self) -> None:
        self.running = False

    async def effects(self, ids: Sequence[str]) -> None:
        if self.running and ids:
            await effect_workflows.start(ids)

    async def deliveries(self, ids: Sequence[str]) -> None:
        if self.running:
            for update_id in ids:
                await crm_workflows.enqueue(update_id)


@dataclass(frozen=True, slots=True)
class House:
    """An installation, built and not yet running."""

    settings: Settings
    engine: AsyncEngine
    desk: Desk
    postroom: Postroom
    desk_of: Callable[[str], SiteDesk]
    starter: _Starter


def model_folder(settings: Settings) -> Path:
    return settings.data_dir / "models"


def intent_folder(settings: Settings) -> Path:
    return model_folder(settings) / "intents"


def score_folder(settings: Settings) -> Path:
    """Trained lead scores, by site."""
    return model_folder(settings) / "score"


def embedder_of(settings: Settings, progress: Callable[[str], None] | None = None) -> Embedder:
    """The serving embedder: an endpoint, or a local model exported on first use and found by its hash afterwards."""
    if settings.embedder.startswith(("http://", "https://")):
        if not settings.embedder_model:
            raise BadSetting(
                "setting 'FRONTDESK_EMBEDDER' is an endpoint: name its model in FRONTDESK_EMBEDDER_MODEL"
            )
        return OpenAiEmbedder(
            settings.embedder, settings.embedder_model, settings.embedder_key.get_secret_value()
        )
    source = Path(settings.embedder) if settings.embedder else None
    return MiniLm(export(model_folder(settings), progress, source=source))


def intent_embedder_of(
    settings: Settings, embedder: Embedder, progress: Callable[[str], None] | None = None
) -> Embedder:
    """What intents are read with: the serving embedder, and a second one beside it where one is named."""
    if not settings.intent_embedder:
        return embedder
    second = export(model_folder(settings), progress, source=Path(settings.intent_embedder))
    return JoinedEmbedder(embedder, RememberingEmbedder(MiniLm(second)))


def catalogue_of(settings: Settings) -> Catalogue:
    """The shipped intents with the operator's own files on top."""
    return extended_catalogue(settings.catalog_dir).catalogue


def playbooks_of(settings: Settings) -> Playbooks:
    """The operator's playbooks, and the demo company's when it is shown."""
    folders = [settings.playbook_dir, *([DEMO / "playbooks"] if settings.demo else [])]
    return load_playbooks(*folders, intents=catalogue_of(settings).intents)


def reader_of(settings: Settings, embedder: Embedder, playbooks: Playbooks) -> Reader:
    """The reader with the model that serves; raises when none was trained."""
    catalogue = catalogue_of(settings)
    books = [playbooks.of(site) for site in playbooks.sites]
    plans = dict.fromkeys(plan for book in books for plan in book.policy().plans)
    names = [book.site.name for book in books] + [book.trial.plan for book in books if book.trial]
    own = [it for book in books for it in contacts(book.site, book.translations, book.desk("").sales_email)]
    embedder = intent_embedder_of(settings, embedder)
    return Reader(embedder, load_model(intent_folder(settings)), catalogue, tuple(plans), names, own)


def build(settings: Settings, *, clock: Callable[[], datetime] | None = None) -> House:
    """Put the parts together. Nothing runs yet; models are read from disk, so `prepare` must have made them."""
    now = clock or _now
    engine = open_engine(settings.database)
    writers, readers = open_sessions(engine), open_readers(engine)
    secret = settings.secret()
    # One memory for both rooms: a question is embedded once for its intent and its passages.
    embedder = RememberingEmbedder(embedder_of(settings))
    playbooks = playbooks_of(settings)
    vault = Vault(writers, secret)
    links = Links(secret, settings.url)
    starter = _Starter()
    pool = ThreadPoolExecutor(settings.threads, thread_name_prefix="think")
    scribe, larger_model = outside(settings, embedder, pool, readers)
    desk = Desk(
        playbooks=playbooks,
        library=Library(
            writers,
            embedder,
            readers=readers,
            index_dir=settings.data_dir / "indexes",
            # Those whose sites are read learn from their logs who reads them.
            web=Web(docs_url=settings.public_url),
        ),
        reader=reader_of(settings, embedder, playbooks),
        ledger=Ledger(writers, BuiltinCrm(writers), _unsealer(vault, "crm", now), Policy(), readers=readers),
        vault=vault,
        writers=writers,
        readers=readers,
        links=links,
        starter=starter,
        clock=now,
        new_id=new_id,
        embedder_name=embedder.name,
        secret=secret,
        pool=pool,
        scribe=scribe,
        larger_model=larger_model,
        score_models=ScoreModels(score_folder(settings)),
    )

    def desk_of(site: str) -> SiteDesk:
        return playbooks.of(site).desk(settings.url)

    mailer = _mailer(
        settings, Mailbox(writers, settings.data_dir / "outbox", sender=_sender(settings), clock=now), now
    )
    postroom = Postroom(writers, mailer, _unsealer(vault, "mail", now), links, desk_of, now, desk.language_of)
    return House(settings, engine, desk, postroom, desk_of, starter)


@asynccontextmanager
async def running(house: House) -> AsyncIterator[None]:
    """Serve: indexes in memory, durable workflows launched, sweeps going; everything is put away at the end."""
    desk = house.desk
    await _refresh(desk)
    handlers = house.postroom.handlers()
    run = partial(outbox.run, desk.writers, handlers, clock=desk.clock)
    effect_workflows.bind(effect_workflows.Bound(run, desk.writers, desk.clock))
    crm_workflows.bind(desk.ledger)
    DBOS(config=_durable(house.settings))
    DBOS.launch()
    await crm_workflows.register()
    await crm_workflows.sweep()
    house.starter.running = True
    chores = [
        # The first visitor does not wait for language models to load, and neither does the start.
        asyncio.create_task(desk.in_thread(desk.reader.warm)),
        asyncio.create_task(_every(_SWEEP_S, _sweep)),
        asyncio.create_task(_every(_REFRESH_S, partial(_refresh, desk))),
        asyncio.create_task(_every(_PLACE_S, partial(_place_gaps, desk))),
        asyncio.create_task(_every(_FORGET_S, partial(_forget_old, desk))),
    ]
    try:
        yield
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        house.starter.running = False
        await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=2)
        crm_workflows.bind(None)
        if desk.scribe is not None:
            await desk.scribe.close()
        desk.pool.shutdown(wait=True, cancel_futures=True)
        await house.engine.dispose()


def upgrade_database(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    schema.upgrade(settings.database)


def new_id() -> str:
    """A UUID of version 7: sorts by time."""
    return str(uuid7())


async def _sweep() -> None:
    """Start the effects that a crash between commit and start left behind; deliveries have a schedule of their own."""
    await effect_workflows.sweep()


async def _refresh(desk: Desk) -> None:
    """Notice documents that another process ingested. A site that can not be loaded holds up no other."""
    for site in desk.playbooks.sites:
        try:
            await desk.library.refresh(site)
        except Exception:  # noqa: BLE001  it keeps what it has and is tried again with the next round
            log().exception("site.not_loaded", site=site)


async def _place_gaps(desk: Desk) -> None:
    """So that whoever looks at the gaps finds them together and waits for nothing."""
    for site in desk.playbooks.sites:
        try:
            await desk.library.place_gaps(site)
        except Exception:  # noqa: BLE001  an embedder that is away holds up no other site
            log().exception("gaps.not_placed", site=site)


async def _forget_old(desk: Desk) -> None:
    """So that what visitors asked is not kept for ever."""
    for site in desk.playbooks.sites:
        try:
            await desk.library.forget_old(site, desk.clock())
            async with desk.writers() as session:
                await doubts.forget_old(session, site, desk.clock())
                await session.commit()
        except Exception:  # noqa: BLE001  tried again with the next round
            log().exception("knowledge.not_forgotten", site=site)


async def _every(seconds: float, chore: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await chore()
        except Exception:  # noqa: BLE001  a chore that fails is tried again; the log says what it was
            log().exception("chore.failed", chore=getattr(chore, "__name__", "refresh"))
        await asyncio.sleep(seconds)


def _durable(settings: Settings) -> DBOSConfig:
    return {
        "name": "frontdesk",
        "system_database_url": settings.workflow_database,
        "log_level": "WARNING",
        # The workflows' code changes rarely; what an older version began, a newer one may finish.
        "application_version": "1",
    }


def outside(
    settings: Settings,
    embedder: Embedder,
    pool: ThreadPoolExecutor,
    readers: async_sessionmaker[AsyncSession],
) -> tuple[Scribe | None, OutsideModel | None]:
    """What asks the outside model, with one purse; nothing without an endpoint: then nothing is ever asked."""
    if not settings.writer_url:
        return None, None
    if not settings.writer_model:
        raise BadSetting("setting 'FRONTDESK_WRITER_URL' is set: name the model in FRONTDESK_WRITER_MODEL")
    key = settings.writer_key.get_secret_value()
    chat = OpenAiChat(Endpoint(settings.writer_url, settings.writer_model, key))
    spent, purse = partial(tokens_since, readers), Purse()
    scribe = Scribe(OpenAiWriter(chat), embedder, pool, spent, purse=purse)
    return scribe, OutsideModel(chat, DayBook(spent, time.monotonic, purse))


def _unsealer(vault: Vault, by: str, clock: Callable[[], datetime]) -> Unseal:
    async def unseal(site: str, conversation: str, text: str) -> str:
        return await vault.unseal(site, conversation, text, by=by, now=clock())

    return unseal


def _mailer(settings: Settings, mailbox: Mailbox, clock: Callable[[], datetime]) -> Mailer:
    if not settings.smtp_url:
        return mailbox
    return SmtpMailer(settings.smtp_url, mailbox, sender=_sender(settings), clock=clock)


def _sender(settings: Settings) -> str:
    host = settings.url.split("://", 1)[-1].split(":", 1)[0].split("/", 1)[0]
    return f"frontdesk@{host}"


def _now() -> datetime:
    return datetime.now(UTC)


def check_demo() -> None:
    """The demo company comes with the repository, not with the package."""
    if not (DEMO / "playbooks").is_dir():
        raise FrontdeskError(f"the demo is not at {DEMO}; start `frontdesk serve` without --demo")
