"""Who is writing: e-mail, phone, person, company and role."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intents.facts.found import Found
from intents.names import names_in
from intents.values import Redacted, Sealed

_COMPANY_NAME = r"[A-Z][\w&.'’-]*[\w&](?:\s(?:&\s|and\s(?=[A-Z]))?[A-Z][\w&.'’-]*[\w&]){0,4}"
_AT_COMPANY = re.compile(
    r"(?:\b[Ii](?:['’]m|\s+am)?\s+(?:work|working|employed)\s+(?:at|for|with)"
    r"|\b[Cc]ompany(?:['’]s name|\sname)?(?:\sis|:)(?:\scalled)?|\bon behalf of|\bhere at"
    r"|\b[Ww]e(?:['’]re|\sare)(?:\scalled)?"
    r"|\[person_\d+\],?\s(?:from|at|of|with)|\b[Ii](?:['’]m|\sam)\s(?:from|with|at)"
    rf"|\b[Cc]alling from)\s+({_COMPANY_NAME})"
)
_LEGAL_FORM = re.compile(
    r"\b((?:[A-Z][\w&'’-]*\s){1,4}(?:GmbH|AG|KG|Inc|Ltd|LLC|Limited|SA|S\.A\.|SAS|SARL|BV|B\.V\.|AB|ApS"
    r"|Oy|PLC|plc|SpA|SL))\b\.?"
)
_WORKS_AT = re.compile(
    r"\bi(?:['’]m| am)? (?:work|working) (?:at|for) ([a-z0-9][\w&'-]+)(?=\s*(?:$|[.,!?]|and\b|as\b))",
    re.IGNORECASE,
)
_NO_COMPANY_WORDS = "a an the my our your this that home school i we us you sales marketing support it hr"
_NO_COMPANY = frozenset(_NO_COMPANY_WORDS.split())


def find_companies(text: str) -> Iterator[Found]:
    """The company that the visitor says is theirs; places and nationalities are left out."""
    other = {name.text for name in names_in(text) if name.label in {"GPE", "LOC", "NORP", "PERSON", "DATE"}}
    for match in _AT_COMPANY.finditer(text):
        if match.group(1) not in other and match.group(1).lower() not in _NO_COMPANY:
            yield Found("company", match.group(1), match.start(1), match.end(1), 0.85, "rule:works_at")
    for match in _LEGAL_FORM.finditer(text):
        yield Found("company", match.group(1), match.start(1), match.end(1), 0.9, "rule:legal_form")
    for match in _WORKS_AT.finditer(text):
        if match.group(1).lower() not in _NO_COMPANY and match.group(1) not in other:
            yield Found(
                "company", match.group(1), match.start(1), match.end(1), 0.6, "rule:works_at_lower_case"
            )


_FIELD = (
    r"(?:it|hr|i\.t\.|technical|operations?|ops|sales|marketing|finance|service|field service|customer (?:success"
    r"|service|support)|support|"
    r"product|project|engineering|technology|tech|procurement|purchasing|security|compliance|logistics"
    r"|facilit(?:y|ies)|"
    r"fleet|maintenance|dispatch|office|branch|regional|general|business development|growth|data|software"
    r"|quality|plant|site|account|"
    r"digital|commercial|people|legal)"
)
_ROLE = re.compile(
    rf"\b((?:(?:senior|junior|deputy|assistant|vice|co-?|chief)[ -]?)?(?:"
    rf"(?:head|director|vp|vice president|manager|lead) of (?:the )?{_FIELD}(?: (?:and|&) {_FIELD})?"
    rf"|{_FIELD} (?:manager|director|lead|leader|head|coordinator|supervisor|specialist|admin(?:istrator)?"
    r"|assistant|engineer|analyst"
    r"|officer|executive|consultant|buyer)"
    r"|c[efotimrsh]o|ciso|cpo|cmo|chro|ceo|managing director|founder|owner|president|partner|dispatcher"
    r"|foreman|"
    r"developer|accountant|bookkeeper|consultant|procurement|office manager|team ?lead(?:er)?|supervisor"
    r"|scheduler|planner|general manager|manager(?=\s(?:of|from|at|in|here)\b|\s*$|\s*[,.])))\b",
    re.IGNORECASE,
)
_OWN_ROLE = re.compile(
    r"(?:\bi['’]?m|\bi am|\bim|\bas|\bwork(?:ing)? as|\bmy (?:role|title|position|job)(?: is|:)"
    r"|\bi)\s+(?:also\s+)?(?:the\s|an?\s|our\s|one of the\s)?"
    r"(?:[\w-]+\s)?$",
    re.IGNORECASE,
)
_INTRODUCES = re.compile(r"\[person_\d+\]|\bi['’]?m\b|\bi am\b|\bthis is\b|\bmy name\b", re.IGNORECASE)
_RUNS = re.compile(r"\bi (?:run|own|lead|manage|head)(?: up)? (?:a|an|the|our|my)\b", re.IGNORECASE)


def find_roles(text: str) -> Iterator[Found]:
    """What the visitor does, when they say that they do it."""
    for match in _ROLE.finditer(text):
        sentence = re.split(r"[.!?\n]\s", text[max(0, match.start() - 60) : match.start()])[-1]
        # "I'm [person_1] from Acme, head of sales": the role stands after the comma.
        beside = sentence.rstrip().endswith(",") and _INTRODUCES.search(sentence)
        if beside or _OWN_ROLE.search(sentence):
            yield Found("role", match.group(1).lower(), match.start(1), match.end(1), 0.85, "rule:own_role")
    runs = _RUNS.search(text)
    if runs:
        yield Found("role", "owner or manager", runs.start(), runs.end(), 0.6, "rule:runs")


# Mail anybody can have says nothing about a company.
_FREE_MAIL_WORDS = (
    "gmail.com googlemail.com yahoo.com hotmail.com outlook.com live.com icloud.com aol.com gmx.de gmx.net "
    "gmx.com web.de t-online.de proton.me protonmail.com mail.com msn.com yahoo.de yahoo.fr"
    " orange.fr free.fr "
    "laposte.net mail.ru qq.com"
)
_OWN_NAME = re.compile(
    r"(?:\bname(?: is|['’]s|:)?|\bi['’]?m|\bi am|\bthis is|\bit['’]?s|\bcall me|\bcalled)\s*$", re.IGNORECASE
)
_FREE_MAIL = frozenset(_FREE_MAIL_WORDS.split())


def _presents_self(text: str, seal: Sealed) -> bool:
    """Whether the name is the writer's own rather than somebody's they mention."""
    before, after = text[: seal.start], text[seal.end :]
    return bool(_OWN_NAME.search(before)) or not after.strip(" .!")


def find_contacts(redacted: Redacted) -> Iterator[Found]:
    """What redaction sealed, as facts whose value is the placeholder; and whether the e-mail is a work address."""
    for seal in redacted.sealed:
        if seal.kind in {"email", "phone", "person"}:
            yield Found(
                seal.kind,
                seal.placeholder,
                seal.start,
                seal.end,
                0.97 if seal.kind != "person" else 0.85 if _presents_self(redacted.text, seal) else 0.6,
                "redaction",
            )
        if seal.kind == "email":
            kind = "free" if seal.value.rsplit("@", 1)[-1].lower() in _FREE_MAIL else "work"
            yield Found("email_kind", kind, seal.start, seal.end, 0.95, "rule:mail_domain")
