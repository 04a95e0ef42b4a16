"""What the log and the record hold of a message shown unasked, once its visitor opened it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from intents.score import Score
from server.desk import Desk
from server.dialogue.blocks import Block, Choice, ChoicesBlock, Line, TextBlock
from server.dialogue.decide import score_of
from server.dialogue.phrases import phrase
from server.dialogue.proactive_rules import ProactiveRule
from server.dialogue.record import CheckEntry, DecisionRecord, Versions
from server.dialogue.values import State
from server.frames import BlockFrame, Done, Message
from server.playbook import Playbook
from server.playbook.proactive import replies
from server.store.conversations import Entry, Talk

_SCORE: TypeAdapter[Score] = TypeAdapter(Score)


@dataclass(frozen=True, slots=True)
class Opened:
    """The turn that the message becomes."""

    talk: Talk
    state: State
    book: Playbook
    """In the visitor's language."""
    rule: ProactiveRule
    frame: str
    """Id of what opened it."""
    turn: str
    message: str
    prompt: str
    now: datetime

    @property
    def language(self) -> str:
        return self.book.site.language

    def blocks(self) -> list[Block]:
        """The message and its buttons."""
        blocks: list[Block] = [TextBlock(lang=self.language, lines=[Line(text=self.rule.text)])]
        if buttons := replies(self.rule, self.language):
            choices = [Choice(value=reply.value, label=reply.label) for reply in buttons]
            blocks.append(
                ChoicesBlock(
                    lang=self.language, prompt=self.prompt, purpose="starter", text="", choices=choices
                )
            )
        return blocks

    def entries(self) -> list[Entry]:
        """What is logged: over the message a line of ours that says how it came to be shown."""
        words = phrase("nudge_shown", {"why": self.rule.why}, self.language)
        said = Message(seq=0, id=self.message, author="system", text=words, at=self.now, client_id=self.frame)
        frames = [
            BlockFrame(seq=0, turn=self.turn, index=index, at=self.now, block=block)
            for index, block in enumerate(self.blocks())
        ]
        done = Done(seq=0, turn=self.turn, at=self.now)
        return [
            Entry("message", _unnumbered(said), message=self.message, client_id=self.frame),
            *(Entry("block", _unnumbered(frame), turn=self.turn) for frame in frames),
            Entry("done", _unnumbered(done), turn=self.turn),
        ]

    def record(self, desk: Desk, checks: Mapping[str, Any]) -> DecisionRecord:
        """Why it was shown; nothing was said that could be read or searched for."""
        talk, state = self.talk, self.state
        score = score_of(desk.policy(talk.site), state, talk.consent)
        return DecisionRecord(
            turn=self.turn,
            site=talk.site,
            conversation=talk.id,
            message=self.message,
            at=self.now.isoformat(),
            said="",
            language="und",
            spoken=self.language,
            group=state.group,
            intents=[],
            asked_for=[],
            out_of_scope=False,
            scope_score=0.0,
            facts=[],
            frustration=0.0,
            searched_for=None,
            answerability=None,
            abstained=None,
            passages=[],
            play="proactive",
            reasons=[f"opened:{self.rule.key}"],
            moves=["Show"],
            checks=[CheckEntry.model_validate(one) for one in checks.get("checks", ())],
            score=_SCORE.dump_python(score, mode="json"),
            consent=talk.consent,
            outcomes=[],
            crm_updates=[],
            effects=[],
            reply=[block.model_dump(mode="json") for block in self.blocks()],
            versions=Versions(
                playbook=self.book.digest, intents="", embedder=desk.embedder_name, generation=0
            ),
            timings_ms={},
        )


def _unnumbered(frame: Message | BlockFrame | Done) -> dict[str, Any]:
    """The log numbers what is kept."""
    return frame.model_dump(mode="json", exclude={"seq"})
