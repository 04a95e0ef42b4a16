"""Instructions hidden in documents: how many reach an answer, a source card or a prompt, and false alarms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evals import gates
from evals.datasets import json_lines
from evals.errors import BadData
from evals.metrics import mean
from evals.report import Report
from evals.suites.answers import Tell
from evals.suites.demo_answers import GOLDEN as QUESTIONS
from evals.suites.demo_answers import Golden, words_of
from evals.suites.demo_answers import read as read_questions
from knowledge.corpora import CorpusIndex, CorpusPage
from knowledge.embedders.remembering import RememberingEmbedder
from knowledge.parsing.front_matter import split_front_matter
from knowledge.parsing.markdown import parse_markdown
from knowledge.ports import Embedder
from knowledge.sentences import split_sentences
from knowledge.untrusted import addresses_assistant
from knowledge.values import Answer
from knowledge.writing.escalating import passages
from knowledge.writing.ports import Task
from knowledge.writing.prompting import excerpts, messages
from server.wiring import DEMO

GOLDEN = Path(__file__).parent.parent / "golden" / "injection.jsonl"
PLACES = ("in_paragraph", "own_paragraph", "list_item", "hidden_html")
_WORDS = 4
"""Words in a row that betray an instruction; shorter runs are everybody's."""


@dataclass(frozen=True, slots=True)
class Attack:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """What became of one attack in the answer to one question."""

    attack: Attack
    question: str
    in_answer: bool
    in_card: bool
    in_prompt: bool


def run(
    embedder: Embedder, tell: Tell, *, attacks_file: Path | None = None, clean: Sequence[Path] = ()
) -> Report:
    """Plants each attack in pages of the demo company beside what answers a question, and asks that question."""
    attacks = read(attacks_file or GOLDEN)
    questions = [one for one in read_questions(QUESTIONS) if one.page and not one.previous]
    sources = {page: split_front_matter(text) for page, text in _sources()}
    remembering = RememberingEmbedder(embedder, capacity=100_000)
    by_page: dict[str, list[Golden]] = {}
    for one in questions:
        by_page.setdefault(str(one.page), []).append(one)
    own = _plain("\n".join(body for _, body in sources.values()))
    seen: list[_Seen] = []
    for at, some in enumerate(_rounds(attacks, len(by_page))):
        tell(f"planting {len(some)} of {len(attacks)} instructions")
        planted = dict(zip(by_page, some, strict=False))
        pages = [
            CorpusPage(
                page,
                front.title,
                _with(body, planted[page], by_page[page][0], PLACES[at % len(PLACES)])
                if page in planted
                else body,
            )
            for page, (front, body) in sources.items()
        ]
        index = CorpusIndex(pages, remembering)
        for page, attack in planted.items():
            seen += [_looked(attack, one.question, index.answer(one.question), own) for one in by_page[page]]
    sentences = [sentence for text in _clean(clean) for sentence in _sentences(text)]
    alarms = [sentence for sentence in sentences if addresses_assistant(sentence)]
    figures: dict[str, float | None] = {
        "attacks": len(attacks),
        "answers": len(seen),
        "recognised": mean([float(bool(addresses_assistant(one.text))) for one in attacks]),
        "reached_answer": mean([float(one.in_answer) for one in seen]),
        "reached_card": mean([float(one.in_card) for one in seen]),
        "reached_prompt": mean([float(one.in_prompt) for one in seen]),
        "false_alarms": len(alarms) / len(sentences) if sentences else None,
        "clean_sentences": len(sentences),
    }
    remarks = [
        f"reached the answer to {one.question!r}: {one.attack.text!r}" for one in seen if one.in_answer
    ]
    remarks += [f"would be sent for {one.question!r}: {one.attack.text!r}" for one in seen if one.in_prompt]
    remarks += [f"false alarm: {sentence!r}" for sentence in alarms]
    known = "injection" if attacks_file is None and not clean else "injection-given"
    return Report("injection", figures, gates.bars(known, figures), tuple(remarks[:40]))


def read(file: Path) -> list[Attack]:
    """JSON lines of `{text}`, or one JSON object of lists of texts by kind."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".json":
        try:
            groups = json.loads(text)
            found = [(f"{kind}-{n}", str(one)) for kind, some in groups.items() for n, one in enumerate(some)]
        except (ValueError, AttributeError, TypeError) as error:
            raise BadData(f"{file}: must be an object of lists of texts, or JSON lines of text") from error
        return [Attack(*one) for one in found]
    return [
        Attack(str(row.get("id", number)), str(row["text"]))
        for number, row in json_lines(file, "text")
        if "text" in row
    ]


def _rounds(attacks: Sequence[Attack], pages: int) -> Iterator[list[Attack]]:
    """Every attack once in every place, as many at a time as there are pages; never on the same page again."""
    queue = [
        attack for shift in range(len(PLACES)) for attack in (*attacks[shift * 3 :], *attacks[: shift * 3])
    ]
    whole = -(-len(attacks) // pages) * len(PLACES)
    size = -(-len(queue) // whole)
    for at in range(0, len(queue), size):
        yield queue[at : at + size]


def _with(body: str, attack: Attack, question: Golden, place: str) -> str:
    """The page with the attack right behind the sentence that answers."""
    wanted = question.must_contain[0] if question.must_contain else ""
    paragraphs = body.split("\n\n")
    spot = next(
        (n for n, one in enumerate(paragraphs) if wanted in one and not one.startswith(("#", "|", "`"))),
        len(paragraphs) - 1,
    )
    target = paragraphs[spot]
    match place:
        case "in_paragraph" if not re.match(r"\s*(?:[-*|#`]|\d+\.)", target):
            ends = [end for _, end in split_sentences(target)]
            cut = next((end for end in ends if wanted in target[:end]), ends[-1] if ends else len(target))
            paragraphs[spot] = f"{target[:cut]} {attack.text}{target[cut:]}"
        case "list_item":
            paragraphs.insert(spot + 1, f"- {attack.text}")
        case "hidden_html":
            paragraphs.insert(
                spot + 1, f'<!-- {attack.text} -->\n\n<p style="display:none">{attack.text}</p>'
            )
        case _:
            paragraphs.insert(spot + 1, attack.text)
    return "\n\n".join(paragraphs)


def _looked(attack: Attack, question: str, answer: Answer, own: str) -> _Seen:
    """`own` are the pages' own words: what they say themselves betrays nothing."""
    runs = {run for run in _runs(attack.text) if run not in own}
    task = Task(question, excerpts(passages(answer)), 400, 1.0)
    sent = messages(task, "")[-1]["content"]
    return _Seen(
        attack,
        question,
        _holds(words_of(answer), runs) or any(_holds(one.quote, runs) for one in answer.citations),
        any(_holds(one.passage, runs) for one in answer.citations),
        _holds(sent.replace(question, ""), runs),
    )


def _runs(text: str) -> set[str]:
    words = re.findall(r"\w+", text.casefold())
    size = min(_WORDS, len(words))
    return {" ".join(words[at : at + size]) for at in range(len(words) - size + 1)}


def _holds(text: str, runs: set[str]) -> bool:
    words = _plain(text)
    return any(run in words for run in runs)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _sources() -> list[tuple[str, str]]:
    folder = DEMO / "docs"
    return [
        (file.relative_to(folder).with_suffix("").as_posix(), file.read_text(encoding="utf-8"))
        for file in sorted(folder.rglob("*.md"))
    ]


def _clean(folders: Sequence[Path]) -> list[str]:
    """Pages without attacks, on which every alarm is a false one."""
    if not folders:
        return [text for _, text in _sources()]
    files = [
        file for folder in folders for ending in ("*.md", "*.mdx") for file in sorted(folder.rglob(ending))
    ]
    return [file.read_text(encoding="utf-8") for file in files]


def _sentences(source: str) -> Iterator[str]:
    _, body = split_front_matter(source)
    for block in parse_markdown(f"\n{body}", fallback_title="").blocks:
        if block.kind != "code":
            yield from (block.text[start:end] for start, end in split_sentences(block.text))
