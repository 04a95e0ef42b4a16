"""What they want to do with it: `use_case`, in the visitor's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intents.facts.found import Found

_THING = (
    r"(?:an?\s)?(?:new\s|better\s|simple\s|good\s|proper\s)?(?:tool|software|system"
    r"|solution|app|platform|product|way|something|program|crm)"
)
_DOING = (
    r"(?:schedul|plan|track|manag|dispatch|organi[sz]|coordinat|automat|invoic|bill|assign"
    r"|document|record|monitor|replac|digiti[sz]|"
    r"handl|plan|rout|book|quot|report|inspect|maintain|measur|sync|collect|send|keep|see"
    r"|know|get rid|cut|reduc|sav|stop|share|connect|run)"
)
_CUES = re.compile(
    r"\b(?:(?:looking for|searching for|need|want|after|evaluating"
    rf"|in the market for)\s{_THING}\s(?:to|for|that (?:can|will|helps?(?: us)?(?: to)?"
    r"|lets us)|which can)"
    r"|(?:our|my|the)\s(?:main\s|primary\s)?use case(?: is|:| would be)|(?:would|want to"
    r"|plan to|going to|could|we(?:['’]d| would)? mostly|we(?:['’]d| would)?|will)\s"
    r"(?:mainly |mostly |only )?use (?:it|this|you|fernway) (?:for|to)"
    r"|(?:our|the|my)\s(?:main\s)?(?:goal|aim|idea|plan|problem|challenge|pain|need)(?: is"
    r"| here is|:)(?: to)?"
    r"|(?:we|i)(?:['’]re| are|['’]m| am)?\s(?:need|want|trying|hoping|would like|looking)\s"
    rf"(?:to|for help with)(?=\s{_DOING})|it['’]?s (?:mainly |mostly |all )?(?:for|about)"
    rf"(?=\s(?:our |the )?{_DOING}))"
    r"\s(?P<what>[^.?!;\n]{4,90}?)(?=\s*(?:[.?!;\n]|$|,\s(?:and|but|can|is|do|we|how"
    r"|what)\b|\s-\s|\s(?:can you|is that|do you|does it|and we are|because|but)\b))",
    re.IGNORECASE,
)
_NO_USE = re.compile(
    r"^(?:know|talk|speak|see (?:a|the) (?:demo|price|pricing)|book|cancel|buy|upgrade|get "
    r"(?:a|the) (?:demo|quote)|schedule (?:a|the) (?:demo|call|meeting)|you|us\b|me\b)",
    re.IGNORECASE,
)


def find_use_case(text: str) -> Iterator[Found]:
    """At most one, the first; a wish for a demo, a call or a price is none."""
    for match in _CUES.finditer(text):
        what = match["what"].strip(" ,")
        if not _NO_USE.match(what):
            start = match.start("what") + len(match["what"]) - len(match["what"].lstrip(" ,"))
            yield Found("use_case", what, start, start + len(what), 0.65, "rule:use_case")
            return
