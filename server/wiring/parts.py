"""The parts that commands use one by one: folders, models, catalogue, playbooks, reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from uuid_utils import uuid7

from intents.catalogue import Catalogue
from intents.model_store import load as load_model
from intents.own_catalogue import extended_catalogue
from intents.ports import Embedder
from intents.reader import Reader
from knowledge.embedders.exporting import export
from knowledge.embedders.joined import JoinedEmbedder
from knowledge.embedders.minilm import MiniLm
from knowledge.embedders.openai import OpenAiEmbedder
from knowledge.embedders.remembering import RememberingEmbedder
from server import schema
from server.errors import BadSetting, FrontdeskError
from server.playbook import Playbooks, load_playbooks
from server.playbook.words import contacts
from server.settings import Settings

REPOSITORY = Path(__file__).parent.parent.parent
DEMO = REPOSITORY / "demo"


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


def upgrade_database(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    schema.upgrade(settings.database)


def new_id() -> str:
    """A UUID of version 7: sorts by time."""
    return str(uuid7())


def check_demo() -> None:
    """The demo company comes with the repository, not with the package."""
    if not (DEMO / "playbooks").is_dir():
        raise FrontdeskError(f"the demo is not at {DEMO}; start `frontdesk serve` without --demo")
