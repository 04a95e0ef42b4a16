"""The expected failures of this room, each with a stable code."""

from __future__ import annotations


class IntentsError(Exception):
    """Something the operator can mend; the message says how."""

    code = "intents.failed"


class CatalogueError(IntentsError):
    """A catalogue file does not hold; the message names file, line and fix."""

    code = "intents.catalogue_invalid"


class ModelError(IntentsError):
    """A stored model can not be used."""

    code = "intents.model_unusable"
