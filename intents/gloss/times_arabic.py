"""Arabic times put into the English words that the grammar knows; the letters are those of `spelling.arabic`. Pure."""

from __future__ import annotations

import re
from functools import partial

from intents.gloss.aligned import Aligned

_DAYS = {
    "الاثنين": "monday", "الاتنين": "monday", "الثلاثاء": "tuesday", "الاربعاء": "wednesday",
    "الخميس": "thursday", "الجمعه": "friday", "السبت": "saturday", "الاحد": "sunday",
}  # fmt: skip
_MONTHS = {
    "يناير": "january", "فبراير": "february", "مارس": "march", "ابريل": "april", "مايو": "may",
    "يونيو": "june", "يوليو": "july", "اغسطس": "august", "سبتمبر": "september", "اكتوبر": "october",
    "نوفمبر": "november", "ديسمبر": "december",
}  # fmt: skip
_HOURS = {
    "الحاديه عشره": "11", "الحاديه عشر": "11", "الثانيه عشره": "12", "الثانيه عشر": "12", "الواحده": "1",
    "الثانيه": "2", "الثالثه": "3", "الرابعه": "4", "الخامسه": "5", "السادسه": "6", "السابعه": "7",
    "الثامنه": "8", "التاسعه": "9", "العاشره": "10",
}  # fmt: skip
_COUNTS = {
    "يومين": "two days", "اسبوعين": "two weeks", "شهرين": "two months", "ساعتين": "two hours",
    "يوم": "one day", "اسبوع": "one week", "شهر": "one month", "ساعه": "one hour",
}  # fmt: skip
_days, _months = "|".join(_DAYS), "|".join(_MONTHS)
_next = r"(?:القادم|المقبل|الجاي|القادمه|المقبله)"

ARABIC_TIME = re.compile(
    rf"\b(?:و|ب|ل)?(?:غدا|غد|بكره|اليوم|امس|{_days}|{_months}|الساعه|الاسبوع|الشهر\s{_next}|السنه\s{_next}|صباحا"
    r"|مساء|ظهرا|الصباح|المساء|بعد الظهر|بعد\s(?:يوم|اسبوع|شهر|ساع|\d))"
)
"""What only a time is said with; without one of these a text is left as it is."""
_HALVES = (("والنصف", "30"), ("ونصف", "30"), ("والربع", "15"), ("وربع", "15"))
_SAID_HOUR = re.compile(r"الساعه\s(?P<h>" + "|".join(_HOURS) + r")\b")
_RULES = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        *((rf"(?<=الساعه )(?P<h>\d{{1,2}})\s{word}\b", rf"\g<h>:{minutes}") for word, minutes in _HALVES),
        (
            r"\bمن (?:الساعه )?(?P<a>\d{1,2}) (?:الي|حتي) (?:الساعه )?(?P<b>\d{1,2})\b(?!\s\w*(?:شخص|موظف|فني))",
            r"from \g<a>:00 to \g<b>:00",
        ),
        (r"\b(?:في )?الساعه (?P<h>\d{1,2}(?::\d\d)?) صباحا\b", r"at \g<h> am"),
        (r"\b(?:في )?الساعه (?P<h>\d{1,2}(?::\d\d)?) (?:مساء|عصرا|ظهرا|بعد الظهر)\b", r"at \g<h> pm"),
        (r"\b(?:في )?الساعه (?P<h>\d{1,2}:\d\d)\b", r"at \g<h>"),
        (r"\b(?:في )?الساعه (?P<h>\d{1,2})\b", r"at \g<h> o'clock"),
        (r"\bبعد غدا?\b", "day after tomorrow"),
        (r"\b(?:غدا|غد|بكره)\b", "tomorrow"),
        (r"\bاليوم\b", "today"),
        (r"\bامس\b", "yesterday"),
        (rf"\b(?:في )?الاسبوع {_next}\b", "next week"),
        (r"\bهذا الاسبوع\b", "this week"),
        (rf"\b(?:في )?الشهر {_next}\b", "next month"),
        (rf"\b(?:في )?(?:السنه|العام) {_next}\b", "next year"),
        (r"\b(?:بعد الظهر|ظهرا|عصرا)\b", "in the afternoon"),
        (r"\b(?:في الصباح|صباحا)\b", "in the morning"),
        (r"\b(?:في المساء|مساء)\b(?! الخير)", "in the evening"),
        (r"\bبعد (?P<n>\d+) (?:ايام|يوما)\b", r"in \g<n> days"),
        (r"\bبعد (?P<n>\d+) (?:اسابيع|اسبوعا)\b", r"in \g<n> weeks"),
        # "Day 31 of February" names a day; left as it stands it would tell of 31 days.
        (rf"\b(?:في )?(?:يوم|بتاريخ) (?=\d{{1,2}} (?:من )?(?:شهر )?(?:{_months})\b)", "on "),
        (rf"(?<=\d )(?:من )(?:شهر )?(?=(?:{_months})\b)", ""),
        (rf"\b(?:في )?(?:شهر )?(?=(?:{_months})\b)", "in "),
    )
)
_DAY = re.compile(rf"\b(?:في )?(?:يوم )?(?P<d>{_days})(?P<n> {_next})?\b")
_IN_A = re.compile(rf"\bبعد (?P<c>{'|'.join(_COUNTS)})\b")
_MONTH = re.compile(rf"\b(?:{_months})\b")


def arabic_times(said: Aligned) -> Aligned:
    """With English words for times."""
    said = said.replaced(_SAID_HOUR, lambda match: f"الساعه {_HOURS[match['h']]}")
    said = said.replaced(_IN_A, lambda match: f"in {_COUNTS[match['c']]}")
    for pattern, template in _RULES:
        said = said.replaced(pattern, partial(_expanded, template))
    said = said.replaced(_DAY, lambda match: f"{'next' if match['n'] else 'on'} {_DAYS[match['d']]}")
    return said.replaced(_MONTH, lambda match: _MONTHS[match.group()])


def _expanded(template: str, match: re.Match[str]) -> str:
    return match.expand(template)
