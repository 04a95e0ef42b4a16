"""In which trade the visitor works: `industry`, one of a closed list."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intents.facts.found import Found

_WORDS = {
    "construction": (
        r"construction|building (?:contractor|company|firm)|general contractors?|civil engineering"
    ),
    "hvac": r"hvac|heating(?: and cooling)?|air[- ]?con(?:ditioning)?|refrigeration|ventilation",
    "plumbing": r"plumb(?:ing|ers?)",
    "electrical": r"electrical (?:contractors?|company|firm|installation\w*|work)|electricians?",
    "cleaning": (
        r"cleaning (?:compan\w+|firms?|services?|business)|commercial cleaning|janitorial|window cleaners?"
        r"|cleaners"
    ),
    "facility_management": r"facilit(?:y|ies) (?:management|services|maintenance)",
    "lift_maintenance": r"(?:lifts?|elevators?|escalators?)(?: maintenance| service| repair| company)?",
    "solar": (
        r"solar(?: panels?| installers?| company)?|photovoltaics?|heat pumps?|renewables?"
        r"|wind (?:farms?|turbines?)"
    ),
    "security_services": (
        r"security (?:guards?|services|installations?)|alarm (?:systems?|compan\w+)|cctv"
        r"|fire (?:safety|protection|alarms?)"
    ),
    "landscaping": r"landscap(?:ing|ers?)|lawn care|gardening|tree (?:care|surgeons?)|arborists?",
    "pest_control": r"pest control|exterminators?",
    "logistics": (
        r"logistics|freight|shipping company|haulage|courier|transport(?:ation)? (?:company|firm)|trucking"
        r"|warehous\w+"
    ),
    "manufacturing": (
        r"manufactur(?:ing|ers?)|factory|machine (?:builders?|tools)|plant engineering|industrial"
    ),
    "healthcare": (
        r"health ?care|hospitals?|clinics?|medical|dental|dentists?|care homes?|nursing|pharma\w*"
    ),
    "education": r"education|schools?|universit(?:y|ies)|colleges?|e-?learning|edtech",
    "finance": r"banks?|banking|financial services|fintech|insurance|insurers?|asset management",
    "retail": r"retail(?:ers?)?|e-?commerce|online shops?|supermarkets?",
    "hospitality": r"hospitality|hotels?|restaurants?|catering|events? (?:company|agency)",
    "real_estate": (
        r"real estate|property (?:management|managers?)|housing (?:association|company)|estate agents?"
        r"|landlords?"
    ),
    "telecoms": r"telecoms?|telecommunications|broadband|fib(?:re|er)(?: optic)?s?|isp",
    "utilities": r"utilit(?:y|ies)|energy (?:company|provider)|water (?:company|utility)|power grid",
    "software": (
        r"software (?:company|house|firm)|saas|it (?:services|company|consult\w+)|msp"
        r"|managed service providers?|startup"
    ),
    "legal": r"law (?:firms?|office)|legal (?:services|practice)|solicitors?|lawyers?",
    "agency": r"(?:marketing|advertising|design|creative|digital|pr|media) agency",
    "consulting": r"consult(?:ing|ancy)(?: firm| company)?",
    "public_sector": r"public sector|government|municipal\w*|city council|local authority|councils?",
    "nonprofit": r"non-?profits?|ngos?|charit(?:y|ies)|foundations?",
    "automotive": r"automotive|car (?:dealers?\w*|repair|workshop)|garages?|vehicle (?:repair|rental)",
    "agriculture": r"agricultur\w+|farms?|farming",
}
_ANY = re.compile("|".join(rf"(?P<{name}>\b(?:{words})\b)" for name, words in _WORDS.items()), re.IGNORECASE)
_OWN = re.compile(
    r"(?:\bwe(?:'re| are| do| run| install| repair| service| maintain| work in| operate| fix| provide)?\b"
    r"|\bi(?:'m| am| run| own| work| manage)?\b|\bour\b|\bmy\b)"
    r"[^.?!\n]{0,45}$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?:\b\d{1,4}|\bdozen|\bcouple(?: of)?|\bfew|\bteam of(?: \d+)?|\btwo|\bthree|\bfour"
    r"|\bfive|\bsix|\bten)\s$",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:you|your|do other|any|does any|who)\b", re.IGNORECASE)
_TRADE_AFTER = re.compile(
    r"^\s(?:company|business|firm|contractor|shop|trade|industry|sector)\b", re.IGNORECASE
)


def find_industry(text: str) -> Iterator[Found]:
    """The visitor's own trade; one that is only asked about counts for less, since people ask about theirs."""
    seen: set[str] = set()
    for match in _ANY.finditer(text):
        name = match.lastgroup or ""
        before = text[max(0, match.start() - 60) : match.start()]
        sentence = re.split(r"[.?!\n]", before)[-1]
        if name in seen:
            continue
        is_counted = bool(_COUNTED.search(sentence)) and match.group().endswith("s")
        if (_OWN.search(sentence) or is_counted) and not _ASKS.search(sentence):
            confidence, how = 0.85, "rule:own_trade"
        elif _TRADE_AFTER.match(text[match.end() :]) or re.search(
            r"\b(?:in|for|from|with|other|like)\s(?:the\s|an?\s)?$", sentence
        ):
            confidence, how = 0.55, "rule:asked_about_trade"
        else:
            continue
        seen.add(name)
        yield Found("industry", name, match.start(), match.end(), confidence, how)
