"""Puts the console's routes together: one router under /console, guarded as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Request, Router
from litestar.di import Provide
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from server.review import (
    accounts_page,
    answers_page,
    bookings,
    brief_page,
    conversations,
    crm_contacts,
    crm_deals,
    crm_export,
    crm_forms,
    crm_tasks,
    decisions,
    documents_page,
    doubts_page,
    entrance,
    erasing_page,
    follow_ups_page,
    gaps_page,
    inbox,
    inbox_batch,
    inbox_deciding,
    knowing,
    lists,
    live,
    matches_page,
    outcomes_page,
    own_page,
    presence_page,
    provider_pages,
    readings,
    signs_page,
    sources_page,
    stand_ins,
    tokens_page,
    training_page,
)
from server.review.access import build_guard
from server.review.deps import ConsoleDeps, Seat
from server.review.sign_ins import Brake, Person
from server.review.static_files import static_file
from server.review.troubles import HANDLERS

SITE_PAGES: Sequence[ControllerRouterHandler] = (
    live.live, inbox.inbox, inbox.inbox_item, inbox.more, inbox.news, inbox_deciding.approve, inbox_deciding.reject,
    inbox_deciding.undo, inbox_deciding.assign, inbox_deciding.resume, inbox_batch.confirm, inbox_batch.approve,
    inbox_batch.reject, inbox_batch.undo,
    matches_page.duplicates, matches_page.duplicate, matches_page.decide, matches_page.undo, matches_page.drift,
    matches_page.drift_seen,
    conversations.conversations, conversations.conversation, conversations.news, conversations.take_over,
    conversations.hand_back, conversations.say, conversations.transfer, conversations.reveal,
    signs_page.signs, signs_page.typing, signs_page.file,
    presence_page.desk, presence_page.switch,
    outcomes_page.mark, outcomes_page.take_back, erasing_page.erase, erasing_page.erase_one,
    decisions.decision, decisions.download, brief_page.account_brief, brief_page.opened,
    follow_ups_page.follow_ups, follow_ups_page.follow_up, follow_ups_page.check, follow_ups_page.save,
    follow_ups_page.approve, follow_ups_page.reject, follow_ups_page.snooze, follow_ups_page.replied,
    follow_ups_page.approve_several,
    bookings.meetings, bookings.say_how_it_went, lists.trials, lists.tell_again, lists.carts, lists.mailbox, lists.mail,
    lists.invite,
    crm_contacts.contacts, crm_contacts.contact, crm_contacts.add_note, crm_contacts.companies, crm_contacts.company,
    crm_deals.deals, crm_deals.deal, crm_deals.move, crm_tasks.tasks, crm_tasks.add, crm_tasks.settle,
    crm_tasks.activities, crm_forms.new, crm_forms.create, crm_forms.editor, crm_forms.save, crm_forms.put_aside,
    crm_export.export, knowing.overview, knowing.audit,
    gaps_page.old_gaps, gaps_page.gaps, gaps_page.gap_page, gaps_page.dismiss, gaps_page.answered, gaps_page.try_page,
    documents_page.documents, documents_page.document, documents_page.editor, documents_page.write,
    documents_page.delete,
    sources_page.sources, sources_page.new_source, sources_page.source, sources_page.save, sources_page.read,
    sources_page.remove,
    answers_page.answers, answers_page.editor, answers_page.approve, answers_page.retire, answers_page.outdated,
    doubts_page.messages, doubts_page.settle, doubts_page.reopen, doubts_page.candidates, doubts_page.export,
    doubts_page.edit, doubts_page.remove, readings.correct,
    training_page.training, training_page.start, training_page.switch, training_page.discard, training_page.back,
    tokens_page.tokens, tokens_page.make, tokens_page.revoke,
    accounts_page.accounts, accounts_page.add, accounts_page.sign_out_everywhere, accounts_page.change_role,
    accounts_page.switch, accounts_page.password_link, accounts_page.account_sign_ins,
    accounts_page.end_account_sign_in,
    stand_ins.name_stand_in, stand_ins.end_stand_in,
    own_page.own_page, own_page.change_password, own_page.end_session, own_page.end_other_sessions,
)  # fmt: skip


def review_routes(desk: ConsoleDeps) -> Sequence[ControllerRouterHandler]:
    """The console's routes, to be mounted at the root of the application."""
    return routes_at(lambda: desk)


def routes_at(the_desk: Callable[[], ConsoleDeps]) -> Sequence[ControllerRouterHandler]:
    """The same for a desk that is looked up at each request."""

    def the_brake() -> Brake:
        return the_desk().brake

    def seat(request: Request[Any, Any, Any], site: FromPath[str]) -> Seat:
        desk = the_desk()
        return Seat(desk, the_person(request), site, desk.clock())

    def the_person(request: Request[Any, Any, Any]) -> Person:
        person = request.scope["state"]["person"]
        assert isinstance(person, Person)
        return person

    site_router = Router(
        path="/site/{site:str}",
        route_handlers=list(SITE_PAGES),
        dependencies={"seat": Provide(seat, sync_to_thread=False)},
    )
    return [
        Router(
            path="/console",
            route_handlers=[
                entrance.first_page, entrance.find_conversation, entrance.sign_in_page, entrance.sign_in,
                entrance.sign_out, entrance.new_password_page, entrance.new_password,
                provider_pages.leave_for_provider, provider_pages.back_from_provider, static_file, site_router,
            ],
            guards=[build_guard(the_desk)],
            dependencies={
                "desk": Provide(the_desk, sync_to_thread=False),
                "brake": Provide(the_brake, sync_to_thread=False),
                "person": Provide(the_person, sync_to_thread=False),
            },
            exception_handlers=HANDLERS,
            include_in_schema=False,
        )
    ]  # fmt: skip
