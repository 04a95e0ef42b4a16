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
from server.actions.notices import load_addresses
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
    secret = settings.secret()
    # One memory for both rooms: a question is embedded once for its intent and its passages.
    embedder = RememberingEmbedder(embedder_of(settings))
    playbooks = playbooks or playbooks_of(settings)
    vault = Vault(writers, secret)
    links = Links(secret, settings.url)
    starter, sales = _Starter(), sales_of(settings, playbooks, links)
    pool = ThreadPoolExecutor(settings.threads, thread_name_prefix="think")
    calendars = KeptCalendars(playbooks, Secrets(settings.calendar_secrets), now)
    scribe, larger_model = outside(settings, embedder, pool, readers)
    crms = crms_of(settings, playbooks, writers, readers=readers, clock=now)
    addresses = load_addresses(settings.notices_file)
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
        ledger=Ledger(
            writers,
            crms,
            _unsealer(vault, "crm", now),
            house_rules(playbooks),
            readers=readers,
            team=SiteTeam(playbooks, addresses, new_id),
            limits=partial(delivering.limits_of, playbooks),
            tell=delivering.count,
        ),
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
        checkout_of=sales.checkout_of,
        members=members_of(settings, playbooks, secret),
        calendars=calendars,
        busy_times=BusyTimes(calendars),
        address_book=addresses,
        cabinet=Cabinet(settings.files_dir, secret),
    )

    def desk_of(site: str) -> SiteDesk:
        return playbooks.of(site).desk(settings.url)

    mailer = _mailer(
        settings, Mailbox(writers, settings.data_dir / "outbox", sender=_sender(settings), clock=now), now
    )
    postroom = Postroom(
        writers,
        mailer,
        _unsealer(vault, "mail", now),
        links,
        desk_of,
        now,
        desk.language_of,
        partial(brief_text, desk),
    )
    meetings = meeting_room(desk, mailer, _unsealer(vault, "calendar", now), desk_of)
    follow_ups = FollowUpPost(desk, desk_of, mailer, _unsealer(vault, "follow-up", now))
    return House(
        settings,
        engine,
        desk,
        {
            **meetings.handlers(),
            **Forgetter(calendars).handlers(),
            **postroom.handlers(),
            **_keepsakes(desk, mailer, desk_of).handlers(),
            **ErasedPost(mailer, desk_of).handlers(),
            **follow_ups.handlers(),
            **_switchboard(desk, settings).handlers(),
            **provisioner_of(desk, sales, mailer, _unsealer(vault, "provisioning", now), desk_of).handlers(),
        },
        desk_of,
        starter,
        sales,
        crms,
    )


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
