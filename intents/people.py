"""Where a text names people: by how they are introduced, by what people do, by common given names, by a model. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

from intents.details import Detail
from intents.gloss.glossary import glossary_of
from intents.language import detect
from intents.names import Named, names_in, worth_a_look

_GIVEN_NAMES = Path(__file__).parent / "given_names.txt"
_COMMON_WORDS = Path(__file__).parent / "common_words.txt"
_U = r"[A-ZÀ-ÖØ-ÞŁŠŽČŘĐİΑ-ΩА-Я]"
_L = r"[^\W\d_]"
_PARTICLE = (
    r"(?:van der|van den|van de|de la|van|von|de|der|den|del|di|da|la|el|al|bin|ibn|zu|ter|ten|du|dos|le)"
)
_NAME = rf"{_U}{_L}+(?:['’-]{_L}+)*"
_FULL = rf"{_NAME}(?:\s{_U}\.)?(?:\s{_PARTICLE})?(?:\s{_NAME}){{1,3}}"
_ONE_OR_MORE = rf"{_NAME}(?:\s{_U}\.)?(?:\s(?:{_PARTICLE}\s)?{_NAME}){{0,3}}"
_ANY_CASE = rf"{_L}[\w'’-]+"
_LOOSE = rf"{_ANY_CASE}(?:\s(?:(?:van|von|de|der|den|la|el|al|bin)\s)*[A-Z][\w'’-]+){{0,3}}"

# Where small letters are believed: somebody says what they are called.
_SAYS_NAME = re.compile(
    r"(?:\b(?:my|her|his|their|full|first|last|maiden|partner['’]?s|wife['’]?s"
    r"|husband['’]?s|boss['’]?s|sur)\s?(?:full |first |last |maiden |sur)?"
    r"names?(?:\s(?:is|was|=)|['’]s|:)|\bi am called|\b(?:people|everyone|everybody|friends"
    r"|they|you can|please)?\s?(?:just )?calls? me"
    r"(?! back| at| on| when| if| asap| tom| mon| tue| wed| thu| fri| to| in| a\b| please"
    r"| later| now| the| as| for| once| after| before| by| or| and| under| via)"
    r"|(?:^|\n|[,;]\s?)name:|\bich hei(?:ß|ss)e|\bmein name ist|\bje m['’]appelle"
    r"|\bme llamo|\bmi nombre es|\bname is|\bmon nom est|\bmeu nome é|\bmi chiamo|\bik heet|\bmijn naam is)"
    rf"\s+({_LOOSE})",
    re.IGNORECASE,
)
# Arabic has no capitals: the word behind "my name is", and the next one unless it is a small word or begins with "and".
_ARABIC_NAME = re.compile(
    r"(?:^|[^\w])(?:اسمي|إسمي|أسمي|انا اسمي|يدعونني)\s+(?:هو\s+)?"
    r"([\u0621-\u064a]{2,}(?:\s(?:بن|بنت|ابن|آل|ال|أبو|عبد)?\s?(?!و|(?:من|في|على|أنا|انا|هل|لدينا|أريد|اريد|أعمل|اعمل|مع|هنا|نحن)\b)"
    r"[\u0621-\u064a]{2,})?)"
)
_ASKED_NAME = re.compile(rf"\bname\?\s+(?:it['’]s\s)?({_ONE_OR_MORE})", re.MULTILINE)
_NAME_OF = re.compile(rf"\bname\s({_FULL})")
_PRESENTS_SELF = re.compile(
    rf"(?:\b[Tt]his is|\b[Ii]['’]?m|\b[Ii] am|\b[Ii]t['’]?s|\b[Hh]ier ist"
    rf"|\b[Ii]ch bin|\b[Ii]ci|\b[Mm]oi c['’]est|\b[Jj]e suis|\b[Ss]oy|\b[Aa]quí)\s+({_ONE_OR_MORE})"
    r"(?=\s*(?:,|\.|!|$|\bfrom\b|\bhere\b|\bat\b|\band\b|\bwith\b|\bof\b|\bvon\b|\bde\b))"
)
_SIGNS = re.compile(
    r"(?:\n|^|[.!?]\s)(?i:best|cheers|thanks|regards|best regards|kind regards|warm regards"
    r"|br|greetings|sincerely|yours|many thanks"
    r"|thank you|mfg|lg|vg|viele gr(?:ü|ue)(?:ß|ss)e|beste gr(?:ü|ue)(?:ß|ss)e|mit freundlichen gr(?:ü|ue)(?:ß|ss)en"
    r"|liebe gr(?:ü|ue)(?:ß|ss)e|gr(?:u|ü|ue)(?:ß|ss)e?|danke|cordialement|bien à vous|bien cordialement|merci"
    r"|(?:un |cordiales )?saludos?|atentamente|gracias|thx),?\s*\n?\s*"
    rf"[-–]?\s*({_ONE_OR_MORE})\s*$"
)
_TITLED = re.compile(
    r"\b(?:(?:[Mm]r|[Mm]rs|[Mm]s|[Mm]iss|[Mm]x|[Dd]r|[Pp]rof|[Ss]ir|[Hh]err|[Hh]errn|[Ff]rau|[Mm]adame|Mme|Mlle|M(?=\.)"
    rf"|[Mm]onsieur|[Ss]e[ñn]ora?|Sra?(?=\.)|[Dd]on|[Dd]oña|[Ss]ignora?|[Ii]ng|Dipl)\b\.?\s){{1,3}}({_ONE_OR_MORE})"
)
_SPEECH = (
    r"(?:said|says|asked|asks|wrote|writes|told|tells|shouted|replied|answered|added"
    r"|explained|mentioned|called|emailed)"
)
_DOES = (
    r"(?:lives?|lived|grew up|was born|born|died|married|spent|began|retired|arrived"
    r"|moved to|works? (?:for|at|as|in|with)|worked (?:for|at|as|in|with)"
    r"|had given|gave me|is my|was my|and I\b|from (?:sales|support|accounting|finance"
    r"|marketing|hr|it|your|our|the))"
)
_ACTS = re.compile(
    rf"(?:(?<=^)|(?<=[.!?\"“]\s)|(?<=\n)|(?<=[a-z,]\s))({_ONE_OR_MORE})\s(?:{_SPEECH}\b|{_DOES})"
)
_SPOKEN = re.compile(rf"[\"”’,!?]\s?{_SPEECH}\s({_ONE_OR_MORE})|\b{_SPEECH}\sto\s({_ONE_OR_MORE})")
_SPOKEN_TO = re.compile(rf"\b{_SPEECH}\s{_ONE_OR_MORE}\sto\s({_ONE_OR_MORE})")
_SHOUTED_AT = re.compile(
    rf"\b(?:shouted|yelled|screamed|smiled|looked|said)\s(?:at|to)\s({_ONE_OR_MORE})(?=[:,.!\s])"
)
_KIN = re.compile(
    r"\b(?:my|our|his|her|their|your)\s(?:\w+\s)?(?:kid|son|daughter|wife|husband|partner"
    r"|brother|sister|father|mother|dad|mum|mom|uncle|aunt|friend|boss"
    r"|colleague|co-?worker|manager|assistant|cto|ceo|cfo|coo|coordinator|dispatcher|rep"
    rf"|teammate|client|neighbou?r),?\s({_ONE_OR_MORE})"
)
_TOWARDS = re.compile(
    r"\b(?i:follow(?:ing)? up with|speak (?:to|with)|talk(?:ed|ing)? (?:to|with)|spoke "
    r"(?:to|with)|met with|meet(?:ing)? with|contact|ask for|reach out to|cc|invite|email"
    r"(?:ed)?"
    r"|directed by|written by|founded by|starring|assistant to|on behalf of|attn:?"
    r"|attention:?|c/o|dear|hi|hello|hey|thanks,?|given|tell|told|for|sung by|owned by"
    rf"|signed by|here['’]?s)\s({_ONE_OR_MORE})(?=$|[\s,.!?:;)]|['’]s)"
)
_WHOSE = re.compile(
    rf"\b({_ONE_OR_MORE})['’]s\s(?:kid|son|daughter|wife|husband|address|phone|e-?mail"
    r"|number|account|name|mother|father|boss|calendar|office|team|desk)\b"
)
_CALLS = re.compile(rf"^({_NAME}),\s(?:can|could|would|will|please|i\b|do|are|is|thanks|thank)", re.MULTILINE)
_HE_OR_SHE = re.compile(r"\b(?:he|she|him|her|his|hers|himself|herself)\b", re.IGNORECASE)
_IS_SOMEHOW = re.compile(rf"(?:^|[.!?]\s|\btell\s)({_NAME})\s(?:is|was|has|had|will|can|must|should)\b")
_BETWEEN_THEM = re.compile(rf"\bbetween\s(?:him|her|them|me|us)\sand\s({_NAME})")
_ON_ITS_LINE = re.compile(
    rf"(?:^|\n|address:)[ \t?]*({_ANY_CASE}(?:[ \t]{_ANY_CASE}){{1,2}})[ \t]*\n(?=(?:[ \t?]*"
    rf"(?:{_ANY_CASE}[ \t.,&]*){{1,4}}\n)?\s*[?\t ]*(?:\d{{1,4}}\s|\[address_\d+\]))",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?:^|\n|[;,]\s?)[ \t]{0,8}(?i:contact(?: person| name)?|customer|client|patient|attn"
    r"|attention|from|to|signed|author|owner|manager|full name|(?:first|last) name"
    r"|account holder|guest|employee|tenant)"
    rf"\s?[:=]\s?({_ONE_OR_MORE})"
)
_FAMILY = re.compile(rf"\b[Tt]he\s({_NAME})\sfamily\b|\b[Ww]ho(?:['’]s| is)\s({_FULL})")
_CONTEXTS = (
    _LABELLED,
    _FAMILY,
    _TITLED,
    _ACTS,
    _SPOKEN,
    _SPOKEN_TO,
    _SHOUTED_AT,
    _KIN,
    _WHOSE,
    _CALLS,
    _BETWEEN_THEM,
    _NAME_OF,
    _ASKED_NAME,
)

_NOT_A_NAME_WORDS = (
    "just not very the a an so here there looking interested trying using sorry happy sure "
    "ok okay working fine good great asking calling writing from with on in"
    " at what it is and but back again later monday tuesday wednesday thursday friday satur"
    "day sunday team support sales everyone all everybody who which this that"
    " these those he she they we you i my your our his her their nobody somebody anyone som"
    "eone people customers customer users user hi hello hey thanks thank please"
    " yes no maybe well now then today tomorrow yesterday why how when where dear best kind"
    " regards cheers january february march april may june july august september"
    " october november december english german french spanish demo plan plans pricing busin"
    "ess starter enterprise pro basic free premium crm api sso url id pdf csv faq"
    " one two three both each every some any only also mr mrs ms dr miss if as for to of by"
    " my for me us everything something nothing something could would can do does"
    " admin account manager office data company product service app website new old next la"
    "st our bot sir madam mum dad god capitalized email phone address"
    " because since until while after before although however still even once whenever what"
    "ever finally currently recently usually normally actually basically"
    " sie ihr ihre ihnen ihren ihrem ihrer wir uns unser unsere unserem ich du er es mein meine meinen nummer firma"
    " kunde kunden rechnung angebot termin konto vertrag hallo guten tag bitte danke liebe grüße team monsieur madame"
    " merci bonjour nous vous votre notre société entreprise hola gracias empresa usted ustedes nuestro nuestra"
    " pretty glad afraid curious confused stuck lost ready excited new based located respon"
    "sible done getting having going coming planning thinking"
)
_PRODUCT_WORDS = (
    "slack zapier jira notion trello asana stripe excel outlook google microsoft salesforce"
    " hubspot pipedrive zoho zendesk intercom freshdesk xero quickbooks"
    " airtable clickup basecamp odoo sap netsuite sage datev github gitlab figma canva drop"
    "box teams zoom calendly whatsapp telegram facebook instagram linkedin twitter"
    " youtube amazon apple shopify wordpress woocommerce magento mailchimp twilio sendgrid "
    "okta azure aws linux windows android chrome safari firefox python java"
    " javascript react rails docker kubernetes postgres mysql redis siri alexa cortana payp"
    "al klarna adyen docusign servicenow jobber simpro plausible chatwoot"
)
_MONTHS = (
    " januar februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août septembre"
    " octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre"
    " diciembre montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi"
    " samedi dimanche lunes martes miércoles jueves viernes sábado domingo"
)
_NOT_A_NAME = frozenset((_NOT_A_NAME_WORDS + _MONTHS).split())
_OTHER_LANGUAGES = frozenset({"de", "fr", "es"})
# Behind these even an everyday word is what somebody is called, as in "soy rosa".
_CALLED = re.compile(
    r"(?:\b(?:soy|es|bin|ist|suis|c['’]est|ici|aquí|con|mit|avec|von|herrn?|frau|señora?|don|doña|madame|hola|hallo"
    r"|hi|bonjour|salut|moin|gr(?:u|ü|ue)(?:ß|ss)e?|lg|vg|saludos|gracias|merci|danke|name|nombre|nom)|[,\n])\s*$",
    re.IGNORECASE,
)
_AFTER_NAMES = frozenset({"MD", "PHD", "JR", "SR", "II", "III", "ESQ"})
_PRODUCTS = frozenset(_PRODUCT_WORDS.split())


def find_people(text: str, never: Collection[str] = ()) -> list[Detail]:
    """Names to seal, in a text whose other details are sealed already.

    `never` are words, in small letters, that are the site's own names. A single capitalised word is as often a product:
    it is believed when somebody is introduced by it, does what people do, or is called as people commonly are.
    """
    barred = frozenset(never)
    found = [
        *_introduced(text),
        *_in_context(text, barred),
        *_commonly_called(text, barred),
        *_by_model(text, barred),
    ]
    # Where readings overlap, the longest holds: the surname belongs to the given name.
    return sorted(found, key=lambda one: one.start - one.end)


def _introduced(text: str) -> Iterator[Detail]:
    for pattern in (_SAYS_NAME, _PRESENTS_SELF, _SIGNS, _ON_ITS_LINE, _ARABIC_NAME):
        for match in pattern.finditer(text):
            # "Im" without its apostrophe is German's "in the".
            is_german_in = match.group().lower().startswith("im ")
            if not (is_german_in and _is_everyday(text, match.group(1).split()[0])):
                yield from _trimmed(match.group(1), match.start(1))


def _in_context(text: str, never: Collection[str]) -> Iterator[Detail]:
    """What the words around say of a capitalised word: titles, kin, deeds, speech."""
    patterns = (*_CONTEXTS, _IS_SOMEHOW) if _HE_OR_SHE.search(text) else _CONTEXTS
    for pattern in patterns:
        for match in pattern.finditer(text):
            group = 1 if match.group(1) else 2
            for detail in _trimmed(match.group(group), match.start(group)):
                if detail.value[:1].isupper() and not _is_thing(detail.value, never):
                    yield detail
    for match in _TOWARDS.finditer(text):
        for detail in _trimmed(match.group(1), match.start(1)):
            words = detail.value.split()
            is_called_so = words[0].lower() in given_names()
            if (
                detail.value[:1].isupper()
                and not _is_thing(detail.value, never)
                and (is_called_so or _is_clear(match.group()))
            ):
                yield detail


def _is_clear(said: str) -> bool:
    """ "Follow up with" and the like lead to people only; "for" and "hi" to anything."""
    return not re.match(
        r"(?:for|hi|hello|hey|thanks|given|tell|told|email|contact|invite|here|meet|starring"
        r"|attention|dear|cc|speak|talk|spoke)",
        said,
        re.IGNORECASE,
    ) or bool(re.match(r"(?:dear|starring|speak to|spoke (?:to|with)|talked to)\s", said, re.IGNORECASE))


def _trimmed(name: str, start: int) -> Iterator[Detail]:
    """The words up to the first that no name holds; none when that is the first of all."""
    end = 0
    for word in re.finditer(r"[^\s,.]+\.?", name):
        plain = word.group().rstrip(".'’").lower()
        if (
            plain in _NOT_A_NAME
            or (plain in common_words() and plain not in given_names())
            or re.search(r"[\d\[\]]", word.group())
        ):
            break
        end = word.end()
    kept = re.sub(r"(?:['’]s|\s(?:and|from|at|in))$", "", name[:end]).rstrip(" ,")
    if len(kept) > 1:
        yield Detail("person", start, start + len(kept), kept)


def _is_thing(name: str, never: Collection[str]) -> bool:
    """Whether a word of it is the site's own, a product's, an abbreviation, or in everybody's mouth."""
    if any(word.isupper() and len(word) > 1 and word not in _AFTER_NAMES for word in name.split()):
        return True
    words = [word.lower() for word in re.split(r"[\s-]+", name)]
    barred = (never, _PRODUCTS, _NOT_A_NAME, common_words())
    return any(word in some for word in words for some in barred)


_WORD = re.compile(rf"(?<![\w@.\[/-])({_L}[\w’'-]+)(?![\w@\]])")
_SURNAME = re.compile(
    rf"\s(?:{_U}\.\s)?(?:{_PARTICLE}\s)?(?P<name>{_U}{_L}+(?:-{_U}{_L}+)?(?:\s{_U}{_L}+)?)(?!\w)"
)
_COMES_FROM = re.compile(r"\b(?:from|at|in|on|use|using|via)\s$", re.IGNORECASE)
_PLACE_AFTER = re.compile(
    r"^,?\s?(?:Street|St|Road|Rd|Ave|Avenue|Drive|Inc|Ltd|GmbH|LLC|Bank|University|County"
    r"|Airport|Hotel|Plan|plan)\b"
)

_PLACE_BEFORE = re.compile(
    r"\b(?:San|Santa|Santo|São|Saint|St\.?|Fort|Port|Los|Las|Mount|Lake|Cape|New|North|South|East|West)\s\Z"
)


def _commonly_called(text: str, never: Collection[str]) -> Iterator[Detail]:
    """A common given name, with the surname that follows it; in small letters only where the text has no others."""
    names = given_names()
    is_lower = text == text.lower()
    for match in _WORD.finditer(text):
        first = match.group(1)
        plain = re.sub(r"['’]s?$", "", first).lower()
        if (
            plain not in names
            or plain in never
            or plain in _PRODUCTS
            or not (first[:1].isupper() or is_lower)
        ):
            continue
        end = match.start(1) + len(re.sub(r"['’]s?$", "", first))
        surname = _SURNAME.match(text, end)
        if surname and not _is_thing(surname["name"], never):
            end = surname.end("name")
        else:
            surname = None
        before = text[: match.start(1)]
        if (
            _PLACE_AFTER.match(text[end:])
            or _PLACE_BEFORE.search(before[-12:])
            or (not surname and _COMES_FROM.search(before[-12:]))
            or (first.islower() and not _CALLED.search(before[-12:]) and _is_everyday(text, first))
        ):
            continue
        yield Detail("person", match.start(1), end, text[match.start(1) : end])


@cache
def given_names() -> frozenset[str]:
    """Common given names in small letters, words of other meaning left out."""
    return _listed(_GIVEN_NAMES)


@cache
def common_words() -> frozenset[str]:
    """Words in small letters that are no part of a name."""
    return _listed(_COMMON_WORDS)


def _listed(file: Path) -> frozenset[str]:
    lines = file.read_text(encoding="utf-8").split("\n")
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _by_model(text: str, never: Collection[str]) -> Iterator[Detail]:
    """What the model calls a person, or an organisation that begins like one."""
    if not worth_a_look(text) or _is_title(text):
        return
    for named in names_in(text):
        said = named.text.split("\n")[0].rstrip(" ,.'’")
        said = re.sub(r"['’]s$", "", said)
        if named.label in {"PERSON", "ORG", "GPE"} and _could_be_a_person(text, named, said, never):
            yield Detail("person", named.start, named.start + len(said), said)


def _is_everyday(text: str, word: str) -> bool:
    """Whether it is a word of the language that the text is in, other than English: German writes nouns like names."""
    language = detect(text)
    return language in _OTHER_LANGUAGES and glossary_of(language).has(word.lower())


def _is_title(text: str) -> bool:
    """Whether every word begins with a capital, as on buttons: then a capital tells nothing."""
    words = re.findall(rf"{_L}+", text)
    return len(words) > 2 and all(word[0].isupper() for word in words)


def _could_be_a_person(text: str, named: Named, said: str, never: Collection[str]) -> bool:
    words = said.split()
    # "Ada from Acme": what follows such a word is where somebody comes from.
    if (
        not words
        or any(char.isdigit() or char in "[@/" for char in said)
        or _COMES_FROM.search(text[max(0, named.start - 12) : named.start])
    ):
        return False
    if not all(word[:1].isupper() or word.lower() in _PARTICLE for word in words) or _is_thing(said, never):
        return False
    if words[0].lower() in given_names():
        return True
    if not any(word[:1].isupper() for word in words) or _is_everyday(text, words[0]):
        return False
    return named.label == "PERSON" and len(words) > 1
