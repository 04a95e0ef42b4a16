"""Which trained model reads: train another one beside it, switch, go back, and notice what another process did."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from intents import Reader, versions
from intents.catalogue import Catalogue
from intents.model_store import load, previous, serving
from intents.versions import Waiting
from server.errors import FrontdeskError
from server.settings import PREFIX, Settings
from server.store.deeds import Act, note_deed
from server.telemetry import log

_STEP = re.compile(r"^\s*(\d+)%\s+(.*)$")


@dataclass(frozen=True, slots=True)
class Running:
    """How far a training is."""

    percent: int
    doing: str


class ModelDesk:
    """One model reads for all sites; all processes of an installation follow the same pointer on disk."""

    def __init__(
        self,
        root: Path,
        reader: Reader,
        *,
        catalogue: Callable[[], Catalogue],
        command: Sequence[str],
        environment: Mapping[str, str],
        writers: async_sessionmaker[AsyncSession],
        sites: Sequence[str],
        clock: Callable[[], datetime],
    ) -> None:
        """`command` trains for whoever `--by` names, tells its progress on stderr, and leaves a model that waits."""
        self._root, self._reader, self._catalogue = root, reader, catalogue
        self._command, self._environment = tuple(command), environment
        self._writers, self._sites, self._clock = writers, tuple(sites), clock
        self._task: asyncio.Task[None] | None = None
        self._running: Running | None = None
        self._failed = ""

    @property
    def catalogue(self) -> Catalogue:
        """What messages may be labelled as: what the model that reads knows."""
        return self._reader.catalogue

    def redact(self, text: str) -> str:
        """Logged words that a person changed, without personal details; takes the processor."""
        return self._reader.redact_again(text).text

    @property
    def running(self) -> Running | None:
        """How far the training of this process is; none when there is none."""
        return self._running

    @property
    def failed(self) -> str:
        """Why the last training of this process did not end well."""
        return self._failed

    def serving(self) -> str:
        """The version that reads in this process."""
        return self._reader.model_version

    def previous(self) -> str | None:
        """What can be gone back to."""
        return previous(self._root)

    def waiting(self) -> Waiting | None:
        """The trained model that waits for somebody to switch to it."""
        return versions.waiting(self._root)

    async def start(self, *, by: str) -> None:
        """Train in a process of its own: visitors wait for nothing."""
        if self._task is not None:
            raise FrontdeskError(
                "a training is running already; wait until it is done", code="training", status=409
            )
        self._failed, self._running = "", Running(0, "starting")
        self._task = asyncio.create_task(self._train(by))
        self._task.add_done_callback(self._over)
        await self._note(by, "intents_trained", f"against {self.serving()}")

    async def switch(self, version: str, *, by: str) -> None:
        """Let the model that waits read, here at once and in other processes within seconds."""
        was = serving(self._root)
        await asyncio.to_thread(versions.switch, self._root, version)
        await self.notice()
        await self._note(by, "intents_switched", f"from {was} to {version}")

    async def go_back(self, *, by: str) -> None:
        """Let the model before read again."""
        was = serving(self._root)
        version = await asyncio.to_thread(versions.go_back, self._root)
        await self.notice()
        await self._note(by, "intents_switched_back", f"from {was} to {version}")

    async def discard(self, *, by: str) -> None:
        """Forget the model that waits."""
        found = self.waiting()
        await asyncio.to_thread(versions.discard, self._root)
        if found is not None:
            await self._note(by, "intents_discarded", found.version)

    async def notice(self) -> bool:
        """Read with the model that the pointer names; whether that is another one than before."""
        version = await asyncio.to_thread(serving, self._root)
        if version is None or version == self._reader.model_version:
            return False
        self._reader.use(*await asyncio.to_thread(self._load, version))
        log().info("intents.switched", version=version)
        return True

    async def settled(self) -> None:
        """When the training is over, however it ended."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def stop(self) -> None:
        """Break a training off; nothing of it is kept."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def _load(self, version: str) -> tuple[Any, Catalogue]:
        return load(self._root / version), self._catalogue()

    def _over(self, task: asyncio.Task[None]) -> None:
        self._task = self._running = None
        if not task.cancelled() and (error := task.exception()) is not None:
            log().error("intents.not_trained", why=str(error))
            self._failed = str(error)

    async def _train(self, by: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            "--by",
            by,
            env={**os.environ, **self._environment},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        said = ""
        try:
            assert process.stderr is not None
            async for line in process.stderr:
                words = line.decode(errors="replace").strip()
                said = words or said
                if step := _STEP.match(words):
                    self._running = Running(int(step[1]), step[2])
            if await process.wait() != 0:
                raise FrontdeskError(said.removeprefix("frontdesk: ") or "the training ended without a word")
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.terminate()
                await process.wait()

    async def _note(self, by: str, act: Act, thing: str) -> None:
        async with self._writers() as session:
            for site in self._sites:
                await note_deed(session, site, by=by, act=act, thing=thing, now=self._clock())
            await session.commit()


def training_command() -> tuple[str, ...]:
    """This program, started once more; gently, where the system knows how."""
    gently = ("nice", "-n", "10") if os.name == "posix" else ()
    return (*gently, sys.executable, "-m", "server", "train", "--candidates")


def environment_of(settings: Settings) -> dict[str, str]:
    """These settings for a process of our own, whichever way they were given to us; one thread of arithmetic."""
    given: dict[str, str] = {"OMP_NUM_THREADS": "1"}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if value is None:
            continue
        given[PREFIX + name.upper()] = (
            value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        )
    return given


async def keep_noticing(desk: ModelDesk, every_s: float) -> None:
    """Follow the pointer until cancelled; a model that can not be read leaves the one that reads in place."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await desk.notice()
        except Exception as error:  # noqa: BLE001  a file can break in any way; the next round tries again
            log().error("intents.not_switched", why=str(error) or type(error).__name__)
