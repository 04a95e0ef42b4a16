"""Each site's updates go to the CRM that its playbook names, opened by the keys file."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import async_sessionmaker

from crm_sync.comparing.ports import ComparableCrm, MergingCrm
from crm_sync.errors import ProviderBusy, ProviderRefused
from crm_sync.ports import ReadableCrm
from crm_sync.providers.builtin import BuiltinCrm
from crm_sync.providers.webhook import WebhookCrm
from crm_sync.remote.engine import RemoteCrm
from crm_sync.values import Effect, Order
from server.errors import BadPlaybook, BadSetting
from server.playbook import load_playbooks
from server.settings import Settings
from server.wiring.crm import SiteCrms, crms_of
from tests.support.crm_webhook import SECRET

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def playbook(folder: Path, site: str, crm: str = "") -> None:
    folder.mkdir(exist_ok=True)
    text = f"version: 1\nsite: {{name: Acme}}\n{crm}\n"
    (folder / f"{site}.yaml").write_text(text, encoding="utf-8")


def crms(folder: Path, keys: str = "") -> SiteCrms:
    if keys:
        (folder / "crm.yaml").write_text(keys, encoding="utf-8")
    settings = Settings(data_dir=folder)
    playbooks = load_playbooks(settings.playbook_dir)
    return crms_of(settings, playbooks, async_sessionmaker(), clock=lambda: NOW)


def test_each_site_has_the_crm_that_its_playbook_names(tmp_path: Path) -> None:
    books = tmp_path / "playbooks"
    playbook(books, "own")
    playbook(books, "hub", "crm: {provider: hubspot}")
    playbook(books, "force", "crm: {provider: salesforce}")
    playbook(books, "pipe", "crm: {provider: pipedrive}")
    playbook(books, "hook", "crm: {provider: webhook}")
    keys = f"""
hub: {{hubspot: {{token: pat-1}}}}
force: {{salesforce: {{login_url: "https://acme.my.salesforce.com", client_id: id, client_secret: secret}}}}
pipe: {{pipedrive: {{token: "0123", url: "https://acme.pipedrive.com"}}}}
hook: {{webhook: {{url: "https://acme.example/hook", secrets: ["{SECRET}"]}}}}
"""

    found = crms(tmp_path, keys)

    assert {
        site: found.of(site).name for site in ("own", "hub", "force", "pipe", "hook", "no such site")
    } == {
        "own": "builtin",
        "hub": "hubspot",
        "force": "salesforce",
        "pipe": "pipedrive",
        "hook": "webhook",
        "no such site": "builtin",
    }
    assert isinstance(found.of("hub"), RemoteCrm)
    assert isinstance(found.of("hook"), WebhookCrm)
    assert isinstance(found, ReadableCrm)
    assert isinstance(found, ComparableCrm)
    assert isinstance(found, MergingCrm)


async def test_threads_of_vendors_end_with_the_server(tmp_path: Path) -> None:
    playbook(tmp_path / "playbooks", "hub", "crm: {provider: hubspot}")
    playbook(tmp_path / "playbooks", "force", "crm: {provider: salesforce}")
    found = crms(
        tmp_path,
        """
hub: {hubspot: {token: pat-1, url: "http://127.0.0.1:9"}}
force: {salesforce: {login_url: "http://127.0.0.1:9", client_id: id, client_secret: secret}}
""",
    )
    for site in ("hub", "force"):
        crm = found.of(site)
        assert isinstance(crm, RemoteCrm)
        with pytest.raises(ProviderBusy):
            await crm.backend.whoami()

    await found.aclose()

    for name in ("hubspot", "salesforce"):
        ours = [each for each in threading.enumerate() if each.name.startswith(name)]
        for each in ours:
            each.join(5)
        assert not [each for each in ours if each.is_alive()], name


def test_a_missing_key_is_said_with_the_file_it_belongs_into(tmp_path: Path) -> None:
    playbook(tmp_path / "playbooks", "hub", "crm: {provider: hubspot}")

    with pytest.raises(
        BadSetting, match=r"'hub' writes to hubspot: put its key under hub\.hubspot into .*crm\.yaml"
    ):
        crms(tmp_path)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("hub: {hubspot: {tokn: secret-1}}", r"crm\.yaml:1: hub\.hubspot\.tok"),
        ("hub: {hubspot: {token: secret-1, url: secret-1}}", r"crm\.yaml:1: hub\.hubspot\.url: "),
        ("hub: [", r"crm\.yaml:1: not valid YAML"),
        ("- hub", r"crm\.yaml:1: a mapping of sites is wanted"),
    ],
)
def test_a_wrong_key_is_named_and_never_repeated(tmp_path: Path, keys: str, said: str) -> None:
    playbook(tmp_path / "playbooks", "hub", "crm: {provider: hubspot}")

    with pytest.raises(BadSetting, match=said) as caught:
        crms(tmp_path, keys)

    assert "secret-1" not in str(caught.value)


def test_a_mapping_beside_the_playbook_is_taken(tmp_path: Path) -> None:
    books = tmp_path / "playbooks"
    playbook(books, "hub", "crm: {provider: hubspot, mapping: maps/ours.yaml}")
    (books / "maps").mkdir()
    (books / "maps" / "ours.yaml").write_text("version: ours-7\nprovider: hubspot\n", encoding="utf-8")

    found = crms(tmp_path, "hub: {hubspot: {token: pat-1}}").of("hub")

    assert isinstance(found, RemoteCrm)
    assert found.mapping.version == "ours-7"


def test_files_that_a_playbook_names_lie_beside_it_and_are_no_sites(tmp_path: Path) -> None:
    books = tmp_path / "playbooks"
    playbook(books, "hub", "crm: {provider: hubspot, mapping: hub-crm.yaml, policy: crm-policy.yaml}")
    (books / "hub-crm.yaml").write_text("version: ours-7\nprovider: hubspot\n", encoding="utf-8")
    (books / "crm-policy.yaml").write_text('version: "3"\nrules: []\notherwise: approve\n', encoding="utf-8")

    assert load_playbooks(books).sites == ("hub",)


@pytest.mark.parametrize("named", ["mapping", "policy"])
def test_a_file_that_a_playbook_names_and_that_is_not_there_is_said(tmp_path: Path, named: str) -> None:
    books = tmp_path / "playbooks"
    playbook(books, "hub", f"crm: {{provider: hubspot, {named}: absent.yaml}}")

    with pytest.raises(
        BadPlaybook, match=rf"hub\.yaml:3: crm\.{named}: .*absent\.yaml: there is no such file"
    ):
        load_playbooks(books)


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("version: 1\nprovider: salesforce\n", r"hub\.yaml:3: crm\.mapping: .*ours\.yaml:1: .*version"),
        ("version: v1\nprovider: salesforce\n", r"hub\.yaml:3: crm\.mapping: .* is for salesforce"),
        (
            "version: v1\nprovider: hubspot\ncontact: {fields: {emial: email}}\n",
            r"ours\.yaml:3: .*did you mean 'email'",
        ),
    ],
)
def test_a_mapping_that_can_not_be_used_is_said_with_the_playbooks_line(
    tmp_path: Path, mapping: str, said: str
) -> None:
    books = tmp_path / "playbooks"
    playbook(books, "hub", "crm: {provider: hubspot, mapping: ours.yaml}")
    (books / "ours.yaml").write_text(mapping, encoding="utf-8")

    with pytest.raises(BadPlaybook, match=said):
        load_playbooks(books)


class Recording:
    """A CRM that can only be written to."""

    name = "recording"

    def __init__(self) -> None:
        self.orders: list[str] = []

    async def apply(self, order: Order, key: str) -> Effect:
        self.orders.append(key)
        return Effect(reference=key)

    async def undo(self, *args: object, **kwargs: object) -> None:
        raise AssertionError


async def test_what_a_crm_can_not_do_is_answered_with_nothing() -> None:
    mine = Recording()
    found = SiteCrms({"hook": mine}, BuiltinCrm(async_sessionmaker()))  # type: ignore[dict-item]  # an undo that fails

    assert await found.read("hook", "email", "ada@example.com") is None
    assert await found.contact("hook", "1") is None
    assert await found.contacts("hook", limit=5) == []
    assert await found.compare("hook", Effect(), "k") == ()
    assert await found.identities("hook", "contact", after="", limit=5) == []
    assert await found.preview_merge("hook", "contact", "1", "2", "") is None
    with pytest.raises(ProviderRefused, match="Merge the two in recording itself"):
        await found.merge("hook", "contact", "1", "2", {}, key="k", by="rep")
