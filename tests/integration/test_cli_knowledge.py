"""Sources, documents, gaps and outdated answers on the command line."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result

from knowledge.schedule import Source
from knowledge.values import PutDocument
from server.asking import opened
from server.cli import main
from server.cli_source_words import name_of, seconds
from server.errors import FrontdeskError
from server.settings import Settings
from server.store.deeds import deeds
from tests.support.models import an_installation

PAGE = "# Refunds\n\nA refund takes five working days.\n"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "installation"
    settings: Settings = an_installation(folder)
    assert settings.data_dir == folder
    return folder


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    (folder / "billing").mkdir(parents=True)
    (folder / "billing" / "refunds.md").write_text(PAGE, encoding="utf-8")
    (folder / "torn.pdf").write_bytes(b"%PDF-1.4 torn")
    return folder


def run(*arguments: object, typed: str = "") -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=typed)


def answered(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    value: dict[str, Any] = json.loads(result.stdout)
    return value


def source_of(data_dir: Path, site: str, name: str) -> Source:
    async def asked() -> Source:
        async with opened(Settings(data_dir=data_dir)) as installation:
            return {each.name: each for each in await installation.library.sources(site)}[name]

    return asyncio.run(asked())


async def a_document_put(data_dir: Path, site: str) -> None:
    async with opened(Settings(data_dir=data_dir)) as installation:
        body = PutDocument("billing/vouchers", "Vouchers", "A voucher lasts a year.")
        await installation.library.put_document(site, body, now=datetime.now(UTC))


async def deeds_at(data_dir: Path, site: str) -> list[tuple[str, str, str]]:
    async with opened(Settings(data_dir=data_dir)) as installation, installation.readers() as session:
        return [(each.by, each.act, each.thing) for each in reversed(await deeds(session, site))]


def test_a_source_is_added_read_listed_and_removed_with_its_documents(data_dir: Path, docs: Path) -> None:
    at = ("--site", "acme", "--data-dir", data_dir)

    added = run("source", "add", "handbook", docs, "--every", "6h", "--owner", "support", *at)
    read = answered(run("source", "read", "handbook", "--json", *at))
    listed = answered(run("source", "list", "--json", *at))
    in_words = run("source", "list", *at)
    documents = answered(run("documents", "list", "--json", *at))
    shown = answered(run("documents", "show", "billing/refunds", "--json", *at))
    removed = run("source", "remove", "handbook", "--yes", *at)
    left = answered(run("documents", "list", "--json", *at))

    assert added.exit_code == 0, added.output
    # A folder without a home on the web is read in the server's own reader.
    assert shown["url"] == "/kb/acme/billing/refunds"
    assert "a running server reads it now" in added.stdout
    assert [(each["name"], each["added"], each["broken"]) for each in read["sources"]] == [("handbook", 1, 1)]
    source = listed["sources"][0]
    assert (source["state"], source["kind"], source["every_s"], source["documents"]) == (
        "fine",
        "folder",
        21_600,
        1,
    )
    assert source["broken_files"][0]["path"] == "torn.pdf"
    assert "    not read: torn.pdf: " in in_words.stdout
    assert [each["path"] for each in documents["documents"]] == ["billing/refunds"]
    assert documents["documents"][0]["owner"] == "support"
    assert shown["source"] == "handbook"
    assert "A refund takes five working days." in shown["text"]
    assert removed.exit_code == 0, removed.output
    assert left["total"] == 0


def test_what_is_wrong_with_a_source_is_said_in_one_line_and_is_a_wrong_call(
    data_dir: Path, docs: Path
) -> None:
    at = ("--site", "acme", "--data-dir", data_dir)
    wrong = {
        "per_second: 0.0 is out of range": ("source", "add", "a", "https://a.example", "--per-second", "0"),
        "--every 'often' is no time": ("source", "add", "a", docs, "--every", "often"),
        "name: 'No Good' is not a name": ("source", "add", "No Good", docs),
        "'docs.acme.example/guide' looks like an address": ("source", "add", "a", "docs.acme.example/guide"),
        "'htps://acme.example' looks like an address": ("source", "add", "a", "htps://acme.example"),
    }
    for says, call in wrong.items():
        result = run(*call, *at)

        assert result.exit_code == 2, result.output
        assert result.stderr.splitlines()[-1].startswith("frontdesk: ")
        assert says in result.stderr
    missing = run("source", "read", "nothing", *at)
    assert missing.exit_code == 2
    assert "'nothing'" in missing.stderr


def test_a_source_that_is_there_keeps_what_is_not_named(data_dir: Path, docs: Path) -> None:
    at = ("--site", "acme", "--data-dir", data_dir)
    run("source", "add", "handbook", docs, "--every", "6h", "--owner", "support", "--audience", "staff", *at)

    changed = run("source", "add", "handbook", docs, "--language", "de", *at)
    kept = source_of(data_dir, "acme", "handbook")
    run("source", "add", "handbook", docs, "--every", "never", "--audience", "public", *at)
    later = source_of(data_dir, "acme", "handbook")

    assert changed.exit_code == 0, changed.output
    assert "the rest is as it was" in changed.stdout
    assert (kept.every_s, kept.spec.owner, kept.spec.audience) == (21_600, "support", ("staff",))
    assert (kept.spec.language, kept.spec.base_url) == ("de", "/kb/acme")
    assert (later.every_s, later.spec.owner, later.spec.audience) == (None, "support", ("public",))


def test_what_the_command_line_changes_stands_in_the_audit_trail(data_dir: Path, docs: Path) -> None:
    at = ("--site", "acme", "--data-dir", data_dir)
    run("source", "add", "handbook", docs, "--read", *at)
    run("source", "remove", "handbook", "--yes", *at)
    asyncio.run(a_document_put(data_dir, "acme"))
    run("documents", "remove", "billing/vouchers", *at)

    written = asyncio.run(deeds_at(data_dir, "acme"))

    assert written == [
        ("the command line", "source_saved", f"handbook ({docs})"),
        ("the command line", "source_read", "handbook"),
        ("the command line", "source_removed", "handbook"),
        ("the command line", "document_deleted", "billing/vouchers"),
    ]


def test_an_address_is_ingested_as_a_site_source(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "web"
    folder.mkdir()
    words = "Shipping an umbrella takes two working days inside the country and five days abroad."
    (folder / "index.html").write_text(
        f"<html><head><title>Shipping</title></head><body><main><h1>Shipping</h1><p>{words}</p></main></body></html>",
        encoding="utf-8",
    )
    at = ("--site", "acme", "--data-dir", data_dir)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        refused = run("ingest", address, *at)
        ingested = answered(run("ingest", address, "--allow-private", "--json", *at))
        server.shutdown()
    sources = answered(run("source", "list", "--json", *at))["sources"]
    documents = answered(run("documents", "list", "--json", *at))["documents"]

    assert refused.exit_code == 1
    assert "private" in refused.stderr
    assert (ingested["added"], ingested["broken"]) == (1, 0)
    assert [(each["kind"], each["location"], each["documents"]) for each in sources] == [("site", address, 1)]
    assert [each["title"] for each in documents] == ["Shipping"]


def test_a_removal_is_asked_for_and_can_be_declined(data_dir: Path, docs: Path) -> None:
    at = ("--site", "acme", "--data-dir", data_dir)
    run("source", "add", "handbook", docs, "--read", *at)

    declined = run("source", "remove", "handbook", *at, typed="n\n")
    documents = answered(run("documents", "list", "--json", *at))

    assert declined.exit_code == 1
    assert "Remove handbook and its 1 documents?" in declined.stderr
    assert documents["total"] == 1


def test_a_document_is_removed_by_path_and_a_wrong_path_is_said(data_dir: Path, docs: Path) -> None:
    at = ("--site", "acme", "--data-dir", data_dir)
    run("ingest", docs, *at)

    unknown = run("documents", "show", "billing/refund", *at)
    nothing = answered(run("documents", "list", "--state", "expired", "--json", *at))
    found = answered(run("documents", "list", "--words", "refunds billing", "--json", *at))

    assert unknown.exit_code == 1
    assert "has no document 'billing/refund'" in unknown.stderr
    assert nothing == {"site": "acme", "total": 0, "documents": []}
    assert [each["source"] for each in found["documents"]] == ["files"]


def test_on_the_first_day_gaps_and_outdated_answers_say_that_there_are_none(data_dir: Path) -> None:
    at = ("--site", "demo", "--data-dir", data_dir)

    gaps, outdated = run("gaps", *at), run("outdated", *at)

    assert "every question so far was answered" in gaps.stdout
    assert "every answer given still holds" in outdated.stdout
    assert answered(run("gaps", "--json", *at)) == {"site": "demo", "gaps": []}
    assert answered(run("outdated", "--json", *at)) == {"site": "demo", "answers": []}


def test_times_and_names_are_read_from_what_people_write() -> None:
    assert [seconds(each) for each in ("90m", "6h", "1d", "2w", None)] == [
        5_400,
        21_600,
        86_400,
        1_209_600,
        None,
    ]
    assert name_of("https://docs.Acme.example/") == "docs.acme.example"
    assert name_of("https://acme.example/docs/en/") == "acme.example-docs-en"
    with pytest.raises(FrontdeskError, match="no time"):
        seconds("1 fortnight")
