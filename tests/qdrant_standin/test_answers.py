"""The stand-in for the Qdrant server answers as the client's own local mode."""

import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from importlib import metadata

import pytest
from qdrant_client import QdrantClient, models
from qdrant_client.common.version_check import get_server_version, is_compatible
from qdrant_client.http.exceptions import UnexpectedResponse

from tests.support.qdrant_standin.process import StandIn
from tests.support.qdrant_standin.samples import ROOM, alive, create, point


def conversation(client: QdrantClient) -> list[object]:
    """Say something of everything, and return all that was answered."""
    answers: list[object] = []

    def look(generation: int) -> None:
        for tenant in "abc":
            now = alive(tenant, generation)
            dense = models.QueryRequest(
                query=[0.5, 1.0, 0.25, 0.0], using="dense", filter=now, limit=4, with_payload=True
            )
            words = models.SparseVector(indices=[1, 7], values=[2.1, 0.5])
            sparse = models.QueryRequest(query=words, using="words", filter=now, limit=4)
            answers.extend(
                [(found.id, round(found.score, 4), found.payload) for found in each.points]
                for each in client.query_batch_points(ROOM, [dense, sparse])
            )
            answers.append(client.count(ROOM, count_filter=now, exact=True).count)
        some, following = client.scroll(ROOM, limit=7, offset=3, with_vectors=True)
        answers.append([each.model_dump(exclude={"vector"}) for each in some])
        answers.append([sorted(each.vector or []) for each in some])
        answers.append(following)

    answers.append(client.collection_exists(ROOM))
    create(client)
    answers.append(client.collection_exists(ROOM))
    client.upsert(ROOM, [point(number) for number in range(20)])
    look(1)
    client.upsert(ROOM, [point(number, born=2) for number in range(20, 30)])
    client.set_payload(ROOM, {"died": 2}, points=list(range(0, 20, 3)))
    client.set_payload(
        ROOM, {"born": 3}, points=models.Filter(must=[models.HasIdCondition(has_id=[1, 2])])
    )
    look(1)
    look(2)
    client.delete(ROOM, points_selector=[4, 5, 25])
    gone = models.FieldCondition(key="died", range=models.Range(lte=2))
    client.delete(ROOM, points_selector=models.FilterSelector(filter=models.Filter(must=[gone])))
    look(3)
    answers.append([each.id for each in client.retrieve(ROOM, [1, 3, 4, 7, 1000])])
    nearest = client.query_points(ROOM, query=[1.0, 0, 0, 0], using="dense", score_threshold=1.01)
    answers.append(len(nearest.points))
    answers.append(client.count(ROOM).count)
    answers.append(client.delete_collection(ROOM))
    answers.append(client.collection_exists(ROOM))
    return answers


def test_a_conversation_is_the_same_as_with_the_clients_local_mode(client: QdrantClient) -> None:
    with closing(QdrantClient(":memory:")) as local:
        assert conversation(client) == conversation(local)


def test_points_in_columns_are_the_same_as_points_in_rows(client: QdrantClient) -> None:
    create(client)
    rows = [point(number) for number in range(8)]
    vectors = [each.vector for each in rows if isinstance(each.vector, dict)]
    columns = models.Batch(
        ids=[each.id for each in rows],
        vectors={name: [each[name] for each in vectors] for name in ("dense", "words")},
        payloads=[each.payload or {} for each in rows],
    )
    client.upsert(ROOM, columns)
    in_columns = client.scroll(ROOM, with_vectors=True)
    client.upsert(ROOM, rows)
    assert client.scroll(ROOM, with_vectors=True) == in_columns


def test_what_a_collection_was_made_with_is_told(client: QdrantClient) -> None:
    graph = models.HnswConfigDiff(m=0, payload_m=16, ef_construct=64)
    codes = models.TurboQuantQuantizationConfig(bits=models.TurboQuantBitSize.BITS4)
    dense = models.VectorParams(
        size=16,
        distance=models.Distance.COSINE,
        on_disk=True,
        datatype=models.Datatype.FLOAT16,
        hnsw_config=graph,
        quantization_config=models.TurboQuantization(turbo=codes),
    )
    words = models.SparseVectorParams(index=models.SparseIndexParams(on_disk=True))
    client.create_collection(
        ROOM,
        vectors_config={"dense": dense},
        sparse_vectors_config={"words": words},
        quantization_config=models.ScalarQuantization(
            scalar=models.ScalarQuantizationConfig(type=models.ScalarType.INT8, always_ram=True)
        ),
        shard_number=6,
        replication_factor=2,
    )
    tenant = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
    born = models.IntegerIndexParams(type=models.IntegerIndexType.INTEGER, lookup=False, range=True)
    client.create_payload_index(ROOM, "tenant", tenant)
    client.create_payload_index(ROOM, "born", born)
    info = client.get_collection(ROOM)
    assert info.config.params.vectors == {"dense": dense}
    assert info.config.params.sparse_vectors == {"words": words}
    assert (info.config.params.shard_number, info.config.params.replication_factor) == (6, 2)
    assert {key: each.params for key, each in info.payload_schema.items()} == {
        "tenant": tenant,
        "born": born,
    }


def test_aliases_lead_to_collections(client: QdrantClient) -> None:
    create(client)
    client.upsert(ROOM, [point(1)])
    made = models.CreateAlias(collection_name=ROOM, alias_name="current")
    client.update_collection_aliases([models.CreateAliasOperation(create_alias=made)])
    assert client.count("current").count == 1
    assert [each.alias_name for each in client.get_aliases().aliases] == ["current"]
    client.delete_collection(ROOM)
    assert client.get_aliases().aliases == []


def test_a_graph_is_built_beyond_the_threshold(client: QdrantClient) -> None:
    create(client)

    def status_after_an_update() -> models.CollectionStatus:
        client.upsert(ROOM, [point(number) for number in range(1000)])
        return client.get_collection(ROOM).status

    # On a busy machine the graph may be there by the second request.
    assert any(status_after_an_update() is models.CollectionStatus.YELLOW for _ in range(20))
    end = time.monotonic() + 15
    while (info := client.get_collection(ROOM)).status is not models.CollectionStatus.GREEN:
        assert time.monotonic() < end
        time.sleep(0.02)
    # Both vectors of each point: sparse ones are indexed from the start.
    assert (info.points_count, info.indexed_vectors_count) == (1000, 2000)


@pytest.mark.parametrize(
    ("status", "says", "ask"),
    [
        (404, "Collection `elsewhere` doesn't exist!", lambda client: client.count("elsewhere")),
        (409, "already exists", create),
        (422, "invalid characters", lambda client: create(client, "a/b")),
        (
            400,
            "expected dim: 4, got 2",
            lambda client: client.query_points(ROOM, query=[1.0, 2.0], using="dense"),
        ),
        (
            400,
            "Not existing vector name",
            lambda client: client.query_points(ROOM, query=[1.0] * 4, using="light"),
        ),
        (
            400,
            "not a valid point ID",
            lambda client: client.delete(ROOM, points_selector=["a point"]),
        ),
    ],
)
def test_a_request_that_cannot_be_done_is_refused_as_by_a_server(
    client: QdrantClient, status: int, says: str, ask: Callable[[QdrantClient], object]
) -> None:
    create(client)
    with pytest.raises(UnexpectedResponse) as refused:
        ask(client)
    assert refused.value.status_code == status
    assert says in refused.value.structured()["status"]["error"]


def test_only_who_has_the_key_is_answered(standin: StandIn) -> None:
    for key, says in (("", "Must provide an API key"), ("wrong", "Invalid API key")):
        with (
            closing(standin.client(key=key)) as stranger,
            pytest.raises(UnexpectedResponse, match=says) as refused,
        ):
            stranger.get_collections()
        assert refused.value.status_code == 401
    with urllib.request.urlopen(f"{standin.url}/healthz") as answer:  # noqa: S310 - http
        assert answer.read() == b"healthz check passed"


def test_a_client_that_asks_for_the_version_has_nothing_to_warn_of(standin: StandIn) -> None:
    version = get_server_version(standin.url, {}, None, 5)
    assert version
    assert is_compatible(metadata.version("qdrant-client"), version)
