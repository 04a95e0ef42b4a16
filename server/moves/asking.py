"""Phrases, questions, forms and offers as blocks."""

from __future__ import annotations

from server.actions.pricing import fits
from server.dialogue.blocks import Choice, ChoicesBlock, FormBlock, FormField, Line, TextBlock
from server.dialogue.buying import AskCart
from server.dialogue.reading import SURE
from server.dialogue.values import Ask, AskForm, OfferPerson, OfferPlay, Say, State
from server.moves.scene import Played, Scene

_SEATS: tuple[str, ...] = ("5", "10", "25", "50")


def text(words: str) -> TextBlock:
    """One paragraph of our own words."""
    return TextBlock(lines=[Line(text=words)])


def say(scene: Scene, state: State, move: Say) -> Played:
    return Played((text(scene.phrase(move.phrase, move.values)),), state)


def ask(scene: Scene, state: State, move: Ask) -> Played:
    """A question of the playbook with its quick replies; the state opened it."""
    question = scene.case.policy.question(move.key)
    if question is None:
        return Played((), state)
    replies = [Choice(value=reply.value, label=reply.label) for reply in question.choices]
    skip = Choice(value="skip", label=scene.phrase("skip"))
    words = f"{question.ask} {question.why}" if question.show_why else question.ask
    block = ChoicesBlock(prompt=scene.prompt, purpose="question", text=words, choices=[*replies, skip])
    return Played((block,), state)


def ask_cart(scene: Scene, state: State, move: AskCart) -> Played:
    """Which plan, or how many seats of it."""
    if move.missing == "plan":
        plans = scene.playbook.catalogue.plans if scene.playbook.catalogue else ()
        wished = state.known("seats")
        count = int(str(wished.value)) if wished and str(wished.value).isdecimal() else None
        # What can not have so many seats is not offered; when nothing can, the refusal says what would.
        fitting = [plan for plan in plans if count is None or fits(plan, count)] or plans
        choices = [Choice(value=plan.name, label=plan.name) for plan in fitting]
        return Played((_clarify(scene, scene.phrase("cart_plan"), choices),), state)
    plan = state.known("plan")
    name = str(plan.value) if plan else ""
    words, offered = scene.phrase("cart_seats", {"plan": name}), _SEATS
    seats = state.known("seats")
    if seats is not None and seats.confidence < SURE and str(seats.value).isdecimal():
        # Gathered from the words and not sure: it is said and offered, and not priced before it is confirmed.
        words = scene.phrase("cart_seats_sure", {"seats": str(seats.value), "plan": name})
        offered = (str(seats.value), *(other for other in _SEATS if other != str(seats.value)))
    return Played((_clarify(scene, words, [Choice(value=count, label=count) for count in offered]),), state)


def ask_form(scene: Scene, state: State, move: AskForm) -> Played:
    """The one field that the next step needs, with what was wrong with the last try."""
    error = scene.phrase(move.error) if move.error else None
    fields = [FormField(name="email", label=scene.phrase("field_email"), kind="email", error=error)]
    if move.purpose == "booking":
        fields.insert(
            0, FormField(name="name", label=scene.phrase("field_name"), kind="text", required=False)
        )
    block = FormBlock(
        prompt=scene.prompt,
        purpose=move.purpose,
        text=scene.phrase(f"{move.purpose}_form"),
        submit=scene.phrase(f"{move.purpose}_submit"),
        fields=fields,
    )
    return Played((block,), state)


def offer_person(scene: Scene, state: State, move: OfferPerson) -> Played:
    return Played((offer_of_a_person(scene, scene.phrase(move.phrase)),), state)


def offer_play(scene: Scene, state: State, move: OfferPlay) -> Played:
    """An offer in the playbook's own words, or in ours; yes opens the play."""
    gate = scene.case.policy.gates.get(move.what)
    own = gate.offer.text if gate is not None and gate.offer is not None else None
    yes = Choice(value="yes", label=scene.phrase(f"opens_{move.what}"))
    no = Choice(value="no", label=scene.phrase("person_no"))
    words = own or scene.phrase(f"next_{move.what}")
    block = ChoicesBlock(prompt=scene.prompt, purpose="offer", text=words, choices=[yes, no])
    return Played((block,), state)


def offer_of_a_person(scene: Scene, words: str) -> ChoicesBlock:
    """Yes brings in a person."""
    yes = Choice(value="yes", label=scene.phrase("person_yes"))
    no = Choice(value="no", label=scene.phrase("person_no"))
    return ChoicesBlock(prompt=scene.prompt, purpose="offer", text=words, choices=[yes, no])


def _clarify(scene: Scene, words: str, choices: list[Choice]) -> ChoicesBlock:
    return ChoicesBlock(prompt=scene.prompt, purpose="clarify", text=words, choices=choices)
