"""One stand-in for all its tests."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from qdrant_client import QdrantClient

from tests.support.qdrant_standin.process import StandIn
from tests.support.qdrant_standin.samples import ROOM


@pytest.fixture(scope="package")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """Two nodes, and a key."""
    with StandIn(tmp_path_factory.mktemp("standin"), key="right", nodes=2) as standin:
        yield standin


@pytest.fixture
def client(standin: StandIn) -> Iterator[QdrantClient]:
    """A client that finds no collection."""
    with closing(standin.client(timeout=10)) as client:
        client.delete_collection(ROOM)
        yield client
        standin.fault()
