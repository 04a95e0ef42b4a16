"""Checks of what an installation needs, for `frontdesk doctor`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import async_sessionmaker

from intents.classifier import Classifier
from intents.model_store import load
from server.actions.calendars.secrets import Secrets
from server.actions.links import Links
from server.app import WIDGET
from server.errors import BadSetting
from server.members.keys import load_keys
from server.schema import config, synchronous
from server.settings import Settings
from server.wiring import embedder_of, intent_embedder_of, intent_folder, playbooks_of
from server.wiring.calendars import KeptCalendars, reps_of
from server.wiring.crm import crms_of
from server.wiring.sales import sales_of


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str


def checks(settings: Settings) -> list[Check]:
    """Look at everything; a failed one says what to do."""
    return [
        _look("database", lambda: _database(settings)),
        _look("embedder", lambda: embedder_of(settings).name),
        _look("intents", lambda: _intents(settings)),
        _look(
            "playbooks", lambda: ", ".join(playbooks_of(settings).sites) or "none; add playbooks/<site>.yaml"
        ),
        _look("calendars", lambda: _calendars(settings)),
        _look("CRM", lambda: _crms(settings)),
        _look("trials and carts", lambda: _sales(settings)),
        _look("signed-in users", lambda: _members(settings)),
        _look("time zones", lambda: f"{ZoneInfo('Europe/Berlin').key} found"),
        _look("widget", _widget),
    ]


def _look(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, detail=look())
    except Exception as error:  # noqa: BLE001  whatever is wrong is the finding
        return Check(name, ok=False, detail=f"{type(error).__name__}: {error}")


def _database(settings: Settings) -> str:
    engine = create_engine(synchronous(settings.database))
    try:
        with engine.connect() as connection:
            version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    finally:
        engine.dispose()
    newest = ScriptDirectory.from_config(config(settings.database)).get_current_head()
    return f"schema {version}" + ("" if version == newest else f"; the next `serve` brings it to {newest}")


def _intents(settings: Settings) -> str:
    """The model that serves, and what it reads with."""
    model = load(intent_folder(settings))
    embedder = intent_embedder_of(settings, embedder_of(settings))
    return f"{Classifier(model, embedder).model.version}, read with {embedder.name}"


def _calendars(settings: Settings) -> str:
    """Whose own calendars can be opened, as far as secrets go; `frontdesk calendars check` tries them."""
    playbooks, secrets = playbooks_of(settings), Secrets(settings.calendar_secrets)
    kept = KeptCalendars(playbooks, secrets, lambda: datetime.now(UTC))
    theirs = [
        f"{site}/{rep.key}"
        for site in playbooks.sites
        for rep in reps_of(playbooks, site)
        if kept.of(site, rep.key) is not None
    ]
    shown = ", ".join(f"{name}: ***" for name in secrets.names())
    return f"{', '.join(theirs) or 'the built-in ones'}{f' (secrets {shown})' if shown else ''}"


def _crms(settings: Settings) -> str:
    """Where each site's updates go, as far as keys and mappings go; `frontdesk crm check` asks the CRMs."""
    playbooks = playbooks_of(settings)
    # Nothing is asked of a database here: the sessions are never opened.
    crms = crms_of(settings, playbooks, async_sessionmaker(), clock=lambda: datetime.now(UTC))
    return ", ".join(f"{site}: {crms.of(site).name}" for site in playbooks.sites) or "the built-in one"


def _sales(settings: Settings) -> str:
    """Which sites tell a product of trials, and where carts are paid; a secret that is missing is said."""
    books = playbooks_of(settings)
    sales = sales_of(settings, books, Links("", settings.url))
    told = [site for site in books.sites if (rules := books.of(site).trial) and rules.provisioning]
    paid = [f"{site}: {sales.checkout_of(site).kind}" for site in books.sites if books.of(site).catalogue]
    return f"products told of trials: {', '.join(told) or 'none'}; carts: {', '.join(paid) or 'none'}"


def _members(settings: Settings) -> str:
    """Whose host applications can say who is signed in; keys of a site that is none would check nothing."""
    keys, sites = load_keys(settings.member_keys_file), playbooks_of(settings).sites
    if strays := [site for site in keys if site not in sites]:
        raise BadSetting(
            f"{settings.member_keys_file}: there is no site {strays[0]!r}; the sites are {', '.join(sites) or 'none'}"
        )
    told = [
        f"{site}: {', '.join(each.algorithm for each in given.keys) or 'published keys'}"
        for site, given in keys.items()
    ]
    return ", ".join(told) or f"none; `frontdesk members key` makes a key for {settings.member_keys_file}"


def _widget() -> str:
    if not (WIDGET / "widget.js").is_file():
        raise FileNotFoundError(f"{WIDGET / 'widget.js'} is not built; run `make widget`")
    return f"{(WIDGET / 'widget.js').stat().st_size} bytes"
