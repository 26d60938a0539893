"""Those that keep a source say that there is something new, and it is fetched at once.

GitHub, Forgejo, Gitea and Bitbucket sign what they send, GitLab sends the secret itself. Nothing of
what they say is believed or kept: which source it is, is in the address, and what is new is fetched
from where the config says.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus

FOLDER = "/hooks/"
# GitHub's most.
MOST_BYTES = 25_000_000
PIECE = 1 << 16
SIGNATURES = ("X-Hub-Signature-256", "X-Hub-Signature")
SECRET = "X-Gitlab-Token"  # noqa: S105 - where it is
WORDS = {
    HTTPStatus.ACCEPTED: b"It is fetched now.\n",
    HTTPStatus.UNAUTHORIZED: b"There is no signature and no secret.\n",
    HTTPStatus.FORBIDDEN: b"It is signed with another secret than SEEDBOT_WEBHOOK_SECRET.\n",
    HTTPStatus.NOT_FOUND: b"There is no source of that name that is fetched.\n",
    HTTPStatus.SERVICE_UNAVAILABLE: b"Another process fetches, or none yet.\n",
}


@dataclass(frozen=True, slots=True)
class Hooks:
    """Has a source fetched (`want`, by its name) for those who know the secret."""

    secret: str = field(repr=False)
    want: Callable[[str], HTTPStatus]

    async def answer(
        self, name: str, headers: Message, body: asyncio.StreamReader
    ) -> tuple[HTTPStatus, bytes]:
        """Do what a request asks for, if it may; return the status and what else is to be said.

        Raises:
            EOFError: its body ends early.
        """
        status = await self._status(name, headers, body)
        return status, WORDS.get(status, b"")

    async def _status(self, name: str, headers: Message, body: asyncio.StreamReader) -> HTTPStatus:
        length = headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return HTTPStatus.LENGTH_REQUIRED
        if len(length) > len(str(MOST_BYTES)) or int(length) > MOST_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        given = next((headers[each] for each in SIGNATURES if each in headers), None)
        if given is None and SECRET not in headers:
            return HTTPStatus.UNAUTHORIZED
        # Signed piece by piece: what strangers send is never held in memory.
        signing = hmac.new(self.secret.encode(), digestmod=hashlib.sha256)
        left = int(length)
        while left:
            piece = await body.read(min(left, PIECE))
            if not piece:
                raise EOFError
            signing.update(piece)
            left -= len(piece)
        right = f"sha256={signing.hexdigest()}"
        if given is None:
            given, right = headers[SECRET], self.secret
        if not hmac.compare_digest(given.encode(errors="replace"), right.encode()):
            return HTTPStatus.FORBIDDEN
        return self.want(name)
