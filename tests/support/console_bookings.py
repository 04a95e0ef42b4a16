"""Meetings, trials, carts, mails, hand-overs and ratings of a working day."""

from __future__ import annotations

from datetime import timedelta

from uuid_utils import uuid7

from server.actions.tables import CartRow, HandoffRow, MailRow, MeetingRow, TrialRow
from server.store.tables import Rating
from tests.support.console_world import NOW, SITE, World


async def bookings(world: World) -> None:
    async with world.desk.writers() as session:
        for number, days in enumerate((1, 1, 2, 5, -1)):
            start = NOW.replace(hour=13, minute=0) + timedelta(days=days, minutes=30 * number)
            session.add(
                MeetingRow(
                    id=str(uuid7()), site=SITE, conversation=world.conversations[number], key=f"k{number}",
                    rep="sales", meeting_type="demo", title="Product demo", starts_at=start,
                    ends_at=start + timedelta(minutes=30), held_from=start,
                    held_until=start + timedelta(minutes=40), zone="Europe/Berlin", email="[email_1]",
                    name="[person_1]", topic="Rollout to three regions" if number else "",
                    state="cancelled" if number == 2 else "confirmed", sequence=0, uid=f"u{number}",
                    created_at=NOW, updated_at=NOW,
                )
            )  # fmt: skip
            session.add(
                TrialRow(
                    id=str(uuid7()), site=SITE, conversation=world.conversations[number],
                    email_key=f"e{number}", email="[email_1]", plan="Business", days=14,
                    state="verified" if number % 2 else "sent", mails=1, mailed_at=NOW,
                    created_at=NOW - timedelta(hours=number * 5), verified_at=NOW if number % 2 else None,
                    ends_at=NOW + timedelta(days=14) if number % 2 else None,
                )
            )  # fmt: skip
            quote = {
                "period": "year", "currency": "EUR", "total": f"{144 * (number + 5)}.00", "version": "1",
                "lines": [{"plan": "team", "name": "Team", "quantity": number + 5, "unit_price": "12.00",
                           "total": f"{144 * (number + 5)}.00"}],
            }  # fmt: skip
            session.add(
                CartRow(
                    id=str(uuid7()), site=SITE, conversation=world.conversations[number], key=f"c{number}",
                    quote=quote, state="ordered" if number == 1 else "open", email=None,
                    created_at=NOW - timedelta(hours=number), ordered_at=NOW if number == 1 else None,
                )
            )  # fmt: skip
            mail = str(uuid7())
            world.mails.append(mail)
            session.add(
                MailRow(
                    id=mail, site=SITE, key=f"m{number}", to=f"ada{number}@example.com",
                    subject="Your demo is booked" if number % 2 == 0 else "Confirm your trial",
                    text="Hello,\n\nyour demo of Fernway is booked.\n\nMove or cancel it here: "
                    "https://fernway.example/meet/abc.def\n\nThe sales team",
                    html=None, ics=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" if number % 2 == 0 else None,
                    sent_at=NOW - timedelta(minutes=number * 9),
                )
            )  # fmt: skip
        for number in (2, 9):
            session.add(
                HandoffRow(
                    id=str(uuid7()), site=SITE, conversation=world.conversations[number],
                    open_key=f"{SITE} {number}", state="asked", reason="asked", summary="Wants a person",
                    email=None, person=None, created_at=NOW, updated_at=NOW,
                )
            )  # fmt: skip
        for number, turn in enumerate(world.turns[:9]):
            session.add(
                Rating(
                    turn=turn, site=SITE, conversation=world.conversations[number],
                    value="down" if number == 4 else "up", reason="", at=NOW,
                )
            )  # fmt: skip
        await session.commit()
