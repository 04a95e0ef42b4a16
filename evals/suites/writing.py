"""Whether the check of a writer's sentences lets faithful ones pass and stops every other one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from evals import gates
from evals.errors import BadData
from evals.metrics import mean
from evals.report import Report
from knowledge.chunking import chunk
from knowledge.parsing.blocks import lay_out
from knowledge.parsing.markdown import parse_markdown
from knowledge.ports import Embedder
from knowledge.values import Found, PageRef
from knowledge.writing.checking import Refused, check
from knowledge.writing.drafting import Said

GOLDEN = Path(__file__).parent.parent / "golden" / "writing.yaml"
_DOCUMENT = "5f3a3b62-7a70-5e0e-9d5c-0d6a6f1f5a10"
_FREE = frozenset({"fernway"})
_REMARKS = 15


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence that cites the first of its passages."""

    kind: str
    text: str
    passage: str
    held_out: bool

    @property
    def is_faithful(self) -> bool:
        return self.kind == "faithful"


@dataclass(frozen=True, slots=True)
class Golden:
    passages: dict[str, Found]
    cases: tuple[Case, ...]


def run(embedder: Embedder, golden: Path = GOLDEN) -> Report:
    """Precision and recall, and the share of corrupted sentences that pass, by kind."""
    data = read(golden)
    outcomes = [(case, passed(case, data, embedder)) for case in data.cases]
    figures = _figures(outcomes)
    wrong = [
        f"passed, {case.kind}: {case.text!r} on {case.passage}"
        for case, ok in outcomes
        if ok and not case.is_faithful
    ]
    lost = [
        f"refused: {case.text!r} on {case.passage}" for case, ok in outcomes if not ok and case.is_faithful
    ]
    return Report("writing", figures, gates.bars("writing", figures), (*wrong, *lost[:_REMARKS]))


def passed(case: Case, data: Golden, embedder: Embedder) -> bool:
    """Whether the sentence would be shown."""

    def similarity(one: str, other: str) -> float:
        left, right = embedder.embed([one, other])
        return float(left @ right)

    said = Said(case.text, (1,), "prose")
    return not isinstance(check(said, [data.passages[case.passage]], similarity, free_names=_FREE), Refused)


def _figures(outcomes: Sequence[tuple[Case, bool]]) -> dict[str, float | None]:
    figures: dict[str, float | None] = {}
    for name, some in (
        ("", outcomes),
        ("held_out_", [one for one in outcomes if one[0].held_out]),
    ):
        kept = [ok for case, ok in some if case.is_faithful]
        slipped = [ok for case, ok in some if not case.is_faithful]
        right, wrong = sum(kept), sum(slipped)
        figures |= {
            f"{name}faithful_kept": mean([float(ok) for ok in kept]),
            f"{name}corrupted_passed": mean([float(ok) for ok in slipped]),
            f"{name}precision": right / (right + wrong) if right + wrong else None,
            f"{name}sentences": len(some),
        }
    for kind in dict.fromkeys(case.kind for case, _ in outcomes if not case.is_faithful):
        figures[f"passed_{kind}"] = mean([float(ok) for case, ok in outcomes if case.kind == kind])
    return figures


def read(golden: Path) -> Golden:
    """The passages with the sentences written for them and those made by rule."""
    rows = yaml.safe_load(golden.read_text(encoding="utf-8"))["passages"]
    passages: dict[str, Found] = {}
    for row in rows:
        if not {"id", "title", "heading", "text", "faithful", "corrupted"} <= set(row):
            raise BadData(
                f"{golden}: passage {row.get('id')!r} needs id, title, heading, text, faithful and corrupted"
            )
        passages[row["id"]] = a_passage(row["title"], row["heading"], row["text"])
    cases = [case for row in rows for case in _cases(row, passages)]
    return Golden(passages, tuple(dict.fromkeys(cases)))


def a_passage(title: str, heading: str, text: str) -> Found:
    """A passage as ingest makes it, found."""
    plain, placed = lay_out(parse_markdown(f"## {heading}\n\n{text}", fallback_title=title).blocks)
    cut = chunk(_DOCUMENT, "1", plain, placed)
    if len(cut) != 1:
        raise BadData(f"the passage {heading!r} of {title!r} is too long to be one; shorten it")
    return Found(cut[0], PageRef(title, f"/docs/{title}"), "1", None, 1.0, 1.0, 1.0)


def _cases(row: dict[str, Any], passages: dict[str, Found]) -> Iterator[Case]:
    name, held_out = str(row["id"]), bool(row.get("held_out"))
    faithful, corrupted = row["faithful"], row["corrupted"]
    text = passages[name].passage.text
    for sentence in faithful:
        yield Case("faithful", sentence, name, held_out)
        yield from (Case("number", made, name, held_out) for made in _other_numbers(sentence, text))
        yield from (Case("negation", made, name, held_out) for made in _flipped(sentence))
        yield from (
            Case("name", made, name, held_out)
            for made in _other_names(sentence, text)
            if made not in row.get("also_true", ())
        )
        yield from (
            Case("wrong_passage", sentence, other, held_out)
            for other in passages
            if not _may_say(name, other)
        )
    yield from (Case("written", sentence, name, held_out) for sentence in corrupted)


_SAME = {frozenset({"features", "sso"}), frozenset({"prices", "features"}), frozenset({"trial", "prices"})}
"""Passages that may say the same."""


def _may_say(name: str, other: str) -> bool:
    return name == other or frozenset({name, other}) in _SAME


_FIGURE = re.compile(r"(?<![\w.:])\d+(?:[.:]\d+)?(?![\w:])")


def _other_numbers(sentence: str, passage: str) -> Iterator[str]:
    """Each figure made another one, and where there is one, another one of the passage."""
    in_passage = list(dict.fromkeys(_FIGURE.findall(passage)))
    for found in _FIGURE.finditer(sentence):
        own = found[0]
        others = [str(int(own) + 1) if own.isdigit() else own.replace(own[0], "7", 1)]
        others += [other for other in in_passage if other != own][:2]
        for other in others:
            if other != own:
                yield sentence[: found.start()] + other + sentence[found.end() :]


_NAME = re.compile(r"(?<=[a-z,] )([A-Z][A-Za-z]{3,})\b")

_FLIPS = (
    (r"\b(is|are|can|does|do|must)(?: not|not)\b", r"\1"),
    (r"\bno\b", "a"),
    (r"\bnever\b", "always"),
    (r"\bwithout\b", "with"),
    (r"\b(is|are|can|must)\b(?! not)", r"\1 not"),
    (r"\bup to\b", "at least"),
    (r"\bbefore\b", "after"),
    (r"\bafter\b", "before"),
    (r"\bAfter\b", "Before"),
)  # fmt: skip


def _flipped(sentence: str) -> Iterator[str]:
    for pattern, other in _FLIPS:
        made = re.sub(pattern, other, sentence, count=1)
        if made != sentence:
            yield made
            if "not" in pattern[:40] and "(?! not)" not in pattern:
                return


def _other_names(sentence: str, passage: str) -> Iterator[str]:
    """Each name made another one of the passage, or one that nobody knows."""
    here = _names(sentence)
    elsewhere = [name for name in _names(passage) if name not in here]
    for name in here:
        for other in [*elsewhere[:3], "Contoso"]:
            yield re.sub(rf"\b{re.escape(name)}\b", other, sentence)


def _names(text: str) -> list[str]:
    """Capitalised words in the middle of a sentence, where they can be nothing but names."""
    return list(dict.fromkeys(found[1] for found in _NAME.finditer(text)))
