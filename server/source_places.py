"""Which folders of this machine may be named as sources by people who only have the console."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from knowledge.errors import SourceSpecError
from knowledge.sources.files import FORMATS

SETTING = "FRONTDESK_SOURCE_ROOTS"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:/", re.IGNORECASE)
_HOST = re.compile(r"(?:www\.[^\s/]+|(?:[a-z0-9-]+\.)+[a-z]{2,})(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)


def refuse_address(location: str) -> None:
    """Raises when what should be a folder looks like an address of the web without its beginning."""
    first = location.strip().split("/", 1)[0]
    is_file_here = PurePosixPath(first).suffix.lower() in FORMATS or Path(location).exists()
    if _SCHEME.match(location) or (_HOST.fullmatch(location.strip()) and not is_file_here):
        raise SourceSpecError(
            f"location: {location!r} looks like an address and is no folder: write it with https:// before it"
        )


def allowed_folder(location: str, roots: Sequence[Path]) -> str:
    """The folder or file as an absolute path; raises when it does not lie in one of the folders that are allowed."""
    refuse_address(location)
    if not roots:
        raise SourceSpecError(
            f"location: folders of the server can not be named here: whoever runs it allows some with {SETTING}, "
            "or adds this one with `frontdesk source add`"
        )
    # Links are followed first: what counts is where the files lie.
    try:
        asked = Path(location.strip()).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise SourceSpecError(f"location: {location!r} is no path: name a folder or file") from error
    if not any(asked.is_relative_to(root.resolve()) for root in roots):
        raise SourceSpecError(
            f"location: {location!r} does not lie in a folder that may be read: use one below "
            f"{', '.join(str(root) for root in roots)}, or have it allowed with {SETTING}"
        )
    return str(asked)
