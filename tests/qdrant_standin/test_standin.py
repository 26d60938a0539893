"""The stand-in for the Qdrant server answers as the client's own local mode, and loses nothing."""

import asyncio
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import metadata
from pathlib import Path
from threading import Thread

import pytest
from qdrant_client import AsyncQdrantClient, QdrantClient, models
from qdrant_client.common.version_check import get_server_version, is_compatible
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from tests.support.qdrant_standin.faults import Fault
from tests.support.qdrant_standin.process import StandIn

ALIVE = 2**53 - 1
ROOM = "passages"
UPSERTS = "PUT .*/points"


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with StandIn(tmp_path_factory.mktemp("standin"), nodes=2) as standin:
        yield standin


@pytest.fixture
def client(standin: StandIn) -> Iterator[QdrantClient]:
    """A client that finds no collection."""
    with closing(client_of(standin)) as client:
        client.delete_collection(ROOM)
        yield client
        standin.fault()


def client_of(standin: StandIn, **more: str) -> QdrantClient:
    return QdrantClient(url=standin.url, headers=more, check_compatibility=False, timeout=5)


def create(client: QdrantClient, name: str = ROOM) -> None:
    client.create_collection(
        name,
        vectors_config={"dense": models.VectorParams(size=4, distance=models.Distance.DOT)},
        sparse_vectors_config={"words": models.SparseVectorParams()},
        optimizers_config=models.OptimizersConfigDiff(indexing_threshold=10),
        shard_number=6,
        replication_factor=2,
    )


def point(number: int, born: int = 1) -> models.PointStruct:
    dense = [1.0, number / 10, (number * 7 % 5) / 5, 0.25]
    words = models.SparseVector(indices=[number % 3, 7], values=[1.0, 0.5 + number])
    payload = {"tenant": "ab"[number % 2], "born": born, "died": ALIVE}
    return models.PointStruct(id=number, vector={"dense": dense, "words": words}, payload=payload)


def alive(tenant: str, generation: int) -> models.Filter:
    return models.Filter(
        must=[
            models.FieldCondition(key="tenant", match=models.MatchValue(value=tenant)),
            models.FieldCondition(key="born", range=models.Range(lte=generation)),
            models.FieldCondition(key="died", range=models.Range(gt=generation)),
        ]
    )


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
    client.upsert(ROOM, [point(number) for number in range(1000)])
    assert client.get_collection(ROOM).status is models.CollectionStatus.YELLOW
    end = time.monotonic() + 5
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


def test_only_who_has_the_key_is_answered(tmp_path: Path) -> None:
    with (
        StandIn(tmp_path, key="right") as standin,
        closing(client_of(standin)) as nobody,
        closing(client_of(standin, **{"api-key": "wrong"})) as stranger,
        closing(client_of(standin, **{"api-key": "right"})) as friend,
    ):
        for each in (nobody, stranger):
            with pytest.raises(UnexpectedResponse, match="API key") as refused:
                each.get_collections()
            assert refused.value.status_code == 401
            with urllib.request.urlopen(f"{standin.url}/healthz") as answer:  # noqa: S310 - http
                assert answer.read() == b"healthz check passed"
        assert friend.get_collections().collections == []


def test_kill_9_amid_upserts_loses_nothing_that_was_acknowledged(
    client: QdrantClient, standin: StandIn
) -> None:
    create(client)
    client.create_payload_index(ROOM, "born", models.PayloadSchemaType.INTEGER)
    acknowledged: list[int] = []

    def upsert(begin: int) -> None:
        for number in range(begin, 100_000):
            try:
                client.upsert(ROOM, [point(number)])
            except ResponseHandlingException:
                return
            acknowledged.append(number)

    for begin in (0, 50_000):
        thread = Thread(target=upsert, args=(begin,))
        thread.start()
        while begin + 30 not in acknowledged:
            time.sleep(0.001)
        standin.kill()
        thread.join()
        standin.restart()
        kept = client.retrieve(ROOM, acknowledged, with_vectors=True)
        assert [each.id for each in kept] == acknowledged
        assert [each.payload for each in kept] == [point(n).payload for n in acknowledged]
        assert all(isinstance(each.vector, dict) and len(each.vector) == 2 for each in kept)
        assert {*client.get_collection(ROOM).payload_schema} == {"born"}


def test_it_can_die_at_a_request_with_its_update_done_and_nothing_said(
    client: QdrantClient, standin: StandIn
) -> None:
    create(client)
    standin.fault(only=UPSERTS, after=2, die=True)
    client.upsert(ROOM, [point(0)])
    client.upsert(ROOM, [point(1)])
    with pytest.raises(ResponseHandlingException):
        client.upsert(ROOM, [point(2)])
    standin.wait()
    with pytest.raises(ResponseHandlingException, match="refused"):
        client.count(ROOM)
    standin.restart()
    assert client.count(ROOM).count == 3


@pytest.mark.parametrize("parallel", [20, 100])
async def test_parallel_questions_of_an_async_client_are_all_answered(
    client: QdrantClient, standin: StandIn, parallel: int
) -> None:
    create(client)
    client.upsert(ROOM, [point(number) for number in range(1000)])
    asking = AsyncQdrantClient(url=standin.url, check_compatibility=False, timeout=10)
    vectors = [[1.0, number / parallel, 0.0, 0.5] for number in range(parallel)]
    for _ in range(3):
        answers = await asyncio.gather(
            *(asking.query_points(ROOM, query=each, using="dense", limit=5) for each in vectors)
        )
        assert [len(answer.points) for answer in answers] == [5] * parallel
    await asking.close()


def test_a_client_that_asks_for_the_version_has_nothing_to_warn_of(standin: StandIn) -> None:
    version = get_server_version(standin.url, {}, None, 5)
    assert version
    assert is_compatible(metadata.version("qdrant-client"), version)


def test_a_refusal_says_what_was_asked_for_as_often_as_asked(
    client: QdrantClient, standin: StandIn
) -> None:
    create(client)
    full = "No space left on device"
    standin.fault(only=UPSERTS, after=1, times=2, refuse=507, says=full)
    told = []
    for number in range(5):
        try:
            client.upsert(ROOM, [point(number)])
        except UnexpectedResponse as error:
            told.append((number, error.status_code, error.structured()["status"]["error"]))
    assert told == [(1, 507, full), (2, 507, full)]
    assert client.count(ROOM).count == 3


def test_a_dropped_connection_does_nothing_and_half_an_answer_comes_after_all_is_done(
    client: QdrantClient, standin: StandIn
) -> None:
    create(client)
    standin.fault(only=UPSERTS, drop=True)
    with pytest.raises(ResponseHandlingException, match="disconnected"):
        client.upsert(ROOM, [point(1)])
    assert client.count(ROOM).count == 0
    standin.fault(only=UPSERTS, half=True)
    with pytest.raises(ResponseHandlingException, match="without sending complete"):
        client.upsert(ROOM, [point(1)])
    assert client.count(ROOM).count == 1


def test_a_slow_answer_keeps_no_other_waiting(client: QdrantClient, standin: StandIn) -> None:
    create(client)
    standin.fault(only="query", slow=30)
    asking = QdrantClient(url=standin.url, check_compatibility=False, timeout=1)
    with closing(asking), pytest.raises(ResponseHandlingException, match="timed out"):
        asking.query_points(ROOM, query=[1.0] * 4, using="dense")
    began = time.monotonic()
    assert client.count(ROOM).count == 0
    assert time.monotonic() - began < 5


def test_a_replica_behind_knows_nothing_of_later_updates(
    client: QdrantClient, standin: StandIn
) -> None:
    create(client)
    client.upsert(ROOM, [point(number) for number in range(4)])
    standin.fault(only="points/(query|count)", behind=True)
    client.upsert(ROOM, [point(number) for number in range(4, 8)])
    client.set_payload(ROOM, {"died": 1}, points=[0])
    assert client.count(ROOM).count == 4
    assert client.count(ROOM, count_filter=alive("a", 1)).count == 2
    found = client.query_points(ROOM, query=[1.0] * 4, using="dense", limit=8).points
    assert sorted(each.id for each in found) == [0, 1, 2, 3]
    assert len(client.scroll(ROOM)[0]) == 8  # asked of another replica
    standin.fault()
    assert client.count(ROOM).count == 8
    assert client.count(ROOM, count_filter=alive("a", 1)).count == 3


def test_a_collection_can_lose_its_points_and_be_filled_again(
    client: QdrantClient, standin: StandIn
) -> None:
    create(client)
    client.upsert(ROOM, [point(number) for number in range(4)])
    standin.forget(ROOM)
    assert client.count(ROOM).count == 0
    client.upsert(ROOM, [point(1)])
    assert client.count(ROOM).count == 1


def test_nodes_lead_to_the_same_points_and_fail_one_by_one(
    client: QdrantClient, standin: StandIn
) -> None:
    create(client)
    client.upsert(ROOM, [point(1)])
    standin.faults(Fault(only=standin.url, refuse=503, says="shutting down"))
    with pytest.raises(UnexpectedResponse, match="shutting down"):
        client.count(ROOM)
    with closing(QdrantClient(url=standin.urls[1], check_compatibility=False)) as other:
        assert other.count(ROOM).count == 1
