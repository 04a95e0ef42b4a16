"""An example of every frame and every kind of block, for the golden file that both languages test against."""

from __future__ import annotations

from datetime import UTC, date, datetime

from pydantic import BaseModel

from server import frames
from server.dialogue import blocks

_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_SIGNED = "example.token"
_TURN = "0195a1b2-0000-7000-8000-000000000001"


def client_examples() -> list[BaseModel]:
    page = frames.Page(url="https://fernway.example/pricing", title="Pricing")
    return [
        frames.Hello(type="hello", site="demo"),
        frames.Hello(
            type="hello",
            site="demo",
            visitor_token=_SIGNED,
            conversation="c-1",
            last_seq=7,
            page=page,
            locale="de-AT",
            time_zone="Europe/Vienna",
            mode="help",
            consent="conversation",
            identity=_SIGNED,
        ),
        frames.Say(type="say", id="say_00000001", text="How many seats does Team have?", page=page),
        frames.Choose(type="choose", id="choose_00000001", prompt="q-size", value="11-50", label="11 to 50"),
        frames.Choose(
            type="choose",
            id="choose_00000002",
            prompt="slots-1",
            value="slot-1",
            label="08:00",
            time_zone="America/New_York",
        ),
        frames.Submit(
            type="submit", id="submit_00000001", prompt="trial-1", fields={"email": "ada@example.com"}
        ),
        frames.Contact(
            type="contact",
            id="contact_00000001",
            text="The import stops half way.",
            page=page,
            app_version="4.2.0",
            last_error="ImportError: row 118",
        ),
        frames.Visit(type="visit", page=page),
        frames.Consent(type="consent", id="consent_00000001", level="remembered"),
        frames.Rate(type="rate", id="rate_00000001", turn=_TURN, value="down", reason="Out of date"),
        frames.Csat(type="csat", id="csat_00000001", score=5, comment="Quick."),
        frames.MailTranscript(type="mail_transcript", id="transcript_00000001", email="ada@example.com"),
        frames.Track(type="track", id="track_00000001", name="export.started", properties={"rows": 120.0}),
        frames.Typing(type="typing"),
        frames.Seen(type="seen", up_to=7),
        frames.Nudge(
            type="nudge",
            id="nudge_00000001",
            rule="pricing_help",
            act="ask",
            page=page,
            seconds=20,
            scrolled=50,
        ),
        frames.Ping(type="ping"),
    ]


def server_examples() -> list[BaseModel]:
    face = frames.SiteFace(
        name="Fernway",
        assistant="Fern",
        accent="#0f766e",
        greeting="Ask about plans, set-up or the API.",
        starters=["What does Team cost?", "Can crews work offline?", "Which regions host our data?"],
        privacy="We keep this conversation so that a colleague can pick it up.",
        privacy_url="https://fernway.example/privacy",
        help_url=None,
    )
    logged: list[BaseModel] = [
        frames.Message(
            seq=1, id="m-1", author="visitor", text="How many seats?", at=_AT, client_id="say_00000001"
        ),
        *(
            frames.BlockFrame(seq=2 + index, turn=_TURN, index=index, at=_AT, block=block)
            for index, block in enumerate(block_examples())
        ),
    ]
    end = len(logged)
    return [
        frames.Welcome(
            seq=0,
            conversation="c-1",
            visitor_token=_SIGNED,
            site=face,
            consent="necessary",
            heartbeat_s=25,
            member=frames.MemberFace(name="Ada", plan="Team"),
            files=frames.FileRules(max_bytes=5_242_880, types=["image/png", "application/pdf"]),
        ),
        frames.Working(seq=0, client_id="say_00000001"),
        *logged,
        frames.Done(seq=end + 1, turn=_TURN, at=_AT),
        frames.Message(
            seq=end + 2, id="m-2", author="person", text="Hello, how can I help?", at=_AT, name="Ada"
        ),
        frames.Message(seq=end + 3, id="m-3", author="system", text="The sales team joined.", at=_AT),
        frames.Message(
            seq=end + 4,
            id="m-4",
            author="visitor",
            text="screen.png",
            at=_AT,
            client_id="file_00000001",
            files=[_file()],
        ),
        *_passing_examples(end + 4),
    ]


def _passing_examples(end: int) -> list[BaseModel]:
    """Frames that are not logged: they repeat the last number."""
    return [
        frames.PersonTyping(seq=end, name="Ada"),
        frames.PersonSeen(seq=end, up_to=end),
        frames.Nudged(
            seq=end,
            client_id="nudge_00000001",
            rule="pricing_help",
            shows=True,
            text="Shall I work out what it costs for your team?",
            why="You have been on our price page for a while.",
            replies=["Book a meeting"],
        ),
        frames.Resync(seq=4),
        frames.Pong(seq=end),
        frames.Problem(
            seq=end,
            code="rate_limited",
            message="That was quick. Try again in 3 seconds.",
            client_id="say_00000002",
            retry_after_s=3,
        ),
    ]


def _file() -> frames.AttachedFile:
    return frames.AttachedFile(
        id="f-1", name="screen.png", type="image/png", bytes=48_211, url="/files/example.token"
    )


def block_examples() -> list[blocks.Block]:
    """One of each kind, in the order of a long turn; kinds with two looks are there twice."""
    return [*_answer_blocks(), *_asking_blocks(), *_outcome_blocks()]


def _answer_blocks() -> list[blocks.Block]:
    passage = "Team has 4 to 50 seats. Each seat costs 12 EUR a month, billed yearly."
    quote = "Each seat costs 12 EUR a month, billed yearly."
    start = passage.index(quote)
    citation = blocks.Citation(
        n=1,
        url="https://fernway.example/docs/plans#team",
        title="Plans and prices",
        heading="Team",
        quote=quote,
        passage=passage,
        start=start,
        end=start + len(quote),
        score=0.83,
        document_version="sha256:5f2c",
        updated=date(2026, 2, 14),
    )
    return [
        blocks.TextBlock(
            lines=[blocks.Line(text="A Team seat costs 12 EUR a month, billed yearly.", cites=[1])]
        ),
        blocks.ListBlock(
            ordered=True,
            items=[
                blocks.Line(text="Open Settings, Billing.", cites=[1]),
                blocks.Line(text="Choose Change plan."),
            ],
        ),
        blocks.TableBlock(header=["Plan", "Seats"], rows=[["Team", "4 to 50"]], cites=[1]),
        blocks.CodeBlock(language="bash", text="curl https://api.fernway.example/v1/jobs", cites=[1]),
        blocks.SourcesBlock(citations=[citation]),
        blocks.PagesBlock(pages=[blocks.PageLink(title="Plans", url="https://fernway.example/docs/plans")]),
    ]


def _asking_blocks() -> list[blocks.Block]:
    slot = blocks.Slot(value="slot-1", start=datetime(2026, 3, 3, 13, 0, tzinfo=UTC), label="14:00")
    return [
        blocks.ChoicesBlock(
            prompt="q-size",
            purpose="question",
            text="Roughly how many people would use it?",
            choices=[
                blocks.Choice(value="1-10", label="1 to 10"),
                blocks.Choice(value="11-50", label="11 to 50"),
            ],
        ),
        blocks.ChoicesBlock(
            prompt="starter-1",
            purpose="starter",
            text="",
            choices=[blocks.Choice(value="book", label="Book a meeting")],
        ),
        blocks.SlotsBlock(
            prompt="slots-1",
            text="Which time suits you?",
            zone="Europe/Berlin",
            zone_label="Berlin (UTC+1)",
            duration_minutes=30,
            days=[blocks.SlotDay(date=date(2026, 3, 3), label="Tuesday 3 March", slots=[slot])],
        ),
        blocks.FormBlock(
            prompt="trial-1",
            purpose="trial",
            text="Where shall we send the link?",
            submit="Start the trial",
            fields=[
                blocks.FormField(
                    name="email",
                    label="Work e-mail",
                    kind="email",
                    value="ada@",
                    error="That address is incomplete.",
                ),
                blocks.FormField(name="company", label="Company", kind="text", required=False),
            ],
        ),
    ]


def _outcome_blocks() -> list[blocks.Block]:
    return [
        blocks.MeetingBlock(
            state="confirmed",
            title="Fernway demo",
            when="Tuesday 3 March, 14:00 to 14:30 (Berlin)",
            start=datetime(2026, 3, 3, 13, 0, tzinfo=UTC),
            end=datetime(2026, 3, 3, 13, 30, tzinfo=UTC),
            zone="Europe/Berlin",
            ics_url="/meetings/m-1.ics",
            manage_url="/meetings/m-1",
        ),
        blocks.MeetingBlock(
            state="cancelled",
            title="Fernway demo",
            when="Tuesday 3 March, 14:00 (Berlin)",
            start=datetime(2026, 3, 3, 13, 0, tzinfo=UTC),
            end=datetime(2026, 3, 3, 13, 30, tzinfo=UTC),
            zone="Europe/Berlin",
            ics_url=None,
            manage_url=None,
        ),
        blocks.TrialBlock(state="mail_sent", text="We sent a link to your address."),
        blocks.CartBlock(
            items=[blocks.CartItem(plan="Team", quantity=5, unit_price="12.00 EUR", total="60.00 EUR")],
            period="month",
            total="60.00 EUR",
            note="Billed yearly.",
            checkout_url="https://fernway.example/buy/1",
        ),
        blocks.HandoffBlock(state="asked", text="A colleague will answer here."),
    ]
