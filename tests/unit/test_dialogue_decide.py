"""What the assistant decides, as a table of situations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.dialogue.buying import AskCart, FillCart, StartTrial
from server.dialogue.decide import decide
from server.dialogue.prompts import OpenCart, OpenForm, OpenOffer, OpenQuestion, OpenSlots
from server.dialogue.values import (
    Abstain,
    Ask,
    AskForm,
    Book,
    CancelMeeting,
    Case,
    GiveAnswer,
    HandOver,
    OfferPerson,
    OfferSlots,
    Say,
    State,
    page_path,
)
from tests.support.dialogue import (
    MESSAGE,
    POLICY,
    PROMPT,
    a_citation,
    a_fact,
    a_reading,
    an_answer,
    chose,
    filled,
    known,
    no_answer,
    said,
)

SLOT = "20260303T1300Z~sales"
EMAIL = a_fact("email", "[email_1]")
WITH_EMAIL = State(facts=(known("email", "[email_1]"),))
ASKED = State(asked=("team_size",), open=OpenQuestion(PROMPT, "team_size"))
TUESDAY = a_fact(
    "when", {"start": "2026-03-03T12:00:00+01:00", "end": "2026-03-03T18:00:00+01:00", "grain": "part"}
)

PORTUGUESE = "quanto custa isto por mês para uma equipa pequena?"
SITUATIONS = {
    # Answering
    "a question that the documents answer": (said("what is it?", answer=an_answer()), "answer", [GiveAnswer]),
    "a question that they do not answer": (said("on-prem?"), "answer", [Abstain]),
    "a banned claim in the answer": (said("up?", answer=an_answer("It never fails.")), "answer", [Abstain]),
    "an information question about a trial": (
        said("how long is the trial?", "start_trial", answer=an_answer()),
        "answer",
        [GiveAnswer],
    ),
    # Qualifying
    "a price question is followed by one question": (
        said("what does it cost?", "pricing", answer=an_answer()),
        "answer",
        [GiveAnswer, Ask],
    ),
    "nothing is asked when the answer is unknown": (said("price on mars?", "pricing"), "answer", [Abstain]),
    "what is known is not asked": (
        said("cost?", "pricing", answer=an_answer(), state=State(facts=(known("team_size", 40),))),
        "answer",
        [GiveAnswer],
    ),
    "what was asked is not asked again": (
        said("cost?", "pricing", answer=an_answer(), state=State(asked=("team_size",))),
        "answer",
        [GiveAnswer],
    ),
    "no fifth question": (
        said("cost?", "pricing", answer=an_answer(), state=State(asked=("a", "b", "c", "d"))),
        "answer",
        [GiveAnswer],
    ),
    "no question after stop asking": (
        said("cost?", "pricing", answer=an_answer(), state=State(stop_asking=True)),
        "answer",
        [GiveAnswer],
    ),
    "no question to a frustrated visitor": (
        said("cost??", "pricing", answer=an_answer(), frustration=0.6),
        "answer",
        [GiveAnswer],
    ),
    "a return to the pricing page": (
        said("is it fast?", answer=an_answer(), state=State(pages=("/pricing", "/", "/pricing"))),
        "answer",
        [GiveAnswer, Ask],
    ),
    "something told unasked": (
        said("we are 40 people", facts=[a_fact("team_size", 40)]),
        "qualify",
        [Say, Ask],
    ),
    "a quick reply": (chose("30", "11 to 50", state=ASKED), "qualify", [Say]),
    "an answer in free text": (
        said("about 40", state=ASKED, facts=[a_fact("team_size", 40)]),
        "qualify",
        [Say],
    ),
    "an answer with a question in it": (
        said(
            "40, and does it work offline?", state=ASKED, facts=[a_fact("team_size", 40)], answer=an_answer()
        ),
        "qualify",
        [Say, GiveAnswer, Ask],
    ),
    "a skip": (chose("skip", "Skip", state=ASKED), "qualify", [Say]),
    "a refusal in words": (said("no", "no", state=ASKED), "qualify", [Say]),
    "a digression while a question is open": (
        said("does it work offline?", state=ASKED, answer=an_answer()),
        "answer",
        [GiveAnswer],
    ),
    # Privacy
    "why do you ask": (said("why do you ask?", "why_do_you_ask", state=ASKED), "privacy", [Say]),
    "stop asking": (said("stop asking", "stop_asking", state=ASKED), "privacy", [Say]),
    "a data request": (said("delete my data", "data_request"), "privacy", [Say, HandOver]),
    "unsubscribe": (said("unsubscribe me", "unsubscribe"), "privacy", [Say, HandOver]),
    # Meetings
    "a demo is wished for": (said("can i see a demo", "book_meeting"), "book", [OfferSlots]),
    "a price and a demo in one line": (
        said("how much and can i see a demo", "pricing", "book_meeting", answer=an_answer()),
        "book",
        [GiveAnswer, OfferSlots],
    ),
    "a slot is chosen, the address unknown": (
        chose(SLOT, state=State(open=OpenSlots(PROMPT, (SLOT,)))),
        "book",
        [AskForm],
    ),
    "a slot is chosen, the address known": (
        chose(SLOT, state=replace(WITH_EMAIL, open=OpenSlots(PROMPT, (SLOT,)))),
        "book",
        [Book],
    ),
    "a slot that was not offered": (
        chose("20300101T0000Z~x", state=State(open=OpenSlots(PROMPT, (SLOT,)))),
        "answer",
        [Abstain],
    ),
    "a question about a trial that the documents do not answer": (
        said("do i need a creditcard", "start_trial"),
        "answer",
        [Abstain],
    ),
    "a meeting wished for in words that sound like moving one": (
        said("could we meet on tuesday", "move_meeting", facts=[TUESDAY]),
        "book",
        [OfferSlots],
    ),
    "a guess that the visitor wants no more questions": (
        said("can we do API? we are a company", "stop_asking", answer=an_answer()),
        "answer",
        [GiveAnswer],
    ),
    "a slip in a form": (
        said("not an email", "no", state=State(open=OpenForm(PROMPT, "trial"))),
        "smalltalk",
        [Say],
    ),
    "a form put off": (said("not now", "no", state=State(open=OpenForm(PROMPT, "trial"))), "trial", [Say]),
    "a fact beside a question that is not answered": (
        said("we are 35, which plan fits us?", facts=[a_fact("team_size", 35)]),
        "answer",
        [Abstain],
    ),
    "an answer beside a question that is not answered": (
        said("about 40, which plan fits us?", state=ASKED, facts=[a_fact("team_size", 40)]),
        "qualify",
        [Say, Abstain],
    ),
    "a click on a prompt that is closed": (chose("10", prompt="gone", state=ASKED), "stale", [Say]),
    "a form that is closed": (filled(EMAIL, state=State()), "stale", [Say]),
    "another time while slots are open": (
        said("rather tuesday", state=State(open=OpenSlots(PROMPT, (SLOT,))), facts=[TUESDAY]),
        "book",
        [OfferSlots],
    ),
    "an offered time named in words": (
        said(
            "14:00 works",
            state=replace(WITH_EMAIL, open=OpenSlots(PROMPT, (SLOT,))),
            facts=[a_fact("when", {"start": "2026-03-03T14:00:00+01:00", "end": None})],
        ),
        "book",
        [Book],
    ),
    "the address by form": (
        filled(EMAIL, state=State(open=OpenForm(PROMPT, "booking", SLOT))),
        "book",
        [Book],
    ),
    "the address in words": (
        said("[email_1]", state=State(open=OpenForm(PROMPT, "booking", SLOT)), facts=[EMAIL]),
        "book",
        [Book],
    ),
    "a form without an address": (
        filled(state=State(open=OpenForm(PROMPT, "booking", SLOT))),
        "book",
        [AskForm],
    ),
    "a move": (said("move it", "move_meeting", state=State(meeting="m1")), "book", [OfferSlots]),
    "a move without a meeting": (said("move it", "move_meeting"), "book", [Say]),
    "a cancellation asks first": (
        said("cancel it", "cancel_meeting", state=State(meeting="m1")),
        "book",
        [CancelMeeting],
    ),
    "a cancellation confirmed": (
        chose("yes", state=State(meeting="m1", open=OpenOffer(PROMPT, "cancel_meeting"))),
        "book",
        [CancelMeeting],
    ),
    "a cancellation declined": (
        chose("no", state=State(meeting="m1", open=OpenOffer(PROMPT, "cancel_meeting"))),
        "book",
        [Say],
    ),
    # Trials and carts
    "a trial without an address": (said("i want to try it", "start_trial"), "trial", [AskForm]),
    "a trial with an address": (
        said("i want to try it", "start_trial", state=WITH_EMAIL),
        "trial",
        [StartTrial],
    ),
    "the address for a trial": (
        filled(EMAIL, state=State(open=OpenForm(PROMPT, "trial"))),
        "trial",
        [StartTrial],
    ),
    "a whole cart": (
        said("add 5 seats of team", "buy_or_add_seats", facts=[a_fact("plan", "Team"), a_fact("seats", 5)]),
        "cart",
        [FillCart],
    ),
    "a cart without a plan": (said("i want to buy", "buy_or_add_seats"), "cart", [AskCart]),
    "a cart without seats": (
        said("buy team", "buy_or_add_seats", facts=[a_fact("plan", "Team")]),
        "cart",
        [AskCart],
    ),
    "the missing plan": (
        chose("Team", state=State(facts=(known("seats", 5),), open=OpenCart(PROMPT, "plan"))),
        "cart",
        [FillCart],
    ),
    "the missing seats": (
        chose("10", state=State(facts=(known("plan", "Team"),), open=OpenCart(PROMPT, "seats"))),
        "cart",
        [FillCart],
    ),
    # People
    "a person is asked for": (said("a human please", "talk_to_person"), "handoff", [HandOver, AskForm]),
    "a person, the address known": (
        said("a human", "talk_to_person", state=WITH_EMAIL),
        "handoff",
        [HandOver],
    ),
    "a person twice": (said("a human!", "talk_to_person", state=State(person_wanted=True)), "handoff", [Say]),
    "our offer accepted": (
        chose("yes", state=State(open=OpenOffer(PROMPT, "handoff"))),
        "handoff",
        [HandOver, AskForm],
    ),
    "our offer accepted in words": (
        said("yes please", "yes", state=State(open=OpenOffer(PROMPT, "handoff"))),
        "handoff",
        [HandOver, AskForm],
    ),
    "our offer declined": (chose("no", state=State(open=OpenOffer(PROMPT, "handoff"))), "handoff", [Say]),
    "rising frustration": (said("useless!!", frustration=0.8, answer=an_answer()), "handoff", [OfferPerson]),
    "a person is talking": (
        said("what is it?", answer=an_answer(), state=State(with_person=True)),
        "quiet",
        [],
    ),
    # Small talk
    "a greeting": (said("hi", "greeting"), "smalltalk", [Say]),
    "thanks": (said("thanks!", "thanks"), "smalltalk", [Say]),
    "abuse": (said("you idiot", "abuse"), "smalltalk", [OfferPerson]),
    "nothing but a sign": (said("👍"), "smalltalk", [Say]),
    "an unknown thing in another language of ours": (
        replace(said("was kostet das?"), reading=replace(a_reading("was kostet das?"), language="de")),
        "answer",
        [Abstain],
    ),
    "an unknown thing in a language that we do not speak": (
        replace(said(PORTUGUESE), reading=replace(a_reading(PORTUGUESE), language="pt")),
        "answer",
        [Say, Abstain],
    ),
    "a yes to nothing": (said("yes", "yes"), "smalltalk", [Say]),
}


@pytest.mark.parametrize(("case", "play", "moves"), SITUATIONS.values(), ids=SITUATIONS)
def test_in_this_situation_the_assistant_makes_these_moves(case: Case, play: str, moves: list[type]) -> None:
    decision = decide(case)

    assert decision.play == play
    assert [type(move) for move in decision.moves] == moves
    assert decision.reasons


@pytest.mark.parametrize("case", [case for case, _, _ in SITUATIONS.values()], ids=SITUATIONS)
def test_never_two_questions_in_a_turn_and_never_one_that_was_asked(case: Case) -> None:
    decision = decide(case)

    asked = [move.key for move in decision.moves if isinstance(move, Ask)]
    assert len(asked) <= 1
    assert not set(asked) & set(case.state.asked)
    assert len(decision.state.asked) <= POLICY.limits.questions_per_conversation


@pytest.mark.parametrize("case", [case for case, _, _ in SITUATIONS.values()], ids=SITUATIONS)
def test_the_same_case_is_always_decided_alike(case: Case) -> None:
    assert decide(case) == decide(case)


def test_a_fact_keeps_the_words_that_told_it() -> None:
    decision = decide(said("we are 40", facts=[a_fact("team_size", 40, "40")]))

    (learned,) = decision.learned
    assert (learned.name, learned.value) == ("team_size", 40)
    assert learned.evidence is not None
    assert (learned.evidence.message_id, learned.evidence.quote) == (MESSAGE, "40")
    assert decision.state.known("team_size") == learned


def test_a_quick_reply_that_was_never_offered_teaches_nothing() -> None:
    decision = decide(chose("99999", state=ASKED))

    assert decision.learned == ()
    assert decision.state.known("team_size") is None


def test_a_short_question_in_return_is_not_taken_as_the_answer_to_ours() -> None:
    state = State(asked=("current_tool",), open=OpenQuestion(PROMPT, "current_tool"))
    answer_as_read = a_fact("current_tool", "does it work offline", how="asked:free_text")

    decision = decide(said("does it work offline", state=state, facts=[answer_as_read], answer=an_answer()))

    assert decision.learned == ()
    assert GiveAnswer() in decision.moves


def test_a_follow_up_has_no_intent_of_its_own() -> None:
    state = State(questions=("what are the rate limits?",))

    decision = decide(said("and for business?", "why_do_you_ask", state=state, answer=an_answer()))

    assert decision.play == "answer"


def test_the_score_is_the_sum_of_its_points_and_each_names_its_message() -> None:
    decision = decide(
        said("what does it cost for 40?", "pricing", facts=[a_fact("team_size", 40)], answer=an_answer())
    )

    assert decision.score.total == sum(point.points for point in decision.score.points) == 30
    assert {point.message_id for point in decision.score.points} == {MESSAGE}


def test_page_views_count_for_the_score_only_with_consent_beyond_the_necessary() -> None:
    state = State(pages=("/pricing",))

    allowed = decide(said("hm", state=state, consent="conversation")).score.total
    refused = decide(said("hm", state=state, consent="necessary")).score.total

    assert (allowed, refused) == (5, 0)


def test_why_do_you_ask_is_answered_from_the_rule_that_asked() -> None:
    decision = decide(said("why?", "why_do_you_ask", state=ASKED))

    assert decision.moves == (Say("verbatim", {"text": "Because plans differ by size."}),)
    assert decision.state.open == ASKED.open


def test_a_refused_question_is_never_asked_again() -> None:
    refused = decide(chose("skip", "Skip", state=ASKED)).state

    again = decide(said("what does it cost?", "pricing", answer=an_answer(), state=refused))

    assert again.moves == (GiveAnswer(),)


def test_a_slip_in_a_form_leaves_it_open_for_the_address() -> None:
    form = OpenForm(PROMPT, "trial")
    slipped = decide(said("not an email", "no", state=State(open=form))).state

    decision = decide(said("[email_1]", state=slipped, facts=[EMAIL]))

    assert slipped.open == form
    assert decision.moves == (StartTrial(),)


def test_an_earlier_wish_for_a_time_does_not_narrow_a_new_one() -> None:
    state = State(facts=(known("when", TUESDAY.value),))

    (offer,) = decide(said("can i book a demo", "book_meeting", state=state)).moves

    assert offer == OfferSlots(None, None, None)


def test_the_hours_of_a_wish_go_with_its_days() -> None:
    week = {**TUESDAY.value, "daily": {"from": "12:00", "to": "18:00"}}

    (offer,) = decide(said("next week in the afternoon", "book_meeting", facts=[a_fact("when", week)])).moves

    assert isinstance(offer, OfferSlots)
    assert offer.daily == ("12:00", "18:00")


def test_what_a_rep_has_to_confirm_earns_no_points_yet() -> None:
    unsure = replace(a_fact("team_size", 40), confidence=0.75)

    assert decide(said("40?", facts=[unsure])).score.total == 0


def test_a_click_on_a_closed_prompt_leaves_the_open_one_open() -> None:
    assert decide(chose("10", prompt="gone", state=ASKED)).state.open == ASKED.open


def test_a_plan_that_was_never_offered_teaches_nothing() -> None:
    state = State(open=OpenCart(PROMPT, "plan"))

    decision = decide(chose("ada@example.com", state=state))

    assert decision.state.known("plan") is None


def test_a_chosen_plan_carries_the_words_that_chose_it() -> None:
    decision = decide(chose("Team", state=State(facts=(known("seats", 5),), open=OpenCart(PROMPT, "plan"))))

    plan = decision.state.known("plan")
    assert plan is not None
    assert plan.evidence is not None
    assert plan.evidence.quote == "Team"


def test_a_banned_claim_in_the_passage_around_a_quote_is_withheld_too() -> None:
    shown = replace(an_answer("It is up."), citations=(a_citation("It is up. It never fails."),))

    assert [type(move) for move in decide(said("is it up?", answer=shown)).moves] == [Abstain]


@pytest.mark.timeout(20)
def test_no_message_of_the_greatest_length_holds_up_the_decision() -> None:
    for blanks in (" " * 3_950, ". " * 1_950, "\n " * 1_950, "- " * 1_950):
        for _ in range(10):
            decide(said(blanks + "book a demo please", "book_meeting", answer=an_answer()))


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://x.example/pricing?mail=ada@example.com#a", "/pricing"),
        ("https://x.example", "/"),
        ("https://x.example/invite/ada@example.com", "/invite/…"),
        ("https://x.example/invite/ada%40example.com", "/invite/…"),
        ("https://x.example/reset/9f8e7d6c5b4a39281706f5e4d3c2b1a0", "/reset/…"),
        ("https://x.example/orders/8842917", "/orders/…"),
        ("https://x.example/docs/getting-started-with-scheduling", "/docs/getting-started-with-scheduling"),
    ],
)
def test_a_page_is_remembered_without_what_may_name_a_person_or_open_something(url: str, path: str) -> None:
    assert page_path(url) == path


def test_a_banned_claim_is_withheld_by_every_play() -> None:
    case = said(
        "how much and can i see a demo", "pricing", "book_meeting", answer=an_answer("It never fails.")
    )

    decision = decide(case)

    assert [type(move) for move in decision.moves] == [OfferSlots]
    assert [check.passed for check in decision.checks if check.name == "banned_claims"] == [False]


def test_without_anybody_to_hand_over_to_nobody_is_promised() -> None:
    policy = POLICY.model_copy(update={"plays": frozenset({"qualify"})})

    for intent in ("data_request", "unsubscribe", "abuse"):
        moves = decide(said("words", intent, policy=policy)).moves
        assert [type(move) for move in moves] == [Say]


def test_inside_the_product_nobody_is_qualified() -> None:
    case = replace(said("what does it cost?", "pricing", answer=an_answer()), in_product=True)

    assert decide(case).moves == (GiveAnswer(),)


def test_a_play_that_the_playbook_switches_off_never_opens() -> None:
    policy = POLICY.model_copy(update={"plays": frozenset({"qualify"})})

    decision = decide(said("can i see a demo", "book_meeting", policy=policy, answer=no_answer()))

    assert decision.play == "answer"


def test_a_follow_up_that_names_a_time_wishes_for_itself() -> None:
    when = {"start": "2026-03-05T00:00:00+01:00", "end": "2026-03-06T00:00:00+01:00", "grain": "day"}
    state = State(questions=("how do I import customers?",))

    decision = decide(said("and a demo thursday?", "book_meeting", state=state, facts=[a_fact("when", when)]))

    assert decision.play == "book"
