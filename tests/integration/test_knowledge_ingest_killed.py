"""Processes that are killed or meet: nothing is half done, and what was done is not done again."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from knowledge.tables import Base
from tests.support.knowledge import write_pages
from tests.support.webserver import Asked, Reply, serving

ROOT = Path(__file__).resolve().parents[2]
PAGES = 400


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "knowledge.db"
    engine = create_engine(f"sqlite:///{file}")
    Base.metadata.create_all(engine)
    engine.dispose()
    return file


@contextmanager
def an_ingest(database: Path, where: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.support.ingests", str(database), where]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def ask(database: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(database)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def wait_for(process: subprocess.Popen[str], sign: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if re.search(sign, line):
            return line
    raise AssertionError(f"the process ended without saying {sign!r}")


def free_the_lease(database: Path) -> None:
    """As if the time of the dead process's lease had passed."""
    connection = sqlite3.connect(database)
    just_now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    connection.execute("UPDATE knowledge_sources SET lease_until = ?", (just_now,))
    connection.commit()
    connection.close()


def pages(folder: Path, count: int = PAGES) -> Path:
    return write_pages(folder, {f"p{n:03}.md": f"# Page {n}\n\nAbout number {n}.\n" for n in range(count)})


def test_a_killed_ingest_leaves_no_half_generation_and_the_next_does_not_embed_again(
    database: Path, tmp_path: Path
) -> None:
    folder = str(pages(tmp_path / "docs"))
    with an_ingest(database, folder) as killed:
        wait_for(killed, r"embedding.*done=(?!0|64,)\d+")
    at_death = ask(
        database, "SELECT (SELECT count(*) FROM knowledge_documents), count(*) FROM knowledge_generations"
    )
    saved = ask(database, "SELECT count(*) FROM knowledge_embeddings")[0][0]
    with an_ingest(database, folder) as blocked:
        wait_for(blocked, "busy")
    free_the_lease(database)
    with an_ingest(database, folder) as second:
        said = wait_for(second, "^embedded")

    assert at_death == [(0, 0)]
    assert isinstance(saved, int)
    assert saved >= 128
    assert said.split() == ["embedded", str(PAGES - saved), "added", str(PAGES)]
    assert ask(database, "SELECT number FROM knowledge_generations") == [(1,)]


def test_of_two_processes_that_read_one_source_at_once_one_is_turned_away(
    database: Path, tmp_path: Path
) -> None:
    folder = str(pages(tmp_path / "docs"))
    gate = database.with_name("gate")
    gate.touch()
    with an_ingest(database, folder) as first:
        wait_for(first, "reading")
        with an_ingest(database, folder) as second:
            wait_for(second, "busy")
        gate.unlink()
        said = wait_for(first, "^embedded")

    assert said.split() == ["embedded", str(PAGES), "added", str(PAGES)]
    assert ask(database, "SELECT lease, state FROM knowledge_sources") == [("", "fine")]


def test_a_killed_crawl_goes_on_without_asking_for_what_it_has(database: Path) -> None:
    hold = threading.Event()

    def slow(_: Asked) -> Reply:
        hold.wait(60)
        return Reply(b"<main><h1>Last</h1><p>The last page says something.</p></main>")

    links = "".join(f'<a href="/p{n}">{n}</a>' for n in range(6)) + '<a href="/z-last">last</a>'
    says: dict[str, object] = {"/": f"<main><h1>Home</h1><p>Welcome to the home page.</p>{links}</main>"}
    for n in range(6):
        says[f"/p{n}"] = f"<main><h1>Page {n}</h1><p>All that there is to know about number {n}.</p></main>"
    says["/z-last"] = slow
    with serving(says) as web:
        with an_ingest(database, f"{web.url}/") as killed:
            while "/z-last" not in web.paths:
                assert killed.poll() is None, "the crawl ended before it reached the last page"
                time.sleep(0.02)
        asked_before = set(web.paths) - {"/z-last", "/robots.txt"}
        at_death = ask(database, "SELECT count(*) FROM knowledge_documents")
        free_the_lease(database)
        hold.set()
        web.asked.clear()
        with an_ingest(database, f"{web.url}/") as second:
            said = wait_for(second, "^embedded")
        again = {path for path in set(web.paths) & asked_before if "sitemap" not in path}

    assert at_death == [(0,)]
    assert asked_before >= {f"/p{n}" for n in range(6)}
    assert again == set()
    assert said.split()[-1] == "8"
