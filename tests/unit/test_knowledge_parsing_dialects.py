"""Markdown as the usual documentation tools write it: their boxes go, what they show stays."""

from __future__ import annotations

import time

import pytest

from knowledge.parsing.markdown import parse_markdown


def seen(source: str) -> list[str]:
    return [f"{one.kind}: {one.text}" for one in parse_markdown(source, fallback_title="x").blocks]


def test_steps_become_numbered_steps_with_their_remarks_and_code() -> None:
    source = (
        '<Steps>\n  <Step title="Open it">\n    Go to **Settings**.\n\n    ```bash\n    open it\n    ```\n  </Step>\n\n'
        '  <Step title="Save" icon="disk">\n    - quickly\n  </Step>\n</Steps>\n\nOr else:\n\n'
        '<Steps>\n<Step title="Anew">\nx\n</Step>\n</Steps>\n'
    )
    blocks = parse_markdown(source, fallback_title="x").blocks

    assert [(one.kind, one.number, one.text) for one in blocks] == [
        ("step", 1, "Open it"),
        ("prose", 0, "Go to Settings."),
        ("code", 0, "open it"),
        ("step", 2, "Save"),
        ("point", 0, "quickly"),
        ("prose", 0, "Or else:"),
        ("step", 1, "Anew"),
        ("prose", 0, "x"),
    ]


def test_accordions_are_headings_where_nothing_else_would_come_to_stand_below() -> None:
    boxes = (
        '<AccordionGroup>\n  <Accordion title="Why don\'t bounces show?">\n    Because.\n  </Accordion>\n'
        '  <Accordion title="And then?">\n    Nothing.\n  </Accordion>\n</AccordionGroup>\n'
    )

    assert seen(f"{boxes}\n## More\n\nText.\n") == [
        "heading: Why don't bounces show?",
        "prose: Because.",
        "heading: And then?",
        "prose: Nothing.",
        "heading: More",
        "prose: Text.",
    ]
    assert seen(f"{boxes}\nAfterwards.\n")[2] == "prose: And then?"


def test_tabs_cards_and_fields_keep_what_they_show() -> None:
    source = (
        '<Tabs>\n  <TabItem value="mac" label="On a Mac">\n    Press Command.\n  </TabItem>\n'
        '  <TabItem value="linux">\n\nPress Control.\n\n  </TabItem>\n</Tabs>\n\n'
        '<CardGroup cols={2}>\n  <Card title="Sent" icon="plane" href="/x">\n    It left.\n  </Card>\n</CardGroup>\n\n'
        '<ParamField path="limit" type="number" required>\n  How many.\n</ParamField>\n'
        '<CtaBox\n  headline="See it live"\n  link={url}\n/>\n'
    )

    assert seen(source) == [
        "prose: On a Mac",
        "prose: Press Command.",
        "prose: linux",
        "prose: Press Control.",
        "prose: Sent",
        "prose: It left.",
        "prose: limit (number, required)",
        "prose: How many.",
        "prose: See it live",
    ]


@pytest.mark.parametrize(
    ("source", "blocks"),
    [
        (":::tip Mind this\n\nIt **holds**.\n\n:::\n", ["prose: Mind this", "prose: It holds."]),
        (":::note[Own title]\nText.\n:::\n", ["prose: Own title", "prose: Text."]),
        (
            '!!! warning "Careful"\n    Hot.\n\n    - one\n\nAfter.\n',
            ["prose: Careful", "prose: Hot.", "point: one", "prose: After."],
        ),
        ("!!! note\n    Only words.\n", ["prose: Only words."]),
        ('??? question "Why?"\n    Because.\n', ["prose: Why?", "prose: Because."]),
        (
            '=== "Web"\n\n    Click.\n\n=== "Phone"\n\n    Tap.\n',
            ["prose: Web", "prose: Click.", "prose: Phone", "prose: Tap."],
        ),
        ("> [!NOTE]\n> Read this.\n", ["prose: Read this."]),
        ('{% hint style="info" %}\nRead.\n{% endhint %}\n', ["prose: Read."]),
        (
            '{% tabs %}\n{% tab title="Web" %}\nClick.\n{% endtab %}\n{% endtabs %}\n',
            ["prose: Web", "prose: Click."],
        ),
        ("{{< callout >}}\nRead.\n{{< /callout >}}\n", ["prose: Read."]),
        ("Pay in 30 days.[^1]\n\n[^1]: Or sooner.\n", ["prose: Pay in 30 days.", "prose: Or sooner."]),
        ("- [ ] open\n- [x] done\n", ["point: open", "point: done"]),
        ("Team is ~~15~~ 12 EUR.\n", ["prose: Team is 12 EUR."]),
        ('```bash title="Try it"\nrun\n```\n', ["prose: Try it", "code: run"]),
        (
            "```one line of code```\n\n<Warning>\nStop.\n</Warning>\n",
            ["prose: one line of code", "prose: Stop."],
        ),
        (
            "<details>\n<summary>Why?</summary>\n\nBecause.\n\n</details>\n",
            ["heading: Why?", "prose: Because."],
        ),
        (
            "<details>\n\n<summary>\n\n### Why?\n\n</summary>\n\nBecause.\n\n</details>\n",
            ["heading: Why?", "prose: Because."],
        ),
        ("Text.{: .lead }\n\n[Go](/x){ .md-button }\n", ["prose: Text.", "prose: Go"]),
        ("Use `{name}` or {your_url}/bot.\n", ["prose: Use {name} or {your_url}/bot."]),
    ],
)
def test_a_box_of_some_tool_leaves_its_words(source: str, blocks: list[str]) -> None:
    assert seen(source) == blocks


def test_code_about_boxes_is_left_as_it_is() -> None:
    code = '!!! note\n    Hot.\n<Step title="x">\n:::tip\n{% hint %}\n- [ ] open'

    assert seen(f"```md\n{code}\n```\n\n~~~\n<Tab>\n~~~\n") == [f"code: {code}", "code: <Tab>"]


def test_a_box_that_is_never_closed_loses_nothing() -> None:
    assert seen('<Step title="Open it">\n\nGo on.\n') == ["prose: Open it", "prose: Go on."]


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- Obey `me` now -->",
        "<!--\n```\nObey me\n```\n-->",
        "<!--\n```\nObey me\n-->",
        "{/* Obey `me` */}",
        "<div hidden>Obey `me`\n\n```\nObey\n```\n</div>",
        '<span style="font-size:0">Obey <b>me</b></span>',
        '<p style="color:white">Obey</p>',
        "<div style={{ display: 'none' }}><div>Obey</div> me</div>",
        '<span class="sr-only">Obey</span>',
        "<script>Obey()</script>",
        "<del>Obey</del>",
        "export const meta = {\n  order: 'Obey',\n\n  again: ['Obey'],\n}",
        "import {\n  Obey,\n  Me\n} from './obey'",
    ],
)
def test_what_markdown_hides_or_runs_is_gone_with_the_code_in_it(hidden: str) -> None:
    assert seen(f"Shown.\n\n{hidden}\n\nAlso `<!-- shown`.\n") == ["prose: Shown.", "prose: Also <!-- shown."]


def test_a_comment_that_never_ends_hides_the_rest() -> None:
    assert seen("Shown.\n\n<!-- Obey\n\nme.\n") == ["prose: Shown."]


def test_a_table_of_tags_is_a_table() -> None:
    source = "<table><tr><th>Plan</th><th>Seats</th></tr>\n<tr><td>Team</td><td>4 | &lt;script&gt;</td></tr></table>\n"

    assert seen(source) == ["header: Plan\tSeats", "row: Team\t4 | <script>"]


@pytest.mark.parametrize(
    "piece", ["<script ", "<div hidden>", "<!-- ", '<Card title="', "{/*", "```\n", "<table>", "!!! x\n    "]
)
def test_a_page_made_to_be_slow_is_not(piece: str) -> None:
    source = piece * 20_000

    began = time.process_time()
    seen(source)

    assert time.process_time() - began < 20


def test_boxes_in_boxes_without_end_are_read_as_far_as_anybody_writes_them() -> None:
    source = "\n".join(f"{'    ' * depth}!!! danger" for depth in range(300))

    assert "!!! danger" in " ".join(seen(source + "\n\nAfter."))
