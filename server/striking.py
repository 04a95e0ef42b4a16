"""Take one message's words out of what was written because of it. Pure."""

from __future__ import annotations

import re
from typing import Any

REMOVED = "(removed)"
_WORD = re.compile(r"\w+")
_RUN = 3
"""So many of its words in a row are a quotation; fewer are anybody's."""


def struck_record(record: dict[str, Any], message: str, words: str) -> dict[str, Any]:
    """A decision record without what the message told: its own, or a later one that still counted it."""
    made = dict(record)
    made["facts"] = [fact for fact in record.get("facts", ()) if not _is_told_by(fact, message)]
    score = dict(record.get("score") or {})
    for part in ("points", "waiting"):
        if isinstance(score.get(part), list):
            score[part] = [each for each in score[part] if each.get("message_id") != message]
    made["score"] = score
    made["reply"] = [struck_reply(block, words) for block in record.get("reply", ())]
    if _tells(record.get("derivation"), words):
        made["derivation"] = None
    if record.get("searched_for") and quotes(str(record["searched_for"]), words):
        made["searched_for"] = None
    if record.get("message") == message:
        made |= {"said": REMOVED, "searched_for": None, "facts": [], "derivation": None}
        if record.get("writer"):
            made["writer"] = {**record["writer"], "dropped": []}
    return made


def struck_reply(block: dict[str, Any], words: str) -> dict[str, Any]:
    """A block without lines of ours that repeat the words; what documents say is cited and stays."""
    match block:
        case {"kind": "text", "lines": list(lines)}:
            kept = [
                {**line, "text": REMOVED} if not line.get("cites") and quotes(line["text"], words) else line
                for line in lines
            ]
            return {**block, "lines": kept}
        case _:
            return block


def struck_text(text: str, words: str) -> str:
    """What one of us wrote, unless it repeats the words."""
    return REMOVED if quotes(text, words) else text


def struck_values(values: dict[str, Any], words: str) -> dict[str, Any]:
    """The texts among the values, struck like one that stands alone; ids and addresses are none."""
    return {
        key: struck_text(value, words) if isinstance(value, str) and " " in value else value
        for key, value in values.items()
    }


def quotes(text: str, words: str) -> bool:
    """Whether the text repeats a run of the words, or all of them when they are few."""
    said, told = _WORD.findall(words.casefold()), _WORD.findall(text.casefold())
    size = min(_RUN, len(said))
    runs = {tuple(said[at : at + size]) for at in range(len(said) - size + 1)} if size else set()
    return any(tuple(told[at : at + size]) in runs for at in range(len(told) - size + 1))


def _tells(derivation: Any, words: str) -> bool:
    """Whether what a reply was made of repeats the words; what documents say of them is theirs and stays."""
    match derivation:
        case str():
            return quotes(derivation, words)
        case dict():
            return any(_tells(each, words) for key, each in derivation.items() if key != "sources")
        case list():
            return any(_tells(each, words) for each in derivation)
        case _:
            return False


def _is_told_by(fact: dict[str, Any], message: str) -> bool:
    return (fact.get("evidence") or {}).get("message_id") == message
