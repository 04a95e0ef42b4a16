"""Bring in a person, who finds what they need to know; and say whose lead it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.proposals import Activity, Task
from server.actions import calendar, handoff, notices, presence, routing
from server.actions.values import ABOUT_DATA, LEFT_ADDRESS, Handoff, HandoffRequest, Presence
from server.actions.when import known_zone, said
from server.actions.words import in_words
from server.dialogue.blocks import HandoffBlock
from server.dialogue.decide import score_of
from server.dialogue.routing import Candidate, Lead, country_of
from server.dialogue.values import Book, Decision, HandOver, Known, OfferSlots, State
from server.moves.scene import Happened, Played, Scene
from server.playbook import Playbook
from server.playbook.routing import RoutedRep

_REASONS = {
    "asked_for_person": "Asked for a person",
    "offer_accepted": "The documents did not answer; accepted the offer of a person",
    "contact_given": LEFT_ADDRESS,
    "wrote": "Wrote to the team",
    **ABOUT_DATA,
}


async def hand_over(scene: Scene, state: State, move: HandOver) -> Played:
    """Ask for a person with a summary; a conversation that waits already keeps its place."""
    reason = _REASONS.get(move.reason, move.reason)
    email = state.known("email")
    rules = scene.playbook.handoff
    wish = HandoffRequest(
        site=scene.site,
        conversation=scene.talk.id,
        reason=reason,
        summary=summary(state),
        # Who wants no mail gets no receipt either; the brief names the address for whoever notes it.
        email=str(email.value) if email and move.reason != "unsubscribe" else None,
        assigned=await _login(scene),
        score=score_of(scene.case.policy, state, scene.talk.consent).total,
    )
    made = await handoff.request(
        scene.session,
        wish,
        presence=scene.presence,
        now=scene.now,
        id=scene.new_id(),
        wait=timedelta(minutes=rules.wait_minutes) if rules else handoff.WAIT,
    )
    await _tell_asked(scene, state, made)
    activity = Activity(
        "handoff",
        reason,
        summary(state),
        scene.now,
        task=Task(f"{_todo(made)}: {reason}"[:300], priority="high"),
    )
    news = Happened("handoff.requested", f"{made.id}:{move.reason}", activity)
    outcome = {"what": "handoff.requested", "handoff": made.id, "state": made.state}
    # What was said about the contact or the data stands above already; a second notice would only be noise.
    is_quiet = move.reason in {"contact_given", "data_request", "unsubscribe"}
    shown = "joined" if made.state == "joined" else "asked" if made.state == "asked" else "nobody"
    blocks = () if is_quiet else (HandoffBlock(state=shown, text=how_soon(scene, shown)),)
    return Played(blocks, state, (news,), (outcome,))


def _todo(made: Handoff) -> str:
    return "See to a request about data" if made.is_about_data else "Answer the visitor"


def how_soon(scene: Scene, shown: str) -> str:
    """Who will come, and what is honestly known of when: how long it took lately, or when the hours begin."""
    words = scene.phrase(f"handoff_{shown}")
    there = scene.presence
    if shown == "asked" and there.usual_wait is not None:
        minutes = max(1, round(there.usual_wait.total_seconds() / 60))
        return f"{words} {scene.phrase('handoff_wait', {'count': minutes})}"
    if shown == "nobody" and there.back_at is not None:
        when = said(there.back_at, known_zone(scene.talk.time_zone), scene.language)
        return f"{words} {scene.phrase('handoff_back', {'when': when})}"
    return words


def summary(state: State) -> str:
    """What is known and what was asked, redacted, in a few lines."""
    facts = {fact.name: fact for fact in state.facts if fact.name not in {"when", "email", "phone"}}
    lines = [f"{in_words(name)}: {told}" for name, fact in facts.items() if (told := _told(fact))]
    lines += [f"asked: {question}" for question in state.questions]
    lines += [f"{name}: {value}" for name, value in state.about]
    return "\n".join(lines)[:2_000]


def _told(fact: Known) -> str:
    """The value in words; what was read into parts, such as a budget, in the visitor's own."""
    if isinstance(fact.value, dict):
        return fact.evidence.quote if fact.evidence else ""
    return in_words(fact.value)


# -- whose lead it is ------------------------------------------------------------------------------------------


def needs_rep(decision: Decision) -> bool:
    """Whether what was decided goes to a rep."""
    return any(isinstance(move, HandOver | OfferSlots | Book) for move in decision.moves)


def needs_presence(decision: Decision) -> bool:
    return any(isinstance(move, HandOver) for move in decision.moves)


async def steer(scene: Scene, decision: Decision, owner: str) -> Scene:
    """The scene with who is there and whose lead it is, as far as the decision needs to know."""
    there = scene.presence
    if needs_presence(decision):
        there = await presence_of(scene.session, scene.playbook, scene.site, scene.now)
    if scene.playbook.routing is None or not needs_rep(decision):
        return replace(scene, presence=there)
    routed = await routing.assign(
        scene.session,
        scene.site,
        scene.talk.id,
        lead_of(scene, decision.state, owner),
        await team_of(scene.session, scene.playbook, scene.site, scene.now, is_live=needs_presence(decision)),
        day_began=_day_began(scene.playbook, scene.now),
        now=scene.now,
        id=scene.new_id(),
    )
    return replace(scene, presence=there, rep=routed.rep if routed else None)


async def presence_of(session: AsyncSession, playbook: Playbook, site: str, now: datetime) -> Presence:
    """Who of a site could answer right now."""
    by_hours = playbook.handoff is not None and playbook.handoff.presence == "hours"
    return await presence.presence(session, site, playbook.schedule(), by_hours=by_hours, now=now)


def lead_of(scene: Scene, state: State, owner: str = "") -> Lead:
    """The lead as routing sees it; the domain of its address stays in memory."""
    email = state.known("email")
    address = scene.unsealed(str(email.value)) if email else ""
    return Lead(
        facts={fact.name: fact.value for fact in state.facts},
        score=score_of(scene.case.policy, state, scene.talk.consent).total,
        intents=frozenset(signal.name for signal in state.signals if signal.kind == "intent"),
        language=scene.language,
        country=country_of(scene.talk.locale),
        zone=scene.talk.time_zone,
        domain=address.rpartition("@")[2].casefold(),
        owner=owner,
    )


async def team_of(
    session: AsyncSession, playbook: Playbook, site: str, now: datetime, *, is_live: bool
) -> routing.Team:
    """The reps as they stand now. `is_live` asks who could take it this minute; else only leave counts."""
    rules, met = playbook.routing, playbook.meetings
    if rules is None:
        return routing.Team(())
    by_hours = playbook.handoff is not None and playbook.handoff.presence == "hours"
    there = () if not is_live or by_hours else await presence.there(session, site, now=now)
    zone = playbook.handoff.zone if playbook.handoff else "UTC"
    found = []
    for rep in rules.reps:
        known = next((each for each in met.reps if each.key == rep.key), None) if met else None
        schedule = rep.schedule(known, zone)
        is_free = True
        if is_live and by_hours:
            is_free = schedule is None or calendar.is_open(schedule, now)
        elif is_live:
            is_free = bool(set(rep.accounts()) & set(there))
        name = rep.name or (known.name if known else rep.key)
        own_zone = rep.zone or (known.zone if known else zone)
        found.append(
            Candidate(
                key=rep.key,
                name=name,
                weight=rep.weight,
                called=called(playbook, rep),
                is_free=is_free,
                is_off=rep.is_away(now, own_zone),
                per_day=rep.per_day,
            )
        )
    return routing.Team(tuple(found), rules.rules, rules.teams)


def called(playbook: Playbook, rep: RoutedRep) -> tuple[str, ...]:
    """Everything that a rep goes by, in lower case: what the CRM may name as an owner."""
    met = playbook.meetings
    known = next((each for each in met.reps if each.key == rep.key), None) if met else None
    name = rep.name or (known.name if known else rep.key)
    names = (rep.key, name, *rep.accounts(), *rep.owner, *((known.email,) if known else ()))
    return tuple(each.casefold() for each in names)


def _day_began(playbook: Playbook, now: datetime) -> datetime:
    zone = ZoneInfo(playbook.handoff.zone if playbook.handoff else "UTC")
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


async def _login(scene: Scene) -> str | None:
    """The account of the rep whose lead it is: one that is there, else their first."""
    rules = scene.playbook.routing
    rep = next((each for each in rules.reps if each.key == scene.rep), None) if rules else None
    if rep is None:
        return None
    there = await presence.there(scene.session, scene.site, now=scene.now)
    return next((login for login in rep.accounts() if login in there), rep.accounts()[0])


def rep_of_login(reps: Sequence[RoutedRep], login: str) -> RoutedRep | None:
    """The rep whose account this is."""
    return next((rep for rep in reps if login in rep.accounts()), None)


# -- what the team is told -------------------------------------------------------------------------------------


async def _tell_asked(scene: Scene, state: State, made: Handoff) -> None:
    if made.state not in {"asked", "nobody"}:
        return
    event: notices.Event = "handoff_asked" if made.state == "asked" else "nobody_there"
    said_of = {"handoff": made.id, "reason": made.reason, "score": made.score, "rep": scene.rep}
    said_of["language"] = state.language
    if made.is_about_data:
        said_of["about"] = "data"
    await notices.tell(
        scene.session, scene.notices, scene.site, event, conversation=scene.talk.id,
        cause=f"{made.id}:{made.state}", now=scene.now, said=said_of,
    )  # fmt: skip


async def tell_happened(scene: Scene, decision: Decision, played: Played) -> None:
    """A lead that has just become hot and a meeting that was booked, in the turn's transaction."""
    plan, total = scene.notices, decision.score.total
    if not plan.channels:
        return
    said_of = {"score": total, "language": played.state.language, "rep": scene.rep}
    if total >= plan.hot_lead_at:
        await notices.tell(
            scene.session, plan, scene.site, "hot_lead", conversation=scene.talk.id,
            cause=scene.talk.id, now=scene.now, said=said_of,
        )  # fmt: skip
    for news in played.happened:
        if news.kind == "meeting.booked":
            await notices.tell(
                scene.session, plan, scene.site, "meeting_booked", conversation=scene.talk.id,
                cause=news.cause, now=scene.now, said=said_of,
            )  # fmt: skip
