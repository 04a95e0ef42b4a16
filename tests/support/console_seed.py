"""Conversations and CRM updates for the console: one, or a working day of them."""

from __future__ import annotations

from datetime import timedelta

from uuid_utils import uuid7

from crm_sync import proposals as p
from server.dialogue.values import Evidence, Known, State
from server.store.conversations import keep_record, load_talk, open_talk, save_talk
from tests.support.console_bookings import bookings
from tests.support.console_words import OPENINGS, a_record, reply, turn_entries
from tests.support.console_words import message as said_entry
from tests.support.console_world import NOW, SITE, World


async def a_conversation(
    world: World, number: int = 0, *, site: str = SITE, person_wanted: bool = False
) -> str:
    """One conversation with an answered question and a sealed e-mail address; its id."""
    opening = OPENINGS[number % len(OPENINGS)]
    said, quote, size = opening.said, opening.quote, opening.size
    conversation, turn, message = str(uuid7()), str(uuid7()), f"m-{number:08d}"
    begun = NOW - timedelta(minutes=7 * number + 3)
    async with world.desk.writers() as session:
        await open_talk(
            session, site=site, visitor=str(uuid7()), conversation=None, new_id=conversation, mode="chat",
            consent="conversation", locale="en", time_zone="Europe/Berlin", now=begun,
        )  # fmt: skip
        world.desk.vault.seal(
            session, site=site, conversation=conversation, now=begun,
            details=[("[email_1]", "email", f"ada{number}@example.com"), ("[person_1]", "person", "Ada")],
        )  # fmt: skip
        await session.commit()
        talk = await load_talk(session, world.desk.vault, site, conversation)
        start = said.index(quote)
        evidence = Evidence(message, quote, start, start + len(quote))
        state = State(
            facts=(
                Known("team_size", size, "said", opening.confidence, evidence),
                Known("industry", opening.industry, "chosen", 1.0),
            ),
            questions=(said,),
            person_wanted=person_wanted,
            pages=("/", "/pricing", "/docs/single-sign-on", "/pricing"),
        )
        blocks = reply(number)
        second = f"{message}-b"
        entries = [
            said_entry("visitor", said, message, begun),
            *turn_entries(turn, blocks, begun),
            said_entry("visitor", "You can reach me at [email_1], I am [person_1].", second, begun),
        ]
        await save_talk(session, talk, state=state, entries=entries, now=begun)
        await keep_record(
            session, a_record(conversation, turn, message, said, blocks, number, site, begun), begun
        )
        await session.commit()
    world.conversations.append(conversation)
    world.turns.append(turn)
    return conversation


async def an_update(world: World, conversation: str, number: int = 0, *, site: str = SITE) -> str:
    """Propose what that conversation taught, unsure enough to wait for a rep; the id of what waits."""
    opening = OPENINGS[number % len(OPENINGS)]
    said, quote, size = opening.said, opening.quote, opening.size
    message = f"m-{number:08d}"
    start = said.index(quote)
    words = p.Evidence(quote=quote, message_id=message, start=start, end=start + len(quote))
    learned = (
        p.Learned("company", "team_size", size, "said", opening.confidence, ("fact.team_size",), (words,)),
        p.Learned("company", "industry", opening.industry, "enriched", 0.7, ("fact.industry",)),
        p.Learned("deal", "plan", ("Team", "Business")[number % 2], "page_view", 0.55, ("page.pricing",),
                  (p.Evidence(quote="", page="/pricing"),)),
        p.Learned("contact", "email", "[email_1]", "said", 0.6, ("fact.email",)),
    )  # fmt: skip
    score = p.Score(
        fit=20.0 + number % 4 * 5, intent=25.0, total=45.0 + number % 4 * 5, stage="evaluation",
        points=(
            p.Point("size_fits_team", 20.0 + number % 4 * 5, "fit", f"Team of {size}", message),
            p.Point("asked_price", 15.0, "intent", "Asked what it costs", message),
            p.Point("back_on_pricing", 10.0, "intent", "Came back to the pricing page", None, "/pricing"),
        ),
    )  # fmt: skip
    async with world.desk.writers() as session:
        row = await world.ledger.propose(
            session,
            p.Proposal(
                site=site, kind="contact.qualified", cause=f"turn-{conversation}", occurred_at=NOW,
                conversation=conversation, turn=world.turns[-1] if world.turns else None,
                target=p.Target("email", "[email_1]"), consent=p.Consent("conversation", NOW),
                learned=learned, score=score,
            ),
            now=NOW - timedelta(minutes=7 * number + 2),
            id=str(uuid7()),
        )  # fmt: skip
        await session.commit()
    return row.held or row.id


async def a_day(world: World, *, waiting: int = 40) -> list[str]:
    """Fill the installation with a working day; the ids of the updates that wait for a rep."""
    ids: list[str] = []
    for number in range(waiting):
        conversation = await a_conversation(world, number, person_wanted=number in (2, 9))
        ids.append(await an_update(world, conversation, number))
    await _some_decided(world)
    await bookings(world)
    return ids


async def _some_decided(world: World) -> None:
    """Further conversations whose updates are delivered, rejected, refused and held back."""
    for number in range(100, 108):
        conversation = await a_conversation(world, number)
        update = await an_update(world, conversation, number)
        if number == 107:
            await world.ledger.reject(SITE, update, by="rep", reason="A test, not a lead", now=NOW)
            continue
        await world.ledger.approve(SITE, update, by="rep", now=NOW)
        for due in await world.ledger.due(NOW):
            await world.ledger.deliver(due, now=NOW)
    async with world.desk.writers() as session:
        handover = p.Activity("handoff", "Asked for a person", "Wants to talk about rollout dates.", NOW,
                              task=p.Task("Call back", NOW + timedelta(hours=3), "high"))  # fmt: skip
        await world.ledger.propose(
            session,
            p.Proposal(
                site=SITE, kind="handoff.requested", cause="h-1", occurred_at=NOW, turn=None,
                conversation=world.conversations[2], target=p.Target("conversation", world.conversations[2]),
                consent=p.Consent("conversation"), activity=handover,
                learned=(p.Learned("deal", "timeline", "before April", "said", 0.65),),
            ),
            now=NOW, id=str(uuid7()),
        )  # fmt: skip
        await world.ledger.propose(
            session,
            p.Proposal(
                site=SITE, kind="contact.qualified", cause="bad-1", occurred_at=NOW, turn=None,
                conversation=world.conversations[3], target=p.Target("conversation", world.conversations[3]),
                consent=p.Consent("conversation"),
                learned=(p.Learned("company", "team_size", "plenty", "said", 0.9),),
            ),
            now=NOW, id=str(uuid7()),
        )  # fmt: skip
        await session.commit()
