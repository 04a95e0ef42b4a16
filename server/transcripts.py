"""A conversation in plain words, as its visitor may see it: for the mail that carries it, and for the export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.transcripts import Said, Who
from server.store.conversations import frames_after
from server.store.vault import Vault

_MOST = 2_000
_WHO: dict[str, Who] = {"visitor": "visitor", "person": "team", "system": "system"}
Absolute = Callable[[str], str]
"""A link of ours as it is followed from elsewhere."""


async def said_in(
    vault: Vault, absolute: Absolute, session: AsyncSession, site: str, conversation: str, up_to: int
) -> Sequence[Said]:
    """What was said up to a frame, oldest first; one entry for each turn of the assistant."""
    frames = await frames_after(session, vault, site, conversation, 0, _MOST)
    said: list[Said] = []
    turns: dict[str, list[dict[str, Any]]] = {}
    for frame in frames:
        if frame["seq"] > up_to:
            break
        if frame["type"] == "message":
            said.append(Said(_WHO[frame["author"]], frame["text"], _at(frame)))
        elif frame["type"] == "block":
            blocks = turns.setdefault(frame["turn"], [])
            if not blocks:
                said.append(Said("assistant", frame["turn"], _at(frame)))
            blocks.append(frame["block"])
    return [
        Said("assistant", words_of(turns[one.text]), one.at, sources_of(turns[one.text], absolute))
        if one.who == "assistant"
        else one
        for one in said
    ]


def words_of(blocks: Sequence[dict[str, Any]]) -> str:
    """What the blocks of a turn say, without their sources."""
    return "\n".join(words for block in blocks if (words := _words(block)))


def sources_of(blocks: Sequence[dict[str, Any]], absolute: Absolute) -> tuple[tuple[str, str], ...]:
    """The pages that a turn names: title and address, each once."""
    named = [
        *(one for block in blocks for one in block.get("citations", ())),
        *(one for block in blocks for one in block.get("pages", ())),
    ]
    return tuple({one["url"]: (one["title"], absolute(one["url"])) for one in named}.values())


def _words(block: dict[str, Any]) -> str:
    match block["kind"]:
        case "text":
            return " ".join(line["text"] for line in block["lines"])
        case "list":
            first = block.get("start", 1)
            marks = (f"{first + at}." if block["ordered"] else "-" for at in range(len(block["items"])))
            return "\n".join(
                f"{mark} {item['text']}" for mark, item in zip(marks, block["items"], strict=True)
            )
        case "table":
            return "\n".join(", ".join(row) for row in [block["header"], *block["rows"]])
        case "meeting":
            return f"{block['title']}, {block['when']}"
        case "cart":
            items = (f"{item['quantity']} × {item['plan']}: {item['total']}" for item in block["items"])
            return "\n".join([*items, block["total"], block["note"]])
        case _:
            return str(block.get("text", ""))


def _at(frame: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(frame["at"])
