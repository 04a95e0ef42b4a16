"""Follow-up drafts in the console's world: one, or a working day of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from uuid_utils import uuid7

from knowledge.values import PutDocument
from server.actions.follow_ups import cadences, queue
from server.actions.follow_ups.values import Cadence, Content, FollowUp, Source
from server.actions.links import Links
from server.actions.site import SiteDesk
from server.following.reviewing import Reviewing
from server.playbook import Playbook, Playbooks
from tests.support.console_seed import a_conversation
from tests.support.console_words import OPENINGS
from tests.support.console_world import NOW, SITE, World
from tests.support.follow_up_world import playbook

PAGE = (
    "# Plans and prices\n\nTeam costs 12 EUR per seat a month when billed yearly, or 15 EUR billed monthly.\n"
)
QUOTE = "Team costs 12 EUR per seat a month when billed yearly, or 15 EUR billed monthly."
CLOSING = "Is something still open? Reply to this mail, and a person from our team will answer you."


class _Parts:
    """What reviewing needs of a desk."""

    def __init__(self, world: World, book: Playbook) -> None:
        self.playbooks = Playbooks({SITE: book})
        self.links = Links("a secret for tests only", "https://desk.example")
        self.vault = world.desk.vault


async def with_follow_ups(world: World) -> list[str]:
    """Give the console its linter and the site its page; the list takes the effects that are started."""
    book, started = playbook(), world.started

    async def start(effects: Sequence[str]) -> None:
        started.extend(effects)

    def desk_of(_site: str) -> SiteDesk:
        return book.desk("https://desk.example")

    world.desk = replace(
        world.desk,
        follow_ups=Reviewing(_Parts(world, book), desk_of, start),
        proof=lambda _site: ("customers/",),
    )
    await world.desk.library.put_document(
        SITE, PutDocument(path="plans/prices", title="Plans and prices", text=PAGE), now=NOW
    )
    return started


async def a_draft(world: World, number: int = 0, *, body: str = "", wrong: bool = False) -> FollowUp:
    """A draft about a conversation of the console's world."""
    conversation = await a_conversation(world, number)
    question = OPENINGS[number % len(OPENINGS)].said[:150]
    [document] = await world.desk.library.documents(SITE)
    lead = f"You asked: “{question}”"
    ours = ("Hello [person_1],", lead, CLOSING, "Kind regards", "The Fernway team")
    words = (
        body or f"Hello [person_1],\n\n{lead}\n“{QUOTE}” [1]\n\n{CLOSING}\n\nKind regards\nThe Fernway team"
    )
    if wrong:
        words = words.replace("Kind regards", "For you it is 9 EUR per seat.\n\nKind regards")
    source = Source(
        1, document.id, document.version, document.title, "https://desk.example/docs/plans/prices", QUOTE
    )
    content = Content(
        sources=(source,), asked=(question,), ours=ours, own=("[email_1]", "[person_1]"),
        zone="Europe/Berlin", talked_on="2026-03-09",
    )  # fmt: skip
    made = FollowUp(
        id=str(uuid7()), site=SITE, conversation=conversation, cadence=str(uuid7()), person=f"p{number}",
        email="[email_1]", rule="asked", step=0, language="en", state="waiting", why="",
        subject="Your questions about Fernway", body=words, content=content, score=20 + number % 7 * 10,
        is_edited=False, by="", due_at=NOW + timedelta(hours=2), hidden_until=None,
        created_at=NOW - timedelta(minutes=11 * number), settled_at=None,
    )  # fmt: skip
    async with world.desk.writers() as session:
        begun = Cadence(made.cadence, SITE, conversation, made.person, "asked", 0, "active", "", None, 5)
        await cadences.begin(session, begun, now=NOW)
        assert world.desk.follow_ups is not None
        checked = await world.desk.follow_ups.checked(session, made, words, now=NOW)
        kept = await queue.put(session, replace(made, content=checked), now=NOW)
        await session.commit()
    return kept
