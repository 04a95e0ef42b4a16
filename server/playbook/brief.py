"""What a rep's brief may quote as proof."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from server.dialogue.policy import Rules


class BriefRules(Rules):
    """Which of the site's own documents are proof: customers' stories, references, reports."""

    proof: tuple[Annotated[str, Field(pattern=r"^[^/\s][^\s]*$")], ...] = (
        "customers/",
        "references/",
        "case-studies/",
    )
    """Starts of document paths. A talk track is quoted from these and from nothing else."""
