"""The bot follows its documents, and whoever else builds."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.serving.watcher import Watcher
from index import Answer, Index, IndexSettings, open_index
from index.front import silent
from index.model.onnx_embedder import OnnxEmbedder
from index.store.store import Store
from index.store.writing import writing
from tests.support.builder import Builder

PATIENCE = 15.0
QUESTION = "What colour is the gate?"


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A document."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "gate.txt").write_text("The colour of the gate is green.\n")
    return folder


@pytest.fixture
def settings(seeds: Path, tmp_path: Path) -> IndexSettings:
    """Settings with little patience."""
    return IndexSettings(seeds=str(seeds), store=str(tmp_path / "store"), settle_seconds=0.2)


@pytest.fixture
def index(settings: IndexSettings, embedder: OnnxEmbedder) -> Index:
    """The document's index."""
    return open_index(settings, embedder=embedder, builder=Builder(embedder))


@pytest.fixture
def watcher(index: Index) -> Iterator[Watcher]:
    """A watcher, not started."""
    before = threading.active_count()
    watcher = Watcher(index)
    yield watcher
    watcher.close()
    until(lambda: threading.active_count() <= before)


def until(holds: Callable[[], bool]) -> None:
    """Wait until it does."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def answers(index: Index, words: str) -> bool:
    """Whether the answer to the question holds some words."""
    reply = index.answer(QUESTION)
    return isinstance(reply, Answer) and words in reply.citations[0].quote


def test_a_changed_document_is_answered_from_and_logged(
    index: Index, watcher: Watcher, seeds: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    watcher.start()
    until(lambda: any(thread.name == "watcher" for thread in threading.enumerate()))
    time.sleep(0.5)
    (seeds / "gate.txt").write_text("The colour of the gate is red.\n")
    (seeds / "broken.txt").write_bytes(b"\0\1")
    until(lambda: answers(index, "red"))
    until(lambda: "skipped broken.txt" in caplog.text)
    assert "the documents changed: indexed 1 document" in caplog.text


def test_what_changed_while_nobody_watched_is_taken_in(
    index: Index, watcher: Watcher, seeds: Path
) -> None:
    (seeds / "gate.txt").write_text("The colour of the gate is red.\n")
    watcher.start()
    until(lambda: answers(index, "red"))


def test_an_emptied_folder_changes_nothing_and_is_logged(
    index: Index, watcher: Watcher, seeds: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (seeds / "gate.txt").unlink()
    watcher.start()
    until(lambda: "the index stays as it is" in caplog.text)
    assert answers(index, "green")


def test_an_index_that_was_put_back_stays_until_a_document_changes(
    index: Index, watcher: Watcher, seeds: Path
) -> None:
    (seeds / "gate.txt").write_text("The colour of the gate is red.\n")
    index.rebuild()
    index.roll_back()
    watcher.start()
    time.sleep(1)
    (seeds / "gate.txt").touch()
    time.sleep(1)
    assert answers(index, "green")
    (seeds / "gate.txt").write_text("The colour of the gate is blue.\n")
    until(lambda: answers(index, "blue"))


@pytest.mark.parametrize("watch", [True, False])
def test_what_somebody_else_builds_is_answered_from(
    settings: IndexSettings, embedder: OnnxEmbedder, seeds: Path, *, watch: bool
) -> None:
    other = settings.model_copy(update={"watch": watch})
    index = open_index(other, embedder=embedder, builder=Builder(embedder))
    watcher = Watcher(index)
    # Nothing of it is this bot's to build.
    with writing(Store(settings.store_path)) if watch else threading.Lock():
        watcher.start()
        time.sleep(0.5)
        (seeds / "gate.txt").write_text("The colour of the gate is red.\n")
        time.sleep(0.5)
        assert answers(index, "green")
    if not watch:
        Builder(embedder)(settings, silent)
    until(lambda: answers(index, "red"))
    watcher.close()
