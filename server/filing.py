"""A visitor's file: checked, kept, logged as their message, opened again, and answered honestly by the assistant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from intents.score import Score
from server.desk import Desk
from server.dialogue.blocks import Block, Choice, ChoicesBlock, Line, TextBlock
from server.dialogue.decide import score_of
from server.dialogue.phrases import phrase
from server.dialogue.record import DecisionRecord, Versions
from server.errors import Conflict, FrontdeskError
from server.files.images import Broken, without_details
from server.files.kinds import found, safe_name
from server.files.links import FileLinks
from server.frames import AttachedFile, BlockFrame, Done, FileRules, Message
from server.playbook.uploads import UploadRules
from server.store import files
from server.store.collisions import is_collision
from server.store.conversations import Entry, Talk, keep_record, load_talk, save_talk
from server.store.file_tables import FileRow
from server.store.tables import DecisionRow
from server.telemetry import log

_TRIES = 5
_SCORE: TypeAdapter[Score] = TypeAdapter(Score)
_ORPHAN_AFTER = timedelta(hours=1)
PLAY = "file"
"""What the decision record of the assistant's words about a file names."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it arrived."""

    site: str
    conversation: str
    client_id: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file as it is handed out."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Ready:
    """What is kept of a file, before anything is saved."""

    id: str
    kind: str
    name: str
    content: bytes


class Filing:
    """What is done with files; each is one short transaction and a wake-up."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.links = FileLinks(desk.secret)

    def rules(self, site: str) -> UploadRules:
        """What the site's playbook allows; nothing where there is no place for files."""
        return (
            UploadRules() if self._desk.cabinet is None else self._desk.playbooks.of_or_default(site).uploads
        )

    def offered(self, site: str) -> FileRules | None:
        """What `welcome` says of it."""
        rules = self.rules(site)
        if rules.when == "never":
            return None
        return FileRules(max_bytes=rules.max_bytes, types=list(rules.types), when=rules.when)

    async def check(self, site: str, conversation: str) -> None:
        """Raises `FrontdeskError` when nothing may be attached here now; asked before a byte is read."""
        async with self._desk.readers() as session:
            talk = await load_talk(session, self._desk.vault, site, conversation)
            self._must_be_allowed(talk, await files.how_many(session, site, conversation))

    async def earlier(self, site: str, conversation: str, client_id: str) -> AttachedFile | None:
        """The file that came under this id before."""
        async with self._desk.readers() as session:
            row = await files.sent_as(session, site, conversation, client_id)
            return None if row is None else await self._attached(session, row)

    async def take(self, sent: Sent) -> AttachedFile:
        """Keep and log it; a repeat of the same id changes nothing."""
        desk, cabinet = self._desk, self._desk.cabinet
        if (before := await self.earlier(sent.site, sent.conversation, sent.client_id)) is not None:
            return before
        if cabinet is None:
            raise _not_allowed()
        ready = await desk.in_thread(_made_ready, self.rules(sent.site), sent, desk.new_id())
        await desk.in_thread(cabinet.keep, sent.site, ready.id, ready.content)
        try:
            before = await self._log(sent, ready)
        except BaseException:
            # It may have ended behind the commit: only what no row knows goes, for nobody would ever find it again.
            kept = await self.earlier(sent.site, sent.conversation, sent.client_id)
            if kept is None or kept.id != ready.id:
                cabinet.remove(sent.site, [ready.id])
            raise
        if before is not None:
            await desk.in_thread(cabinet.remove, sent.site, [ready.id])
            return before
        desk.hub.wake(sent.conversation)
        url = self.links.url(sent.site, sent.conversation, ready.id)
        return AttachedFile(id=ready.id, name=ready.name, type=ready.kind, bytes=len(ready.content), url=url)

    async def open(self, token: str) -> OpenedFile:
        """What a signed address leads to."""
        return await self.opened(*self.links.read(token))

    async def opened(self, site: str, conversation: str, file: str, *, by: str = "") -> OpenedFile:
        """Its content and name; raises `NotFound`. The vault writes down `by` whom, when it is not its visitor."""
        desk = self._desk
        async with desk.readers() as session:
            row = await files.one(session, site, conversation, file)
            name = (await self._attached(session, row)).name
        if by:
            await desk.vault.unseal(site, conversation, row.mark, by=by, now=desk.clock())
        if desk.cabinet is None:
            raise _not_allowed()
        return OpenedFile(name, row.kind, await desk.in_thread(desk.cabinet.open, site, file))

    async def fresh_url(self, site: str, conversation: str, file: str) -> str:
        """An address for a file whose earlier one has expired."""
        async with self._desk.readers() as session:
            await files.one(session, site, conversation, file)
        return self.links.url(site, conversation, file)

    async def remove(self, site: str, ids: Sequence[str]) -> None:
        """Take away what stood in files whose rows are gone; after the commit."""
        if self._desk.cabinet is not None and ids:
            await self._desk.in_thread(self._desk.cabinet.remove, site, ids)

    async def sweep(self) -> int:
        """Remove what no row knows, such as what a crash left between the two; how many that were."""
        desk, cabinet = self._desk, self._desk.cabinet
        if cabinet is None:
            return 0
        before = (desk.clock() - _ORPHAN_AFTER).timestamp()
        old = [(site, file) for site, file, at in await desk.in_thread(cabinet.kept) if at < before]
        async with desk.readers() as session:
            gone = await files.unknown(session, [file for _, file in old])
        for site, file in old:
            if file in gone:
                await desk.in_thread(cabinet.remove, site, [file])
        if gone:
            log().info("files.swept", count=len(gone))
        return len(gone)

    async def _attached(self, session: AsyncSession, row: FileRow) -> AttachedFile:
        details = await self._desk.vault.details(session, row.site, row.conversation)
        name = details.get(row.mark, safe_name("", row.kind))
        url = self.links.url(row.site, row.conversation, row.id)
        return AttachedFile(id=row.id, name=name, type=row.kind, bytes=row.size, url=url)

    async def _log(self, sent: Sent, ready: _Ready) -> AttachedFile | None:
        """Write it down; or the file that came under the same id while this one was read."""
        desk = self._desk
        async with desk.turnstile.through(sent.conversation):
            for _ in range(_TRIES):
                if before := await self.earlier(sent.site, sent.conversation, sent.client_id):
                    return before
                try:
                    await self._log_once(sent, ready)
                except (Conflict, DBAPIError) as error:
                    if not is_collision(error):
                        raise
                else:
                    return None
        raise Conflict(f"conversation {sent.conversation!r} keeps changing; send the file again")

    async def _log_once(self, sent: Sent, ready: _Ready) -> None:
        desk, now = self._desk, self._desk.clock()
        async with desk.readers() as session:
            talk = await load_talk(session, desk.vault, sent.site, sent.conversation)
            self._must_be_allowed(talk, await files.how_many(session, sent.site, sent.conversation))
            says = not await _said_so_last(session, talk)
            language = await desk.language_of(session, sent.site, sent.conversation)
        message, mark = desk.new_id(), _mark(talk)
        note = [] if talk.state.with_person else self._answer(talk, language, says=says)
        turn = desk.new_id()
        async with desk.writers() as session:
            desk.vault.seal(
                session, site=talk.site, conversation=talk.id, details=[(mark, "file", ready.name)], now=now
            )
            session.add(
                FileRow(
                    id=ready.id, site=talk.site, conversation=talk.id, message=message, client_id=sent.client_id,
                    mark=mark, kind=ready.kind, size=len(ready.content), at=now,
                )
            )  # fmt: skip
            entries = [_said(sent, ready, message, mark, now), *_turn(turn, note, now)]
            await save_talk(session, talk, state=talk.state, entries=entries, now=now)
            if note:
                await keep_record(session, self._record(talk, language, turn, message, note, now), now)
            await session.commit()

    def _must_be_allowed(self, talk: Talk, count: int) -> None:
        rules = self.rules(talk.site)
        if rules.when == "never" or (rules.when == "with_person" and not talk.state.with_person):
            raise _not_allowed()
        if count >= rules.per_conversation:
            message = (
                f"There are {rules.per_conversation} files in this conversation; no more can be attached."
            )
            raise FrontdeskError(message, code="too_many_files", status=409)

    def _answer(self, talk: Talk, language: str, *, says: bool) -> list[Block]:
        """That nobody has read it, and who could; of several files in a row it is said once, and offered with each."""
        hands_over = self._desk.playbooks.of_or_default(talk.site).handoff is not None
        comes = talk.state.person_wanted
        words = "file_waits" if comes else "file_unread_person" if hands_over else "file_unread"
        blocks: list[Block] = []
        if says:
            blocks.append(TextBlock(lang=language, lines=[Line(text=phrase(words, {}, language))]))
        if hands_over and not comes:
            label = phrase("opens_handoff", {}, language)
            choice = Choice(value="person", label=label)
            prompt = self._desk.new_id()
            blocks.append(
                ChoicesBlock(lang=language, prompt=prompt, purpose="starter", text="", choices=[choice])
            )
        return blocks

    def _record(
        self, talk: Talk, language: str, turn: str, message: str, note: list[Block], now: datetime
    ) -> DecisionRecord:
        desk = self._desk
        score = score_of(desk.policy(talk.site), talk.state, talk.consent)
        return DecisionRecord(
            turn=turn, site=talk.site, conversation=talk.id, message=message, at=now.isoformat(), said="",
            language="und", spoken=language, group=talk.state.group, intents=[], asked_for=[], out_of_scope=False,
            scope_score=0.0, facts=[], frustration=0.0, searched_for=None, answerability=None, abstained=None,
            passages=[], play=PLAY, reasons=["file:not_read"], moves=["Say"], checks=[],
            score=_SCORE.dump_python(score, mode="json"), consent=talk.consent, outcomes=[], crm_updates=[],
            effects=[], reply=[block.model_dump(mode="json") for block in note],
            versions=Versions(
                playbook=desk.playbooks.of_or_default(talk.site).digest, intents="",
                embedder=desk.embedder_name, generation=0,
            ),
            timings_ms={},
        )  # fmt: skip


def _not_allowed() -> FrontdeskError:
    return FrontdeskError("No files can be attached here at the moment.", code="files_refused", status=403)


def _made_ready(rules: UploadRules, sent: Sent, file: str) -> _Ready:
    """Checked by its content, and without what pictures tell besides themselves."""
    kind = found(sent.content)
    if kind is None or kind not in rules.types:
        message = "Files of this kind can not be attached."
        raise FrontdeskError(message, code="file_kind_refused", status=415)
    try:
        content = without_details(kind, sent.content)
    except Broken as error:
        raise FrontdeskError("This picture is damaged.", code="file_damaged", status=422) from error
    return _Ready(file, kind, safe_name(sent.name, kind), content)


def _mark(talk: Talk) -> str:
    numbers = [int(mark[6:-1]) for mark in talk.details if mark.startswith("[file_")]
    return f"[file_{max(numbers, default=0) + 1}]"


def _said(sent: Sent, ready: _Ready, message_id: str, mark: str, now: datetime) -> Entry:
    # The address is signed anew each time the log is read.
    file = AttachedFile(id=ready.id, name=mark, type=ready.kind, bytes=len(ready.content), url="")
    message = Message(
        seq=0, id=message_id, author="visitor", text="", at=now, client_id=sent.client_id, files=[file]
    )
    body = message.model_dump(mode="json", exclude={"seq"})
    return Entry("message", body, message=message.id, client_id=sent.client_id)


def _turn(turn: str, blocks: list[Block], now: datetime) -> list[Entry]:
    if not blocks:
        return []
    frames: list[BlockFrame | Done] = [
        BlockFrame(seq=0, turn=turn, index=index, at=now, block=block) for index, block in enumerate(blocks)
    ]
    frames.append(Done(seq=0, turn=turn, at=now))
    return [Entry(frame.type, _unnumbered(frame), turn=turn) for frame in frames]


def _unnumbered(frame: BlockFrame | Done) -> dict[str, Any]:
    return frame.model_dump(mode="json", exclude={"seq"})


async def _said_so_last(session: AsyncSession, talk: Talk) -> bool:
    """Whether the assistant's last words were already that it reads no files: several files are answered once."""
    last = await session.scalar(
        select(DecisionRow.play)
        .where(DecisionRow.site == talk.site, DecisionRow.conversation == talk.id)
        .order_by(DecisionRow.at.desc(), DecisionRow.turn.desc())
        .limit(1)
    )
    return last == PLAY
