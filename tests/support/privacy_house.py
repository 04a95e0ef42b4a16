"""A running house for searching: what it wrote, logged, sent and showed to anybody but the visitor."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
from pydantic import SecretStr
from uuid_utils import uuid7

from server import telemetry
from server.actions import outbox
from server.app import create_app
from server.floor import Floor, Joined
from server.frames import Hello
from server.review import sign_ins
from server.review.access import COOKIE
from server.store import doubts
from server.store.tables import Account
from server.wiring import DEMO, House, build
from tests.support.fake_openai import FakeOpenAi
from tests.support.models import an_installation
from tests.support.privacy import rows


@dataclass
class Place:
    """A running house and all that it says to anybody but the visitor."""

    house: House
    floor: Floor
    writer: FakeOpenAi
    log: io.StringIO
    stranger: Joined
    viewer: httpx.AsyncClient
    """Signed in to the console, to see no personal details."""
    manager: httpx.AsyncClient
    """Signed in to the console as one who looks after what the assistant knows."""
    known_rows: set[int] = field(default_factory=set)
    read_prompts: int = 0

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        # Each example is told with its arguments: not with a whole house.
        printer.text("a place")

    async def fresh_rows(self, *skip: str) -> list[tuple[str, str]]:
        found = await rows(self.house.desk.readers, ("vault", *skip))
        return [(name, row) for name, row in found if hash((name, row)) not in self.known_rows]

    async def forget(self) -> None:
        self.known_rows = {hash(each) for each in await rows(self.house.desk.readers, ("vault",))}
        self.log.truncate(0)
        self.log.seek(0)
        self.read_prompts = len(self.writer.asked)


async def open_place(folder: Path, writer: FakeOpenAi, log: io.StringIO) -> Place:
    playbooks = folder / "playbooks"
    playbooks.mkdir()
    demo = (DEMO / "playbooks" / "demo.yaml").read_text(encoding="utf-8")
    (playbooks / "demo.yaml").write_text(f"{demo}\nwriter: {{ when: always }}\n", encoding="utf-8")
    outside = {"writer_url": writer.url, "writer_model": "tiny-1", "writer_key": SecretStr("sk-1")}
    asked = an_installation(folder / "data").model_copy(
        update={"demo": False, "playbooks": playbooks, **outside}
    )
    house = build(asked)
    await house.desk.library.refresh("demo")
    floor = Floor(house.desk)
    stranger = await floor.join(Hello(type="hello", site="demo"))
    transport = httpx.ASGITransport(app=cast("Any", create_app(asked, house)))
    host_only = "__Host-" if asked.url.startswith("https://") else ""
    viewer, manager = [
        httpx.AsyncClient(
            transport=transport,
            base_url="http://console.test",
            cookies={f"{host_only}{COOKIE}": await _signed_in(house, role)},
        )
        for role in ("viewer", "manager")
    ]
    return Place(house, floor, writer, log, stranger, viewer, manager)


async def _signed_in(house: House, role: str) -> str:
    """The token of somebody's session."""
    async with house.desk.writers() as session:
        account = Account(
            id=str(uuid7()), site="demo", login=role, password_hash="none", role=role,
            created_at=house.desk.clock(),
        )  # fmt: skip
        session.add(account)
        token = await sign_ins.begin(session, account, house.desk.clock())
        await session.commit()
    return token


async def close_place(place: Place) -> None:
    house = place.house
    await place.viewer.aclose()
    await place.manager.aclose()
    if house.desk.scribe is not None:
        await house.desk.scribe.close()
    house.desk.pool.shutdown()
    await house.engine.dispose()


@contextlib.contextmanager
def listening() -> Iterator[io.StringIO]:
    """All that would be logged, by our logger and by everybody else's, at the finest level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    with contextlib.redirect_stderr(stream):
        telemetry.configure_logs("debug", "json")
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            yield stream
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
            telemetry.configure_logs("info", "text")


class BrokenReader:
    """Fails as code fails that quotes what it was given."""

    def __init__(self, words: str) -> None:
        self._words = words

    def read(self, *_: object, **__: object) -> None:
        raise RuntimeError(f"can not read {self._words!r}: {self._words}")


async def settle_effects(place: Place) -> None:
    desk, handlers = place.house.desk, place.house.handlers
    async with desk.readers() as session:
        effects = await outbox.due(session, now=desk.clock())
    for effect in effects:
        await outbox.run(desk.writers, handlers, effect, clock=desk.clock)


async def deliver(place: Place) -> None:
    desk = place.house.desk
    while waiting := await desk.ledger.due(desk.clock()):
        for update in waiting:
            await desk.ledger.deliver(update, now=desk.clock())


async def console(place: Place, joined: Joined) -> list[tuple[str, str]]:
    """The pages of those who may see no personal details, or do not ask for them."""
    base = "/console/site/demo"
    await _agree(place)
    talk = await place.viewer.get(f"{base}/conversations/{joined.conversation}")
    assert talk.status_code == 200
    turns = {part.split('"')[0] for part in talk.text.split(f"{base}/decisions/")[1:]}
    paths = ["conversations", "inbox", "overview", "meetings", "understanding", "knowledge/outdated"]
    paths += [f"decisions/{turn}" for turn in turns]
    pages = [await place.viewer.get(f"{base}/{path}") for path in paths]
    gaps = await place.manager.get(f"{base}/knowledge")
    gap = next(iter(gaps.text.split(f"{base}/knowledge/gaps/")[1:]), "").split('"')[0]
    kept = ["understanding/candidates", "understanding/candidates/export", "audit"]
    kept += (
        [f"knowledge/gaps/{gap}", f"knowledge/approve?gap={gap}", f"knowledge/write?gap={gap}"] if gap else []
    )
    pages += [await place.manager.get(f"{base}/{path}") for path in kept]
    refused = await place.viewer.get(f"/v1/sites/demo/conversations/{joined.conversation}/outcomes")
    assert refused.status_code >= 400
    for page in pages:
        assert page.status_code == 200, page.url
    return [(str(page.url.path), page.text) for page in (talk, gaps, refused, *pages)]


async def _agree(place: Place) -> None:
    """What waits to be reviewed becomes an example, so that it is in the export."""
    async with place.house.desk.writers() as session:
        waiting = await doubts.waiting(session, "demo")
        doubts.settle(waiting, doubts.NONE_OF_THESE, by="manager", now=place.house.desk.clock())
        await session.commit()
