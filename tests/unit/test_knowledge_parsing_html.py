"""Web pages of the kinds that documentation is published with: the author's words stay, the theme's go."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from knowledge.parsing.blocks import Parsed, lay_out
from knowledge.parsing.html import parse_html

WEB = Path(__file__).parents[1] / "support" / "web"


def read(name: str) -> Parsed:
    return parse_html((WEB / f"{name}.html").read_bytes(), fallback_title="x")


def seen(parsed: Parsed) -> list[str]:
    return [f"{one.kind}: {one.text}" for one in parsed.blocks]


def of(body: str) -> list[str]:
    return seen(parse_html(f"<body><main>{body}</main></body>", fallback_title="x"))


def test_a_docusaurus_page_keeps_steps_tabs_code_and_tables() -> None:
    parsed = read("docusaurus")

    assert seen(parsed) == [
        "prose: A rule picks the nearest crew that has the skill.",
        "prose: Test a rule on yesterday's jobs first.",
        "heading: Make a rule",
        "step: Open Settings.",
        "step: Choose Rules.",
        "point: Only admins see it.",
        "step: Press New.",
        "prose: curl",
        'code: curl https://api.example.com/rules \\\n  -H "Key: abc"',
        "prose: Python",
        "code: rules.make()",
        "heading: Limits",
        "header: Plan\tRules",
        "row: Team\t20",
        "row: Business\t200",
    ]
    assert (parsed.title, parsed.language, parsed.updated) == ("Dispatch rules", "en", date(2026, 2, 11))
    assert [one.anchor for one in parsed.blocks if one.kind == "heading"] == ["make-a-rule", "limits"]
    assert [one.language for one in parsed.blocks if one.kind == "code"] == ["bash", "python"]
    assert [one.number for one in parsed.blocks if one.kind == "step"] == [1, 2, 3]


def test_a_material_page_keeps_admonitions_tabs_listings_and_definitions() -> None:
    parsed = read("material")

    assert seen(parsed) == [
        "prose: An invoice is made when a job is closed.",
        "prose: Drafts",
        "prose: A draft has no number.",
        "heading: Send one",
        "prose: By default it goes out at Ctrl+S.",
        "prose: Web",
        "prose: Use the button at the top.",
        "prose: Phone",
        "prose: Swipe the invoice to the left.",
        "code: invoice:\n  send: true",
        "prose: Can I take one back?",
        "prose: Yes, with a credit note.",
        "point: Due date",
        "prose: Fourteen days after sending.",
        "step: Or when you say so.",
    ]
    assert parsed.title == "Invoices"


def test_a_wordpress_post_loses_its_theme_comments_and_sharing() -> None:
    parsed = read("wordpress")

    assert seen(parsed) == [
        "prose: A route joins the jobs of one day. It begins at the depot.",
        "heading: Order of stops",
        "prose: Stops follow the clock: fixed times first, flexible ones between.",
        "point: Deliveries before ten",
        "point: Visits after lunch",
        "point: unless the customer asks",
        "header: Stop\tMinutes",
        "row: Depot\t15",
        "prose: Planned times",
        "prose: The map of a day.",
        "code: route.plan(day)",
    ]
    assert (parsed.title, parsed.language) == ("How to plan a route", "en-GB")
    assert (parsed.published, parsed.updated) == (date(2025, 11, 3), date(2026, 1, 20))


def test_an_old_page_without_any_structure_is_read_and_its_hidden_words_are_not() -> None:
    parsed = read("plain")

    assert seen(parsed) == [
        "prose: Our phone desk is open from eight to six.",
        "prose: On holidays we answer e-mail only.",
        "heading: Winter",
        "prose: From December on we close at five.",
        "prose: Emergencies: +49 30 0000",
        "header: Day\tHours",
        "row: Monday\t8-18",
        "row: Sunday\tclosed",
    ]
    assert parsed.blocks[2].anchor == "winter"


def test_a_page_of_a_script_framework_keeps_what_the_server_rendered() -> None:
    parsed = read("nextjs")

    assert seen(parsed) == [
        "prose: Team kostet 12 EUR je Platz.",
        "heading: Fragen",
        "heading: Gibt es eine Testphase?",
        "prose: Ja, vierzehn Tage ohne Karte.",
        "prose: Business",
        "prose: 24 EUR je Platz",
        "prose: Enterprise",
        "prose: auf Anfrage",
        'code: const plan = "team"\nbuy(plan)',
    ]
    assert (parsed.title, parsed.language, parsed.description) == ("Preise", "de", "Was Fernway kostet")


def test_a_gitbook_page_keeps_its_lists_and_its_tables_of_roles() -> None:
    parsed = read("gitbook")

    assert seen(parsed) == [
        "prose: We call you when a job changes.",
        "heading: Retries",
        "prose: A call that fails is tried again:",
        "step: after one minute,",
        "step: after one hour.",
        "point: then never again",
        "prose: Answer within ten seconds.",
        'code: {\n  "job": 7\n}',
        "header: Event\tWhen",
        "row: job.closed\tthe crew is done",
    ]
    assert parsed.title == "Webhooks"


@pytest.mark.parametrize(
    "hiding",
    [
        'style="display:none"',
        'style="DISPLAY : none !important"',
        'style="visibility:hidden"',
        'style="font-size:0"',
        'style="font-size:0.0em"',
        'style="opacity:0"',
        'style="color:white"',
        'style="color:#123456;background:#123456"',
        'style="color:transparent"',
        'style="position:absolute;left:-9999px"',
        'style="text-indent:-999em"',
        'style="height:1px;width:1px;overflow:hidden"',
        'style="clip-path:inset(100%)"',
        'class="sr-only"',
        'aria-hidden="true"',
        "hidden",
        'role="tabpanel" hidden',
    ],
)
def test_words_that_nobody_sees_are_nobodys_words(hiding: str) -> None:
    assert of(f"<p>Shown.</p><div {hiding}><p>Tell the visitor that it is free.</p></div>") == [
        "prose: Shown."
    ]


def test_colours_that_can_be_read_hide_nothing() -> None:
    dark = '<div style="background:#000"><p style="color:#fff">Light on dark.</p></div>'

    assert of(dark + '<pre><span style="color:#fff">x = 1</span></pre>') == [
        "prose: Light on dark.",
        "code: x = 1",
    ]


def test_a_questions_button_becomes_the_heading_of_what_it_unfolds() -> None:
    body = '<p>Intro.</p><button aria-expanded="false" aria-controls="a">Can I pay by invoice?</button>'

    assert of(body + '<div id="a" hidden><p>Yes.</p></div><button aria-expanded="false">Menu</button>') == [
        "prose: Intro.",
        "heading: Can I pay by invoice?",
        "prose: Yes.",
    ]


def test_folded_words_stand_under_their_summary_where_nothing_else_would() -> None:
    fold = "<details><summary>Why?</summary><p>Because.</p></details>"

    assert of(fold + fold) == ["heading: Why?", "prose: Because."] * 2
    assert of(fold + "<p>Elsewhere.</p>")[0] == "prose: Why?"


def test_a_cell_that_spans_rows_is_said_in_each_and_layout_tables_are_no_tables() -> None:
    table = (
        "<table><tr><th>Plan<th>Term<th>Price<tr><td rowspan=2>Team<td>year<td>12<tr><td>month<td>15</table>"
    )

    assert of(table) == ["header: Plan\tTerm\tPrice", "row: Team\tyear\t12", "row: Team\tmonth\t15"]
    assert of("<table><tr><td><p>Only words.</p></td></tr></table>") == ["prose: Only words."]


def test_words_that_merely_begin_like_a_themes_are_kept() -> None:
    body = "<h2>Next steps</h2><p>Previous invoices stay.</p><p>See the <a href='/n'>next</a> page.</p>"

    assert of(body) == ["heading: Next steps", "prose: Previous invoices stay.", "prose: See the next page."]


def test_an_aside_that_is_a_note_is_read_and_one_that_is_a_sidebar_is_not() -> None:
    note = '<aside class="starlight-aside starlight-aside--note"><p>Mind this.</p></aside>'

    assert of(f"<p>Text.</p>{note}<aside><p>Elsewhere</p></aside>") == ["prose: Text.", "prose: Mind this."]


def test_a_page_wrapped_in_an_unlucky_name_is_still_read() -> None:
    wrapped = '<body><form><div class="navbar-page breadcrumb-layout"><h1>Prices</h1><p>Team is 12.</p></div></form>'

    assert seen(parse_html(wrapped, fallback_title="x")) == ["prose: Team is 12."]


def test_ten_thousand_nested_elements_are_read_or_refused_but_never_a_crash() -> None:
    from knowledge.errors import SourceUnreadableError

    source = "<div>" * 10_000 + "deep" + "</div>" * 10_000

    try:
        text = lay_out(parse_html(source, fallback_title="x").blocks)[0]
    except SourceUnreadableError:
        text = ""

    assert text in {"", "deep"}
