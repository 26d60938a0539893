"""The stand-in for the Qdrant server loses nothing, and fails as it is told to."""

import asyncio
import time
from contextlib import closing
from threading import Thread

import pytest
from qdrant_client import AsyncQdrantClient, QdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from tests.support.qdrant_standin.faults import Fault
from tests.support.qdrant_standin.process import StandIn
from tests.support.qdrant_standin.samples import ROOM, alive, create, point

UPSERTS = "PUT .*/points"


def test_kill_9_amid_upserts_loses_nothing_that_was_acknowledged(
    client: QdrantClient, standin: StandIn
) -> None:
    create(client)
    client.create_payload_index(ROOM, "born", models.PayloadSchemaType.INTEGER)
    acknowledged: list[int] = []

    def upsert() -> None:
        for number in range(100_000):
            try:
                client.upsert(ROOM, [point(number)])
            except ResponseHandlingException:
                return
            acknowledged.append(number)

    thread = Thread(target=upsert)
    thread.start()
    while len(acknowledged) < 30:
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
    asking = AsyncQdrantClient(
        url=standin.url, headers={"api-key": "right"}, check_compatibility=False, timeout=10
    )
    vectors = [[1.0, number / parallel, 0.0, 0.5] for number in range(parallel)]
    for _ in range(3):
        answers = await asyncio.gather(
            *(asking.query_points(ROOM, query=each, using="dense", limit=5) for each in vectors)
        )
        assert [len(answer.points) for answer in answers] == [5] * parallel
    await asking.close()


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
    with (
        closing(standin.client(timeout=1)) as asking,
        pytest.raises(ResponseHandlingException, match="timed out"),
    ):
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
    with closing(standin.client(node=1)) as other:
        assert other.count(ROOM).count == 1
