"""The nodes of a Qdrant cluster: which of them is asked, and what their errors mean."""

import logging
import os
import re
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlsplit

from qdrant_client import QdrantClient
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from index.errors import EngineUnavailable, SettingsError
from index.settings import ENGINE_KEY, QdrantSettings

log = logging.getLogger(__name__)

T = TypeVar("T")

# What is written may take longer than an answer may.
WRITING_SECONDS = 60.0
# Where no node answers, nobody waits for that again for so long.
PAUSE_SECONDS = 2.0
# A node is looked at this often, if nobody asks it anything.
LOOK_SECONDS = 10.0
TOLD_CHARS = 200
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
KEYS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
# The next node would say the same of what these are about.
FINAL = {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
MEND = "see whether it runs, and whether `url` under [index.qdrant] is right"
KEY_MEND = f"set {ENGINE_KEY} to the key that it takes"
ERRNO = re.compile(r"^\[Errno -?\d+\] ")


class NotThere(Exception):
    """There is no such collection on the servers."""


class Servers:
    """Nodes that each can answer for all: one is asked, and the next where that doesn't.

    Safe from many threads.
    """

    def __init__(self, names: Sequence[str], clients: Sequence[QdrantClient]) -> None:
        """Ask `clients`, which `names` are the addresses of."""
        self._nodes = [*zip(names, clients, strict=True)]
        self._first = 0
        self._problem = ""
        self._failed = -PAUSE_SECONDS
        self._asked = 0.0
        self._noting = threading.Lock()

    @property
    def problem(self) -> str:
        """Why no node answered last; empty if one did."""
        return self._problem

    def ask(self, work: Callable[[QdrantClient], T]) -> T:
        """Return what `work` gets of the first node that answers.

        Raises:
            EngineUnavailable: none does, or one refuses.
            NotThere: there is no such collection.
        """
        if time.monotonic() - self._failed < PAUSE_SECONDS and self._problem:
            raise EngineUnavailable(self._problem)
        problems, mend = [], MEND
        for step in range(len(self._nodes)):
            place = (self._first + step) % len(self._nodes)
            name, client = self._nodes[place]
            try:
                result = work(client)
            except (ApiException, QdrantException) as error:
                status = getattr(error, "status_code", None)
                if status == HTTPStatus.NOT_FOUND:
                    self._note(place, "")
                    raise NotThere from error
                problems.append(_reason(name, error))
                if status in KEYS:
                    mend = KEY_MEND
                if status in KEYS | FINAL:
                    break
            else:
                self._note(place, "")
                return result
        problem = f"the search engine can't be asked: {'; '.join(problems)}: {mend}"
        self._note(self._first, problem)
        raise EngineUnavailable(problem)

    def prefer(self, serves: Callable[[QdrantClient], bool]) -> bool:
        """Ask the first node from now on that `serves`; return whether there is one.

        Raises:
            EngineUnavailable: no node answers.
            NotThere: there is no such collection.
        """
        for _ in self._nodes:
            if self.ask(serves):
                return True
            with self._noting:
                self._first = (self._first + 1) % len(self._nodes)
        return False

    def look(self) -> None:
        """See whether a node answers, if none was asked lately; `problem` tells."""
        if time.monotonic() - self._asked < LOOK_SECONDS:
            return
        try:
            self.ask(lambda client: client.get_collections())
        except EngineUnavailable as error:
            log.debug("%s", error)

    def _note(self, first: int, problem: str) -> None:
        """Take note of how it went, and log it where that is new."""
        with self._noting:
            now = self._asked = time.monotonic()
            if problem:
                self._failed = now
            self._first = first
            before, self._problem = self._problem, problem
        if problem and not before:
            log.error("%s", problem)
        elif before and not problem:
            log.info("the search engine answers again: %s", self._nodes[first][0])


@lru_cache(maxsize=8)
def servers_of(settings: QdrantSettings, *, writing: bool = False) -> Servers:
    """Return the nodes that the settings name, connected to when they are asked.

    Raises:
        SettingsError: the certificate can't be read.
    """
    key = os.environ.get(ENGINE_KEY, "").strip()
    seconds = max(WRITING_SECONDS, settings.timeout_seconds) if writing else None
    for url in settings.url:
        parts = urlsplit(url)
        if key and parts.scheme == "http" and parts.hostname not in LOOPBACK:
            log.warning(
                "%s: the key in %s goes over the network as it is; use https:// unless the "
                "network is yours alone",
                url,
                ENGINE_KEY,
            )
    trusted: ssl.SSLContext | bool = True
    if settings.certificate:
        try:
            trusted = ssl.create_default_context(cafile=settings.certificate)
        except (OSError, ssl.SSLError) as error:
            message = (
                f"{settings.certificate}: `certificate` under [index.qdrant] should be a file of "
                f"certificates in PEM, which can't be read: {error}"
            )
            raise SettingsError(message) from error
    clients = [
        QdrantClient(
            url=url,
            # Given as its `api_key`, the client would warn of it in its own way.
            headers={"api-key": key} if key else None,
            timeout=round(seconds or settings.timeout_seconds) or 1,
            check_compatibility=False,
            verify=trusted,
        )
        for url in settings.url
    ]
    return Servers(settings.url, clients)


def _reason(name: str, error: Exception) -> str:
    """Say what a node said, or why it said nothing."""
    if not isinstance(error, UnexpectedResponse):
        cause = getattr(error, "source", error)
        return f"{name}: {_short(cause) or type(cause).__name__}"
    if error.status_code in KEYS:
        return f"{name} refuses the key in {ENGINE_KEY} ({error.status_code})"
    try:
        said = str(error.structured()["status"]["error"])
    except (ValueError, KeyError, TypeError):
        said = error.reason_phrase
    return f"{name} says {error.status_code} {_short(said)}"


def _short(said: object) -> str:
    return ERRNO.sub("", " ".join(str(said).split()))[:TOLD_CHARS]
