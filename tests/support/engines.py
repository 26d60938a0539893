"""The engines that tests are run with: FAISS, and Qdrant in three ways to have it.

`memory` is the model of it that its client has, `stand-in` a process of ours with Qdrant's own
engine, `server` a real one, whose address is in the environment.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import pytest
from httpx import Headers
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import UnexpectedResponse

from index.settings import IndexSettings, QdrantSettings
from index.store.qdrant.servers import Servers
from tests.support.qdrant_standin.process import StandIn

SERVER_VARIABLE = "SEEDBOT_TEST_QDRANT_URL"
MEMORY = "memory"
# Nobody listens there.
NOWHERE = "http://127.0.0.1:9"


class MemoryClient(QdrantClient):
    """The client's own model of the server, which says as the server does what isn't there."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(":memory:")

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        found = super().__getattribute__(name)
        if name.startswith("_") or not callable(found):
            return found

        def asked(*args: Any, **more: Any) -> Any:  # noqa: ANN401
            try:
                return found(*args, **more)
            except ValueError as error:
                if "not found" not in str(error):
                    raise
                missing = HTTPStatus.NOT_FOUND
                raise UnexpectedResponse(missing, missing.phrase, b"{}", Headers()) from error

        return asked


@contextmanager
def in_memory(patch: pytest.MonkeyPatch) -> Iterator[QdrantSettings]:
    """Put the client's own model of the server in the place of all servers."""
    servers = Servers([MEMORY], [MemoryClient()])

    def same(_settings: QdrantSettings, **_more: bool) -> Servers:
        return servers

    patch.setattr("index.store.qdrant.engine.servers_of", same)
    patch.setattr("index.build.sending.servers_of", same)
    yield QdrantSettings(url=(NOWHERE,))


@contextmanager
def on_a_server() -> Iterator[QdrantSettings]:
    """Name a real server, and leave nothing on it."""
    url = os.environ.get(SERVER_VARIABLE)
    if not url:
        pytest.skip(f"no real Qdrant server: {SERVER_VARIABLE} isn't set")
    settings = QdrantSettings(url=(url,), name=f"test-{secrets.token_hex(4)}")
    yield settings
    client = QdrantClient(url)
    for each in client.get_collections().collections:
        if each.name.startswith(settings.name):
            client.delete_collection(each.name)


def on_the_standin(standin: StandIn) -> QdrantSettings:
    """Name the stand-in, and a collection of its own there."""
    return QdrantSettings(url=tuple(standin.urls), name=f"test-{secrets.token_hex(4)}")


def with_engine(settings: IndexSettings, qdrant: QdrantSettings | None) -> IndexSettings:
    """Return settings with Qdrant as the engine, or FAISS if it is nowhere."""
    if qdrant is None:
        return settings
    return settings.model_copy(update={"engine": "qdrant", "qdrant": qdrant})
