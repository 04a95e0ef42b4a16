"""Where files lie: in a folder of their own beside the database, each encrypted under its own id."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.errors import FrontdeskError

_NONCE = 12
_ID = re.compile(r"[0-9a-f-]{36}")


class Cabinet:
    """Keeps, opens and removes. Slow work: call it in a thread."""

    def __init__(self, folder: Path, secret: str) -> None:
        self._folder = folder
        key = HKDF(SHA256(), 32, salt=None, info=b"frontdesk.files.1").derive(secret.encode())
        self._box = AESGCM(key)

    def keep(self, site: str, file: str, content: bytes) -> None:
        """On the disk when this returns; the id and the site are sealed in, so that no two can be exchanged."""
        place = self._place(site, file)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._box.encrypt(nonce, content, _bound(site, file))
        part = _part_of(place)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as written:
            written.write(sealed)
            written.flush()
            os.fsync(written.fileno())
        part.replace(place)

    def open(self, site: str, file: str) -> bytes:
        """What was kept; raises `FrontdeskError` when it is not there, or was not kept by this installation."""
        try:
            sealed = self._place(site, file).read_bytes()
            return self._box.decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound(site, file))
        except (FileNotFoundError, InvalidTag) as error:
            message = f"file {file!r} can not be opened; was the data folder restored without `files`?"
            raise FrontdeskError(message, code="not_found", status=404) from error

    def remove(self, site: str, files: Iterable[str]) -> None:
        """Those that are there, and what a crash left of writing them."""
        for file in files:
            place = self._place(site, file)
            for each in (place, _part_of(place)):
                each.unlink(missing_ok=True)

    def kept(self) -> list[tuple[str, str, float]]:
        """Every file: its site, its id, and when it was written."""
        found = []
        for path in self._folder.glob("*/*/*") if self._folder.is_dir() else ():
            with suppress(FileNotFoundError):
                found.append((path.parent.parent.name, path.stem, path.stat().st_mtime))
        return found

    def _place(self, site: str, file: str) -> Path:
        if not _ID.fullmatch(file) or "/" in site or site.startswith("."):
            raise FrontdeskError(f"there is no file {file!r}", code="not_found", status=404)
        return self._folder / site / file[-2:] / file


def _part_of(place: Path) -> Path:
    """What is not yet written to its end."""
    return place.with_suffix(".part")


def _bound(site: str, file: str) -> bytes:
    return f"{site}\0{file}".encode()
