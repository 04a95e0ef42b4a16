"""Which move is carried out by which function; a forgotten one does not type-check."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from server.dialogue.blocks import Block
from server.dialogue.buying import AskCart, EmptyCart, FillCart, QuotePrice, StartTrial, TrialStatus
from server.dialogue.showing import ShowMeeting
from server.dialogue.values import (
    Abstain,
    Ask,
    AskDay,
    AskForm,
    Book,
    CancelMeeting,
    Clarify,
    Decision,
    GiveAnswer,
    HandOver,
    Move,
    OfferPerson,
    OfferPlay,
    OfferSlots,
    Say,
    State,
)
from server.moves import answering, asking, buying, clarifying, meetings, people, prices
from server.moves.scene import Played, Scene


async def carry_out(scene: Scene, decision: Decision) -> Played:
    """All moves of a decision, in order, each on the state that the one before it left."""
    whole = Played((), decision.state)
    for move in decision.moves:
        part = await _carry_out(scene, whole.state, move)
        whole = replace(
            part,
            blocks=(*whole.blocks, *part.blocks),
            happened=(*whole.happened, *part.happened),
            outcomes=(*whole.outcomes, *part.outcomes),
        )
    await meetings.let_go(scene, whole.state)
    return replace(whole, blocks=tuple(_in(block, scene.language) for block in prices.joined(whole.blocks)))


def _in(block: Block, language: str) -> Block:
    """The block with the language of its words: what is not quoted is ours, in the one that is spoken."""
    return block if block.lang else block.model_copy(update={"lang": language})


async def _carry_out(scene: Scene, state: State, move: Move) -> Played:  # noqa: C901, PLR0912  one arm a move
    match move:
        case GiveAnswer():
            return await answering.give(scene, state)
        case Abstain():
            return await answering.abstain(scene, state)
        case Say():
            return asking.say(scene, state, move)
        case Ask():
            return asking.ask(scene, state, move)
        case AskCart():
            return asking.ask_cart(scene, state, move)
        case AskDay():
            return clarifying.ask_day(scene, state, move)
        case Clarify():
            return clarifying.clarify(scene, state, move)
        case AskForm(purpose="booking"):
            return await meetings.ask_address(scene, state, move)
        case AskForm():
            return asking.ask_form(scene, state, move)
        case OfferPerson():
            return asking.offer_person(scene, state, move)
        case OfferPlay():
            return asking.offer_play(scene, state, move)
        case OfferSlots():
            return await meetings.offer(scene, state, move)
        case Book():
            return await meetings.book(scene, state, move)
        case CancelMeeting():
            return await meetings.cancel(scene, state, move)
        case ShowMeeting():
            return await meetings.show(scene, state, move)
        case StartTrial():
            return await buying.start_trial(scene, state, move)
        case TrialStatus():
            return await buying.trial_status(scene, state)
        case FillCart():
            return await buying.fill_cart(scene, state, move)
        case EmptyCart():
            return await buying.empty_cart(scene, state, move)
        case QuotePrice():
            return await prices.quote(scene, state, move)
        case HandOver():
            return await people.hand_over(scene, state, move)
    assert_never(move)
