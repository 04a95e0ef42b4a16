"""German, French, Spanish and Arabic times put into the English words that the grammar knows. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from intents.folding import plain_case
from intents.gloss.aligned import Aligned
from intents.gloss.times_arabic import ARABIC_TIME, arabic_times

_GERMAN_DAYS = "montag dienstag mittwoch donnerstag freitag samstag sonntag"
_FRENCH_DAYS = "lundi mardi mercredi jeudi vendredi samedi dimanche"
_SPANISH_DAYS = "lunes martes miércoles jueves viernes sábado domingo"
_ENGLISH_DAYS = "monday tuesday wednesday thursday friday saturday sunday"
_GERMAN_MONTHS = "januar februar märz april mai juni juli august september oktober november dezember"
_FRENCH_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_SPANISH_MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
_ENGLISH_MONTHS = "january february march april may june july august september october november december"
_GERMAN_NUMBERS = "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf"
_FRENCH_NUMBERS = "une deux trois quatre cinq six sept huit neuf dix onze douze"
_SPANISH_NUMBERS = "una dos tres cuatro cinco seis siete ocho nueve diez once doce"
_ENGLISH_NUMBERS = "one two three four five six seven eight nine ten eleven twelve"


def _words(*tongues: str, english: str) -> dict[str, str]:
    return {
        word: said for tongue in tongues for word, said in zip(tongue.split(), english.split(), strict=True)
    }


_DAYS = _words(_GERMAN_DAYS, _FRENCH_DAYS, _SPANISH_DAYS, english=_ENGLISH_DAYS) | {
    "sonnabend": "saturday", "miercoles": "wednesday", "sabado": "saturday",
}  # fmt: skip
_MONTHS = _words(_GERMAN_MONTHS, _FRENCH_MONTHS, _SPANISH_MONTHS, english=_ENGLISH_MONTHS) | {
    "jänner": "january", "maerz": "march", "fevrier": "february", "aout": "august", "decembre": "december",
}  # fmt: skip
_NUMBERS = _words(_GERMAN_NUMBERS, _FRENCH_NUMBERS, _SPANISH_NUMBERS, english=_ENGLISH_NUMBERS) | {
    "einer": "one", "einem": "one", "einen": "one", "un": "one", "fuenf": "five", "zwoelf": "twelve",
}  # fmt: skip
_wd, _mo = "|".join(_DAYS), "|".join(_MONTHS)
_nu = "|".join(_NUMBERS)
_ewd = _ENGLISH_DAYS.replace(" ", "|")

# What only these languages say; without one of these a text is left as it is.
_SPOKEN = re.compile(
    rf"\b(?:heute|morgen|übermorgen|uebermorgen|(?:{_wd})(?:s|nachmittag|vormittag|abend)?"
    rf"|uhr|n[äa]e?chste[nrs]?|kommende[nr]?|(?:in|vor)\s(?:{_nu}|\d+)\s(?:tagen?|wochen?"
    r"|monaten?)|nachmittags?|vormittags?"
    r"|demain|aujourd['’]hui|semaine|prochaine?|après-midi|(?:lundi|mardi)|ma[ñn]ana|hoy"
    r"|pr[óo]xim[oa]|semana|a las?\s\d{1,2}|à\s\d{1,2}\s?h"
    rf"|\d{{1,2}}\.?\s(?:de\s)?(?:{_mo}))\b",
    re.IGNORECASE,
)
_RULES = tuple(
    (re.compile(pattern, re.IGNORECASE), said)
    for pattern, said in (
        # German
        (r"\bguten morgen\b", "good day"),
        (r"\b(?:ue|ü)bermorgen\b", "day after tomorrow"),
        (r"\bheute\b", "today"),
        (rf"(?<=\b)(?P<d>{_ewd}|today)s?\s?(?:morgen|früh)\b", r"\g<d> morning"),
        (r"\bmorgen früh\b", "tomorrow morning"),
        (r"\b(?:am|jeden)\s(?:morgen|vormittag)\b", "in the morning"),
        (r"\b(?:gestern)\b", "yesterday"),
        (r"\bmorgen\b", "tomorrow"),
        (r"\bvormittags?\b", "morning"),
        (r"\b(?:am\s)?nachmittags?\b", "afternoon"),
        (r"(?<=day|row)(?:nachmittag|abend|vormittag)\b", " afternoon"),
        (r"\b(?:am\s)?abends?\b", "evening"),
        (r"\bmittags?\b(?!\spause)", "midday"),
        (rf"\bhalb\s(?P<n>{_nu}|\d{{1,2}})\b", "half before "),
        # "Freitag, den 14." is a day of the month: an hour has no dot and no article.
        (
            rf"\b(?P<d>{_ewd}),?\s(?:d(?:er|en|em)\s)?(?P<n>[0-3]?\d)\.(?!\S?[\w.]|\s(?:{_mo}|uhr)\b)",
            r"\g<d> the \g<n>th",
        ),
        (r"\b(?P<h>\d{1,2})[:.](?P<m>\d\d)\s?uhr\b", r"\g<h>:\g<m>"),
        (r"\b(?P<h>\d{1,2})\s?uhr(?:\s(?P<m>[0-5]\d))\b", r"\g<h>:\g<m>"),
        (r"\b(?:gegen|um|ab)\s(?=\d|halb|half)", "at "),
        (r"\bzwischen\s(?P<a>\d{1,2})\sund\s(?P<b>\d{1,2})(?:\s?uhr)?\b", r"from \g<a>:00 to \g<b>:00"),
        (r"\bvon\s(?P<a>\d{1,2})\sbis\s(?P<b>\d{1,2})(?:\s?uhr)?\b", r"from \g<a>:00 to \g<b>:00"),
        (r"\b(?P<a>\d{1,2})\s?(?:-|–|bis)\s?(?P<b>\d{1,2})\suhr\b", r"\g<a>:00 to \g<b>:00"),
        (r"\b(?:n[äa]e?chste[nrs]?|kommende[nrs]?)\s(?=\w)", "next "),
        (r"\b(?:diese[nrsm]?)\s(?=\w)", "this "),
        (r"\bin der n[äa]e?chsten woche\b", "next week"),
        (r"\b(?:wochen?)\b", "week"),
        (r"\bmonate?n?\b", "months"),
        (r"\b(?:tagen|tage)\b", "days"),
        (r"\b(?:stunden?)\b", "hours"),
        (r"\b(?:anfang|beginn)\s(?=next|this|der)", "beginning of "),
        (r"\bende\s(?=next|this|der|des)", "end of "),
        # French
        (r"\baprès[- ]demain\b", "day after tomorrow"),
        (r"\baujourd['’]hui\b", "today"),
        (r"\bdemain\b", "tomorrow"),
        (rf"\b(?P<d>{_ewd})\sprochaine?\b", r"next \g<d>"),
        (rf"\b(?P<d>{_ewd})\sque viene\b", r"\g<d>"),
        (r"\bla semaine prochaine\b|\bla pr[óo]xima semana\b|\bla semana que viene\b", "next week"),
        (r"\bcette semaine\b|\besta semana\b", "this week"),
        (r"\ble mois prochain\b|\bel mes que viene\b|\bel pr[óo]ximo mes\b", "next month"),
        (rf"\b(?:à|vers|dès)\s(?P<h>\d{{1,2}}|{_nu})\s?(?:h|heures?)\s?(?P<m>[0-5]\d)\b", r"at \g<h>:\g<m>"),
        (rf"\b(?:à|vers|dès)\s(?P<h>\d{{1,2}}|{_nu})\s?(?:h|heures?)\b", r"at \g<h> o'clock"),
        (r"\bentre\s(?P<a>\d{1,2})\s?h?\set\s(?P<b>\d{1,2})\s?h?\b", r"from \g<a>:00 to \g<b>:00"),
        (r"\bde\s(?P<a>\d{1,2})\s?h\sà\s(?P<b>\d{1,2})\s?h\b", r"from \g<a>:00 to \g<b>:00"),
        (r"\b(?:dans l['’])?après-midi\b", "afternoon"),
        (r"\b(?:le |au )?matin\b", "morning"),
        (r"\b(?:à midi)\b", "at noon"),
        (r"\b(?:le )?soir\b", "evening"),
        (r"\bdans\s(?=\d|(?:" + _nu + r")\b)", "in "),
        (r"\bsemaines\b|\bsemanas\b", "weeks"),
        (r"\bsemaine\b|\bsemana\b", "week"),
        (r"\bjours\b|\bdías\b|\bdias\b", "days"),
        # Spanish
        (r"\bpasado ma[ñn]ana\b", "day after tomorrow"),
        (r"\bma[ñn]ana por la ma[ñn]ana\b", "tomorrow morning"),
        (r"\b(?:por|de|en) la ma[ñn]ana\b", "in the morning"),
        (r"\b(?:por|de|en) la tarde\b", "in the afternoon"),
        (r"\b(?:por|de|en) la noche\b", "in the evening"),
        (r"\bma[ñn]ana\b", "tomorrow"),
        (r"\bhoy\b", "today"),
        (rf"\bel pr[óo]ximo\s(?={_ewd})", "next "),
        (rf"\ba las?\s(?P<h>\d{{1,2}}|{_nu})\sy media\b", r"at \g<h>:30"),
        (r"\ba las?\s(?P<h>\d{1,2}[:.]\d\d)\b", r"at \g<h>"),
        (rf"\ba las?\s(?P<h>\d{{1,2}}|{_nu})\b", r"at \g<h> o'clock"),
        (r"\ben\s(?=(?:\d|(?:" + _nu + r"))\S*\s(?:week|day|month))", "in "),
        (rf"\b(?P<d>\d{{1,2}})\sde\s(?=(?:{_mo})\b)", r"\g<d> "),
        # Common to them
        (rf"\b(?:am|le|el|den|dem)\s(?=(?:{_wd}|\d|next|{_ewd})\b)", "on "),
        (rf"\b(?:im|en)\s(?=(?:{_mo})\b)", "in "),
    )
)
_PLAIN = (
    (re.compile(rf"\b(?:{_wd})(?=s?\b|nachmittag|vormittag|abend)", re.IGNORECASE), _DAYS),
    (re.compile(rf"\b(?:{_mo})\b", re.IGNORECASE), _MONTHS),
    (re.compile(rf"(?<=\bin )(?:{_nu})\b|(?<=\bat )(?:{_nu})\b", re.IGNORECASE), _NUMBERS),
)


def times_in_english(said: Aligned) -> Aligned | None:
    """With English words for times; None when nothing in the text is said in one of these languages."""
    said = replace(said, text=plain_case(said.text))
    if not _SPOKEN.search(said.text) and not ARABIC_TIME.search(said.text):
        return None
    if ARABIC_TIME.search(said.text):
        return arabic_times(said)
    (weekdays, in_days), *others = _PLAIN
    said = said.replaced(weekdays, partial(_looked_up, in_days))
    for pattern, template in _RULES:
        said = said.replaced(pattern, partial(_filled, template))
    for pattern, words in others:
        said = said.replaced(pattern, partial(_looked_up, words))
    return said


def _looked_up(words: Mapping[str, str], match: re.Match[str]) -> str:
    return words[match.group().lower()]


def _filled(template: str, match: re.Match[str]) -> str:
    if template == "half before ":
        # Half four is half past three in German.
        said = match["n"].lower()
        names = _ENGLISH_NUMBERS.split()
        hour = int(said) if said.isdigit() else names.index(_NUMBERS[said]) + 1
        return f"at {(hour - 1) % 12 or 12}:30"
    filled = match.expand(template)
    for group in ("h", "a", "b"):
        word = match.groupdict().get(group)
        if word and word.lower() in _NUMBERS:
            filled = filled.replace(word, str(_ENGLISH_NUMBERS.split().index(_NUMBERS[word.lower()]) + 1), 1)
    return filled
