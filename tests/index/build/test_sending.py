"""What builds leave on the servers: the points of the generations that are kept, and no others."""

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self, TypeVar

import pytest
from qdrant_client import QdrantClient, models

from index.build.build import build
from index.build.sending import QdrantBuild
from index.build.tenant import TENANT_FILE
from index.errors import EngineUnavailable, PointsMissing
from index.front import silent
from index.settings import QdrantSettings
from index.store.qdrant.points import DENSE, create
from index.store.qdrant.servers import Servers
from index.store.store import Store
from tests.support.editions import EMBEDDER, Editions, client_of, hurry, memory_folder
from tests.support.qdrant_standin.process import StandIn
from tests.tools.endurance.leaks.quick import WordEmbedder

T = TypeVar("T")

UPSERT = r"PUT .*/points$"
ROOM_IS_OUT = "Not enough space available for optimization"


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    """Two nodes of one cluster."""
    with memory_folder() as folder, StandIn(folder, nodes=2) as process:
        yield process


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory."""
    with memory_folder() as made:
        yield made


@pytest.fixture
def editions(standin: StandIn, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Editions]:
    """Documents with an index, in a first edition, whose points are sent two at a time."""
    hurry(monkeypatch)
    monkeypatch.setattr("index.build.sending.INDEXING_SECONDS", 0)
    monkeypatch.setattr("index.build.batches.STEP", 2)
    qdrant = QdrantSettings(url=tuple(standin.urls), name=f"test-{secrets.token_hex(4)}")
    made = Editions.at(folder, qdrant)
    made.build(1)
    yield made
    standin.fault()
    made.leave()


def right(editions: Editions) -> bool:
    """Whether the index answers right and the servers hold what they should."""
    return not editions.wrong(editions.open()) and not editions.stray()


def stopped(editions: Editions, standin: StandIn, edition: int) -> None:
    """Begin to build an edition, and be stopped in the middle of sending it."""
    standin.fault(only=UPSERT, after=1, refuse=400)
    with pytest.raises(EngineUnavailable):
        editions.build(edition)
    standin.fault()


def test_servers_without_room_leave_the_index_before_and_take_the_next(
    editions: Editions, standin: StandIn
) -> None:
    standin.fault(only=UPSERT, after=1, refuse=507, says=ROOM_IS_OUT)
    with pytest.raises(EngineUnavailable, match=f"says 507 {ROOM_IS_OUT}"):
        editions.build(2)
    index = editions.open()
    assert not editions.wrong(index)
    standin.fault()
    editions.build()
    assert index.refresh()
    assert "edition2" in repr(index.answer(editions.questions[0]))
    assert right(editions)


def test_a_build_waits_for_servers_that_are_started_anew(
    editions: Editions, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.qdrant.servers.TRIED_SECONDS", 0.05)
    standin.fault(only=UPSERT, after=1, die=True)

    def restart() -> None:
        standin.wait()
        standin.restart()

    restarting = threading.Thread(target=restart)
    restarting.start()
    editions.build(2)
    restarting.join()
    assert right(editions)


def test_a_build_does_not_wait_for_servers_that_never_answered(editions: Editions) -> None:
    began = time.monotonic()
    nowhere = QdrantSettings(url=("http://127.0.0.1:9",), name=editions.qdrant.name)
    with pytest.raises(EngineUnavailable, match=r"127\.0\.0\.1:9"):
        editions.build(2, qdrant=nowhere)
    assert time.monotonic() - began < 5


def test_what_a_stopped_build_sent_is_taken_back_also_after_a_build_for_another_engine(
    editions: Editions, standin: StandIn
) -> None:
    stopped(editions, standin, 2)
    editions.build(3, engine="faiss")
    editions.build(1)
    assert right(editions)


def test_what_a_build_whose_clock_was_ahead_sent_is_taken_back(
    editions: Editions, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = datetime.now(UTC) + timedelta(days=400)
    with monkeypatch.context() as patch:
        patch.setattr("index.build.build._creation_time", lambda _store: later)
        stopped(editions, standin, 2)
    editions.build(3)
    assert right(editions)


def test_what_a_stopped_build_still_sends_late_is_taken_back(
    editions: Editions, standin: StandIn
) -> None:
    before = editions.server_points()
    stopped(editions, standin, 2)
    (name, points) = next(iter(editions.server_points().items()))
    late = sorted(points.keys() - before[name].keys())
    assert late
    client = client_of(editions.qdrant)
    records = client.retrieve(name, late, with_payload=True, with_vectors=True)
    editions.build(3)
    client.upsert(name, [point(each) for each in records], wait=True)
    client.close()
    assert not editions.wrong(editions.open())
    editions.build(4)
    editions.build(5)
    editions.build(6)
    assert right(editions)


def test_stores_that_share_a_collection_leave_each_other_alone(
    editions: Editions, folder: Path
) -> None:
    other = Editions.at(folder / "other", editions.qdrant)
    other.folder.mkdir()
    # The same documents, of another edition.
    other.build(7)
    own = editions.server_points()
    assert len(own) == 1
    editions.build(2)
    assert right(other)
    for edition in (8, 9, 10, 11):
        other.build(edition)
    assert right(editions)
    assert right(other)


def test_stores_may_begin_at_once(editions: Editions, standin: StandIn) -> None:
    # Who is told that there is no collection yet, and is late to make it.
    standin.fault(only="/exists$", behind=True, times=2)
    fresh = editions.qdrant.model_copy(update={"name": f"{editions.qdrant.name}-too"})
    first, second = client_of(fresh), client_of(fresh)
    create(first, f"{fresh.name}-1", 4, fresh)
    create(second, f"{fresh.name}-1", 4, fresh)
    assert {*second.get_collection(f"{fresh.name}-1").payload_schema} == {"tenant", "born", "died"}
    first.close()
    second.close()


def test_what_was_rolled_back_and_built_on_has_its_points(editions: Editions) -> None:
    editions.build(2)
    editions.build(3)
    index = editions.open()
    index.roll_back(Store.of(editions.settings).names()[0])
    assert not editions.wrong(index)
    editions.write(1)
    editions.write(4, [0])
    editions.build()
    assert index.refresh()
    assert not editions.wrong(index)
    assert "edition4" in repr(index.answer(editions.questions[0]))
    assert "edition1" in repr(index.answer(editions.questions[1]))
    assert right(editions)


def test_who_rolls_back_to_what_the_servers_have_lost_is_told(
    editions: Editions, standin: StandIn
) -> None:
    before = Store.of(editions.settings).current()
    editions.build(2)
    index = editions.open()
    standin.forget(index.manifest.collection)
    editions.build()
    index.refresh()
    with pytest.raises(PointsMissing, match="holds 0 points of the index"):
        index.roll_back(before)
    assert not editions.wrong(editions.open())


def test_a_content_that_goes_and_comes_back_is_another_point(editions: Editions) -> None:
    editions.build(2)
    editions.build(1)
    (points,) = editions.server_points().values()
    assert len(points) == 3 + 3 * 3
    assert right(editions)


def test_the_same_content_in_two_documents_is_one_point(editions: Editions) -> None:
    seeds = editions.settings.seeds_path
    (seeds / "valve0 copy.md").write_text((seeds / "valve0.md").read_text())
    (seeds / "twin").mkdir()
    (seeds / "twin" / "valve0.md").write_text((seeds / "valve0.md").read_text())
    report = editions.build()
    assert report.manifest.passages == 10
    assert report.manifest.contents < 10
    assert right(editions)
    (seeds / "valve0.md").unlink()
    editions.build()
    assert right(editions)


def test_an_index_of_nothing_and_one_of_a_single_passage_answer(
    editions: Editions,
) -> None:
    for each in editions.settings.seeds_path.iterdir():
        each.unlink()
    build(editions.settings, silent, lambda _settings: EMBEDDER, allow_empty=True)
    assert right(editions)
    (editions.settings.seeds_path / "one.txt").write_text("The valve0 is of edition1.\n")
    editions.build()
    assert right(editions)
    assert "edition1" in repr(editions.open().answer(editions.questions[0]))


def test_another_engine_and_back_embeds_nothing(editions: Editions) -> None:
    assert editions.build(engine="faiss").manifest.embedded == 0
    back = editions.build()
    assert back.manifest.embedded == 0
    assert back.manifest.births == 0
    assert right(editions)


def test_what_no_kept_index_has_is_forgotten(editions: Editions) -> None:
    for edition in (2, 3, 4, 5):
        editions.build(edition, keep_generations=2)
    (points,) = editions.server_points().values()
    assert len(points) == 3 + 2 * 3
    assert right(editions)


def test_what_another_model_embedded_is_forgotten_with_the_last_index_that_has_it(
    editions: Editions, monkeypatch: pytest.MonkeyPatch
) -> None:
    another = f"another+{WordEmbedder.revision.partition('+')[2]}"
    monkeypatch.setattr(WordEmbedder, "revision", another)
    editions.build(2, keep_generations=2)
    assert sorted(map(len, editions.server_points().values())) == [6, 6]
    assert right(editions)
    editions.build(3, keep_generations=2)
    assert sorted(map(len, editions.server_points().values())) == [0, 9]
    assert not editions.wrong(editions.open())


@pytest.mark.parametrize("text", [None, b"", b"\xff\xfe", b"a b\n"])
def test_a_store_whose_name_on_the_servers_was_lost_goes_by_it_still(
    editions: Editions, text: bytes | None
) -> None:
    file = Store.of(editions.settings).folder / TENANT_FILE
    tenant = file.read_text()
    file.unlink()
    if text is not None:
        file.write_bytes(text)
    editions.build(2)
    assert file.read_text() == tenant
    assert right(editions)


def test_all_points_are_sent_again_where_everything_is_to_be_made_anew(editions: Editions) -> None:
    (name, points) = next(iter(editions.server_points().items()))
    client = client_of(editions.qdrant)
    records = client.retrieve(name, [*points], with_payload=True, with_vectors=True)
    client.upsert(name, [turned(each) for each in records], wait=True)
    client.close()
    assert editions.stray()
    editions.build(everything=True)
    assert right(editions)
    (after,) = editions.server_points().values()
    assert after.keys() == points.keys()


@pytest.mark.parametrize("lost", [False, True])
def test_what_a_build_asked_for_may_be_done_again_late_and_in_any_order(
    editions: Editions, standin: StandIn, monkeypatch: pytest.MonkeyPatch, *, lost: bool
) -> None:
    # A server that hangs over something does it in the end, when the next one has done all of it.
    stopped(editions, standin, 2)
    if lost:
        standin.forget(next(iter(editions.server_points())))
    works: list[Callable[[QdrantClient], object]] = []
    ask = Servers.ask

    def noted(servers: Servers, work: Callable[[QdrantClient], T]) -> T:
        works.append(work)
        return ask(servers, work)

    monkeypatch.setattr(Servers, "ask", noted)
    editions.build(3)
    monkeypatch.undo()
    hurry(monkeypatch)
    random.shuffle(works)
    client = client_of(editions.qdrant)
    for work in works:
        work(client)
    client.close()
    assert not editions.wrong(editions.open())
    editions.build(4)
    editions.build(5)
    assert right(editions)


@pytest.mark.parametrize("behind", [False, True])
def test_what_is_answered_from_stays_also_where_its_manifest_was_damaged_since(
    editions: Editions, standin: StandIn, monkeypatch: pytest.MonkeyPatch, *, behind: bool
) -> None:
    editions.build(2)
    if behind:
        monkeypatch.setattr("index.build.build.datetime", Earlier)
    index, before = editions.open(), editions.server_points()
    store = Store.of(editions.settings)
    editions.note(store.current())
    file = store.generations / store.current() / "manifest.json"
    file.write_bytes(file.read_bytes().replace(b"{", b"[", 1))
    stopped(editions, standin, 3)
    assert not editions.wrong(index)
    assert index.generation == store.current()
    (had,), (has,) = before.values(), editions.server_points().values()
    assert had.keys() <= has.keys()
    if not behind:
        editions.build()
        assert not editions.wrong(editions.open())


def test_nothing_is_forgotten_where_the_store_can_not_be_listed(
    editions: Editions, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = editions.server_points()
    with monkeypatch.context() as patched:
        patched.setattr(Store, "named", lambda _store: [])
        QdrantBuild(editions.qdrant, Store.of(editions.settings)).prune()
    assert editions.server_points() == before
    assert "the store can't be listed" in caplog.text


def test_a_build_that_was_stopped_is_taken_back_while_the_clock_is_behind(
    editions: Editions, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.build.build.datetime", Earlier)
    stopped(editions, standin, 2)
    editions.build(3)
    assert right(editions)


class Earlier(datetime):
    """A clock that was put back."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        """Say what it says."""
        return cls(2001, 1, 1, tzinfo=tz)


def point(record: models.Record) -> models.PointStruct:
    """A point as it was, to be sent again."""
    assert isinstance(record.vector, dict)
    return models.PointStruct(id=record.id, vector=record.vector, payload=record.payload)


def turned(record: models.Record) -> models.PointStruct:
    """A point with another vector."""
    assert isinstance(record.vector, dict)
    vector = {**record.vector, DENSE: [1.0] * EMBEDDER.dim}
    return models.PointStruct(id=record.id, vector=vector, payload=record.payload)
