"""What the bot counts, and the port where it tells of it."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.errors import Busy, Restarting, TooSlow
from bot.serving.health import PATIENCE_SECONDS, Endpoint, Health
from bot.serving.metrics import Metrics
from bot.serving.service import AnswerService
from bot.serving.watcher import Watcher
from bot.settings import LoggingSettings, ServiceSettings
from index import BuildReport, Index, IndexLocked, Library, NoAnswer, SeedIndexError
from index.errors import StoreError
from index.store.manifest import Manifest
from tests.support.process import until
from tests.support.questions import question
from tests.support.slow_index import SlowIndex

EMPTY = Manifest(1, "m", "r", 3, {}, {}, "", datetime.now(UTC), (), 0, 0)


class SlowCountedIndex(SlowIndex):
    """An index that answers when it is allowed to, and has something to count."""

    manifest = EMPTY
    created_at = EMPTY.created_at


def values(text: str) -> dict[str, float]:
    """Return the samples of a page of metrics by name and outcome."""
    return {
        sample.name + "".join(f":{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def counted(metrics: Metrics) -> dict[str, float]:
    """Return what stands in the metrics now."""
    return values(metrics.text().decode())


@pytest.fixture
def metrics() -> Metrics:
    """Nothing counted yet."""
    return Metrics()


@pytest.fixture
def asked(seeds_index: Index, metrics: Metrics) -> Iterator[AnswerService]:
    """The real index, counted."""
    service = AnswerService(
        Library.of_one(seeds_index), ServiceSettings(), LoggingSettings(), metrics
    )
    yield service
    service.close()


async def test_questions_are_counted_by_outcome_with_their_seconds(
    asked: AnswerService, metrics: Metrics
) -> None:
    before = counted(metrics)
    assert before["seedbot_questions_total:answer"] == 0
    await asked.answer(asked.library.open([""]), question("Who directed All of Us Strangers?"))
    await asked.answer(
        asked.library.open([""]), question("Who directed All of Us Strangers, again?")
    )
    reply = await asked.answer(
        asked.library.open([""]), question("What is the boiling point of tungsten in kelvin?")
    )
    assert isinstance(reply, NoAnswer)
    after = counted(metrics)
    assert after["seedbot_questions_total:answer"] == 2
    without = "nearest" if reply.nearest else "none"
    assert after[f"seedbot_questions_total:{without}"] == 1
    assert after["seedbot_questions_total:refused"] == 0
    assert after["seedbot_questions_total:failed"] == 0
    assert after["seedbot_answer_seconds_count"] == 3
    assert after["seedbot_answer_seconds_sum"] > 0


async def test_what_waits_is_told_and_what_is_turned_away_or_given_up_is_counted(
    metrics: Metrics,
) -> None:
    index = SlowCountedIndex()
    settings = ServiceSettings(threads=1, queue=3, timeout_seconds=0.3)
    service = AnswerService(index.library, settings, LoggingSettings(), metrics)
    under_way = [
        asyncio.create_task(service.answer(index.shelf, question(str(number))))
        for number in range(3)
    ]
    await asyncio.sleep(0.05)
    with pytest.raises(Busy):
        await service.answer(index.shelf, question("one too many"))
    assert counted(metrics)["seedbot_questions_waiting"] == 2
    outcomes = await asyncio.gather(*under_way, return_exceptions=True)
    assert all(isinstance(each, TooSlow) for each in outcomes)
    index.go.set()
    await asyncio.to_thread(until, lambda: not counted(metrics)["seedbot_questions_waiting"])
    await service.drain(5)
    with pytest.raises(Restarting):
        await service.answer(index.shelf, question("too late"))
    service.close()
    seen = counted(metrics)
    assert seen["seedbot_questions_total:refused"] == 2
    assert seen["seedbot_questions_total:failed"] == 3
    assert seen["seedbot_answer_seconds_count"] == 0


def test_builds_are_counted_by_outcome_with_the_time_of_the_last(metrics: Metrics) -> None:
    def reports(*, made: bool) -> Callable[[], BuildReport]:
        return lambda: BuildReport("g", EMPTY, 1.0, made=made)

    def fails(error: SeedIndexError) -> Callable[[], BuildReport]:
        def build() -> BuildReport:
            raise error

        return build

    begun = datetime.now(UTC).timestamp()
    metrics.count_build(reports(made=True))
    metrics.count_build(reports(made=False))
    metrics.count_build(reports(made=False))
    for error in (StoreError("the disk is full"), IndexLocked("another build is running")):
        with pytest.raises(type(error)):
            metrics.count_build(fails(error))
    seen = counted(metrics)
    assert [seen[f"seedbot_builds_total:{each}"] for each in ("made", "unchanged", "failed")] == [
        1,
        2,
        1,
    ]
    assert seen["seedbot_last_build_timestamp_seconds:failed"] >= begun


def get(port: int, path: str) -> tuple[int, str, str]:
    """Get a page: status, type, text."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.headers["Content-Type"], response.read().decode()


@pytest.fixture
def port() -> int:
    """A port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Client:
    """A client of Discord."""

    def __init__(self) -> None:
        """Not there yet."""
        self.there = False

    def missing(self) -> str:
        """Two of its shards, until it is."""
        return "" if self.there else "not connected to Discord: shards 2, 3 of 4"


def test_health_says_why_until_the_bot_can_answer(
    port: int, metrics: Metrics, seeds_index: Index
) -> None:
    health, client = Health(), Client()

    def told() -> tuple[int, dict[str, object]]:
        status, kind, text = get(port, "/health")
        assert kind == "application/json"
        assert text.count("\n") == 1
        return status, json.loads(text)

    with Endpoint(port, metrics, health):
        assert told() == (503, {"status": "unavailable", "reason": "the index is being opened"})
        health.library = library = Library.of_one(seeds_index)
        assert told() == (503, {"status": "unavailable", "reason": "not connected to Discord"})
        health.client = client
        assert told() == (503, {"status": "unavailable", "reason": client.missing()})
        client.there = True
        status, said = told()
        assert (status, said["builder"]) == (200, False)
        assert library.leads()
        status, said = told()
        assert (status, said["builder"]) == (200, True)
        library.close()
        assert said["generation"] == seeds_index.generation
        assert said["passages"] == seeds_index.manifest.passages
        assert said["watcher"] is None
        health.watcher = Watcher(Library.of_one(seeds_index))
        watcher = told()[1]["watcher"]
        assert isinstance(watcher, dict)
        assert (watcher["alive"], watcher["problem"]) == (False, "")
        health.leaving = True
        assert told() == (503, {"status": "unavailable", "reason": "the bot is shutting down"})
        assert get(port, "/elsewhere")[0] == 404


@pytest.mark.usefixtures("asked")
def test_metrics_tell_of_the_index(port: int, metrics: Metrics, seeds_index: Index) -> None:
    with Endpoint(port, metrics, Health()):
        status, kind, text = get(port, "/metrics")
    assert status == 200
    assert kind.startswith("text/plain; version=0.0.4")
    seen = values(text)
    assert seen["seedbot_passages"] == seeds_index.manifest.passages
    age = datetime.now(UTC).timestamp() - seeds_index.created_at.timestamp()
    assert age - 60 < seen["seedbot_generation_age_seconds"] <= age
    assert seen["seedbot_questions_waiting"] == 0


def test_nobody_who_holds_a_connection_keeps_the_endpoint_from_ending(
    port: int, metrics: Metrics
) -> None:
    endpoint = Endpoint(port, metrics, Health())
    endpoint.__enter__()
    idle = socket.create_connection(("127.0.0.1", port))
    begun = socket.create_connection(("127.0.0.1", port))
    begun.sendall(b"GET /hea")
    # A third is answered only once both were taken up.
    assert get(port, "/health")[0] == 503
    leaving = threading.Thread(target=endpoint.__exit__, daemon=True)
    leaving.start()
    leaving.join(PATIENCE_SECONDS / 2)
    assert not leaving.is_alive()
    idle.close()
    begun.close()


def test_the_endpoint_is_off_by_default(metrics: Metrics) -> None:
    before = threading.active_count()
    with Endpoint(ServiceSettings().metrics_port, metrics, Health()):
        assert threading.active_count() == before
