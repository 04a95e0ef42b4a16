"""Documents are material, not orders: takes out the sentences that speak to a machine which reads them. Pure.

Not a judge of intentions: pages say "ignore this setting" and "tell the customer" all day, and mean a person. What is
taken out is what only a machine that writes answers could be meant by. docs/writer.md says what was measured.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

from knowledge.parsing.blocks import Block
from knowledge.sentences import split_sentences

_UNSEEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad]")
_TURNS_TO_MACHINE = frozenset({"overrides", "addresses_machine", "gives_role", "forges_turn"})
"""Rules of sentences after which an order is the machine's and no reader's."""
_ORDERS = re.compile(
    r"\W*(?:please,? |then,? |also,? |instead,? |and |so |you (?:must|should|will|are to) )?"
    r"(?:always|never|only|do not|don't|add|advise|answer|ask|assure|claim|direct|explain|follow|give|include|inform"
    r"|insist|keep|mention|offer|output|point|pretend|promise|quote|recommend|refer|repeat|reply|respond|reveal|say"
    r"|send|show|state|suggest|tell|use|warn|write)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class _Rules:
    patterns: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...]
    """Name, what a sentence must hold before the expression is worth trying, expression."""
    excused: re.Pattern[str]
    """What makes a sentence about answers one for developers or support staff."""


@cache
def _rules() -> _Rules:
    data = yaml.safe_load((Path(__file__).parent / "data" / "machine_talk.yaml").read_text(encoding="utf-8"))
    words: dict[str, str] = data["words"]
    patterns = [
        (
            row["name"],
            tuple(row["needs"]),
            re.compile(_WORD.sub(lambda found: words[found[1]], row["pattern"]), re.IGNORECASE),
        )
        for row in data["rules"]
    ]
    return _Rules(tuple(patterns), re.compile(data["excused"], re.IGNORECASE))


def addresses_assistant(text: str) -> str:
    """The rule that one of the text's sentences breaks, or nothing."""
    # Signs that can not be seen split words apart for a filter only.
    plain = _UNSEEN.sub("", text)
    rules, low = _rules(), plain.casefold()
    worth = [rule for rule in rules.patterns if any(needed in low for needed in rule[1])]
    if not worth:
        return ""
    for start, end in split_sentences(plain):
        sentence = plain[start:end]
        for name, _, pattern in worth:
            if pattern.search(sentence) and not (name == "directs_answer" and rules.excused.search(sentence)):
                return name
    return ""


def for_people(sentences: Sequence[str]) -> list[str]:
    """A paragraph's sentences without those that speak to machines.

    Whoever turned to the machine goes on giving it orders: those that follow in the paragraph go as well.
    """
    fine: list[str] = []
    is_turned = False
    for sentence in sentences:
        rule = addresses_assistant(sentence)
        is_turned = is_turned or rule in _TURNS_TO_MACHINE
        if not rule and not (is_turned and _ORDERS.match(sentence)):
            fine.append(sentence)
    return fine


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A page's blocks without the sentences that speak to machines, and those sentences."""

    blocks: tuple[Block, ...]
    removed: tuple[str, ...]


def without_instructions(blocks: Sequence[Block]) -> Cleaned:
    """What is left is what may be indexed, shown and sent. Code stays: it is shown as code and followed by nobody."""
    kept: list[Block] = []
    removed: list[str] = []
    for block in blocks:
        if block.kind == "code" or not addresses_assistant(block.text):
            kept.append(block)
            continue
        if block.kind != "prose":
            removed.append(block.text)
            continue
        sentences = [block.text[start:end] for start, end in split_sentences(block.text)]
        fine = for_people(sentences)
        removed += [sentence for sentence in sentences if sentence not in fine]
        if fine:
            kept.append(replace(block, text=" ".join(fine)))
    return Cleaned(tuple(kept), tuple(removed))
