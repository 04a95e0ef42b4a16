"""Puts the parts of an installation together; nothing runs yet."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from crm_sync import Ledger
from crm_sync.delivering import workflows as crm_workflows
from intents.ports import Embedder
from intents.scoring.versions import ScoreModels
from knowledge.embedders.remembering import RememberingEmbedder
from knowledge.library import Library
from knowledge.sources.reading import Web
from knowledge.writing.openai import Endpoint, OpenAiChat, OpenAiWriter
from knowledge.writing.scribe import Scribe
from knowledge.writing.spending import DayBook, Purse
from server.actions import workflows as effect_workflows
from server.actions.calendars.forgetting import Forgetter
from server.actions.calendars.secrets import Secrets
from server.actions.effects import Postroom
from server.actions.elsewhere import BusyTimes
from server.actions.erased_letters import ErasedPost
from server.actions.links import Links
from server.actions.mailbox import Mailbox
from server.actions.notices import AddressBook, load_addresses
from server.actions.people_effects import Switchboard
from server.actions.ports import EffectHandler, Mailer, Unseal
from server.actions.posting import Poster
from server.actions.site import DeskOf, SiteDesk
from server.actions.smtp import SmtpMailer
from server.actions.transcripts import TranscriptPost
from server.briefing import brief_text
from server.choosing import OutsideModel
from server.desk import Desk
from server.errors import BadSetting
from server.files.cabinet import Cabinet
from server.floor import Floor
from server.following.sending import FollowUpPost
from server.following.spending import tokens_spent
from server.members.keys import KeyFile
from server.members.reading import SignedMembers
from server.members.signing import demo_key
from server.playbook import Playbooks
from server.settings import Settings
from server.store.engine import open_engine, open_readers, open_sessions
from server.store.vault import Vault
from server.transcripts import said_in
from server.wiring import delivering
from server.wiring.calendars import KeptCalendars
from server.wiring.crm import SiteCrms, crms_of
from server.wiring.meetings import meeting_room
from server.wiring.parts import embedder_of, new_id, playbooks_of, reader_of, score_folder
from server.wiring.sales import Sales, provisioner_of, sales_of
from server.wiring.team import SiteTeam, house_rules


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
    handlers: Mapping[str, EffectHandler]
    """What does the work of each kind of effect."""
    desk_of: Callable[[str], SiteDesk]
    starter: _Starter
    sales: Sales
    crms: SiteCrms


def build(
    settings: Settings,
    *,
    clock: Callable[[], datetime] | None = None,
    playbooks: Playbooks | None = None,
) -> House:
    """Put the parts together, with those playbooks instead of the folder's when given. Nothing runs yet; models are
    read from disk, so `prepare` must have made them."""
    now = clock or _now
    engine = open_engine(settings.database)
    writers, readers = open_sessions(engine), open_readers(engine)
    playbooks = playbooks or playbooks_of(settings)
    links = Links(settings.secret(), settings.url)
    starter, sales = _Starter(), sales_of(settings, playbooks, links)
    crms = crms_of(settings, playbooks, writers, readers=readers, clock=now)
    calendars = KeptCalendars(playbooks, Secrets(settings.calendar_secrets), now)
    ground = _Ground(settings, now, playbooks, writers, readers, links, starter, sales, crms, calendars)
    desk = _desk(ground)

    def desk_of(site: str) -> SiteDesk:
        return playbooks.of(site).desk(settings.url)

    return House(settings, engine, desk, _handlers(ground, desk, desk_of), desk_of, starter, sales, crms)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What both the desk and the work behind it stand on."""

    settings: Settings
    now: Callable[[], datetime]
    playbooks: Playbooks
    writers: async_sessionmaker[AsyncSession]
    readers: async_sessionmaker[AsyncSession]
    links: Links
    starter: _Starter
    sales: Sales
    crms: SiteCrms
    calendars: KeptCalendars


def _desk(ground: _Ground) -> Desk:
    """What a turn needs."""
    settings, now, playbooks = ground.settings, ground.now, ground.playbooks
    writers, readers, secret = ground.writers, ground.readers, settings.secret()
    # One memory for both rooms: a question is embedded once for its intent and its passages.
    embedder = RememberingEmbedder(embedder_of(settings))
    pool = ThreadPoolExecutor(settings.threads, thread_name_prefix="think")
    scribe, larger_model = outside(settings, embedder, pool, readers)
    addresses, vault = load_addresses(settings.notices_file), Vault(writers, secret)
    return Desk(
        playbooks=playbooks,
        library=_library(ground, embedder),
        reader=reader_of(settings, embedder, playbooks),
        ledger=_ledger(ground, vault, addresses),
        vault=vault,
        writers=writers,
        readers=readers,
        links=ground.links,
        starter=ground.starter,
        clock=now,
        new_id=new_id,
        embedder_name=embedder.name,
        secret=secret,
        pool=pool,
        scribe=scribe,
        larger_model=larger_model,
        score_models=ScoreModels(score_folder(settings)),
        checkout_of=ground.sales.checkout_of,
        members=members_of(settings, playbooks, secret),
        calendars=ground.calendars,
        busy_times=BusyTimes(ground.calendars),
        address_book=addresses,
        cabinet=Cabinet(settings.files_dir, secret),
    )


def _library(ground: _Ground, embedder: RememberingEmbedder) -> Library:
    return Library(
        ground.writers,
        embedder,
        readers=ground.readers,
        index_dir=ground.settings.data_dir / "indexes",
        # Those whose sites are read learn from their logs who reads them.
        web=Web(docs_url=ground.settings.public_url),
    )


def _ledger(ground: _Ground, vault: Vault, addresses: AddressBook) -> Ledger:
    return Ledger(
        ground.writers,
        ground.crms,
        _unsealer(vault, "crm", ground.now),
        house_rules(ground.playbooks),
        readers=ground.readers,
        team=SiteTeam(ground.playbooks, addresses, new_id),
        limits=partial(delivering.limits_of, ground.playbooks),
        tell=delivering.count,
    )


def _handlers(ground: _Ground, desk: Desk, desk_of: DeskOf) -> dict[str, EffectHandler]:
    """What does the work of each kind of effect."""
    settings, writers, now = ground.settings, ground.writers, ground.now
    unsealer = partial(_unsealer, desk.vault, clock=now)
    mailbox = Mailbox(writers, settings.data_dir / "outbox", sender=_sender(settings), clock=now)
    mailer = _mailer(settings, mailbox, now)
    brief = partial(brief_text, desk)
    postroom = Postroom(
        writers, mailer, unsealer("mail"), ground.links, desk_of, now, desk.language_of, brief
    )
    return {
        **meeting_room(desk, mailer, unsealer("calendar"), desk_of).handlers(),
        **Forgetter(ground.calendars).handlers(),
        **postroom.handlers(),
        **_keepsakes(desk, mailer, desk_of).handlers(),
        **ErasedPost(mailer, desk_of).handlers(),
        **FollowUpPost(desk, desk_of, mailer, unsealer("follow-up")).handlers(),
        **_switchboard(desk, settings).handlers(),
        **provisioner_of(desk, ground.sales, mailer, unsealer("provisioning"), desk_of).handlers(),
    }


def _keepsakes(desk: Desk, mailer: Mailer, desk_of: DeskOf) -> TranscriptPost:
    """What mails visitors their conversations."""
    unseal = _unsealer(desk.vault, "transcript", desk.clock)
    said_of = partial(said_in, desk.vault, desk.links.absolute)
    return TranscriptPost(desk.writers, mailer, unseal, desk_of, desk.language_of, said_of)


def members_of(settings: Settings, playbooks: Playbooks, secret: str) -> SignedMembers:
    """Who reads the tokens of every site; those of the demo company's product are signed here."""
    also = {"demo": (demo_key(secret).made(),)} if settings.demo else {}
    return SignedMembers(KeyFile(settings.member_keys_file), playbooks, secret, also=also)


def _switchboard(desk: Desk, settings: Settings) -> Switchboard:
    async def details(site: str, conversation: str) -> str:
        if not desk.playbooks.of_or_default(site).notices.personal:
            return ""
        async with desk.readers() as session:
            brief = await brief_text(desk, session, site, conversation)
        return await desk.vault.unseal(site, conversation, brief, by="notice", now=desk.clock())

    floor = Floor(desk)
    return Switchboard(
        desk.writers, desk.address_book, Poster(), settings.url, desk.clock, floor.nobody_came, details
    )


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
    spent, purse = partial(tokens_spent, readers), Purse()
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
