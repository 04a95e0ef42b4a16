"""Puts question and passages into the reviewed prompt, so that quoted words can not pass for ours. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from knowledge.parsing.blocks import CELL
from knowledge.values import Found
from knowledge.writing.ports import Excerpt, Task

PROMPT = "answer.v1"
"""The reviewed text in `knowledge/data/prompts`; a change of its words is a new version."""
NO_ANSWER = "NO ANSWER"

_MOST_CHARS = 1_800
"""Of a passage; longer ones are rare tables and code."""
# What chat templates of common models use to mark who speaks.
_ROLE_MARKS = re.compile(r"<\|[^|>\n]{1,40}\|>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>")


@cache
def instructions() -> str:
    """The system prompt."""
    folder = Path(__file__).parent.parent / "data" / "prompts"
    return (folder / f"{PROMPT}.txt").read_text(encoding="utf-8").strip()


def excerpts(found: Sequence[Found]) -> tuple[Excerpt, ...]:
    """The passages, numbered from 1, each below the names that it stands under."""
    return tuple(
        Excerpt(
            number, " > ".join([one.page.title, *one.passage.heading_path]), one.passage.text[:_MOST_CHARS]
        )
        for number, one in enumerate(found, start=1)
    )


def messages(task: Task, mark: str) -> list[dict[str, str]]:
    """System and user message. `mark` is drawn anew for each call, so that no document can know it."""
    blocks = [
        _fenced(f"PASSAGE {one.number}", f"{one.title}\n{one.text.replace(CELL, ' | ')}", mark)
        for one in task.excerpts
    ]
    asked = _fenced("QUESTION", task.question, mark)
    content = "\n\n".join([*blocks, asked, "Answer the question from the passages."])
    return [{"role": "system", "content": instructions()}, {"role": "user", "content": content}]


def _fenced(name: str, text: str, mark: str) -> str:
    quoted = _ROLE_MARKS.sub(" ", text).replace(mark, "")
    return f"{mark} {name} {mark}\n{quoted}\n{mark} END OF {name} {mark}"


def estimated_tokens(text: str) -> int:
    """For endpoints that do not say: English has about four characters a token."""
    return len(text) // 4 + 1
