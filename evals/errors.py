"""What can be wrong with what an evaluation was given."""

from __future__ import annotations


class BadData(Exception):
    """A file is missing or malformed; the message names file, line and fix."""

    code = "evals.bad_data"
