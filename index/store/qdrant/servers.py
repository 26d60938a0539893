"""The nodes of a Qdrant cluster: which of them is asked, and what their errors mean."""

import logging
import os
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from qdrant_client import QdrantClient

from index.errors import EngineUnavailable, SettingsError
from index.settings import ENGINE_KEY, QdrantSettings
from index.store.qdrant.reasons import ERRORS, FINAL, KEYS, is_gone, is_missing, reason, status_of

log = logging.getLogger(__name__)

T = TypeVar("T")

# What is written may take longer than an answer may, and what was built for hours waits for servers
# that are started anew.
WRITING_SECONDS, PATIENCE_SECONDS, TRIED_SECONDS = 60.0, 60.0, 0.5
# Where no node answers, nobody waits for that again for so long.
PAUSE_SECONDS = 2.0
# A node is looked at this often, if nobody asks it anything.
LOOK_SECONDS = 10.0
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
MEND = "see whether it runs, and whether `url` under [index.qdrant] is right"
NOWHERE = "there is no `url` under [index.qdrant]"
KEY_MEND = "set the one that it takes"


class NotThere(Exception):
    """There is no such collection on the servers."""


class _Gone(Exception):
    """No node can be reached, which may be over in a moment."""


class Node(NamedTuple):
    """One of the nodes, by its number, from one time that it didn't answer to the next."""

    number: int
    lapses: int


class Servers:
    """Nodes that each can answer for all: one is asked, and the next where that doesn't.

    Safe from many threads.
    """

    def __init__(
        self, names: Sequence[str], clients: Sequence[QdrantClient], patience: float = 0.0
    ) -> None:
        """Ask `clients`, which `names` are the addresses of.

        Where all nodes are gone that have answered before, they are waited for: `patience` seconds.
        """
        self._nodes = [*zip(names, clients, strict=True)]
        self._lapses = [0] * len(self._nodes)
        self._patience = patience
        self._first = 0
        self._problem = ""
        self._failed = -PAUSE_SECONDS
        self._asked = 0.0
        self._answered = False
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
        return self.ask_one(work)[1]

    def ask_one(self, work: Callable[[QdrantClient], T]) -> tuple[Node, T]:
        """Return the first node that answers, and what `work` gets of it; may raise as `ask`."""
        end = time.monotonic() + (self._patience if self._answered else 0.0)
        while True:
            try:
                return self._ask_each(work)
            except _Gone as error:
                if time.monotonic() >= end:
                    raise EngineUnavailable(str(error)) from error
            time.sleep(TRIED_SECONDS)

    def prefer(self, serves: Callable[[QdrantClient], bool]) -> Node | None:
        """Ask the first node from now on that `serves`, and return it; None if no node does.

        Raises:
            EngineUnavailable: no node answers, or one refuses.
        """
        self._wait_for_none()
        problems: list[tuple[str, Exception]] = []
        for number in self._order():
            node = Node(number, self._lapses[number])
            try:
                served = serves(self._nodes[number][1])
            except ERRORS as error:
                if not is_missing(error):
                    problems.append(self._lapsed(number, error))
                continue
            if served:
                with self._noting:
                    self._first = number
                self._note("")
                return node
        if len(problems) == len(self._nodes):
            raise EngineUnavailable(self._unanswered(problems))
        self._note("")
        return None

    def name(self, node: Node | None) -> str:
        """Return the address of a node."""
        return "a node" if node is None else self._nodes[node.number][0]

    def look(self) -> None:
        """See whether a node answers, if none was asked lately; `problem` tells."""
        if time.monotonic() - self._asked < LOOK_SECONDS:
            return
        try:
            self.ask(lambda client: client.get_collections())
        except (EngineUnavailable, NotThere) as error:
            log.debug("%s", error)

    def _ask_each(self, work: Callable[[QdrantClient], T]) -> tuple[Node, T]:
        """Ask one node after the other.

        Raises:
            EngineUnavailable, NotThere: as `ask`.
            _Gone: in the place of the former, if none can be reached.
        """
        self._wait_for_none()
        order = self._order()
        problems: list[tuple[str, Exception]] = []
        for number in order:
            node = Node(number, self._lapses[number])
            try:
                result = work(self._nodes[number][1])
            except ERRORS as error:
                if is_missing(error):
                    self._note("")
                    raise NotThere from error
                problems.append(self._lapsed(number, error))
                if status_of(error) in KEYS | FINAL:
                    break
            else:
                with self._noting:
                    # Somebody else may have found out meanwhile which one is to be asked.
                    if self._first == order[0]:
                        self._first = number
                self._note("")
                return node, result
        message = self._unanswered(problems)
        if all(is_gone(error) for _, error in problems):
            raise _Gone(message)
        raise EngineUnavailable(message)

    def _wait_for_none(self) -> None:
        """Wait for no node, where none answered just now.

        Raises:
            EngineUnavailable: none did, and whoever asks has no patience.
        """
        just_now = time.monotonic() - self._failed < PAUSE_SECONDS
        if just_now and self._problem and not self._patience:
            raise EngineUnavailable(self._problem)

    def _order(self) -> list[int]:
        """The numbers of the nodes, in the order in which they are asked."""
        count = len(self._nodes)
        return [(self._first + step) % count for step in range(count)]

    def _lapsed(self, number: int, error: Exception) -> tuple[str, Exception]:
        """Take note that a node didn't answer; return what it said, and the error."""
        with self._noting:
            self._lapses[number] += 1
        return reason(self._nodes[number][0], error), error

    def _unanswered(self, problems: Sequence[tuple[str, Exception]]) -> str:
        """Take note that no node answered, and return why in a sentence."""
        said = "; ".join(each for each, _ in problems) or NOWHERE
        if any(status_of(error) in KEYS for _, error in problems):
            problem = f"the search engine can't be asked: {said}: {KEY_MEND}"
        elif not problems:
            problem = f"the search engine can't be asked: {said}"
        elif any(is_gone(error) for _, error in problems):
            problem = f"the search engine can't be asked: {said}: {MEND}"
        else:
            problem = f"the search engine doesn't do what it is asked to: {said}; see its log"
        # What was asked may be wrong, and other questions not.
        self._note(problem, pause=not any(status_of(error) in FINAL for _, error in problems))
        return problem

    def _note(self, problem: str, *, pause: bool = False) -> None:
        """Take note of how it went, and log it where that is new; `pause` asks nobody for a while.

        Nothing of that where there is no `problem`.
        """
        with self._noting:
            now = self._asked = time.monotonic()
            if problem:
                self._failed = now if pause else self._failed
            else:
                self._answered = True
            before, self._problem = self._problem, problem
        if problem and not before:
            log.error("%s", problem)
        elif before and not problem:
            log.info("the search engine answers again: %s", self._nodes[self._first][0])


@lru_cache(maxsize=8)
def servers_of(settings: QdrantSettings, *, writing: bool = False) -> Servers:
    """Return the nodes that the settings name, connected to when they are asked.

    Raises:
        SettingsError: the certificate can't be read, or the key can't be sent.
    """
    key = os.environ.get(ENGINE_KEY, "").strip()
    if not (key.isascii() and key.isprintable()):
        message = f"the key in {ENGINE_KEY} has characters that no key has: copy it anew"
        raise SettingsError(message)
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
    try:
        trusted = ssl.create_default_context(cafile=settings.certificate or None)
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
            # A proxy for models from elsewhere has no business with the key.
            trust_env=False,
        )
        for url in settings.url
    ]
    return Servers(settings.url, clients, PATIENCE_SECONDS if writing else 0.0)
