"""Settings: read in one place, refused with their name and the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.errors import BadSetting
from server.settings import explain, load_settings


def test_an_option_wins_over_the_environment_and_that_over_the_default() -> None:
    env = {"FRONTDESK_PORT": "9000", "FRONTDESK_HOST": "0.0.0.0"}

    settings = load_settings({"port": 9001, "host": None}, env)
    sources = {item.name: item.source for item in explain(settings, {"port": 9001}, env)}

    assert (settings.port, settings.host, settings.threads) == (9001, "0.0.0.0", 2)
    assert (sources["port"], sources["host"], sources["threads"]) == ("option", "environment", "default")


def test_an_unknown_setting_is_an_error_that_names_the_nearest_one() -> None:
    with pytest.raises(BadSetting, match=r"'FRONTDESK_PROT'.*FRONTDESK_PORT"):
        load_settings({}, {"FRONTDESK_PROT": "1"})


def test_a_value_that_can_not_be_used_is_named() -> None:
    with pytest.raises(BadSetting, match=r"'FRONTDESK_PORT' can not be 'many'"):
        load_settings({}, {"FRONTDESK_PORT": "many"})


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = load_settings({"data_dir": tmp_path / "new"}, {})

    first, second = settings.secret(), settings.secret()

    assert first == second
    assert len(first) >= 48
    assert (tmp_path / "new" / "secret.key").stat().st_mode & 0o077 == 0


def test_doctor_never_prints_a_password() -> None:
    env = {"FRONTDESK_SMTP_URL": "smtp://mailer:hunter2@mail.example:587"}

    shown = {item.name: item.value for item in explain(load_settings({}, env), {}, env)}

    assert shown["smtp_url"] == "smtp://mailer:***@mail.example:587"


@pytest.mark.parametrize("issuer", ["http://id.fernway.example", "http://127.0.0.1.fernway.example/realm"])
def test_an_issuer_in_clear_is_refused_with_the_fix(issuer: str) -> None:
    with pytest.raises(BadSetting, match=r"'FRONTDESK_OIDC_ISSUER'.*https only; write https://"):
        load_settings({}, {"FRONTDESK_OIDC_ISSUER": issuer})


@pytest.mark.parametrize(
    "issuer",
    ["", "https://id.fernway.example", "http://localhost:8080/realm", "http://127.0.0.1:9", "http://[::1]:9"],
)
def test_an_issuer_over_https_or_of_this_machine_is_taken(issuer: str) -> None:
    assert load_settings({}, {"FRONTDESK_OIDC_ISSUER": issuer}).oidc_issuer == issuer
