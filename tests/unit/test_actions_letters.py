"""Mails in the reader's language: the visitor's in the conversation's, the company's in the site's."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from server.actions import letters
from server.actions.goods import Trial
from server.actions.site import SiteCalendar, SiteDesk
from server.actions.values import Handoff, Meeting, MeetingType, Rep, Schedule

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
DESK = SiteDesk(
    "Fernway",
    "#17694b",
    "https://fernway.example",
    "sales@fernway.example",
    SiteCalendar((), {"demo": MeetingType(key="demo", title="Fernway demo", minutes=30)}),
    titles={"de": "Fernway-Demo"},
)
REP = Rep("sales", "Fernway sales", "sales@fernway.example", Schedule(zone="Europe/Dublin", hours={}))
MEETING = Meeting(
    id="m-1",
    site="demo",
    conversation="c-1",
    rep="sales",
    meeting_type="demo",
    title="Fernway demo",
    start=datetime(2026, 3, 3, 13, 0, tzinfo=UTC),
    end=datetime(2026, 3, 3, 13, 30, tzinfo=UTC),
    zone="Europe/Berlin",
    email="[email_1]",
    name="",
    topic="",
    state="confirmed",
    sequence=0,
    uid="m-1@frontdesk",
)
GUEST = ("", "ada@lifts.example")
TRIAL = Trial("t-1", "demo", "c-1", "[email_1]", "Business", 14, "sent", 1, NOW, None)
LINK = "https://fernway.example/trial/verify/token"


def test_an_invitation_is_in_the_visitor_s_language_and_so_is_its_calendar_file() -> None:
    mail = letters.to_visitor(MEETING, "confirmed", DESK, REP, guest=GUEST, url=LINK, now=NOW, language="de")

    assert mail.subject == "Gebucht: Fernway-Demo, Dienstag, 3. März, 14:00 Uhr (Berlin)"
    assert "Dienstag, 3. März 2026, 14:00 bis 14:30 Uhr (Berlin)" in mail.text
    assert "SUMMARY;LANGUAGE=de:Fernway-Demo" in mail.attachments[0].content.decode()


def test_a_rep_is_written_to_in_the_site_s_language_and_told_the_visitor_s() -> None:
    mail = letters.to_rep(MEETING, "confirmed", DESK, REP, guest=GUEST, now=NOW, spoken="ar")

    assert mail.subject == "Confirmed: Fernway demo, Tuesday 3 March, 13:00 (Dublin)"
    assert "The conversation is in Arabic." in mail.text


def test_a_rep_of_a_german_site_reads_german() -> None:
    desk = replace(DESK, language="de")

    mail = letters.to_rep(MEETING, "moved", desk, REP, guest=GUEST, now=NOW, spoken="de")

    assert mail.text.startswith("Ein Termin mit Ihnen hat eine neue Zeit.")
    assert "Sprache des Gesprächs" not in mail.text


def test_an_arabic_mail_runs_from_right_to_left_and_its_link_stays_whole() -> None:
    mail = letters.trial_link(DESK, TRIAL, link_hours=24, to="ada@lifts.example", url=LINK, language="ar")

    assert mail.html is not None
    assert '<html lang="ar" dir="rtl">' in mail.html
    assert f'<a href="{LINK}">{LINK}</a>' in mail.html
    assert f"\n\n{LINK}\n\n" in mail.text
    assert "14 يومًا" in mail.text


def test_words_that_look_like_markup_stay_words_in_a_mail() -> None:
    desk = replace(DESK, name="<b>Fernway</b>")

    mail = letters.handed_over(desk, to="ada@lifts.example", language="fr")

    assert mail.html is not None
    assert "<b>" not in mail.html


def test_an_address_at_the_end_of_a_line_ends_there() -> None:
    wish = Handoff("h-1", "demo", "c-1", "asked", "Asked for a person", "", None, None, NOW)

    mail = letters.handoff(
        wish, replace(DESK, language="de"), summary="See https://a.example/x\nand reply", email=""
    )

    assert mail.html is not None
    assert '<a href="https://a.example/x">https://a.example/x</a><br>and reply' in mail.html


def test_a_title_that_the_playbook_has_changed_since_stays_what_was_booked() -> None:
    earlier = replace(MEETING, title="Product tour", end=MEETING.end + timedelta(minutes=15))

    mail = letters.to_visitor(earlier, "cancelled", DESK, REP, guest=GUEST, url="", now=NOW, language="de")

    assert "Product tour mit Fernway sales" in mail.text


def test_a_rep_whose_own_calendar_shows_the_meeting_gets_no_second_entry_by_mail() -> None:
    written = replace(MEETING, calendar_state="written")

    def files(meeting: Meeting, change: letters.Change) -> int:
        return len(letters.to_rep(meeting, change, DESK, REP, guest=GUEST, now=NOW).attachments)

    assert files(written, "confirmed") == files(written, "moved") == 0
    assert files(written, "cancelled") == 1, "who lost the meeting may have had it by mail"
    assert files(MEETING, "confirmed") == files(replace(MEETING, calendar_state="refused"), "confirmed") == 1
