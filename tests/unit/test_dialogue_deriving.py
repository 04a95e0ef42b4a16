"""Taking a reply apart into what it is made of, and making it again from that alone."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from server.dialogue import phrases
from server.dialogue.derivation import Derivation, Given, Named, Phrased, Quoted, rebuilt, shares
from server.dialogue.deriving import Materials, derive
from server.striking import struck_record

PASSAGE = "Business includes single sign-on.\nTeam does not.\nIt takes ten minutes to set up."
SOURCE = {"passage": "p1", "document": "d1", "version": "4f1c9a20b7de", "title": "Single sign-on",
          "heading": "Plans", "start": 120, "text": PASSAGE}  # fmt: skip


def materials(*uses: phrases.Use, own: dict[str, str] | None = None, by: Any = "joint") -> Materials:
    sources = [Derivation.model_validate({"sources": [SOURCE], "texts": [], "blocks": []}).sources[0]]
    return Materials(sources, {1: (0, 0, 33)}, uses, own or {}, written_by=by)


def line(text: str, *cites: int) -> dict[str, Any]:
    return {"kind": "text", "lang": "en", "lines": [{"text": text, "cites": list(cites)}]}


def apart(block: dict[str, Any], made_of: Materials) -> list[Any]:
    derivation = derive([block], made_of)
    assert rebuilt(Derivation.model_validate_json(derivation.model_dump_json())) == [block]
    return derivation.texts[0]


def test_a_cited_sentence_is_its_place_in_the_passage() -> None:
    assert apart(line("Team does not.", 1), materials()) == [Quoted(source=0, start=34, end=48)]


def test_a_sentence_that_the_page_breaks_in_two_is_still_one_place() -> None:
    pieces = apart(line("Business includes single sign-on. Team does not.", 1), materials())

    assert pieces == [Quoted(source=0, start=0, end=48, flows=True)]


def test_what_a_writer_added_between_quotations_is_said_to_be_the_writers() -> None:
    text = "In short: business includes single sign-on. Note that it takes ten minutes to set up."

    pieces = apart(line(text, 1), materials(by="writer"))

    assert [piece.kind for piece in pieces] == ["given", "quote", "given", "quote"]
    assert isinstance(pieces[0], Given)
    assert pieces[0].by == "writer"


def test_our_own_sentence_is_its_template_with_its_values() -> None:
    with phrases.noting() as said:
        text = phrases.phrase("of_date", {"date": date(2026, 3, 10)}, "de")

    (piece,) = apart(line(text), materials(*said))

    assert isinstance(piece, Phrased)
    assert (piece.name, piece.language) == ("of_date", "de")
    assert "{date}" in piece.template


def test_a_count_keeps_the_form_of_the_sentence_that_was_chosen_for_it() -> None:
    plural = next(name for name, entry in phrases.catalogue("en").items() if isinstance(entry, dict))
    fields = {"count": 1_500} | dict.fromkeys(("minutes", "seats", "name", "plan", "days"), "x")
    with phrases.noting() as said:
        text = phrases.phrase(plural, fields, "en")

    (piece,) = apart(line(text), materials(*said))

    assert isinstance(piece, Phrased)
    assert piece.values["count"] == 1_500


def test_a_question_of_the_playbook_says_where_it_stands_there() -> None:
    made_of = materials(own={"How many of you are there?": "questions[0].ask"})

    question, rest = apart(line("How many of you are there? It decides."), made_of)

    assert (question.by, question.key) == ("playbook", "questions[0].ask")
    assert (rest.by, rest.text) == ("action", " It decides.")


def test_a_citation_is_a_place_and_the_names_of_its_page() -> None:
    block = {"kind": "sources", "lang": "", "citations": [
        {"n": 1, "url": "/docs/sso", "title": "Single sign-on", "heading": "Plans", "quote": PASSAGE[:33],
         "passage": PASSAGE, "start": 0, "end": 33, "score": 0.8, "document_version": "4f1c9a20b7de", "updated": None},
    ]}  # fmt: skip

    derivation = derive([block], materials())

    assert rebuilt(derivation) == [block]
    assert derivation.texts == [
        [Named(source=0, part="title")],
        [Named(source=0, part="heading")],
        [Quoted(source=0, start=0, end=33)],
        [Quoted(source=0, start=0, end=len(PASSAGE))],
    ]
    assert shares(derivation)["quote"] > 0.8


def test_a_changed_passage_changes_the_answer_that_is_made_again() -> None:
    derivation = derive([line("Team does not.", 1)], materials())
    forged = derivation.model_dump()
    forged["sources"][0]["text"] = PASSAGE.replace("Team does not", "Team does too")

    (block,) = rebuilt(Derivation.model_validate(forged))

    assert block["lines"][0]["text"] == "Team does too."


def test_what_repeats_an_erased_message_is_erased_with_it() -> None:
    with_words = derive([line("You said: my badge is green")], materials())
    without = derive([line("Team does not.", 1)], materials())

    def struck(derivation: Derivation) -> Any:
        record = {"message": "other", "reply": [], "derivation": derivation.model_dump(mode="json")}
        return struck_record(record, "m1", "my badge is green")["derivation"]

    assert struck(with_words) is None
    assert struck(without) is not None


WORDS = st.text(alphabet="abc .\n{}[]$é", max_size=40)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(WORDS, st.sampled_from([(), (1,), (1, 7), (9,)])), max_size=4),
    st.lists(WORDS, max_size=3),
)
def test_whatever_a_reply_says_it_is_made_again_as_it_was(
    lines: list[tuple[str, tuple[int, ...]]], own: list[str]
) -> None:
    blocks = [line(text, *cites) for text, cites in lines]

    derivation = derive(blocks, materials(own={text: f"own.{at}" for at, text in enumerate(own)}))

    assert rebuilt(Derivation.model_validate_json(derivation.model_dump_json())) == blocks
