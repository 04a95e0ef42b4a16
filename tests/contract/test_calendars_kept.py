"""From a playbook and its secrets to calendars that work, and a command that says which do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from server.actions.calendars.dav import CalDavCalendar
from server.actions.calendars.ports import CalendarEvent, CalendarRefused
from server.actions.calendars.secrets import Secrets
from server.actions.values import Interval
from server.cli import main
from server.doctor import checks
from server.playbook import Playbooks, load_playbooks
from server.settings import Settings
from server.wiring.calendars import KeptCalendars, check_calendars
from tests.support.calendar_keepers import DavKeeper, GoogleKeeper, MicrosoftKeeper, Servers, calendar_servers
from tests.support.radicale import PASSWORD, USER

NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)
HOURS = {"mon": ["09:00-17:00"]}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with calendar_servers(tmp_path_factory.mktemp("calendars")) as running:
        yield running


class Office:
    """A data folder with a playbook of four reps, whose calendars are kept in three places and nowhere."""

    def __init__(self, folder: Path, servers: Servers) -> None:
        self.folder = folder
        self.dav = DavKeeper(servers.radicale)
        self.google, self.microsoft = GoogleKeeper(servers.google), MicrosoftKeeper(servers.microsoft)
        graph = servers.microsoft
        self.calendars: dict[str, dict[str, str]] = {
            "ada": {"kind": "caldav", "url": self.dav.url, "user": USER},
            "ben": {
                "kind": "google", "calendar": self.google.id, "secret": "our_google",
                "api": f"{servers.google.url}/calendar/v3",
            },
            "cleo": {
                "kind": "microsoft", "mailbox": self.microsoft.mailbox, "tenant": graph.tenant,
                "client_id": graph.client_id, "api": f"{graph.url}/v1.0", "login": graph.url,
            },
        }  # fmt: skip
        self.secrets = {"ada": PASSWORD, "our_google": servers.google.key(), "cleo": graph.secret}
        self.write()

    def write(self) -> None:
        reps = [
            {
                "key": key,
                "name": key.title(),
                "email": f"{key}@fernway.example",
                "hours": HOURS,
                "zone": "Europe/Berlin",
            }
            | ({"calendar": self.calendars[key]} if key in self.calendars else {})
            for key in ("ada", "ben", "cleo", "dora")
        ]
        book = {"version": 1, "site": {"name": "Fernway"}, "meetings": {"reps": reps}}
        (self.folder / "playbooks").mkdir(exist_ok=True)
        (self.folder / "playbooks" / "fernway.yaml").write_text(yaml.safe_dump(book), encoding="utf-8")
        (self.folder / "secrets.json").write_text(json.dumps(self.secrets), encoding="utf-8")

    def playbooks(self) -> Playbooks:
        return load_playbooks(self.folder / "playbooks")

    def kept(self) -> KeptCalendars:
        return KeptCalendars(self.playbooks(), Secrets(self.folder / "secrets.json"), lambda: NOW, timeout=5)

    def command(self, *options: str) -> Result:
        env = {"FRONTDESK_CALENDAR_SECRETS": str(self.folder / "secrets.json")}
        words = ["calendars", "check", "--data-dir", str(self.folder), *options]
        return CliRunner().invoke(main, words, env=env)


@pytest.fixture
def office(tmp_path: Path, servers: Servers) -> Office:
    return Office(tmp_path, servers)


async def test_each_rep_has_the_calendar_that_the_playbook_names(office: Office) -> None:
    kept = office.kept()
    event = CalendarEvent("m@fernway.frontdesk", "Demo", NOW, NOW + timedelta(minutes=30), "Europe/Berlin")

    for rep, keeper in (("ada", office.dav), ("ben", office.google), ("cleo", office.microsoft)):
        calendar = kept.of("fernway", rep)
        assert calendar is not None
        await calendar.write(event)
        assert len(keeper.standing()) == 1
        assert await calendar.busy(Interval(NOW, NOW + timedelta(days=1))) == [
            Interval(event.start, event.end)
        ]


def test_a_rep_without_one_an_unknown_rep_and_an_unknown_site_have_the_built_in_calendar(
    office: Office,
) -> None:
    kept = office.kept()

    assert kept.of("fernway", "dora") is None
    assert kept.of("fernway", "nobody") is None
    assert kept.of("elsewhere", "ada") is None


def test_a_calendar_is_made_once_and_anew_when_its_secret_was_mended(office: Office) -> None:
    kept = office.kept()
    first = kept.of("fernway", "ada")
    assert isinstance(first, CalDavCalendar)
    assert kept.of("fernway", "ada") is first

    office.secrets["ada"] = "another"
    office.write()

    assert kept.of("fernway", "ada") is not first


def test_a_rep_whose_secret_is_missing_is_refused_and_the_others_are_not(office: Office) -> None:
    del office.secrets["our_google"]
    office.write()
    kept = office.kept()

    with pytest.raises(CalendarRefused, match="no secret 'our_google'"):
        kept.of("fernway", "ben")
    assert kept.of("fernway", "ada") is not None


async def test_a_check_tries_every_rep_and_leaves_nothing_behind(office: Office) -> None:
    found = await check_calendars(office.kept(), office.playbooks(), ["fernway"], NOW, write=True)

    assert [(each.rep, each.kind, each.ok) for each in found] == [
        ("ada", "caldav", True),
        ("ben", "google", True),
        ("cleo", "microsoft", True),
        ("dora", "built-in", True),
    ]
    assert all("wrote an event and removed it" in each.detail for each in found[:3])
    assert office.dav.standing() == office.google.standing() == office.microsoft.standing() == []


def test_the_command_says_what_works(office: Office) -> None:
    done = office.command("--json")

    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert told["ok"]
    assert [each["rep"] for each in told["calendars"]] == ["ada", "ben", "cleo", "dora"]


def test_the_command_says_what_to_mend_and_fails(office: Office) -> None:
    office.secrets["ada"] = "hunter2"
    office.write()

    done = office.command("--site", "fernway")

    assert done.exit_code == 1
    assert "FAIL fernway/ada (caldav)" in done.output
    assert "ok   fernway/ben (google): read: 0 busy stretches in 14 days" in done.output
    assert "hunter2" not in done.output


def test_the_command_knows_when_there_is_no_such_site(office: Office) -> None:
    done = office.command("--site", "nowhere")

    assert done.exit_code == 1
    assert "there is no site 'nowhere'" in done.output


def test_the_doctor_names_secrets_and_shows_none(office: Office) -> None:
    settings = Settings(data_dir=office.folder, calendar_secrets=office.folder / "secrets.json")

    check = next(each for each in checks(settings) if each.name == "calendars")

    assert check.ok, check.detail
    assert "fernway/ada, fernway/ben, fernway/cleo" in check.detail
    assert "our_google: ***" in check.detail
    assert PASSWORD not in check.detail
