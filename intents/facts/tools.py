"""What the visitor works with today: `current_tool`, one fact a tool, with its usual spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intents.facts.found import Found

# Usual spelling by what people type. Names only; nothing about these products is claimed.
_KNOWN = {
    "salesforce": "Salesforce", "sfdc": "Salesforce", "hubspot": "HubSpot", "pipedrive": "Pipedrive", "zoho": "Zoho",
    "dynamics": "Microsoft Dynamics", "excel": "Excel", "google sheets": "Google Sheets",
    "spreadsheets": "spreadsheets", "spreadsheet": "spreadsheets",
    "sheets": "Google Sheets", "paper": "paper", "pen and paper": "paper",
    "whiteboard": "whiteboard", "whiteboards": "whiteboard", "whatsapp": "WhatsApp", "outlook": "Outlook",
    "google calendar": "Google Calendar", "gcal": "Google Calendar", "trello": "Trello", "asana": "Asana",
    "jira": "Jira", "monday": "monday.com", "monday.com": "monday.com", "clickup": "ClickUp", "notion": "Notion",
    "airtable": "Airtable",
    "basecamp": "Basecamp", "servicetitan": "ServiceTitan", "service titan": "ServiceTitan", "jobber": "Jobber",
    "housecall pro": "Housecall Pro", "simpro": "simPRO", "servicem8": "ServiceM8", "fieldpulse": "FieldPulse",
    "zendesk": "Zendesk", "freshdesk": "Freshdesk", "intercom": "Intercom", "servicenow": "ServiceNow",
    "sap": "SAP", "netsuite": "NetSuite", "odoo": "Odoo", "sage": "Sage", "quickbooks": "QuickBooks", "xero": "Xero",
    "datev": "DATEV", "lexware": "Lexware",
    "slack": "Slack", "teams": "Microsoft Teams", "access": "Microsoft Access",
    "calendly": "Calendly", "smartsheet": "Smartsheet", "wrike": "Wrike", "ms project": "Microsoft Project",
    "connecteam": "Connecteam", "deputy": "Deputy", "google docs": "Google Docs", "sharepoint": "SharePoint",
}  # fmt: skip
_names = "|".join(sorted((re.escape(name) for name in _KNOWN), key=len, reverse=True))
_USES = (
    r"(?:\bwe(?:'re| are)?(?: all| currently| now| still| mostly| just)*|\bi(?:'m| am)?(?: currently"
    r"| still)?|\bcurrently|\btoday we|\bright now we)"
    r"\s(?:use|using|work with|working with|work in|run on|running on|rely on|have|are on|on"
    r"|schedule (?:in|with|on)|plan (?:in|with|on)|do (?:everything|it all|it|this) (?:in|with|on)"
    r"|manage (?:\w+ ){0,3}(?:in|with|on))"
    r"|\b(?:currently|still|now|and(?: we)?) (?:on|using|with|use)|, on|\busing"
    r"|\band(?: we)? (?:plan|schedule|work) (?:in|with|on)"
    r"|\b(?:coming|moving|switching|migrating|migrate|switch|move|leaving|change"
    r"|transition(?:ing)?)(?: \w+){0,3}? (?:from|away from|off|over from)|\bleaving|\breplac(?:e|ing)"
    # "We are 40 people with spreadsheets": a team and what it has.
    r"|(?:\bwe(?:['’]re| are| have)(?: about| around| roughly| some)?|\bteam of|^\W*(?:about|around|roughly)?)"
    r" ?\d[\d.,]*"
    r"(?: (?:[\w-]+ )?(?:people|persons|users|employees|technicians|engineers|staff|members|of us|crews?))?"
    r"(?:,? all)?,? (?:with|on|using|working (?:with|in|on))"
    r"|\b(?:our|my) (?:current|existing|old|present)(?: \w+){0,2}(?: is|:)?"
)
_CURRENT = re.compile(
    rf"(?:{_USES})\s(?:our |an? |the |old |existing |current |mostly |just |only |to |ms "
    rf"|microsoft )*(?P<first>{_names})\b"
    rf"(?P<more>(?:(?:,| and| \+| &|, and| with| plus)\s(?:ms |our |a |some )?(?:{_names})\b)*)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:we(?:'re| are)? (?:currently |now |still )?(?:use|using|on)|(?:switching|moving|migrating"
    r"|coming|migrate|switch|move) (?:over )?from)\s"
    r"(?P<name>[A-Z][\w.]+(?:\s[A-Z][\w.]+)?)"
)
_ONE = re.compile(rf"\b(?:{_names})\b", re.IGNORECASE)
# "We use Slack" is a tool in use; "Monday" after it may be the day.
_WEEKDAY = re.compile(r"\bon\s+monday\b", re.IGNORECASE)


def find_tools(text: str) -> Iterator[Found]:
    """Tools that are in use, not ones that are merely asked about."""
    seen: set[str] = set()
    for match in _CURRENT.finditer(text):
        if _WEEKDAY.search(match.group()):
            continue
        for start, end in ((match.span("first")), *_spans(match)):
            name = _KNOWN[text[start:end].lower()]
            if name not in seen:
                seen.add(name)
                yield Found("current_tool", name, start, end, 0.88, "rule:known_tool")
    for match in _NAMED.finditer(text):
        name = match["name"].rstrip(".")
        if name.lower() not in _KNOWN and name not in seen and "[" not in name:
            seen.add(name)
            yield Found(
                "current_tool",
                name,
                match.start("name"),
                match.start("name") + len(name),
                0.6,
                "rule:named_tool",
            )


def _spans(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    offset = match.start("more")
    for one in _ONE.finditer(match["more"]):
        yield offset + one.start(), offset + one.end()
