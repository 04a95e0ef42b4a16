"""One visitor's connection: frames in, frames out, and nothing decided here."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable
from contextlib import suppress
from typing import Protocol

from sqlalchemy.exc import OperationalError

from server import telemetry
from server.chat.reception import Reception, face, member_face
from server.chat.session import HEARTBEAT_S, Deed, Event, Refused, Session
from server.chat.work import Work
from server.errors import FrontdeskError
from server.floor import Joined
from server.frames import (
    Choose,
    Hello,
    PersonSeen,
    PersonTyping,
    Ping,
    Pong,
    Problem,
    Resync,
    Say,
    Seen,
    ServerFrame,
    Submit,
    Typing,
    Welcome,
    Working,
)
from server.hub import Sign
from server.members.values import IdentityRefused
from server.store.conversations import frames_after

_PAGE = 200
_GOODBYE_S = 5
_TYPING_EVERY_S = 1.0
"""Who is told of typing more often learns nothing."""


class Socket(Protocol):
    """A connection, whatever carries it."""

    async def receive(self) -> str | bytes | None:
        """The next frame; None when the other side is gone."""

    async def send(self, text: str) -> None: ...

    async def close(self, code: int, reason: str) -> None: ...


class Line:
    """Reads, works and writes side by side, so that a ping is answered while a turn is thought about."""

    def __init__(self, reception: Reception, socket: Socket, *, origin: str | None, address: str) -> None:
        self._reception = reception
        self._socket = socket
        self._origin = origin
        self._session = Session()
        self._joined: Joined | None = None
        self._address = address
        self._work = Work(self._do, self._tell, self._pong)
        self._sending = asyncio.Lock()
        self._typed_at = -_TYPING_EVERY_S

    async def run(self) -> None:
        """Until the other side leaves, is silent for three heartbeats, or may not be here."""
        welcomed = await self._hello()
        if welcomed is None:
            return
        desk, (hello, joined) = self._reception.desk, welcomed
        self._joined = joined
        if hello.conversation == joined.conversation and hello.last_seq <= joined.head:
            self._session.join(hello.last_seq)
        else:
            self._session.join(0)
        telemetry.connections.inc()
        try:
            with (
                desk.hub.listen(joined.conversation) as grown,
                desk.hub.watch(joined.conversation, "person") as signs,
            ):
                await self._welcome(joined, hello.mode, hello.locale)
                grown.set()  # what was missed is sent first
                worker = self._work.start()
                try:
                    await _until_first(self._read(), self._write(grown), self._pass_on(signs))
                finally:
                    self._reception.see_through(self._work, worker)
        finally:
            telemetry.connections.dec()

    async def _hello(self) -> tuple[Hello, Joined] | None:
        while True:
            event = await self._next()
            if event is None:
                return None
            match event:
                case Hello() if (refused := self._unwelcome(event)) is not None:
                    await self._refuse(refused)
                    await self._socket.close(4403, refused.code)
                    return None
                case Hello() if (wait_s := self._reception.wait_for_address(self._address)) > 0:
                    words = "Too many connections from this address at once. Please wait a moment."
                    await self._refuse(Refused("too_fast", words), retry_after_s=round(wait_s, 1))
                case Hello():
                    try:
                        return event, await self._reception.floor.join(event)
                    except IdentityRefused as error:
                        # They come back with a fresh token, or as nobody in particular.
                        await self._refuse(refusal_of(error, None))
                case Ping():
                    await self._send(Pong(seq=0))
                case Refused():
                    await self._refuse(event)
                case _:
                    await self._refuse(Refused("hello_first", "Say hello before anything else."))

    def _unwelcome(self, hello: Hello) -> Refused | None:
        """Why this hello can not be answered: an unknown site, or a page that may not hold its widget.

        The visitor can not mend it, so the words for the operator go to the log and the page's console.
        """
        code, fix = (
            "origin_refused",
            f"add {self._origin!r} to site.origins in the playbook of {hello.site!r}",
        )
        try:
            if self._reception.may_embed(hello.site, self._origin):
                return None
        except FrontdeskError as error:
            code, fix = error.code, error.message
            if not hello.site:
                fix = "write data-site, the key of the site, into the script's tag"
        telemetry.log().warning("chat.refused", code=code, site=hello.site, origin=self._origin, fix=fix)
        return Refused(code, "The assistant is not available on this page.")

    async def _welcome(self, joined: Joined, mode: str, locale: str) -> None:
        rules = self._reception.desk.playbooks.of(joined.site).spoken(locale).site
        starters = await self._reception.starters_of(joined.site, rules, mode)
        await self._send(
            Welcome(
                seq=self._session.cursor,
                conversation=joined.conversation,
                visitor_token=joined.token,
                site=face(rules, starters),
                consent=joined.consent,
                heartbeat_s=HEARTBEAT_S,
                member=member_face(joined.member),
                csat=joined.csat,
                unasked_off=joined.unasked_off,
                files=self._reception.filing.offered(joined.site),
            )
        )

    async def _read(self) -> None:
        while True:
            event = await self._next()
            if event is None:
                return
            await self._take(event)

    async def _take(self, event: Event) -> None:
        match event:
            case Typing():
                self._typing()
            case Seen():
                self._sign(Sign("seen", "visitor", up_to=min(event.up_to, self._session.cursor)))
            case Ping():
                await self._work.ping(event)
            case Refused():
                await self._refuse(event)
            case Hello():
                await self._refuse(Refused("already_joined", "This connection has said hello already."))
            case _:
                await self._queue(event)

    def _typing(self) -> None:
        now = time.monotonic()
        if now - self._typed_at >= _TYPING_EVERY_S:
            self._typed_at = now
            self._sign(Sign("typing", "visitor"))

    def _sign(self, sign: Sign) -> None:
        assert self._joined is not None
        self._reception.desk.hub.sign(self._joined.conversation, sign)

    async def _pass_on(self, signs: asyncio.Queue[Sign]) -> None:
        """What people of the company do at this moment; the visitor's own signs are for them."""
        joined = self._joined
        assert joined is not None
        while True:
            sign = await signs.get()
            if sign.by != "person" or await self._reception.refused(joined) is not None:
                continue
            if sign.kind == "typing":
                await self._send(PersonTyping(seq=self._session.cursor, name=sign.name))
            else:
                await self._send(PersonSeen(seq=self._session.cursor, up_to=sign.up_to))

    async def _queue(self, frame: Deed) -> None:
        """One thing after the other, in the order they came; what comes too fast is told so."""
        assert self._joined is not None
        wait_s = self._reception.wait_s(self._address, self._joined.visitor, frame)
        if wait_s > 0 or self._work.is_full:
            words = "That was a lot at once. Please wait a moment and send it again."
            refused = Refused("too_fast", words, getattr(frame, "id", None))
            await self._refuse(refused, retry_after_s=round(max(wait_s, 1.0), 1))
            return
        self._work.put(frame)
        if isinstance(frame, Say | Choose | Submit):
            await self._send(Working(seq=self._session.cursor, client_id=frame.id))

    async def _do(self, frame: Deed) -> None:
        assert self._joined is not None
        answer = await self._reception.do(self._joined, frame)
        if answer is not None:
            await self._send(answer.model_copy(update={"seq": self._session.cursor}))

    async def _tell(self, frame: Deed, error: Exception) -> None:
        await self._refuse(refusal_of(error, getattr(frame, "id", None)))

    async def _pong(self, _ping: Ping) -> None:
        await self._send(Pong(seq=self._session.cursor))

    async def _write(self, grown: asyncio.Event) -> None:
        desk, joined = self._reception.desk, self._joined
        assert joined is not None
        key = joined.member.key if joined.member else ""
        while True:
            with suppress(TimeoutError):  # whoever merely reads is looked at again at each heartbeat
                await asyncio.wait_for(grown.wait(), HEARTBEAT_S)
            grown.clear()
            while True:
                if joined.member is not None and (why := await self._reception.refused(joined)) is not None:
                    # Nothing more is shown until a fresh token comes; what is missed then waits in the log.
                    await self._refuse(refusal_of(why, None))
                    await self._socket.close(4401, why.code)
                    return
                async with desk.readers() as session:
                    page = await frames_after(
                        session,
                        desk.vault,
                        joined.site,
                        joined.conversation,
                        self._session.cursor,
                        _PAGE,
                        key,
                    )
                linked = self._reception.filing.links.linked(joined.site, joined.conversation, page)
                fresh = self._session.unseen(linked)
                for frame in fresh:
                    await self._send_text(json.dumps(frame, ensure_ascii=False))
                if len(page) < _PAGE:
                    break

    async def _next(self) -> Event | None:
        try:
            raw = await asyncio.wait_for(self._socket.receive(), HEARTBEAT_S * 3)
        except TimeoutError:
            with suppress(Exception):
                await self._socket.close(4408, "silent for too long")
            return None
        return None if raw is None else self._session.receive(raw)

    async def _refuse(self, refused: Refused, retry_after_s: float | None = None) -> None:
        telemetry.refused.labels(refused.code).inc()
        await self._send(
            Problem(
                seq=self._session.cursor,
                code=refused.code,
                message=refused.message,
                client_id=refused.client_id,
                retry_after_s=retry_after_s,
            )
        )

    async def _send(self, frame: ServerFrame) -> None:
        await self._send_text(frame.model_dump_json())

    async def _send_text(self, text: str) -> None:
        async with self._sending:
            try:
                await asyncio.wait_for(self._socket.send(text), HEARTBEAT_S)
            except TimeoutError:
                # It can not keep up: it comes back, says what it has, and gets the rest.
                with suppress(Exception):
                    async with asyncio.timeout(_GOODBYE_S):
                        await self._socket.send(Resync(seq=self._session.cursor).model_dump_json())
                        await self._socket.close(4429, "can not keep up; resume")
                raise


def refusal_of(error: Exception, client_id: str | None) -> Refused:
    """What the visitor is told of a failure; what we did not expect is logged."""
    if isinstance(error, FrontdeskError):
        return Refused(error.code, error.message, client_id)
    telemetry.log().error("chat.frame_failed", exc_info=error)
    if isinstance(error, OperationalError):
        return Refused(
            "not_saved", "Your message could not be saved. Please send it again in a moment.", client_id
        )
    return Refused("failed", "Something went wrong on our side. Please send it again.", client_id)


async def _until_first(*work: Awaitable[None]) -> None:
    """Run all of it until one ends, then end the others; an error of any is raised."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
