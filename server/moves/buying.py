"""Start trials and fill carts."""

from __future__ import annotations

from dataclasses import replace

from crm_sync.proposals import Activity
from server.actions import cart, trial
from server.actions.errors import CartRefused, TrialRefused
from server.actions.goods import Cart, CartLine, SavedCart, TrialOutcome, TrialRequest, TrialTerms
from server.actions.pricing import billed, money, price
from server.dialogue.blocks import CartBlock, CartItem, Choice, ChoicesBlock, TrialBlock
from server.dialogue.buying import Basket, EmptyCart, FillCart, StartTrial
from server.dialogue.prompts import OpenCart, OpenForm, OpenOffer
from server.dialogue.values import AskForm, State
from server.moves.asking import ask_form, offer_of_a_person, text
from server.moves.scene import Happened, Played, Scene


async def start_trial(scene: Scene, state: State, move: StartTrial) -> Played:
    """Mail the link, or say how far the trial of this address is."""
    email = state.known("email")
    rules = scene.playbook.trial
    assert email is not None, "the trial play asks for the address first"
    assert rules is not None, "the trial play is off without a trial section"
    sealed = str(email.value)
    request = TrialRequest(scene.site, scene.talk.id, scene.unsealed(sealed), sealed, move.is_meant)
    terms = rules.terms()
    try:
        outcome = await trial.start(
            scene.session, request, terms, secret=scene.secret, now=scene.now, id=scene.new_id()
        )
    except TrialRefused as refused:
        # What only looks mistyped is taken when it is sent once more.
        doubted = sealed if refused.code == "email_mistyped" else None
        state = replace(state, open=OpenForm(scene.prompt, "trial", doubted))
        form = ask_form(scene, state, AskForm("trial"))
        outcome_ = ({"what": "trial_refused", "code": refused.code},)
        return Played((text(refused.said(scene.language)), *form.blocks), state, outcomes=outcome_)
    block = _trial_block(scene, outcome, sealed, terms)
    state = replace(state, trial_prompt=block.prompt)
    told = {"what": f"trial.{outcome.state}", "trial": outcome.trial.id}
    if outcome.state != "mail_sent":
        return Played((block,), state, outcomes=(told,))
    subject = f"Asked for a trial of {terms.plan}"
    activity = Activity("trial", subject, "The confirmation link was mailed.", scene.now)
    news = Happened("trial.started", f"{outcome.trial.id}:{outcome.trial.mails}", activity)
    return Played((block,), replace(state, trial=True), (news,), (told,))


def _trial_block(scene: Scene, outcome: TrialOutcome, email: str, terms: TrialTerms) -> TrialBlock:
    match outcome.state:
        case "mail_sent":
            words = scene.phrase("trial_sent", {"email": email, "count": terms.days, "plan": terms.plan})
            return _mailed(scene, words)
        case "waiting":
            return _mailed(scene, scene.phrase("trial_waiting", {"email": email}))
        case "exists" | "ended":
            # Anybody can type an address: until when its trial runs is for its owner's mailbox.
            words = scene.phrase("trial_had", {"email": email})
            return TrialBlock(state="exists", text=words)


def _mailed(scene: Scene, words: str) -> TrialBlock:
    """Says that the mail is on its way, with what helps when it does not arrive."""
    pause = int(trial.MAIL_PAUSE.total_seconds())
    return TrialBlock(state="mail_sent", text=words, prompt=scene.prompt, again_after_s=pause)


async def trial_status(scene: Scene, state: State) -> Played:
    """How far the trial of this conversation is; of another one's, only its owner's mailbox tells."""
    found = await trial.of_conversation(scene.session, scene.site, scene.talk.id)
    if found is None:
        return Played((text(scene.phrase("trial_unknown")),), state, outcomes=({"what": "trial.unknown"},))
    told = {"what": "trial.told", "trial": found.id}
    if found.state == "sent":
        words = f"{scene.phrase('trial_waits')} {scene.phrase('trial_waiting', {'email': found.email})}"
        state = replace(state, trial_prompt=scene.prompt)
        return Played((_mailed(scene, words),), state, outcomes=(told,))
    words = trial.told(found, scene.now, scene.language)
    if found.provision == "ready":
        words = f"{scene.phrase('trial_ready')} {words}"
    return Played((TrialBlock(state="verified", text=words),), state, outcomes=(told,))


async def fill_cart(scene: Scene, state: State, move: FillCart) -> Played:
    """The price from the operator's catalogue and the link; what does not fit is said with what would."""
    catalogue = scene.playbook.catalogue
    assert catalogue is not None, "the cart play is off without a catalogue"
    wanted = [(move.plan, move.seats)]
    try:
        priced = price(
            catalogue, wanted, move.period, scene.language,
            addons=move.addons, code=move.code, today=scene.now.date(),
        )  # fmt: skip
    except CartRefused as refused:
        return _refused(scene, state, move, refused)
    saved, is_new = await _saved(scene, state, move, priced)
    basket = Basket(move.plan, move.seats, move.period, move.addons, move.code, saved.id)
    state = replace(state, open=None, cart=basket)
    what = ", ".join(f"{line.quantity} seats of {line.name}" for line in priced.lines if line.kind == "plan")
    priced_at = f"{money(priced.total, priced.currency)} a {priced.period}, {billed(priced.period)}."
    activity = Activity("cart", f"Cart: {what}", priced_at, scene.now)
    news = Happened("cart.filled", saved.id if is_new else f"{saved.id}:{saved.revision}", activity)
    told = {"what": "cart.filled" if is_new else "cart.changed", "cart": saved.id}
    return Played((_cart_block(scene, saved),), state, (news,), (told,))


async def empty_cart(scene: Scene, state: State, move: EmptyCart) -> Played:
    """Give the cart up, and its link with it; one that is being paid stays as it is."""
    if move.cart and not await cart.discard(scene.session, scene.site, move.cart):
        return Played((text(scene.phrase("cart_gone")),), replace(state, cart=None))
    told = {"what": "cart.emptied", "cart": move.cart}
    return Played((text(scene.phrase("cart_emptied")),), replace(state, cart=None), outcomes=(told,))


async def _saved(scene: Scene, state: State, move: FillCart, priced: Cart) -> tuple[SavedCart, bool]:
    """The cart that stands with other lines in it, or a new one; the flag says which."""
    if move.cart:
        standing = await cart.change(scene.session, scene.site, move.cart, priced)
        if standing is not None:
            return standing, False
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
    return saved, True


def _cart_block(scene: Scene, saved: SavedCart) -> CartBlock:
    priced = saved.cart
    link = scene.checkout.link if scene.checkout else scene.links.checkout
    notes = [scene.phrase("cart_note", {"billed": billed(priced.period, scene.language)})]
    if priced.discount:
        off = money(priced.discount, priced.currency, scene.language)
        notes.insert(0, scene.phrase("cart_off", {"amount": off, "code": priced.code}))
    if priced.tax:
        notes.append(scene.phrase(f"tax_{priced.tax}"))
    return CartBlock(
        items=[_item(scene, line, priced.currency) for line in priced.lines],
        period=priced.period,
        total=money(priced.total, priced.currency, scene.language),
        note=" ".join(notes),
        checkout_url=link(saved, now=scene.now),
    )


def _item(scene: Scene, line: CartLine, currency: str) -> CartItem:
    return CartItem(
        plan=line.name,
        quantity=line.quantity,
        unit_price=money(line.unit_price, currency, scene.language),
        total=money(line.total, currency, scene.language),
    )


def _refused(scene: Scene, state: State, move: FillCart, refused: CartRefused) -> Played:
    """What does not fit, with what would as buttons: the plan for so many seats, or the seats of this plan."""
    told = ({"what": "cart_refused", "code": refused.code},)
    words = refused.said(scene.language)
    if refused.code == "needs_sales":
        state = replace(state, open=OpenOffer(scene.prompt, "handoff"))
        return Played((offer_of_a_person(scene, words),), state, outcomes=told)
    if refused.code != "seats_out_of_bounds":
        # A code or an add-on: the cart stands as it was, and can be changed by the next words.
        return Played((text(words),), replace(state, open=None), outcomes=told)
    other, nearest = str(refused.values.get("other", "")), refused.values["fits"]
    # Kept beside the question, so that the button or a word changes the cart that stands and makes no other one.
    basket = Basket(move.plan, move.seats, move.period, move.addons, move.code, move.cart)
    state = replace(state, cart=basket, open=OpenCart(scene.prompt, "plan" if other else "seats"))
    label = scene.phrase("seats_of", {"count": int(str(nearest)), "plan": move.plan})
    choices = [Choice(value=other, label=other)] if other else []
    choices.append(Choice(value=str(nearest), label=label))
    fitting = ChoicesBlock(prompt=scene.prompt, purpose="clarify", text=words, choices=choices)
    return Played((fitting,), state, outcomes=told)
