"""Time zones as German, French, Spanish and Arabic name them, put into English: "heure de New York". Pure."""

from __future__ import annotations

import re
from functools import partial

from intents.gloss.aligned import Aligned
from intents.gloss.spelling import arabic

# Where a language writes a city as English does, it needs no entry but the English one.
_ENGLISH = (
    "New York,Chicago,Denver,Los Angeles,San Francisco,Boston,Miami,Toronto,Vancouver,London,Paris,Madrid,Barcelona,"
    "Berlin,Hamburg,Frankfurt,Munich,Vienna,Zurich,Geneva,Rome,Milan,Amsterdam,Brussels,Dublin,Lisbon,Stockholm,Oslo,"
    "Copenhagen,Helsinki,Warsaw,Prague,Budapest,Athens,Istanbul,Moscow,Dubai,Abu Dhabi,Riyadh,Cairo,Casablanca,Tokyo,"
    "Singapore,Shanghai,Hong Kong,Seoul,Mumbai,Delhi,Bogota,Mexico City,Sao Paulo,Sydney,Melbourne"
)
_NAMES = {
    "de": (
        "wien=Vienna,zürich=Zurich,genf=Geneva,münchen=Munich,rom=Rome,mailand=Milan,brüssel=Brussels,lissabon=Lisbon,"
        "kopenhagen=Copenhagen,warschau=Warsaw,prag=Prague,athen=Athens,moskau=Moscow,riad=Riyadh,kairo=Cairo,"
        "tokio=Tokyo,singapur=Singapore,hongkong=Hong Kong,peking=Beijing,mexiko-stadt=Mexico City,"
        "deutschland=German,frankreich=French,spanien=Spanish,indien=India,japan=Japan,england=UK,großbritannien=UK"
    ),
    "fr": (
        "londres=London,vienne=Vienna,genève=Geneva,munich=Munich,francfort=Frankfurt,hambourg=Hamburg,"
        "barcelone=Barcelona,milan=Milan,bruxelles=Brussels,lisbonne=Lisbon,copenhague=Copenhagen,varsovie=Warsaw,"
        "athènes=Athens,moscou=Moscow,dubaï=Dubai,riyad=Riyadh,le caire=Cairo,singapour=Singapore,pékin=Beijing,"
        "séoul=Seoul,mexico=Mexico City,montréal=Toronto,allemagne=German,france=French,espagne=Spanish,"
        "inde=India,japon=Japan"
    ),
    "es": (
        "nueva york=New York,londres=London,parís=Paris,berlín=Berlin,viena=Vienna,zúrich=Zurich,ginebra=Geneva,"
        "roma=Rome,milán=Milan,ámsterdam=Amsterdam,bruselas=Brussels,dublín=Dublin,lisboa=Lisbon,estocolmo=Stockholm,"
        "copenhague=Copenhagen,varsovia=Warsaw,praga=Prague,atenas=Athens,estambul=Istanbul,moscú=Moscow,dubái=Dubai,"
        "riad=Riyadh,el cairo=Cairo,tokio=Tokyo,singapur=Singapore,pekín=Beijing,seúl=Seoul,bogotá=Bogota,"
        "méxico=Mexico City,ciudad de méxico=Mexico City,españa=Spanish,alemania=German,francia=French,india=India"
    ),
    "ar": (
        "نيويورك=New York,لندن=London,باريس=Paris,برلين=Berlin,مدريد=Madrid,روما=Rome,فيينا=Vienna,دبي=Dubai,"
        "أبوظبي=Abu Dhabi,أبو ظبي=Abu Dhabi,الإمارات=Dubai,الرياض=Riyadh,السعودية=Riyadh,مكة=Riyadh,"
        "مكة المكرمة=Riyadh,القاهرة=Cairo,مصر=Cairo,الدار البيضاء=Casablanca,المغرب=Casablanca,إسطنبول=Istanbul,"
        "اسطنبول=Istanbul,موسكو=Moscow,طوكيو=Tokyo,سنغافورة=Singapore,تورونتو=Toronto,شيكاغو=Chicago,"
        "لوس أنجلوس=Los Angeles,جنيف=Geneva,زيورخ=Zurich,أمستردام=Amsterdam,بروكسل=Brussels,ألمانيا=German,"
        "فرنسا=French,إسبانيا=Spanish,بريطانيا=UK,الهند=India,اليابان=Japan,غرينتش=GMT,جرينتش=GMT"
    ),
}
# What German makes of a city or land before "Zeit": most take -er, these change.
_GERMAN_OF = (
    "münchner=Munich,münchener=Munich,zürcher=Zurich,züricher=Zurich,genfer=Geneva,römische=Rome,mailänder=Milan,"
    "brüsseler=Brussels,lissabonner=Lisbon,kopenhagener=Copenhagen,warschauer=Warsaw,prager=Prague,moskauer=Moscow,"
    "tokioter=Tokyo,pekinger=Beijing,dubaier=Dubai,kairoer=Cairo,deutsche=German,deutscher=German,britische=UK,"
    "britischer=UK,englische=UK,englischer=UK,französische=French,französischer=French,spanische=Spanish,"
    "spanischer=Spanish,indische=India,indischer=India,schweizer=Swiss,mitteleuropäische=Central European,"
    "mitteleuropäischer=Central European"
)


def _pairs(written: str) -> dict[str, str]:
    return {name: english for name, _, english in (one.partition("=") for one in written.split(","))}


def _named(language: str) -> dict[str, str]:
    own = _pairs(_NAMES[language])
    if language == "ar":
        return {arabic(name): english for name, english in own.items()}
    return {name.lower(): name for name in _ENGLISH.split(",")} | own


def _any(names: dict[str, str]) -> str:
    return "|".join(sorted((re.escape(name) for name in names), key=len, reverse=True))


_CITIES = {language: _named(language) for language in _NAMES}
_CITIES["de"] |= {f"{name}er": english for name, english in _CITIES["de"].items()} | _pairs(_GERMAN_OF)
_PATTERNS = {
    language: re.compile(pattern.format(city=_any(_CITIES[language])), re.IGNORECASE)
    for language, pattern in {
        "de": (
            r"\b(?:nach |in )?(?P<city>{city})\s(?:orts|sommer|winter)?zeit\b"
            r"|\b(?:orts)?zeit (?:in |von )?(?P<city2>{city})\b"
        ),
        # "Une heure de Paris" tells how far away they are.
        "fr": r"(?<!\bune )(?<!\b1 )\b(?:à l['’])?heure (?:locale )?(?:de |d['’]|à )(?:l['’])?(?P<city>{city})\b",
        "es": r"(?<!\buna )(?<!\b1 )(?<!\bmedia )\b(?:hora|horario) (?:local )?(?:de |en )?(?P<city>{city})\b",
        "ar": r"\b(?:حسب |علي )?(?:ب|ال)?توقيت (?:مدينه )?(?P<city>{city})\b",
    }.items()
}


def zones_in_english(said: Aligned, language: str) -> Aligned:
    """With "New York time" where a time zone is named by its city or land."""
    return said.replaced(_PATTERNS[language], partial(_english, _CITIES[language]))


def _english(cities: dict[str, str], match: re.Match[str]) -> str:
    name = next(word for word in match.groupdict().values() if word)
    # A capital that folds to another letter is not in the table by its lower case.
    english = cities.get(name.lower())
    if english is None:
        return match.group()
    return english if english == "GMT" else f"{english} time"
