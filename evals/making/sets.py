"""Makes a question set of documents and writes it in BEIR layout."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from evals.errors import BadData
from evals.making import openapi
from evals.making.masking import Ask, Asked, Each, in_sections, masked
from evals.making.pages import SourcePage, read_folder


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of which documents."""

    docs: tuple[Path, ...]
    ask: Ask = "questions"
    each: Each = "page"
    most: int = 300
    """Questions; chosen by hash, so that more documents change few of them."""
    of_a_page: int = 6
    """Questions that one page may answer: a list of fifty questions would be one long page to find fifty times."""
    pages: int = 2_000


def make(plan: Plan, out: Path) -> tuple[int, int]:
    """Writes corpus.jsonl, queries.jsonl and qrels.tsv; returns how many pages and questions."""
    read = list(_read(plan))
    pages = list(in_sections(read)) if plan.each == "section" else read
    corpus, asked = masked(_sampled_pages(pages, plan.pages), plan.ask)
    chosen = _sampled(asked, plan)
    if not chosen:
        raise BadData(f"{plan.docs[0]}:1: no {plan.ask} found in {len(pages)} pages; try another --ask")
    out.mkdir(parents=True, exist_ok=True)
    _write(
        out / "corpus.jsonl", ({"_id": page.id, "title": page.title, "text": page.text} for page in corpus)
    )
    _write(out / "queries.jsonl", ({"_id": f"q{at}", "text": one.text} for at, one in enumerate(chosen)))
    rows = [f"q{at}\t{page}\t1" for at, one in enumerate(chosen) for page in one.pages]
    (out / "qrels.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *rows]) + "\n", encoding="utf-8")
    return len(corpus), len(chosen)


def _read(plan: Plan) -> Iterable[SourcePage]:
    for docs in plan.docs:
        if docs.is_dir():
            several = len(plan.docs) > 1
            yield from (
                SourcePage(f"{docs.name}/{page.id}" if several else page.id, page.title, page.blocks)
                for page in read_folder(docs)
            )
        elif docs.suffix in (".yaml", ".yml", ".json") and docs.is_file():
            yield from openapi.pages(yaml.safe_load(docs.read_text(encoding="utf-8")))
        else:
            raise BadData(f"{docs}:1: neither a folder of documents nor an OpenAPI description; check --docs")


def _sampled_pages(pages: Sequence[SourcePage], most: int) -> list[SourcePage]:
    kept = {page.id for page in sorted(pages, key=lambda page: _draw(page.id))[:most]}
    return [page for page in pages if page.id in kept]


def _sampled(asked: Sequence[Asked], plan: Plan) -> list[Asked]:
    of_page: dict[str, int] = {}
    chosen: list[Asked] = []
    for one in sorted(asked, key=lambda one: _draw(one.text)):
        if len(chosen) < plan.most and all(of_page.get(page, 0) < plan.of_a_page for page in one.pages):
            chosen.append(one)
            for page in one.pages:
                of_page[page] = of_page.get(page, 0) + 1
    return chosen


def _draw(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _write(file: Path, rows: Iterable[dict[str, str]]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
