"""Addresses under which a visitor opens a file for a while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from server.errors import FrontdeskError

GOOD_FOR_S = 3_600


class FileLinks:
    """Signs them; each names site, conversation and file, and none opens anything else."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeTimedSerializer(secret, salt="frontdesk.file")

    def url(self, site: str, conversation: str, file: str) -> str:
        """A path on this server."""
        return f"/v1/files/{self._signer.dumps([site, conversation, file])}"

    def read(self, token: str) -> tuple[str, str, str]:
        """Site, conversation and file; raises `FrontdeskError` for what we did not sign, or not lately."""
        try:
            site, conversation, file = self._signer.loads(token, max_age=GOOD_FOR_S)
        except SignatureExpired as error:
            message = "This link has expired. Open the file from the conversation again."
            raise FrontdeskError(message, code="link_expired", status=410) from error
        except (BadSignature, ValueError, TypeError) as error:
            raise FrontdeskError("There is no such file.", code="not_found", status=404) from error
        return str(site), str(conversation), str(file)

    def linked(self, site: str, conversation: str, frames: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The same frames; files in them have addresses that work from now on."""
        return [
            self._with_urls(site, conversation, frame) if frame.get("files") else frame for frame in frames
        ]

    def _with_urls(self, site: str, conversation: str, frame: dict[str, Any]) -> dict[str, Any]:
        files = [{**file, "url": self.url(site, conversation, file["id"])} for file in frame["files"]]
        return {**frame, "files": files}
