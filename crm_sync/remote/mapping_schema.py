"""What an operator writes as a field mapping, for editors that complete and check it."""

from __future__ import annotations

from typing import Any

from crm_sync.remote.mapping import MappingFile

_EXAMPLE: dict[str, Any] = {
    "version": "acme-1",
    "provider": "hubspot",
    "contact": {
        "fields": {
            "email": {"to": "email", "transforms": ["lower"]},
            "name": [
                {"to": "firstname", "transforms": ["trim", "first_word"]},
                {"to": "lastname", "transforms": ["trim", "rest"]},
            ],
            "job_title": "jobtitle",
            "lead_score": {"to": "frontdesk_score", "create": {"type": "number", "label": "Lead score"}},
        },
        "skip": ["owner"],
        "defaults": {"lastname": "Unknown"},
    },
    "company": {
        "fields": {"name": "name", "domain": "domain"},
        "defaults": {"name": ["{company.domain}", "Unknown"]},
    },
    "deal": {
        "fields": {
            "stage": {"to": "dealstage", "values": {"new": "appointmentscheduled", "won": "closedwon"}}
        }
    },
}


def mapping_schema() -> dict[str, Any]:
    """The schema of a mapping file with an example."""
    return {**MappingFile.model_json_schema(mode="validation"), "examples": [_EXAMPLE]}
