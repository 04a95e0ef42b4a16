"""Phrases, questions, forms and offers as blocks."""

from __future__ import annotations

from server.dialogue.blocks import Choice, ChoicesBlock, FormBlock, FormField, Line, TextBlock
from server.dialogue.phrases import phrase
from server.dialogue.values import Ask, AskCart, AskForm, OfferPerson, Say, State
from server.moves.scene import Played, Scene

_SEATS = ("5", "10", "25", "50")
_SUBMIT = {"booking": "Book", "trial": "Send the link", "handoff": "Send"}


def text(words: str) -> TextBlock:
    """One paragraph of our own words."""
    return TextBlock(lines=[Line(text=words)])


def say(state: State, move: Say) -> Played:
    return Played((text(phrase(move.phrase, move.values)),), state)


def ask(scene: Scene, state: State, move: Ask) -> Played:
    """A question of the playbook with its quick replies; the state opened it."""
    question = scene.case.policy.question(move.key)
    if question is None:
        return Played((), state)
    replies = [Choice(value=reply.value, label=reply.label) for reply in question.choices]
    skip = Choice(value="skip", label="Skip")
    block = ChoicesBlock(prompt=scene.prompt, purpose="question", text=question.ask, choices=[*replies, skip])
    return Played((block,), state)


def ask_cart(scene: Scene, state: State, move: AskCart) -> Played:
    """Which plan, or how many seats of it."""
    if move.missing == "plan":
        plans = scene.playbook.catalogue.plans if scene.playbook.catalogue else ()
        choices = [Choice(value=plan.name, label=plan.name) for plan in plans]
        return Played((_clarify(scene, phrase("cart_plan"), choices),), state)
    plan = state.known("plan")
    words = phrase("cart_seats", {"plan": str(plan.value) if plan else ""})
    return Played((_clarify(scene, words, [Choice(value=seats, label=seats) for seats in _SEATS]),), state)


def ask_form(scene: Scene, state: State, move: AskForm) -> Played:
    """The one field that the next step needs, with what was wrong with the last try."""
    fields = [
        FormField(
            name="email", label="E-mail", kind="email", error=phrase(move.error) if move.error else None
        )
    ]
    if move.purpose == "booking":
        fields.insert(0, FormField(name="name", label="Name", kind="text", required=False))
    block = FormBlock(
        prompt=scene.prompt,
        purpose=move.purpose,
        text=phrase(f"{move.purpose}_form"),
        submit=_SUBMIT[move.purpose],
        fields=fields,
    )
    return Played((block,), state)


def offer_person(scene: Scene, state: State, move: OfferPerson) -> Played:
    return Played((offer_of_a_person(scene, phrase(move.phrase)),), state)


def offer_of_a_person(scene: Scene, words: str) -> ChoicesBlock:
    """Yes brings in a person."""
    yes = Choice(value="yes", label="Ask a person")
    return ChoicesBlock(
        prompt=scene.prompt,
        purpose="offer",
        text=words,
        choices=[yes, Choice(value="no", label="No, thanks")],
    )


def _clarify(scene: Scene, words: str, choices: list[Choice]) -> ChoicesBlock:
    return ChoicesBlock(prompt=scene.prompt, purpose="clarify", text=words, choices=choices)
