"""Who a token says is there: what is believed, and every way in which it is not."""

from __future__ import annotations

import base64
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from joserfc import jws
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, RSAKey

from server.errors import BadSetting
from server.frames import MAX_IDENTITY_CHARS
from server.members.keys import KeyFile, load_keys
from server.members.reading import SignedMembers
from server.members.signing import CanNotSign, demo_key, signed
from server.members.values import IdentityRefused, Nobody, audience_of, face_of, member_of
from tests.support.members import NOW, OTHER, SECRET, a_pair, claims, members_with, token, write_keys

HS = {"keys": [{"kid": "one", "secret": SECRET}]}


@pytest.fixture
def members(tmp_path: Path) -> SignedMembers:
    return members_with(tmp_path / "members.yaml", demo=HS)


async def refusal(members: SignedMembers, given: str, site: str = "demo", **at: Any) -> IdentityRefused:
    with pytest.raises(IdentityRefused) as refused:
        await members.read(site, given, at.get("now", NOW))
    return refused.value


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_a_signed_token_says_who_it_is_and_what_they_may_read(members: SignedMembers) -> None:
    member = await members.read("demo", token(plan="Enterprise", audience=["beta"], features=["api"]), NOW)

    assert (member.name, member.email, member.plan, member.plan_name) == (
        "Ada",
        "ada@acme.example",
        "enterprise",
        "Enterprise",
    )
    assert member.audience == ("public", "signed-in", "starter", "enterprise", "beta")
    assert member.features == {"api", "sso"}
    assert face_of(member, NOW) == ("Ada", "Enterprise")


async def test_a_plan_that_the_playbook_does_not_know_is_named_and_opens_nothing(
    members: SignedMembers,
) -> None:
    member = await members.read("demo", token(plan="Galaxy"), NOW)

    assert (member.plan, member.plan_name) == ("", "Galaxy")
    assert member.audience == ("public", "signed-in")


async def test_the_same_user_has_the_same_key_and_another_one_at_every_other_site(tmp_path: Path) -> None:
    members = members_with(tmp_path / "members.yaml", demo=HS, other=HS)

    first = await members.read("demo", token(), NOW)
    again = await members.read("demo", token(name="Renamed", iat=None), NOW)
    elsewhere = await members.read("other", token(aud="other"), NOW)
    somebody = await members.read("demo", token(sub="user-2"), NOW)

    assert first.key == again.key
    assert len({first.key, elsewhere.key, somebody.key}) == 3
    assert "user-1" not in first.key


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_public_keys_check_what_their_other_half_signed(tmp_path: Path, algorithm: str) -> None:
    private, public = a_pair(algorithm)
    stranger, _ = a_pair(algorithm)
    members = members_with(
        tmp_path / "members.yaml", demo={"keys": [{"algorithm": algorithm, "public_key": public}]}
    )

    assert (await members.read("demo", token(private, alg=algorithm), NOW)).name == "Ada"
    assert (await refusal(members, token(stranger, alg=algorithm))).code == "identity_refused"


async def test_a_public_key_is_never_taken_for_a_secret(tmp_path: Path) -> None:
    private, public = a_pair("RS256")
    members = members_with(
        tmp_path / "members.yaml", demo={"keys": [{"algorithm": "RS256", "public_key": public}]}
    )
    # What an attacker has: our public key. Libraries refuse to sign so, therefore it is signed by hand.
    import hashlib
    import hmac

    head = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims())}"
    mac = hmac.new(public.encode(), head.encode(), hashlib.sha256).digest()
    forged = f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    assert (await refusal(members, forged)).code == "identity_refused"
    assert isinstance(private, RSAKey)


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "HS384", "HS512", "RS256", "", 1, None])
async def test_no_other_algorithm_than_that_of_the_key_counts(members: SignedMembers, alg: Any) -> None:
    good = token()
    swapped = f"{part({'alg': alg})}.{good.split('.')[1]}."

    assert (await refusal(members, swapped + "AAAA")).code == "identity_refused"
    assert (await refusal(members, swapped)).code == "identity_refused"
    assert (await refusal(members, swapped + good.split(".")[2])).code == "identity_refused"


@pytest.mark.parametrize("header", [{"crit": ["b64"], "b64": False}, {"b64": False}, {"crit": []}])
async def test_a_header_that_changes_how_the_rest_is_read_is_refused(
    members: SignedMembers, header: dict[str, Any]
) -> None:
    _, payload, signature = token().split(".")

    forged = f"{part({'alg': 'HS256', **header})}.{payload}.{signature}"

    assert "header" in (await refusal(members, forged)).why


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_one_changed_character_anywhere_is_noticed(members: SignedMembers, place: int) -> None:
    parts = token().split(".")
    for at in (0, len(parts[place]) // 2, len(parts[place]) - 2):
        swapped = "B" if parts[place][at] != "B" else "C"
        changed = [*parts]
        changed[place] = parts[place][:at] + swapped + parts[place][at + 1 :]

        assert (await refusal(members, ".".join(changed))).code == "identity_refused"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"aud": None}, "aud"),
        ({"aud": "other"}, "aud"),
        ({"aud": ["other", 1]}, "aud"),
        ({"aud": "demo2"}, "aud"),
        ({"aud": {"demo": 1}}, "aud"),
        ({"sub": None}, "sub"),
        ({"sub": ""}, "sub"),
        ({"sub": "x" * 256}, "sub"),
        ({"sub": 1}, "sub"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": 1e30}, "exp"),
        ({"exp": int((NOW + timedelta(minutes=62)).timestamp())}, "hour"),
        ({"nbf": int((NOW + timedelta(minutes=2)).timestamp())}, "nbf"),
        ({"iat": int((NOW + timedelta(minutes=2)).timestamp())}, "iat"),
        ({"iat": "now"}, "iat"),
    ],
)
async def test_a_well_signed_token_that_says_too_little_or_too_much_is_refused(
    members: SignedMembers, changed: dict[str, Any], why: str
) -> None:
    refused = await refusal(members, token(**changed))

    assert refused.code == "identity_refused"
    assert refused.status == 401
    assert why in refused.why


@pytest.mark.parametrize("aud", ["demo", "frontdesk:demo", ["somebody-else", "frontdesk:demo"]])
async def test_the_site_may_be_named_in_three_ways(members: SignedMembers, aud: Any) -> None:
    await members.read("demo", token(aud=aud), NOW)


async def test_clocks_may_differ_by_a_minute_and_no_more(members: SignedMembers) -> None:
    given = token(iat=int((NOW + timedelta(seconds=59)).timestamp()))
    end = NOW + timedelta(minutes=15)

    await members.read("demo", given, NOW)
    late = await members.read("demo", given, end + timedelta(seconds=59))
    refused = await refusal(members, given, now=end + timedelta(seconds=60))

    assert "enterprise" not in audience_of(late, end)
    assert "starter" in audience_of(late, end + timedelta(seconds=59))
    assert audience_of(late, end + timedelta(seconds=60)) == ("public",)
    assert face_of(late, end + timedelta(seconds=60)) is None
    assert (refused.code, refused.status) == ("identity_expired", 401)


async def test_an_expired_forgery_is_not_told_that_it_only_expired(members: SignedMembers) -> None:
    refused = await refusal(members, token(OTHER, exp=int(NOW.timestamp()) - 3_600))

    assert refused.code == "identity_refused"


@pytest.mark.parametrize(
    "given",
    ["", ".", "..", "a.b", "a.b.c.d", "a.b.c", "{}", "ünïcödé.b.c", "a.b.c\n", " " + token(), f"{token()}.x"],
)
async def test_what_is_no_token_is_refused(members: SignedMembers, given: str) -> None:
    assert (await refusal(members, given)).code == "identity_refused"


async def test_a_huge_token_is_not_even_looked_into(
    members: SignedMembers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("it was parsed")

    monkeypatch.setattr(jws, "extract_compact", never)

    refused = await refusal(members, "a" * (MAX_IDENTITY_CHARS + 1) + ".b.c")

    assert str(MAX_IDENTITY_CHARS) in refused.why


async def test_a_token_with_deeply_nested_json_is_refused(members: SignedMembers) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 3_000).rstrip(b"=").decode()
    nested = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 3_000).rstrip(b"=").decode()

    await refusal(members, f"{deep}.{deep}.AAAA")
    await refusal(members, f"{nested}.AAAA.AAAA")


async def test_a_token_of_one_site_opens_no_other_even_with_the_same_secret(tmp_path: Path) -> None:
    members = members_with(tmp_path / "members.yaml", demo=HS, other=HS)

    assert "aud" in (await refusal(members, token(aud="demo"), site="other")).why
    assert "no keys" in (await refusal(members, token(aud="third"), site="third")).why


async def test_the_kid_picks_the_key_and_without_one_all_are_tried(tmp_path: Path) -> None:
    keys = [{"kid": "one", "secret": SECRET}, {"kid": "two", "secret": OTHER}]
    members = members_with(tmp_path / "members.yaml", demo={"keys": keys})

    await members.read("demo", token(SECRET, header={"kid": "one"}), NOW)
    await members.read("demo", token(OTHER, header={"kid": "two"}), NOW)
    await members.read("demo", token(OTHER), NOW)
    await refusal(members, token(OTHER, header={"kid": "one"}))
    await refusal(members, token(OTHER, header={"kid": "three"}))
    no_text = f"{part({'alg': 'HS256', 'kid': ['one']})}.{part(claims())}.AAAA"
    assert "kid" in (await refusal(members, no_text)).why


async def test_a_key_without_a_name_checks_tokens_that_name_one(tmp_path: Path) -> None:
    members = members_with(tmp_path / "members.yaml", demo={"keys": [{"secret": SECRET}]})

    await members.read("demo", token(header={"kid": "whatever"}), NOW)


async def test_a_key_that_is_taken_out_stops_working_at_once(tmp_path: Path) -> None:
    file = tmp_path / "members.yaml"
    both = {"keys": [{"kid": "one", "secret": SECRET}, {"kid": "two", "secret": OTHER}]}
    members = members_with(file, demo=both)
    given = token(SECRET, header={"kid": "one"})
    await members.read("demo", given, NOW)

    write_keys(file, demo={"keys": [{"kid": "two", "secret": OTHER}]})

    await refusal(members, given)
    await members.read("demo", token(OTHER, header={"kid": "two"}), NOW)


async def test_while_the_file_can_not_be_read_nobody_is_let_in(tmp_path: Path) -> None:
    file = tmp_path / "members.yaml"
    members = members_with(file, demo=HS)

    file.write_text("demo: [", encoding="utf-8")
    broken = await refusal(members, token())
    file.unlink()
    gone = await refusal(members, token())
    write_keys(file, demo=HS)

    assert "no keys" in broken.why
    assert "no keys" in gone.why
    await members.read("demo", token(), NOW)


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"keys": [{"secret": "too-short"}]}, r"members\.yaml:\d+: demo\.keys\.0: .*32 bytes"),
        ({"keys": [{"secret": SECRET, "public_key": "x"}]}, "no `public_key`"),
        ({"keys": [{"algorithm": "RS256", "secret": SECRET}]}, "wants `public_key`"),
        ({"keys": [{"algorithm": "RS256", "public_key": SECRET}]}, "no PEM"),
        ({"keys": [{"algorithm": "none", "secret": SECRET}]}, r"members\.yaml:\d+: demo\.keys\.0\.algorithm"),
        (
            {"keys": [{"sekret": SECRET}]},
            r"demo\.keys\.0\.sekret: unknown key 'sekret'; did you mean 'secret'\?",
        ),
        ({"key": [{"secret": SECRET}]}, r"demo\.key: unknown key 'key'; did you mean 'keys'\?"),
        ({"keys": [{"kid": "a", "secret": SECRET}] * 2}, "two keys are called 'a'"),
        ({}, "write `keys` or `jwks_url`"),
        ({"jwks_url": "http://app.example/jwks.json"}, "https"),
        ({"jwks_url": "file:///etc/passwd"}, "https"),
    ],
)
def test_a_keys_file_that_can_not_be_used_names_the_place_and_repeats_no_secret(
    tmp_path: Path, section: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadSetting, match=said) as refused:
        write_keys(tmp_path / "members.yaml", demo=section)

    assert SECRET not in str(refused.value)
    assert "too-short" not in str(refused.value)


def test_a_site_that_stands_twice_is_refused_rather_than_losing_the_keys_of_the_first(tmp_path: Path) -> None:
    file = tmp_path / "members.yaml"
    section = f"demo:\n  keys:\n    - kid: {{kid}}\n      secret: {SECRET}\n"
    file.write_text(section.format(kid="old") + section.format(kid="new"), encoding="utf-8")

    with pytest.raises(
        BadSetting, match=r"members\.yaml:5: 'demo' stands here a second time, and first on line 1"
    ):
        load_keys(file)


def test_private_and_weak_keys_are_no_keys_to_check_with(tmp_path: Path) -> None:
    private = ECKey.generate_key("P-256")
    with pytest.warns(SecurityWarning):
        weak = RSAKey.generate_key(1024)
    file = tmp_path / "members.yaml"

    with pytest.raises(BadSetting, match="private key"):
        write_keys(
            file, demo={"keys": [{"algorithm": "ES256", "public_key": private.as_pem(private=True).decode()}]}
        )
    with pytest.raises(BadSetting, match="1024 bits"):
        write_keys(
            file, demo={"keys": [{"algorithm": "RS256", "public_key": weak.as_pem(private=False).decode()}]}
        )
    with pytest.raises(BadSetting, match="no PEM"):
        write_keys(
            file, demo={"keys": [{"algorithm": "EdDSA", "public_key": weak.as_pem(private=False).decode()}]}
        )


def test_an_absent_file_holds_no_keys(tmp_path: Path) -> None:
    assert load_keys(tmp_path / "members.yaml") == {}
    assert KeyFile(tmp_path / "members.yaml").of("demo") is None


async def test_what_is_told_of_a_user_is_one_line_that_can_be_shown(members: SignedMembers) -> None:
    told = token(
        name="Ada\n\u202e<b>  Lovelace" + "x" * 200,
        email="not an address",
        company=7,
        features=["ok", "not ok", 3, "a" * 65],
        audience=["beta", "beta", "public;drop", None],
    )

    member = await members.read("demo", told, NOW)

    assert member.name.startswith("Ada <b> Lovelacexxx")
    assert len(member.name) == 120
    assert (member.email, member.company) == ("", "")
    assert member.features == {"ok"}
    assert member.audience == ("public", "signed-in", "starter", "beta")


async def test_the_log_says_why_and_never_what(members: SignedMembers) -> None:
    given = token(OTHER, name="Very Secret", email="very@secret.example")

    with structlog.testing.capture_logs() as lines:
        refused = await refusal(members, given)

    written = json.dumps(lines) + str(refused)
    assert lines[0]["why"] == "no key of the site signed it"
    for piece in (*given.split("."), "Secret", "secret.example", "user-1", OTHER):
        assert piece not in written
    member = await members.read("demo", token(), NOW)
    assert "Ada" not in repr(member)
    assert "acme" not in repr(member)


async def test_macs_are_compared_in_constant_time(
    members: SignedMembers, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hmac

    compared: list[int] = []
    real = hmac.compare_digest

    def noted(one: Any, other: Any) -> bool:
        compared.append(len(one))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", noted)

    await members.read("demo", token(), NOW)

    assert compared == [32]


async def test_without_keys_and_without_a_token_nobody_is_anybody() -> None:
    assert await member_of(Nobody(), "demo", None, NOW) is None
    with pytest.raises(IdentityRefused):
        await member_of(Nobody(), "demo", token(), NOW)
    assert audience_of(None, NOW) == ("public",)


async def test_what_we_sign_for_tests_is_believed_with_its_key_alone(tmp_path: Path) -> None:
    file = tmp_path / "members.yaml"
    _, public = a_pair("ES256")
    keys = [{"kid": "one", "secret": SECRET}, {"kid": "pub", "algorithm": "ES256", "public_key": public}]
    members = members_with(file, demo={"keys": keys})
    secret, public_one = load_keys(file)["demo"].keys
    made = signed(secret, site="demo", subject="user-9", now=NOW, name="Ada", plan="enterprise")

    member = await members.read("demo", made, NOW)

    assert (member.plan, member.name) == ("enterprise", "Ada")
    await refusal(members, signed(demo_key("desk-secret"), site="demo", subject="x", now=NOW))
    with pytest.raises(CanNotSign, match="pub"):
        signed(public_one, site="demo", subject="x", now=NOW)
    assert demo_key("one") != demo_key("two")
    assert isinstance(OctKey.import_key(SECRET), OctKey)


@pytest.mark.parametrize("seed", range(20))
async def test_random_bytes_are_never_anybody(members: SignedMembers, seed: int) -> None:
    noise = base64.urlsafe_b64encode(os.urandom(64 + seed)).rstrip(b"=").decode()

    await refusal(members, noise)
    await refusal(members, f"{noise[:20]}.{noise[20:40]}.{noise[40:]}")
    await refusal(members, f"{token().split('.')[0]}.{noise}.{noise}")
