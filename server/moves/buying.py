"""Start trials and fill carts."""

from __future__ import annotations

from dataclasses import replace

from crm_sync.proposals import Activity
from server.actions import cart, trial
from server.actions.errors import CartRefused, TrialRefused
from server.actions.goods import TrialOutcome, TrialRequest, TrialTerms
from server.actions.pricing import billed, money, price
from server.dialogue.blocks import CartBlock, CartItem, Choice, ChoicesBlock, TrialBlock
from server.dialogue.prompts import OpenCart, OpenForm, OpenOffer
from server.dialogue.values import AskForm, FillCart, State
from server.moves.asking import ask_form, offer_of_a_person, text
from server.moves.scene import Happened, Played, Scene


async def start_trial(scene: Scene, state: State) -> Played:
    """Mail the link, or say how far the trial of this address is."""
    email = state.known("email")
    rules = scene.playbook.trial
    assert email is not None, "the trial play asks for the address first"
    assert rules is not None, "the trial play is off without a trial section"
    request = TrialRequest(scene.site, scene.talk.id, scene.unsealed(str(email.value)), str(email.value))
    terms = rules.terms()
    try:
        outcome = await trial.start(
            scene.session, request, terms, secret=scene.secret, now=scene.now, id=scene.new_id()
        )
    except TrialRefused as refused:
        state = replace(state, open=OpenForm(scene.prompt, "trial"))
        form = ask_form(scene, state, AskForm("trial"))
        outcome_ = ({"what": "trial_refused", "code": refused.code},)
        return Played((text(refused.said(scene.language)), *form.blocks), state, outcomes=outcome_)
    block = _trial_block(scene, outcome, str(email.value), terms)
    told = {"what": f"trial.{outcome.state}", "trial": outcome.trial.id}
    if outcome.state != "mail_sent":
        return Played((block,), state, outcomes=(told,))
    subject = f"Asked for a trial of {terms.plan}"
    activity = Activity("trial", subject, "The confirmation link was mailed.", scene.now)
    news = Happened("trial.started", f"{outcome.trial.id}:{outcome.trial.mails}", activity)
    return Played((block,), state, (news,), (told,))


def _trial_block(scene: Scene, outcome: TrialOutcome, email: str, terms: TrialTerms) -> TrialBlock:
    match outcome.state:
        case "mail_sent":
            words = scene.phrase("trial_sent", {"email": email, "count": terms.days, "plan": terms.plan})
            return TrialBlock(state="mail_sent", text=words)
        case "waiting":
            words = scene.phrase("trial_waiting", {"email": email})
            return TrialBlock(state="mail_sent", text=words)
        case "exists" | "ended":
            # Anybody can type an address: until when its trial runs is for its owner's mailbox.
            words = scene.phrase("trial_had", {"email": email})
            return TrialBlock(state="exists", text=words)


async def fill_cart(scene: Scene, state: State, move: FillCart) -> Played:
    """The price from the operator's catalogue and the link; what does not fit is said with what would."""
    catalogue = scene.playbook.catalogue
    assert catalogue is not None, "the cart play is off without a catalogue"
    try:
        priced = price(catalogue, [(move.plan, move.seats)], move.period, scene.language)
    except CartRefused as refused:
        told = ({"what": "cart_refused", "code": refused.code},)
        if refused.code == "needs_sales":
            state = replace(state, open=OpenOffer(scene.prompt, "handoff"))
            return Played((offer_of_a_person(scene, refused.said(scene.language)),), state, outcomes=told)
        words, other = refused.said(scene.language), str(refused.values.get("other", ""))
        if other:
            choice = Choice(value=other, label=other)
            fitting = ChoicesBlock(prompt=scene.prompt, purpose="clarify", text=words, choices=[choice])
            return Played((fitting,), replace(state, open=OpenCart(scene.prompt, "plan")), outcomes=told)
        return Played((text(words),), replace(state, open=OpenCart(scene.prompt, "seats")), outcomes=told)
    email = state.known("email")
    saved = await cart.save(
        scene.session,
        scene.site,
        scene.talk.id,
        priced,
        key=scene.cause,
        now=scene.now,
        id=scene.new_id(),
        email=str(email.value) if email else None,
    )
    items = [
        CartItem(
            plan=line.name,
            quantity=line.quantity,
            unit_price=money(line.unit_price, priced.currency, scene.language),
            total=money(line.total, priced.currency, scene.language),
        )
        for line in priced.lines
    ]
    total = money(priced.total, priced.currency, scene.language)
    block = CartBlock(
        items=items,
        period=priced.period,
        total=total,
        note=scene.phrase("cart_note", {"billed": billed(priced.period, scene.language)}),
        checkout_url=scene.links.checkout(saved, now=scene.now),
    )
    what = ", ".join(f"{line.quantity} seats of {line.name}" for line in priced.lines)
    priced_at = f"{money(priced.total, priced.currency)} a {priced.period}, {billed(priced.period)}."
    activity = Activity("cart", f"Cart: {what}", priced_at, scene.now)
    news = Happened("cart.filled", saved.id, activity)
    return Played((block,), state, (news,), ({"what": "cart.filled", "cart": saved.id},))
