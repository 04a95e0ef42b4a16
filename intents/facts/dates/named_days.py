"""How days are named from where today stands, longer ways first."""

from __future__ import annotations

from intents.facts.dates import day_makers as make
from intents.facts.dates.day_words import NO_DAY, NOT_LASTING, PART, SAID_YEAR_WHOLE, WHICH, after_any, rule
from intents.facts.dates.holidays import HOLIDAYS, holiday
from intents.facts.dates.words import (
    COUNT,
    DAY,
    MO,
    ORDINAL_DAY,
    SURE_MO,
    SURE_WD,
    UNIT,
    WD,
    YEAR,
    D,
    any_of,
)

NAMED = (
    # Counted from now.
    rule(
        "unit",
        rf"\b(?:in\s)?(?:the\s)?(?P<n>{COUNT})\s(?P<which>next|upcoming|coming|past|last)\s"
        rf"(?P<unit>{UNIT})\b(?P<business>)",
        make.coming,
    ),
    rule(
        "unit",
        rf"{NOT_LASTING}\b(?:(?:within|in|over|during|for)\s)?(?:the\s)?{WHICH}\s(?:"
        rf"(?P<n>{COUNT})\s)?(?P<business>(?:business|working|work)\s)?(?P<unit>days|weeks"
        r"|months|quarters|years|decades)\b",
        make.coming,
    ),
    rule(
        "unit",
        rf"{NOT_LASTING}\b(?:(?:within|in|over|during)\s)?(?:the\s)?{WHICH}\s(?P<n>{COUNT})\s"
        rf"(?P<business>(?:business|working|work)\s)?(?P<unit>{UNIT})\b",
        make.coming,
    ),
    rule("unit", r"\b(?:the\s|(?P<which>this|next|last|past|coming)\s)fortnight\b", make.fortnight),
    rule(
        "today",
        r"\b(?P<word>(?:the\s)?day (?:after tom+or+ow|before yesterday)|overmorrow|today"
        r"|tonight|tonite|yesterday|last night"
        r"|tom+or+ow|tomorow|tommorow|tomrw|tmrw?|tmr|tmw|tmorrow|2mor+o?w|(?:the\s)?(?:next"
        r"|following) day|the day after(?!\s(?:day|\w+day)))\b",
        make.named_day,
    ),
    rule(
        "part",
        r"\b(?P<word>this|next|the (?:next|following))(?=\s(?:early\s|late\s)?(?:morning"
        r"|afternoo?n|evening|night)\b)",
        make.part_day,
    ),
    rule(
        "today", r"(?P<word>(?:(?<=\bbetween )|(?<=\band ))now)\b(?=\sand\s|\s*(?:$|[.,!?]))", make.named_day
    ),
    # Weekdays.
    rule(
        "weekday",
        rf"\b(?P<wd>{WD})\b\.?,?\s(?:of\s|in\s)?(?:the\s)?(?P<which>week after(?:\snext)?)\b",
        make.weekday_of_week,
    ),
    rule(
        "weekday",
        rf"\b(?P<wd>{WD})\b\.?,?\s(?:of\s|in\s)?(?:the\s)?(?P<which>this|next|last|following|coming)\sweek\b",
        make.weekday_of_week,
    ),
    rule(
        "weekday",
        r"\b(?P<which>this|next|last|following|coming)\sweek(?:'s)?\b,?\s(?:maybe,?\s"
        rf"|perhaps,?\s|say,?\s|how about,?\s)*(?:on\s|either\s)?(?P<wd>{WD})\b",
        make.weekday_of_week,
    ),
    rule("weekday", rf"\b(?P<wd>{SURE_WD})\sweek\b", make.weekday_week),
    rule("weekday", rf"\b{WHICH}\s(?P<wd>{WD})\s(?:the\s)?(?P<d>{DAY})\b(?!:)", make.day_of_month),
    rule(
        "weekday",
        rf"\b(?P<wd>{WD})\b\.?,?\s(?:the\s)?(?P<d>{ORDINAL_DAY})(?!\s(?:of\s)?{MO})"
        rf"|\b(?P<wd2>{SURE_WD})\s(?P<d2>1[3-9]|2\d|3[01])(?![\d:.h/-]|\s?(?:am|pm|to|uhr|people|users)\b)",
        make.day_of_month,
    ),
    rule("weekday", rf"\b{WHICH}\s(?P<wd>{WD})\b", make.weekday),
    rule("weekday", rf"\b(?P<wd>{WD})\s(?P<which>next|coming)\b(?!\s(?:week|month|year))", make.weekday),
    rule(
        "unit",
        r"\b(?:any|some|a)\s(?:week ?day|working day|business day|day)(?=\s(?:after|before"
        r"|between|from|at|in the|around|works?|is|this|next|mornings?|afternoons?))"
        r"|\bany ?(?:day|week ?day|working day|business day)\b|\b(?:on\s)?weekdays\b",
        make.any_weekday,
    ),
    # Weeks, weekends, months, quarters, years.
    rule("unit", rf"\b(?:{PART})?(?:the\s)?(?P<which>week after next)\b", make.some_week),
    rule("unit", rf"\b(?:{PART})?(?:the\s)?{WHICH}\sweek\b(?!\s?end)", make.some_week),
    rule("unit", r"\b(?:the\s)?week\s(?P<which>next|coming|following)\b(?!\s?week)", make.some_week),
    rule(
        "unit",
        r"\b(?P<part>later|early|earlier|end|beginning|start|middle|mid)\s(?:of\s|in\s)?"
        r"(?:the\s)?week\b(?P<which>)",
        make.some_week,
    ),
    rule("unit", rf"\b(?:(?:on|over|at)\s)?(?:the\s)?(?:(?:{WHICH}|the)\s)?weekend\b(?!s)", make.weekend),
    rule("unit", rf"\b(?:{PART})?(?:the\s)?{WHICH}\smonth\b", make.some_month),
    rule("unit", r"\b(?:the\s)?month\s(?P<which>next|coming|following)\b", make.some_month),
    rule(
        "unit",
        r"\b(?P<part>later|early|earlier|end|beginning|start|middle|mid)\s(?:of\s|in\s)?"
        r"(?:the\s)?month\b(?P<which>)|\b(?P<part2>e)om\b",
        make.some_month,
    ),
    rule("unit", rf"\b(?:{PART})?(?P<y>{YEAR})[\s-]?q(?P<q>[1-4])\b", make.quarter_named),
    rule(
        "unit",
        rf"\b(?:{PART})?q(?P<q>[1-4])(?:[\s-]?(?:of\s)?(?P<y>{YEAR})|\s(?:of\s)?(?P<which>next"
        r"|this)\syear)?\b",
        make.quarter_named,
    ),
    rule(
        "unit",
        rf"\b(?:{PART})?(?:the\s)?(?P<nth>first|second|third|fourth|1st|2nd|3rd|4th)\squarter\b"
        rf"(?:\s(?:of\s)?(?P<y>{YEAR})\b|\sof\s(?P<which>next|this)\syear\b)?(?P<q>)",
        make.quarter_named,
    ),
    rule("unit", rf"\b(?:{PART})?(?:the\s)?{WHICH}\squarter\b", make.some_quarter),
    rule(
        "unit",
        r"\b(?P<part>later|early|earlier|end|beginning|start|middle|mid)\s(?:of\s|in\s)?"
        r"(?:the\s)?quarter\b(?P<which>)",
        make.some_quarter,
    ),
    rule("unit", rf"\b(?:{PART})?{WHICH}\s(?:calendar\s)?year\b", make.some_year),
    rule(
        "unit",
        r"\b(?P<part>later|early|earlier|end|beginning|start|middle|mid)\s(?:of\s|in\s)?"
        r"(?:the\s)?year\b(?P<which>)|\byear[ -]?(?P<part2>end)\b|\b(?P<part3>e)oy\b",
        make.some_year,
    ),
    # Days that have a name.
    rule(
        "holiday",
        rf"\b(?:(?P<which>next|this|coming|last|previous)\s)?(?P<name>{any_of(HOLIDAYS)})(?!\w)"
        rf"(?:\sof\sthis\syear)?{SAID_YEAR_WHOLE}",
        holiday,
    ),
    # Months.
    rule(
        "month",
        rf"\b(?P<mo>{MO})\b\.?(?:\s(?:of\s|in\s)?|\s?[/-]\s?)(?P<y>{YEAR})(?![-/\d])",
        make.month_named,
    ),
    rule("month", rf"(?<![\d/.-])(?P<mo>{MO})\sof\s(?:'|’)?(?P<y>\d\d)\b", make.month_named),
    rule("month", rf"\b{PART}(?:of\s)?(?P<mo>{MO})\b{SAID_YEAR_WHOLE}", make.month_named),
    rule("month", rf"\b(?P<which>this|next|last|previous|coming)\s(?P<mo>{MO})\b", make.month_named),
    rule(
        "month",
        rf"{after_any('in during by for around until till before after since from between to through of is')}"
        rf"(?P<mo>{MO})\b(?!\s(?:i|we|you|be|have|or may|not)\b)(?!\$)",
        make.month_named,
    ),
    rule("month", rf"\b(?P<mo>{SURE_MO})\b(?!\s?(?:\d|{{))", make.month_named),
    rule(
        "month",
        rf"(?<![\w$])(?P<mo>May|March|Jan|Dec|Sep)\b(?=\s?(?:-|–|to|until|till|through)\s?{MO}\b)",
        make.month_named,
    ),
    # Years.
    rule("year", rf"\b{PART}(?:of\s)?(?P<y>{YEAR})\b", make.year_named),
    rule("year", rf"\b(?:the\s)?(?:calendar\s)?(?:year|cy)\s(?:of\s)?(?P<y>{YEAR})\b", make.year_named),
    rule(
        "year",
        rf"{after_any('in during by until till to before after since from between than through and on')}"
        rf"(?P<y>{YEAR})(?![/:\d]|[-.]\d|\s?(?:%|people|users|employees|staff|seats|jobs))\b",
        make.year_named,
    ),
    rule(
        "year",
        rf"(?<![\w./$€£-])(?P<y>{YEAR})(?=\s?(?:-|–|~|to|through|till)\s?(?:{YEAR}|{MO})\b"
        r"|\sor later|\sand (?:later|after|greater))",
        make.year_named,
    ),
    rule("year", rf"(?<=\d~)(?P<y>{YEAR})\b", make.year_named),
    # A day alone.
    rule("weekday", rf"\b(?:(?:on|this|coming)\s)?(?P<wd>{SURE_WD})\b(?!\.com)(?P<which>)", make.weekday),
    rule(
        "weekday",
        r"(?:(?<=\bon )|(?<=\bor )|(?<=\band )|(?<=\bto )|(?<=\bby )|(?<=\bfor )|(?<=\bfrom )|"
        r"(?<=\beither )|(?<=\bbetween )|(?<=\bbook )|(?<=\bfree )|(?<=\buntil )|(?<=\bbefore )"
        r"|(?<=\bafter )|^|(?<=, ))(?P<wd>sat|sun|mon|wed)\b(?P<which>)(?!\sdown|\.com)",
        make.weekday,
    ),
    rule("weekday", r"(?<![\w.])(?P<wd>Sat|Sun|Mon|Wed)\b(?=,?\s(?:at\s)?\d)(?P<which>)", make.weekday),
    rule(
        "ordinal",
        rf"\b(?:on\s)?(?:the\s)?(?P<d>{D}(?:st|nd|rd|th))\b(?P<wd>)(?![\s-]{MO})(?!-){NO_DAY}",
        make.day_of_month,
    ),
    rule(
        "on",
        rf"\b(?:on\s)the\s(?P<d>{ORDINAL_DAY}|{D})\b(?P<wd>)(?![\d:.%]){NO_DAY}(?!\s(?:\w+s"
        r"|list|page|phone|web\w*|road|go)\b)",
        make.day_of_month,
    ),
    rule("unit", r"(?<!\bfor )(?<!\bof )\b(?P<word>the day)\b(?=[.?!,]|$)", make.named_day),
)
