"""Servers that are slow, gone, full, behind or not what they were: what who asks sees of it."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from qdrant_client import models

from index.errors import EngineUnavailable, IndexCorrupt
from index.settings import ENGINE_KEY, QdrantSettings
from index.store.points import POINTS
from index.store.qdrant.points import BORN, DENSE, DIED, NEVER, TENANT
from index.store.store import Store
from tests.support.editions import EMBEDDER, Editions, client_of, hurry, memory_folder
from tests.support.qdrant_standin.faults import Fault
from tests.support.qdrant_standin.process import StandIn

KEY = "the key"
PAUSE_SECONDS = 0.05
# More passages than an engine is asked for at a time.
MANY = 52


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    """Three nodes of one cluster; the third is for those who build."""
    with memory_folder() as folder, StandIn(folder, KEY, nodes=3) as process:
        yield process


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory."""
    with memory_folder() as made:
        yield made


@pytest.fixture
def editions(standin: StandIn, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Editions]:
    """Documents with an index, in a first edition, that two nodes are asked about."""
    hurry(monkeypatch)
    monkeypatch.setattr("index.build.sending.INDEXING_SECONDS", 0)
    monkeypatch.setenv(ENGINE_KEY, KEY)
    monkeypatch.setattr("index.store.qdrant.servers.PAUSE_SECONDS", PAUSE_SECONDS)
    monkeypatch.setattr("index.store.qdrant.servers.LOOK_SECONDS", 0.0)
    name = f"test-{secrets.token_hex(4)}"
    urls = tuple(standin.urls[:2])
    made = Editions(
        folder,
        QdrantSettings(url=urls, name=name, timeout_seconds=1),
        builder=QdrantSettings(url=(standin.urls[2],), name=name),
    )
    made.build(1)
    yield made
    standin.fault()
    monkeypatch.setenv(ENGINE_KEY, KEY)
    made.leave()


def at(*urls: str) -> str:
    """The pattern of requests to these nodes."""
    return "|".join(f"{url}/" for url in urls)


def test_of_a_node_that_is_slow_the_next_one_answers(editions: Editions, standin: StandIn) -> None:
    index = editions.open()
    standin.fault(only=at(standin.urls[0]), slow=3)
    assert not editions.wrong(index)
    began = time.monotonic()
    assert not editions.wrong(index)
    assert time.monotonic() - began < 1  # it isn't asked again and again
    assert not index.problem


def test_servers_that_are_gone_are_told_with_the_mend_and_answer_again_when_they_are_back(
    editions: Editions, standin: StandIn
) -> None:
    index = editions.open()
    standin.fault(drop=True)
    with pytest.raises(
        EngineUnavailable, match=r"can't be asked: .*: see whether it runs"
    ) as raised:
        index.answer(editions.questions[0])
    assert all(url in str(raised.value) for url in editions.qdrant.url)
    assert index.problem == str(raised.value)
    assert not index.damaged
    standin.fault()
    time.sleep(PAUSE_SECONDS)
    index.refresh()
    assert not index.problem
    assert not editions.wrong(index)


def test_a_key_that_is_refused_is_named(
    editions: Editions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENGINE_KEY, "another")
    index = editions.open(qdrant=editions.qdrant.model_copy(update={"depth": 51}))
    with pytest.raises(
        EngineUnavailable, match=f"refuses the key in {ENGINE_KEY}.*: set"
    ) as raised:
        index.answer(editions.questions[0])
    assert "another" not in str(raised.value)
    servers = editions.builder.model_copy(update={"depth": 51})
    with pytest.raises(EngineUnavailable, match=f"refuses the key in {ENGINE_KEY}"):
        editions.build(2, qdrant=servers)


@pytest.mark.parametrize("fault", [{"half": True}, {"refuse": 500}, {"refuse": 503}])
def test_what_one_node_garbles_or_refuses_the_next_one_answers(
    editions: Editions, standin: StandIn, fault: dict[str, object]
) -> None:
    index = editions.open()
    standin.fault(only=at(standin.urls[0]), **fault)
    assert not editions.wrong(index)
    standin.fault(**fault)
    with pytest.raises(EngineUnavailable, match=r"search engine (can't be asked|doesn't do)"):
        index.answer(editions.questions[0])


def test_where_one_node_is_behind_the_other_is_asked(editions: Editions, standin: StandIn) -> None:
    index = editions.open()
    standin.fault(only=at(standin.urls[0]), behind=True)
    editions.build(2)
    assert index.refresh()
    assert not editions.wrong(index)
    assert not index.problem


def test_where_all_nodes_are_behind_the_index_before_answers_until_they_are_not(
    editions: Editions, standin: StandIn
) -> None:
    index = editions.open()
    before = index.generation
    standin.fault(only=at(*editions.qdrant.url), behind=True)
    editions.build(2)
    assert not index.refresh()
    assert index.generation == before
    assert not editions.wrong(index)
    assert "the search engine holds" in index.problem
    standin.fault()
    assert index.refresh()
    assert not editions.wrong(index)
    assert not index.problem


def test_a_node_that_is_behind_does_not_stand_in_for_one_that_is_gone(
    editions: Editions, standin: StandIn
) -> None:
    editions.count = MANY
    editions.build(2)
    index = editions.open()
    first, second = standin.urls[:2]
    standin.fault(only=at(first), behind=True)
    # Few passages change, so that enough others are found.
    editions.write(3, [0, 1])
    editions.build()
    assert index.refresh()
    behind, gone = Fault(only=at(first), behind=True), Fault(only=at(second), drop=True)
    standin.faults(behind, gone)
    for question in editions.questions[:2]:
        # From the index before, which the first node has.
        assert "edition2" in repr(index.answer(question))
    standin.faults(behind)
    time.sleep(PAUSE_SECONDS)
    assert index.refresh()
    for question in editions.questions[:2]:
        assert "edition3" in repr(index.answer(question))


def test_what_the_servers_have_forgotten_is_sent_again_and_answers(
    editions: Editions, standin: StandIn
) -> None:
    index = editions.open()
    editions.build(2)
    index.refresh()
    standin.forget(index.manifest.collection)
    with pytest.raises(IndexCorrupt, match="the search engine holds 0 points of the index of"):
        index.answer(editions.questions[0])
    assert index.damaged
    assert index.rebuild().made
    assert not editions.wrong(index)
    assert not index.damaged
    assert not index.problem


def test_where_the_newest_index_alone_has_lost_points_it_is_to_be_built_anew(
    editions: Editions,
) -> None:
    index = editions.open()
    editions.build(2)
    index.refresh()
    lose(editions, 1)
    assert not editions.wrong(index)  # from the one before
    assert index.damaged
    index.rebuild()
    assert not index.damaged
    assert "edition2" in repr(index.answer(editions.questions[0]))


def test_points_that_are_lost_and_not_missed_are_found_out_by_a_scrub(editions: Editions) -> None:
    editions.count = MANY
    editions.build(2)
    editions.write(3, [0, 1])
    editions.build()
    index = editions.open()
    index.answer(editions.questions[0])
    lose(editions, 2)
    for _ in index.scrub():
        pass
    assert index.damaged
    for question in editions.questions[:2]:
        assert "edition2" in repr(index.answer(question))
    index.rebuild()
    for question in editions.questions[:2]:
        assert "edition3" in repr(index.answer(question))
    assert not index.damaged


def lose(editions: Editions, count: int) -> None:
    """Delete some points of the newest edition, as no build does."""
    client = client_of(editions.qdrant)
    (name, points) = next(iter(editions.server_points().items()))
    newest = max(point.born for point in points.values())
    gone = [each for each, point in points.items() if point.born == newest]
    client.delete(name, models.PointIdsList(points=[*gone[:count]]), wait=True)
    client.close()


def test_points_of_somebody_else_change_no_answer(editions: Editions) -> None:
    index = editions.open()
    intrude(editions, 5)
    assert not editions.wrong(index)
    assert not editions.wrong(editions.open())


def test_points_of_somebody_else_are_gone_after_the_next_builds(editions: Editions) -> None:
    intrude(editions, 5)
    for edition in (2, 3, 4, 5):
        editions.build(edition)
    assert not editions.stray()


def test_where_points_of_somebody_else_crowd_out_all_others_that_is_told(
    editions: Editions,
) -> None:
    index = editions.open()
    intrude(editions, 300)
    with pytest.raises(IndexCorrupt, match=r"holds 306 points of the index of .*, which has 6"):
        index.answer(editions.questions[0])
    index.rebuild()
    assert not editions.wrong(index)


def intrude(editions: Editions, count: int) -> None:
    """Upsert points that no index has, as near to a question as any."""
    client = client_of(editions.qdrant)
    manifest = Store.of(editions.settings).manifest(Store.of(editions.settings).current())
    near = EMBEDDER.embed_question(editions.questions[0]).vector.tolist()
    client.upsert(
        manifest.collection,
        [
            models.PointStruct(
                id=number,
                vector={DENSE: near},
                payload={TENANT: manifest.tenant, BORN: number, DIED: NEVER - number},
            )
            for number in range(count)
        ],
        wait=True,
    )
    client.close()


def test_an_index_whose_points_were_pruned_is_not_asked_any_more(
    editions: Editions,
) -> None:
    editions.count = MANY
    editions.build(2, keep_generations=2)
    index = editions.open()
    index.answer(editions.questions[0])
    # Few passages change, so that enough others are found.
    for edition in (3, 4):
        editions.write(edition, range(5))
        editions.build(keep_generations=2)
    for question in editions.questions[:5]:
        assert "edition4" in repr(index.answer(question))


def test_a_damaged_file_of_points_is_found_and_told(editions: Editions) -> None:
    editions.build(2)
    store = Store.of(editions.settings)
    before, newest = store.names()
    file = store.generations / newest / POINTS
    data = bytearray(file.read_bytes())
    data[5] ^= 1
    file.write_bytes(data)
    index = editions.open()
    assert index.generation == before
    assert POINTS in index.problem
    assert not editions.wrong(index)
    editions.build()
    assert index.refresh()
    assert not index.problem
    assert "edition2" in repr(index.answer(editions.questions[0]))
    assert not editions.wrong(index)
