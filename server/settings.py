"""The settings of one installation: the only module that reads the environment."""

from __future__ import annotations

import difflib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from server.errors import BadSetting

PREFIX = "FRONTDESK_"
_PASSWORD = re.compile(r"(://[^:/@]*:)[^@]*@")


class Settings(BaseModel):
    """Every value can be given as `FRONTDESK_<NAME>` or as a command-line option; options win."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Path(".data")
    """All state of the installation: database, indexes, models, keys, outgoing mail."""
    database_url: str = ""
    """SQLAlchemy URL; empty means SQLite in the data folder."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    public_url: str = Field(default="", pattern=r"^(https?://[^/\s]+(/\S*)?)?$")
    """How visitors reach this server; empty means http://host:port."""
    playbooks: Path | None = None
    """Folder with one `<site>.yaml` a site; empty means `playbooks` in the data folder."""
    catalog: Path | None = None
    """Folder of your own intents on top of the shipped ones; empty means `catalog` in the data folder, if there."""
    golden: Path | None = None
    """JSON lines of {text, intent} that a retrained model is held against; empty means `golden.jsonl` in the catalogue
    folder, and the shipped set beside it."""
    demo: bool = False
    """Serve the demo company's site, documents and playbook as well."""
    embedder: str = ""
    """Folder of a sentence-transformers model, or the address of an OpenAI-compatible endpoint up to and with `/v1`;
    empty means the packaged all-MiniLM-L6-v2."""
    embedder_model: str = ""
    """The model's name at that endpoint."""
    embedder_key: SecretStr = SecretStr("")
    """The key for that endpoint, if it wants one."""
    intent_embedder: str = ""
    """Folder of a second sentence-transformers model, read beside the first for intents only; empty means none."""
    writer_url: str = Field(default="", pattern=r"^(https?://[^/\s]+(/\S*)?)?$")
    """An OpenAI-compatible endpoint up to and with `/v1` that may word answers; the playbook's `writer` says when."""
    writer_model: str = ""
    """The model's name at that endpoint."""
    writer_key: SecretStr = SecretStr("")
    """The key for that endpoint, if it wants one."""
    source_roots: str = ""
    """Folders whose content managers may name as sources in the console, parted like PATH; empty means none.
    The command line may name any."""
    threads: int = Field(default=2, ge=1, le=64)
    """Worker threads for reading and retrieval; each call runs on one."""
    turns_per_minute: int = Field(default=30, ge=1)
    """How many messages one visitor may send a minute before being asked to wait."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    notices: Path | None = None
    """File with the addresses and secrets to which each site's notices go; empty means `notices.yaml` in the data
    folder, if there."""
    crm_keys: Path | None = None
    """File with the keys that open each site's CRM; empty means `crm.yaml` in the data folder, if there."""
    member_keys: Path | None = None
    """File with the keys that sign who is signed in to each site's product; empty means `members.yaml` in the data
    folder, if there."""
    calendar_secrets: Path | None = None
    """What opens the reps' own calendars: a YAML or JSON file of secrets by name, or a folder with a file for each."""
    provisioning_secret: SecretStr = SecretStr("")
    """Shared with your product, which is told of trials and tells what becomes of them: `whsec_…`, several parted by
    spaces while one replaces the other, `site=whsec_…` for one site only."""
    stripe_key: SecretStr = SecretStr("")
    """Secret key of the Stripe account, for playbooks whose `checkout.kind` is `stripe`."""
    stripe_webhook_secret: SecretStr = SecretStr("")
    """Signing secret of the webhook endpoint at Stripe; several parted by spaces."""
    stripe_url: str = Field(default="https://api.stripe.com", pattern=r"^https?://[^/\s]+$")
    """Where Stripe's API answers; another one is for tests."""
    oidc_issuer: str = Field(default="", pattern=r"^(https?://[^\s?#]+)?$")
    """The OpenID Connect provider that people of the console sign in at; empty means passwords only."""
    oidc_client_id: str = ""
    """What the provider calls this console."""
    oidc_client_secret: SecretStr = SecretStr("")
    """The secret it gave; empty for a public client, which PKCE protects alone."""
    oidc_name: str = "single sign-on"
    """What the button of the sign-in page says behind "Sign in with"."""
    oidc_scopes: str = "openid email profile"
    """What is asked of the provider; some want another one for groups."""
    oidc_claim: str = "groups"
    """The claim that roles are read from; a dot goes deeper: `realm_access.roles`."""
    oidc_roles: str = ""
    """Which value of the claim gives which role at which site: `sales=rep@demo, heads=manager@demo, it=admin@*`."""
    oidc_default: str = Field(default="", pattern=r"^((viewer|rep|manager|admin)@\S+)?$")
    """What somebody without such a value gets: `viewer@demo`; empty means nothing, so that they are turned away."""
    oidc_domains: str = ""
    """The domains whose verified e-mail addresses may come in, parted by spaces; empty means all of the provider."""
    oidc_link_by_email: bool = False
    """Take over the password account whose login is the address that the provider verified; else accounts are known
    by issuer and subject alone."""
    sign_in_by_password: bool = True
    """`off` leaves the provider as the only way in, but for `break_glass`."""
    break_glass: str = ""
    """Login of the account that may use its password all the same, for the day on which the provider is away."""
    session_hours: int = Field(default=12, ge=1, le=720)
    """After how long everybody signs in to the console again."""
    session_idle_minutes: int = Field(default=240, ge=5, le=43_200)
    """After how long without a click."""
    smtp_url: str = ""
    """`smtp://user:password@host:port`; empty means the built-in mailbox only."""

    @field_validator("oidc_issuer")
    @classmethod
    def _is_private(cls, issuer: str) -> str:
        address = urlsplit(issuer)
        if address.scheme == "http" and not _is_this_machine(address.hostname or ""):
            # Its keys and the client's secret would cross the network in clear: whoever sits there could be anybody.
            raise PydanticCustomError(
                "issuer_in_clear",
                "an issuer is believed over https only; write https://, or http:// with localhost",
            )
        return issuer

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{(self.data_dir / 'frontdesk.db').absolute()}"

    @property
    def workflow_database(self) -> str:
        """Where durable workflows keep their progress; a synchronous URL, as DBOS wants it."""
        if self.database_url:
            return self.database_url.replace("+aiosqlite", "").replace("+asyncpg", "+psycopg")
        return f"sqlite:///{(self.data_dir / 'workflows.db').absolute()}"

    @property
    def source_folders(self) -> tuple[Path, ...]:
        """The folders of `source_roots`."""
        return tuple(Path(root).absolute() for root in self.source_roots.split(os.pathsep) if root.strip())

    @property
    def url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def files_dir(self) -> Path:
        """Where the files lie that visitors sent."""
        return self.data_dir / "files"

    @property
    def playbook_dir(self) -> Path:
        return self.playbooks or self.data_dir / "playbooks"

    @property
    def notices_file(self) -> Path:
        return self.notices or self.data_dir / "notices.yaml"

    @property
    def crm_keys_file(self) -> Path:
        return self.crm_keys or self.data_dir / "crm.yaml"

    @property
    def member_keys_file(self) -> Path:
        return self.member_keys or self.data_dir / "members.yaml"

    @property
    def catalog_dir(self) -> Path | None:
        """The operator's own intents; none when they have not written any."""
        if self.catalog is not None:
            return self.catalog
        folder = self.data_dir / "catalog"
        return folder if folder.is_dir() else None

    def secret(self) -> str:
        """The installation's signing and sealing key; made on first use, readable by its owner only."""
        path = self.data_dir / "secret.key"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(f".{os.getpid()}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_urlsafe(48), encoding="utf-8")
            try:
                os.link(fresh, path)  # fails when another process was first: then its key is the key
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        return path.read_text(encoding="utf-8").strip()


@dataclass(frozen=True, slots=True)
class Sourced:
    """A setting's value and where it came from, for `frontdesk doctor`."""

    name: str
    value: Any
    source: str


def load_settings(options: Mapping[str, Any] | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raises `BadSetting` for an unknown name or an unusable value."""
    environment = os.environ if env is None else env
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX)
    }
    for name in given:
        if name not in Settings.model_fields:
            near = difflib.get_close_matches(name, Settings.model_fields, n=1)
            hint = (
                f"did you mean {PREFIX}{near[0].upper()}?" if near else "run `frontdesk doctor` to list them"
            )
            raise BadSetting(f"unknown setting {PREFIX + name.upper()!r}: {hint}")
    chosen = {name: value for name, value in (options or {}).items() if value is not None}
    try:
        return Settings.model_validate({**given, **chosen})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise BadSetting(
            f"setting {PREFIX + name.upper()!r} can not be {first['input']!r}: {first['msg']}"
        ) from error


def explain(
    settings: Settings, options: Mapping[str, Any], env: Mapping[str, str] | None = None
) -> list[Sourced]:
    """Each setting with its value and source: option, environment or default."""
    environment = os.environ if env is None else env

    def source(name: str) -> str:
        if options.get(name) is not None:
            return "option"
        return "environment" if PREFIX + name.upper() in environment else "default"

    return [Sourced(name, _shown(getattr(settings, name)), source(name)) for name in Settings.model_fields]


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _shown(value: Any) -> Any:
    """The value with the password of an address struck out; a key only says that it is there."""
    if isinstance(value, SecretStr):
        return str(value)
    return _PASSWORD.sub(r"\1***@", value) if isinstance(value, str) else value
