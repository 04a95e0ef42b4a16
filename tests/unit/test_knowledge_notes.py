"""What is said about sources: one was replaced, two do not agree; and single cells of tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from knowledge.chunking import chunk
from knowledge.compose import compose
from knowledge.disputes import figures
from knowledge.evidence import Evidence
from knowledge.parsing.blocks import lay_out
from knowledge.parsing.markdown import parse_markdown
from knowledge.values import Answer, Found, Note, PageRef, Sentences
from server.moves.answering import remarks

ID = "00000000-0000-0000-0000-00000000000{}"


def found(
    number: int,
    title: str,
    text: str,
    *,
    updated: date | None = None,
    replaced_by: str = "",
    score: float = 1.0,
) -> Evidence:
    """A page of one passage, every unit of it as relevant as its score."""
    parsed = parse_markdown("\n" + text, fallback_title=title)
    plain, placed = lay_out(parsed.blocks)
    passage = chunk(ID.format(number), "1", plain, placed)[0]
    page = Found(
        passage=passage,
        page=PageRef(title, f"/docs/{number}"),
        document_version="1",
        updated=updated,
        score=score,
        dense=0.7,
        keyword=5.0,
        superseded_by=PageRef(replaced_by, "/docs/new") if replaced_by else None,
    )
    units = len(passage.units)
    return Evidence(page, (0.7 * score,) * units, (0.7,) * units, (0.5,) * units)


def said(parts: Sequence[object]) -> list[str]:
    return [line.text for part in parts if isinstance(part, Sentences) for line in part.lines]


OLD = "The trial of Business lasts 30 days for every new workspace."
NEW = "The trial of Business lasts 14 days for every new workspace."


def test_two_pages_with_different_figures_are_both_shown_the_newest_first() -> None:
    older = found(1, "Old trial", OLD, updated=date(2024, 5, 1))
    newer = found(2, "Trial", NEW, updated=date(2026, 5, 1), score=0.9)

    made = compose("How long does the trial last?", [older, newer])

    assert said(made.parts) == [NEW]
    (note,) = made.notes
    assert note.kind == "conflict"
    assert [made.citations[n - 1].quote for n in note.cites] == [NEW, OLD]
    assert (note.values["newer_date"], note.values["older_date"]) == ("2026-05-01", "2024-05-01")


def test_pages_that_agree_or_speak_of_other_things_are_no_conflict() -> None:
    again = found(2, "Trial", NEW + " It is free.")
    other = found(3, "Backups", "Backups of every workspace are kept for 90 days in another region.")

    made = compose("How long does the trial last?", [found(1, "Free trial", NEW), again, other])

    assert made.notes == ()


def test_a_replaced_page_only_answers_where_its_successor_is_silent() -> None:
    replaced = found(1, "Prices 2024", OLD, updated=date(2024, 5, 1), replaced_by="Prices")
    current = found(2, "Prices", NEW, updated=date(2026, 5, 1), score=0.7)

    both = compose("How long does the trial last?", [replaced, current])
    alone = compose("How long does the trial last?", [replaced])

    assert said(both.parts)[0] == NEW
    assert said(alone.parts) == [OLD]
    assert [(note.kind, note.values["successor"]) for note in alone.notes] == [("superseded", "Prices")]


def test_numbers_are_told_apart_by_what_they_count() -> None:
    assert figures("Team costs 12 EUR or € 15 for 4 to 50 seats since 1 May 2026.") == {
        "eur": frozenset({"12", "15"}),
        "to": frozenset({"4"}),
        "seat": frozenset({"50"}),
    }


LIMITS = (
    "| Limit | Team | Business |\n|---|---|---|\n"
    "| Crews | 25 | 200 |\n| Requests a minute | 600 | 1,800 |\n| Export | – | yes |\n"
)


def test_a_cell_is_told_with_the_names_of_its_row_and_column() -> None:
    made = compose("how many crews on Business", [found(1, "Limits", LIMITS)])

    assert said(made.parts) == ["Crews — Business: 200"]
    assert "Business" in made.citations[0].quote
    assert "200" in made.citations[0].quote


def test_a_question_that_names_no_column_gets_the_row() -> None:
    made = compose("how many requests a minute", [found(1, "Limits", LIMITS)])

    assert said(made.parts) == []
    assert made.parts


def test_an_empty_cell_is_not_an_answer() -> None:
    made = compose("export on Team", [found(1, "Limits", LIMITS)])

    assert "Export — Team: –" not in said(made.parts)


def answered(*notes: Note) -> Answer:
    return Answer("", "", (), (), False, 1.0, (), (), 1, {}, notes=notes)


def test_notes_are_said_in_reviewed_words_with_their_dates_and_sources() -> None:
    conflict = {"newer": "Trial", "newer_date": "2026-05-01", "older": "Old", "older_date": "", "quote": OLD}
    replaced = {"title": "Prices 2024", "date": "2024-05-01", "successor": "Prices", "url": "/docs/new"}

    blocks = remarks(
        answered(
            Note("conflict", (1, 2), "conflict", conflict),
            Note("superseded", (3,), "superseded", replaced),
            Note("unanswered", (), "unanswered", {"question": "is it blue?"}),
        )
    )

    lines = [(line.text, line.cites) for block in blocks for line in block.lines]  # type: ignore[union-attr]
    assert lines == [
        ("Our pages don't agree. The answer above is from “Trial” of 1 May 2026. “Old” says:", [1]),
        (OLD, [2]),
        ("This is from “Prices 2024” of 1 May 2024, which “Prices” has replaced.", [3]),
        ("One part of your question isn't in our documentation: “is it blue?”", []),
    ]
