"""Personal details in every way that people write them, and everything that an installation writes down."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import phonenumbers
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from intents.details import passes_luhn
from intents.folding import fold

_WORDS = string.ascii_lowercase.translate(str.maketrans("", "", "aeiou"))


@dataclass(frozen=True)
class Told:
    """A detail as somebody writes it, and what of it may be found nowhere."""

    kind: str
    written: str
    needles: tuple[str, ...] = ()
    """Words of it, in small letters."""
    digits: str = ""
    """Its digits, whatever stands between them."""

    def is_in(self, place: str) -> bool:
        """Whether the place, searched with `Searched`, holds any of it."""
        return Searched(place).holds(self)


class Searched:
    """A text made ready to be searched for many details."""

    def __init__(self, place: str) -> None:
        folded = fold(place).text
        self._words = folded.lower()
        self._digits = re.sub(r"[\s()./_|*\\-]|\\u[0-9a-f]{4}", "", folded)

    def holds(self, told: Told) -> bool:
        return any(needle in self._words for needle in told.needles) or (
            bool(told.digits) and told.digits in self._digits
        )


# A word that stands nowhere by chance: no vowel, a digit in it.
tokens = st.builds(
    "zq{}{}{}".format,
    st.text(_WORDS, min_size=4, max_size=6),
    st.integers(2, 9),
    st.text(_WORDS, min_size=2, max_size=3),
)
_blanks = st.sampled_from([" ", "-", ".", "\u00a0", "\u2011", "/"])


def _other_digits(written: str, zero: int) -> str:
    return "".join(chr(zero + int(char)) if char in string.digits else char for char in written)


@st.composite
def emails(draw: st.DrawFn) -> Told:
    """With an @, or something that stands for one."""
    local, domain = draw(tokens), draw(tokens)
    host = draw(st.sampled_from([f"{domain}.example", f"mail.{domain}.co.example", f"{domain}.com"]))
    form = draw(
        st.sampled_from(
            [
                "{l}@{h}", "{L}@{H}", "<{l}@{h}>", "{l}+desk@{h}", "{l}\uff20{h}", "{l}%40{h}", "{l}&#64;{h}",
                "{l} @ {h}", "{l}@\n{h}", "{l} at {d}", "{l} (at) {d}", "{l}[at]{d}", "{l} \u200b@{h}",
                "{l}@\u2060{h}", "mailto:{l}@{h}", "[write to us](mailto:{l}@{h})", "{l} arroba {d}",
            ]
        )
    )  # fmt: skip
    dots = draw(st.sampled_from([" dot ", " (dot) ", "[dot]", " punkt "]))
    written = form.format(l=local, L=local.upper(), h=host, H=host.upper(), d=host.replace(".", dots))
    return Told("email", written, (local, domain))


@st.composite
def phones(draw: st.DrawFn) -> Told:
    """A number of some country as its people, or people abroad, write it."""
    region = draw(st.sampled_from(["US", "GB", "DE", "FR", "ES", "IT", "CH", "AE", "SA", "IN", "AU", "PL"]))
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert number is not None
    national = str(number.national_number)
    changed = national[:-4] + draw(st.text(string.digits, min_size=4, max_size=4))
    number.national_number = int(changed)
    styles = {
        "international": phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL),
        "e164": phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        "zeros": f"00{number.country_code}{changed}",
        "national": phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL),
        "uri": f"tel:+{number.country_code}{changed}",
    }
    written = styles[draw(st.sampled_from(sorted(styles)))]
    written = draw(
        st.sampled_from(
            [
                written, written.replace(" ", draw(_blanks)), written.replace(" ", "\u2009"),
                _other_digits(written, 0x0660), _other_digits(written, 0xFF10), written.replace(" ", "\u200e "),
            ]
        )
    )  # fmt: skip
    return Told("phone", written, digits=changed)


@st.composite
def cards(draw: st.DrawFn) -> Told:
    digits = draw(st.sampled_from("3456")) + draw(st.text(string.digits, min_size=14, max_size=14))
    digits += next(check for check in string.digits if passes_luhn(digits + check))
    gap = draw(st.sampled_from(["", " ", "-", ".", "\u00a0", "\n", " - ", "_"]))
    written = gap.join(digits[at : at + 4] for at in range(0, 16, 4))
    return Told("card", draw(st.sampled_from([written, _other_digits(written, 0xFF10)])), digits=digits)


@st.composite
def ibans(draw: st.DrawFn) -> Told:
    account = draw(st.text(string.digits, min_size=18, max_size=18))
    plain = f"DE{98 - int(account + '131400') % 97:02d}{account}"
    gap = draw(st.sampled_from(["", " ", "-", "\u00a0", "\u202f"]))
    written = gap.join(plain[at : at + 4] for at in range(0, len(plain), 4))
    return Told("iban", draw(st.sampled_from([written, written.lower()])), digits=account)


@st.composite
def national_ids(draw: st.DrawFn) -> Told:
    number = draw(st.integers(20_000_000, 99_999_999))
    ssn = f"{draw(st.integers(100, 599))}-{draw(st.integers(10, 99))}-{draw(st.integers(1000, 9999))}"
    dni = f"{number}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"
    return draw(
        st.sampled_from(
            [Told("id", ssn, digits=ssn.replace("-", "")), Told("id", dni, (dni.lower(),), str(number))]
        )
    )


@st.composite
def secrets(draw: st.DrawFn) -> Told:
    """Keys, links that open something, addresses of machines."""
    token = draw(st.text(_WORDS + string.digits, min_size=20, max_size=28))
    head = draw(st.sampled_from(["sk_live_", "ghp_", "glpat-", "whsec_", "xoxb-", "fd_live_"]))
    ip = ".".join(str(draw(st.integers(11, 99))) for _ in range(4))
    return draw(
        st.sampled_from(
            [
                Told("secret", head + token, (token,)),
                Told("secret", f"password: {token[:9]}7!", (token[:9],)),
                Told("link", f"https://app.crews.example/reset?token={token}", (token,)),
                Told("link", f"https://crews.example/invite/{token}99887", (token,)),
                Told("ip", ip, (ip,)),
            ]
        )
    )


details = st.one_of(emails(), phones(), cards(), ibans(), national_ids(), secrets())
_CARRIERS = {
    "email": ("my mail is {}", "write to {} please", "Meine Mail ist {}", "mon mail : {}", "بريدي هو {}"),
    "phone": (
        "call me on {}",
        "Rufen Sie mich an: {}",
        "mon téléphone : {}",
        "mi móvil: {}",
        "phone {} thanks",
    ),
}
_ANYWHERE = (
    "hi, {}", "{}", "I want to try it, {}", "Preis für 20 Leute? {}", "je voudrais un essai {}",
    'payload: {{"value": "{}", "plan": "team"}}', "```\nvalue = {}\n```", "| detail | {} |", "what does Team cost?\n{}",
    "I need a demo tomorrow ({})", "talk to a person, {}", "this is broken again!!! {}", "اتصل بي {} شكرا",
)  # fmt: skip


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, tuple[Told, ...]]:
    """What a visitor types, with one detail or two."""
    told = draw(st.lists(details, min_size=1, max_size=2))
    said = [
        draw(
            st.sampled_from([*_CARRIERS.get(one.kind, ()), *_ANYWHERE]) if one.kind != "phone" else _calls()
        ).format(one.written)
        for one in told
    ]
    return draw(st.sampled_from(["\n", ". ", " and "])).join(said), tuple(told)


def _calls() -> st.SearchStrategy[str]:
    """A national number is told from an order's by the words before it."""
    return st.sampled_from(_CARRIERS["phone"])


def carried(told: Told) -> str:
    """The detail with the few words that introduce it."""
    return _CARRIERS.get(told.kind, ("{}",))[0].format(told.written)


_SQLITE_TABLES = "select name from sqlite_master where type = 'table'"
_POSTGRES_TABLES = "select table_name from information_schema.tables where table_schema = 'public'"


async def rows(sessions: async_sessionmaker[AsyncSession], skip: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Every row of every table but those, as text."""
    found: list[tuple[str, str]] = []
    async with sessions() as session:
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        names = await session.scalars(text(_SQLITE_TABLES if is_sqlite else _POSTGRES_TABLES))
        for name in list(names):
            if name not in skip:
                held = (await session.execute(text(f'select * from "{name}"'))).mappings()
                found += [(name, _as_text(dict(row))) for row in held]
    return found


def _as_text(row: Mapping[str, object]) -> str:
    """Columns one under the other; JSON as what it says, not as it escapes it."""
    lines = []
    for name, value in row.items():
        if isinstance(value, bytes):
            continue
        said = str(value)
        if said[:1] in "{[" and "\\" in said:
            with suppress(ValueError):
                plain = json.dumps(json.loads(said), ensure_ascii=False)
                said = plain.replace("\\n", "\n").replace('\\"', '"')
        lines.append(f"{name}={said}")
    return "\n".join(lines)
