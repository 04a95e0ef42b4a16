"""What is decided about files: who may send any and when, what the assistant says of them, and what a crash leaves."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.errors import Conflict, FrontdeskError
from server.filing import Filing, Sent
from server.floor import Floor, Joined
from server.frames import Hello
from server.playbook import Playbooks
from server.store.conversations import frames_after
from server.wiring import House, build
from tests.support.models import an_installation

NOTE = b"It stops after step three."


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = build(an_installation(tmp_path))
    yield built
    built.desk.pool.shutdown()
    await built.engine.dispose()


def with_rules(house: House, **rules: Any) -> Filing:
    """Files at a site whose playbook says this of uploads."""
    book = house.desk.playbooks.of("demo")
    changed = book.model_copy(update={"uploads": book.uploads.model_copy(update=rules)})
    object.__setattr__(house.desk, "playbooks", Playbooks({"demo": changed}))
    return Filing(house.desk)


async def join(house: House, locale: str = "en") -> Joined:
    return await Floor(house.desk).join(Hello(type="hello", site="demo", locale=locale))


def sent(joined: Joined, n: int = 1, content: bytes = NOTE) -> Sent:
    return Sent("demo", joined.conversation, f"file_{n:04}", "note.txt", content)


async def log_of(house: House, joined: Joined) -> list[dict[str, Any]]:
    async with house.desk.readers() as session:
        return await frames_after(session, house.desk.vault, joined.site, joined.conversation, 0)


async def test_where_only_a_person_takes_files_none_is_taken_before_they_are_there(house: House) -> None:
    filing, joined = with_rules(house, when="with_person"), await join(house)

    with pytest.raises(FrontdeskError, match="No files can be attached"):
        await filing.check("demo", joined.conversation)
    await Floor(house.desk).take_over("demo", joined.conversation, "ada")
    await filing.check("demo", joined.conversation)
    await filing.take(sent(joined))

    offered = filing.offered("demo")
    assert offered is not None
    assert offered.when == "with_person"
    frames = await log_of(house, joined)
    assert [frame["type"] for frame in frames] == ["message", "message"], "the assistant stays quiet"
    assert frames[-1]["files"][0]["name"] == "note.txt"


async def test_where_nothing_is_allowed_nothing_is_offered_or_taken(house: House) -> None:
    filing, joined = with_rules(house, when="never"), await join(house)

    with pytest.raises(FrontdeskError, match="No files can be attached"):
        await filing.take(sent(joined))

    assert filing.offered("demo") is None
    assert await log_of(house, joined) == []
    assert house.desk.cabinet is not None
    assert house.desk.cabinet.kept() == []


SAYS = {
    "en": "I can't read files",
    "de": "nicht selbst lesen",
    "fr": "lire les fichiers",
    "es": "No puedo leer archivos",
    "ar": "لا أستطيع قراءة الملفات",
}


async def test_the_assistant_says_once_that_it_reads_no_files_and_offers_a_person_each_time(
    house: House,
) -> None:
    filing = with_rules(house, when="always")
    for locale, says in SAYS.items():
        joined = await join(house, locale)

        await filing.take(sent(joined, 1))
        await filing.take(sent(joined, 2))

        blocks = [frame["block"] for frame in await log_of(house, joined) if frame["type"] == "block"]
        assert [block["kind"] for block in blocks] == ["text", "choices", "choices"]
        assert says in blocks[0]["lines"][0]["text"]
        assert {block["lang"] for block in blocks} == {locale}
        assert blocks[-1]["purpose"] == "starter"
        assert blocks[-1]["choices"][0]["label"]


async def test_a_file_that_is_sent_again_while_it_arrives_is_kept_and_logged_once(house: House) -> None:
    filing, joined = with_rules(house, when="always"), await join(house)

    first, again = await asyncio.gather(filing.take(sent(joined)), filing.take(sent(joined)))

    assert first.id == again.id
    assert house.desk.cabinet is not None
    assert [file for _, file, _ in house.desk.cabinet.kept()] == [first.id]
    assert [frame["type"] for frame in await log_of(house, joined)].count("message") == 1


async def test_a_file_whose_message_is_not_saved_is_not_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    filing, joined = with_rules(house, when="always"), await join(house)

    async def moved_on(*_: Any, **__: Any) -> int:
        raise Conflict("moved on")

    monkeypatch.setattr("server.filing.save_talk", moved_on)
    with pytest.raises(Conflict):
        await filing.take(sent(joined))

    assert house.desk.cabinet is not None
    assert house.desk.cabinet.kept() == []


async def test_what_a_crash_left_is_swept_and_nothing_else(house: House) -> None:
    filing, joined = with_rules(house, when="always"), await join(house)
    cabinet, folder = house.desk.cabinet, house.settings.files_dir
    assert cabinet is not None
    kept = await filing.take(sent(joined))
    old, fresh = house.desk.new_id(), house.desk.new_id()
    cabinet.keep("demo", old, b"left behind")
    cabinet.keep("demo", fresh, b"just being saved")
    half = next(folder.rglob(old)).with_name(f"{house.desk.new_id()[:-2]}{old[-2:]}.part")
    half.write_bytes(b"cut off")
    for path in (next(folder.rglob(kept.id)), next(folder.rglob(old)), half):
        os.utime(path, (time.time() - 7_200,) * 2)

    assert await filing.sweep() == 2

    assert {file for _, file, _ in cabinet.kept()} == {kept.id, fresh}
    assert not half.exists()
    assert (await filing.opened("demo", joined.conversation, kept.id)).content == NOTE


async def test_files_can_not_be_exchanged_on_the_disk(house: House) -> None:
    filing, joined = with_rules(house, when="always"), await join(house)
    one = await filing.take(sent(joined, 1))
    other = await filing.take(sent(joined, 2, b"another"))
    folder = house.settings.files_dir
    next(folder.rglob(one.id)).write_bytes(next(folder.rglob(other.id)).read_bytes())

    with pytest.raises(FrontdeskError, match="can not be opened"):
        await filing.opened("demo", joined.conversation, one.id)


async def test_a_file_that_is_logged_is_kept_though_its_sender_leaves_behind_the_commit(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    filing, joined = with_rules(house, when="always"), await join(house)
    log = filing._log

    async def cut_off(*given: Any) -> None:
        await log(*given)
        raise asyncio.CancelledError

    monkeypatch.setattr(filing, "_log", cut_off)
    with pytest.raises(asyncio.CancelledError):
        await filing.take(sent(joined))

    logged = await filing.earlier("demo", joined.conversation, "file_0001")
    assert logged is not None
    assert (await filing.opened("demo", joined.conversation, logged.id)).content == NOTE
