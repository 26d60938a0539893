"""An open index goes on answering, and right, whatever becomes of its files."""

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index import Answer, Index, IndexSettings, SeedIndexError, open_index
from index.front import silent
from index.model.onnx_embedder import OnnxEmbedder
from index.store.store import Store
from tests.support.builder import Builder

QUESTION = "What is the code of the gate?"
READS = ("open", "preadv", "fstat", "stat", "posix_fadvise")


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    """A folder with one document."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "gate.txt").write_text("The code of the gate is 1000.\n")
    (seeds / "tea.md").write_text("# Tea\n\nGreen tea is steeped at eighty degrees.\n")
    return IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"))


@pytest.fixture
def index(settings: IndexSettings, embedder: OnnxEmbedder) -> Index:
    """Two generations, of which the newest answers."""
    Builder(embedder)(settings, silent)
    (settings.seeds_path / "gate.txt").write_text("The code of the gate is 2000.\n")
    Builder(embedder)(settings, silent)
    return open_index(settings, embedder=embedder, builder=Builder(embedder))


@pytest.fixture
def in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is big, and read as it is needed."""
    monkeypatch.setattr("index.store.seal.BIG", 0)


def folder(index: Index) -> Path:
    """Where what answers lies."""
    return Store(index.settings.store_path).generations / index.generation


def code(index: Index) -> str:
    """The code of the gate that the index tells."""
    reply = index.answer(QUESTION)
    assert isinstance(reply, Answer)
    return reply.citations[0].bold


def scrub(index: Index) -> None:
    """Verify what answers, to the end."""
    for _ in index.scrub():
        pass


def put(file: Path, old: bytes, new: bytes) -> None:
    """Write over bytes of a file where they stand."""
    at = file.read_bytes().index(old)
    with file.open("r+b") as stream:
        stream.seek(at)
        stream.write(new)


def test_a_changed_byte_is_never_quoted_and_is_told_at_once(index: Index) -> None:
    assert "2000" in code(index)
    put(folder(index) / "strings.txt", b"2000", b"9000")
    assert "2000" in code(index)
    assert "strings.txt is damaged" in index.problem
    assert "in memory still answers" in index.problem
    assert index.damaged
    put(folder(index) / "strings.txt", b"9000", b"2000")
    assert "2000" in code(index)
    assert not index.problem


@pytest.mark.usefixtures("in_blocks")
def test_a_generation_whose_disk_is_read_and_damaged_is_left_for_a_good_one_and_comes_back(
    index: Index,
) -> None:
    newest = index.generation
    put(folder(index) / "strings.txt", b"2000", b"9000")
    assert "1000" in code(index)
    assert index.generation != newest
    assert "strings.txt is damaged" in index.problem
    assert not index.refresh()
    file = Store(index.settings.store_path).generations / newest / "strings.txt"
    put(file, b"9000", b"2000")
    scrub(index)
    assert index.refresh()
    assert "2000" in code(index)
    assert not index.problem


@pytest.mark.usefixtures("in_blocks")
def test_a_word_that_can_not_be_looked_up_is_looked_up_elsewhere(index: Index) -> None:
    newest = index.generation
    os.truncate(folder(index) / "words.txt", 0)
    assert index.question(QUESTION).text == QUESTION
    assert index.generation != newest


def test_a_store_that_is_removed_is_built_again_while_memory_answers(index: Index) -> None:
    shutil.rmtree(index.settings.store_path)
    assert "2000" in code(index)
    assert not index.refresh()
    scrub(index)
    assert "is missing" in index.problem
    assert "2000" in code(index)
    index.rebuild()
    assert "2000" in code(index)
    assert not index.problem


def test_what_can_not_be_read_when_it_is_refreshed_is_told_once(
    index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    (index.settings.store_path / "current").write_text("nothing")
    for _ in range(3):
        assert not index.refresh()
    assert caplog.text.count("names no generation") == 1
    assert "2000" in code(index)


@pytest.fixture(params=[False, True], ids=["held", "in blocks"])
def open_either_way(
    request: pytest.FixtureRequest, settings: IndexSettings, embedder: OnnxEmbedder
) -> Iterator[Index]:
    """An open index, held in memory or read in blocks."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param:
            patch.setattr("index.store.seal.BIG", 0)
        Builder(embedder)(settings, silent)
        yield open_index(settings, embedder=embedder, builder=Builder(embedder))


class Failing:
    """Stands in for what asks the system: one call of all fails."""

    def __init__(self, failure: BaseException, patch: pytest.MonkeyPatch) -> None:
        self.failure = failure
        self.calls = 0
        self.failing = 0
        for name in READS:
            patch.setattr(os, name, self._standing_in_for(getattr(os, name)))

    def _standing_in_for(self, real: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            self.calls += 1
            if self.calls == self.failing:
                raise self.failure
            return real(*arguments, **options)

        return call

    def at(self, call: int) -> None:
        """Let the call of that number, counted from now, fail; 0 is none."""
        self.calls, self.failing = 0, call


def failure(number: int) -> OSError:
    """What the system says."""
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    "error",
    [failure(errno.EIO), failure(errno.EMFILE), failure(errno.ESTALE), MemoryError()],
    ids=lambda error: str(error) or "no memory",
)
def test_a_failure_at_any_call_is_told_and_passes(
    open_either_way: Index, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_either_way
    system = Failing(error, monkeypatch)
    assert "1000" in code(index)
    steps = system.calls
    assert steps > 10
    for step in range(1, steps + 1):
        system.at(step)
        try:
            assert "1000" in code(index)
        except (SeedIndexError, MemoryError) as told:
            assert "can't be read" in str(told) or told is error  # noqa: PT017 - it may be raised
        system.at(0)
        scrub(index)
        assert "1000" in code(index)
        assert not index.problem
