"""Keys as words, for those who read what a machine stored. No I/O."""

from __future__ import annotations

import re

_KEY = re.compile(r"(?<![\w/.@\[-])[a-z]+(?:_[a-z]+)+(?![\w/.@\]-])")


def in_words(text: object) -> str:
    """`lift_maintenance` reads "lift maintenance"; addresses, paths and placeholders stay as they are."""
    return _KEY.sub(lambda found: found[0].replace("_", " "), str(text))
