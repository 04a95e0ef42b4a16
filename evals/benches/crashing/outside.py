"""The world outside a killed process: calendars kept in files, and the steps at which the process may die."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from server.actions.calendars.ports import CalendarAway, CalendarEvent
from server.actions.checkouts.ports import Payment
from server.actions.goods import SavedCart
from server.actions.mailbox import Mailbox
from server.actions.posting import Answered, NotPosted
from server.actions.signing import Keys
from server.actions.values import Interval, Mail


@dataclass
class Steps:
    """Counts what a process does to the world; at the chosen step it is gone, without a word."""

    kill_at: int = 0
    taken: int = 0
    names: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> None:
        self.taken += 1
        self.names.append(name)
        if self.taken == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def stop(self) -> None:
        """What follows is not killed any more."""
        self.kill_at = 0


@dataclass(frozen=True)
class FileCalendar:
    """A rep's calendar in a folder, one file an event, like a server that takes a whole write or none."""

    folder: Path
    step: Callable[[str], None]
    clock: Callable[[], datetime]
    chance: Random
    away_until: datetime | None = None
    taken: tuple[Interval, ...] = ()
    moody: float = 0.0
    """How often it does not answer a write."""

    async def busy(self, window: Interval, *, ignoring: str | None = None) -> Sequence[Interval]:
        if self.away_until is not None and self.clock() < self.away_until:
            raise CalendarAway("the calendar does not answer")
        events = [event for event in self.events() if event["uid"] != ignoring]
        kept = [
            Interval(datetime.fromisoformat(event["start"]), datetime.fromisoformat(event["end"]))
            for event in events
        ]
        return sorted(
            (each for each in (*kept, *self.taken) if each.overlaps(window)), key=lambda each: each.start
        )

    async def write(self, event: CalendarEvent) -> str:
        self._answers()
        self.step("calendar: before a write")
        place = self._place(event.uid)
        if not place.exists() or json.loads(place.read_text())["sequence"] <= event.sequence:
            part = place.with_suffix(".part")
            part.write_text(json.dumps(asdict(event), default=str))
            part.replace(place)
        self.step("calendar: after a write")
        return place.name

    async def remove(self, uid: str, reference: str | None = None) -> None:  # noqa: ARG002
        self._answers()
        self.step("calendar: before a removal")
        self._place(uid).unlink(missing_ok=True)
        self.step("calendar: after a removal")

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(place.read_text()) for place in sorted(self.folder.glob("*.json"))]

    def _place(self, uid: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / f"{uid}.json"

    def _answers(self) -> None:
        if self.chance.random() < self.moody:
            raise CalendarAway("the calendar does not answer")


@dataclass(frozen=True)
class FileCalendars:
    """Every rep has one."""

    by_rep: dict[str, FileCalendar]

    def of(self, site: str, rep: str) -> FileCalendar | None:  # noqa: ARG002
        return self.by_rep.get(rep)


@dataclass(frozen=True)
class FileProduct:
    """The operator's product: it checks who writes, and makes one trial of a webhook's id however often it comes."""

    folder: Path
    step: Callable[[str], None]
    clock: Callable[[], datetime]
    chance: Random
    keys: Keys
    refuses: bool = False
    moody: float = 0.0
    """How often it does not answer, before or after it did what it was asked for."""

    async def post(
        self,
        url: str,  # noqa: ARG002
        body: bytes,
        headers: Mapping[str, str],
        *,
        allow_private: bool,  # noqa: ARG002
    ) -> Answered:
        name = self.keys.checked(headers, body, now=self.clock())
        self._answers()
        self.step("product: before it takes a trial")
        if self.refuses:
            return Answered(422, {}, b"")
        _keep_first(self.folder / f"{name}.json", json.loads(body)["data"])
        self.step("product: after it took a trial")
        self._answers()
        return Answered(200, {}, json.dumps({"status": "ready", "external_id": name}).encode())

    def trials(self) -> list[str]:
        """What it calls them."""
        return sorted(place.stem for place in self.folder.glob("*.json"))

    def _answers(self) -> None:
        if self.chance.random() < self.moody:
            raise NotPosted("the product did not answer")


@dataclass(frozen=True)
class FileTill:
    """A provider of payments: the same key is the same payment."""

    folder: Path
    step: Callable[[str], None]

    async def begin(self, saved: SavedCart, *, now: datetime) -> Payment:  # noqa: ARG002
        if saved.payment:
            return Payment(f"https://till.example/{saved.payment}", saved.payment)
        self.step("till: before a payment is begun")
        payment = f"{saved.id}-{saved.revision}"
        _keep_first(self.folder / f"{payment}.json", {"id": payment, "cart": saved.id})
        self.step("till: after a payment was begun")
        return Payment(f"https://till.example/{payment}", payment)

    def payments(self) -> list[dict[str, str]]:
        return [json.loads(place.read_text()) for place in sorted(self.folder.glob("*.json"))]


def _keep_first(place: Path, content: object) -> None:
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_suffix(".part")
    part.write_text(json.dumps(content))
    part.replace(place)


@dataclass(frozen=True)
class SteppingMailer:
    """The built-in mailbox, with a step on either side of it; those inside it are its own commits."""

    mailbox: Mailbox
    step: Callable[[str], None]

    async def send(self, site: str, mail: Mail, *, key: str) -> None:
        self.step("mail: before it is sent")
        await self.mailbox.send(site, mail, key=key)
        self.step("mail: after it was sent")
