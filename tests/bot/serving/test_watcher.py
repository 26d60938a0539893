"""The bot follows its documents, and whoever else builds."""

import errno
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.serving.watcher import Watcher
from index import (
    Answer,
    BuildReport,
    CollectionSettings,
    Index,
    IndexSettings,
    Library,
    Progress,
    open_index,
)
from index.errors import NothingToRead, StoreError
from index.front import silent
from index.model.onnx_embedder import OnnxEmbedder
from index.store.lease import Lease
from index.store.store import Store
from index.store.writing import writing
from tests.support.builder import Builder
from tests.support.readers import KILLED, readers_that

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
    watcher = Watcher(Library.of_one(index))
    yield watcher
    watcher.close()
    until(lambda: not watcher.report()["alive"])


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


@pytest.mark.parametrize("leads", [True, False])
def test_what_the_disk_has_damaged_is_built_anew(
    index: Index, watcher: Watcher, *, leads: bool
) -> None:
    """Also by a process that else leaves building to another: that one may not have it open."""
    other = Lease(index.settings.store_path)
    assert leads or other.take()
    before = index.generation
    file = Store(index.settings.store_path).generations / before / "strings.txt"
    watcher.start()
    file.write_bytes(file.read_bytes().replace(b"green", b"white"))
    # As a failing disk does it: nobody asks, and the file looks as it did.
    os.utime(file, (1, 1))
    until(lambda: index.generation != before)
    assert not index.problem
    reply = index.answer(QUESTION)
    assert isinstance(reply, Answer)
    assert "green" in reply.citations[0].quote


def test_where_nothing_is_watched_damage_is_told_and_nothing_built(
    settings: IndexSettings, embedder: OnnxEmbedder
) -> None:
    still = settings.model_copy(update={"watch": False})
    index = open_index(still, embedder=embedder, builder=Builder(embedder))
    before = index.generation
    file = Store(settings.store_path).generations / before / "vectors.bin"
    os.truncate(file, 100)
    watcher = Watcher(Library.of_one(index))
    watcher.start()
    try:
        until(lambda: index.damaged)
        assert "vectors.bin is damaged" in index.problem
        assert index.generation == before
    finally:
        watcher.close()


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
    watcher = Watcher(Library.of_one(index))
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


def test_of_two_that_share_a_store_one_builds_and_both_answer_from_it_at_once(
    settings: IndexSettings, embedder: OnnxEmbedder, seeds: Path
) -> None:
    """Where the first ends, the second takes its place, and what changed meanwhile is built."""
    # The second looks at the documents seldom: what answers is another matter.
    seldom = settings.model_copy(update={"settle_seconds": 3.0})
    builders = [Failing(embedder), Failing(embedder)]
    indexes = [
        open_index(each, embedder=embedder, builder=builder)
        for each, builder in zip((settings, seldom), builders, strict=True)
    ]
    libraries = [Library.of_one(index) for index in indexes]
    watchers = [Watcher(library) for library in libraries]
    for watcher, library in zip(watchers, libraries, strict=True):
        watcher.start()
        until(lambda: libraries[0].leading)
        assert not library.leading or library is libraries[0]
    builders[0].tries = builders[1].tries = 0
    (seeds / "gate.txt").write_text("The colour of the gate is red.\n")
    pointer = Store(settings.store_path)
    before = pointer.current()
    until(lambda: pointer.current() != before)
    switched = time.monotonic()
    until(lambda: answers(indexes[0], "red") and answers(indexes[1], "red"))
    assert time.monotonic() - switched < seldom.settle_seconds / 2
    assert (builders[0].tries, builders[1].tries) == (1, 0)
    watchers[0].close()
    until(lambda: not watchers[0].report()["alive"])
    (seeds / "gate.txt").write_text("The colour of the gate is blue.\n")
    libraries[0].close()
    until(lambda: answers(indexes[1], "blue"))
    assert libraries[1].leading
    assert not libraries[0].leading
    watchers[1].close()


class Failing:
    """A builder that fails as it is told to, and builds when it isn't told."""

    def __init__(self, embedder: OnnxEmbedder) -> None:
        """Fail at nothing yet."""
        self.built = Builder(embedder)
        self.error: BaseException | None = None
        self.tries = 0
        # Of which collection; empty: of any.
        self.only = ""

    def __call__(
        self, settings: IndexSettings, progress: Progress, *, everything: bool = False
    ) -> BuildReport:
        """Build, or don't."""
        self.tries += 1
        if self.error and settings.collection.startswith(self.only):
            raise self.error
        return self.built(settings, progress, everything=everything)

    def stop(self) -> None:
        """Nothing to end."""


class Panic(BaseException):
    """As the watching library's, when its Rust fails."""


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails is tried again soon."""
    monkeypatch.setattr("bot.serving.following.FAILED", (0.1, 0.4))
    monkeypatch.setattr("bot.serving.watcher.FAILED", (0.1, 0.4))


@pytest.mark.parametrize(
    "error",
    [
        StoreError("/store: the disk is full"),
        OSError(errno.EMFILE, "Too many open files"),
        RuntimeError("can't start new thread"),
        MemoryError(),
        Panic("the notifier"),
    ],
)
@pytest.mark.usefixtures("hasty")
def test_no_error_ends_it_and_each_is_told_once_and_shown(
    settings: IndexSettings,
    embedder: OnnxEmbedder,
    seeds: Path,
    caplog: pytest.LogCaptureFixture,
    error: BaseException,
) -> None:
    caplog.set_level(logging.INFO, "bot")
    builder = Failing(embedder)
    index = open_index(settings, embedder=embedder, builder=builder)
    watcher = Watcher(Library.of_one(index))
    watcher.start()
    assert watcher.report()["problem"] == ""
    builder.error, builder.tries = error, 0
    (seeds / "gate.txt").write_text("The colour of the gate is red.\n")
    until(lambda: builder.tries > 3)
    report = watcher.report()
    assert report["alive"]
    assert str(error) in report["problem"]
    assert report["since"] > index.created_at.isoformat()[:10]
    builder.error = None
    until(lambda: answers(index, "red"))
    until(lambda: watcher.report()["problem"] == "")
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) == 1
    assert "the index follows the documents again" in caplog.text
    watcher.close()
    until(lambda: not watcher.report()["alive"])


@pytest.mark.usefixtures("hasty")
def test_where_nothing_can_be_watched_the_documents_are_followed_all_the_same(
    index: Index,
    watcher: Watcher,
    seeds: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "bot")

    def refuse(*_paths: Path, **_options: object) -> Iterator[set[tuple[int, str]]]:
        raise OSError(errno.ENOSPC, "OS file watch limit reached")

    with monkeypatch.context() as patch:
        patch.setattr("watchfiles.watch", refuse)
        watcher.start()
        until(lambda: "watch limit reached" in watcher.report()["problem"])
        (seeds / "gate.txt").write_text("The colour of the gate is red.\n")
        until(lambda: answers(index, "red"))
        assert watcher.report()["problem"]
    until(lambda: watcher.report()["problem"] == "")
    assert caplog.text.count("watch limit reached") == 1
    assert caplog.text.count("follows the documents again") == 1


@pytest.mark.usefixtures("hasty")
def test_ignore_rules_that_can_not_be_read_are_a_problem_until_they_can(
    index: Index, watcher: Watcher, seeds: Path
) -> None:
    watcher.start()
    os.mkfifo(seeds / ".seedignore")
    until(lambda: "is a named pipe, not a file" in watcher.report()["problem"])
    (seeds / ".seedignore").unlink()
    until(lambda: watcher.report()["problem"] == "")
    assert answers(index, "green")


def test_what_could_not_be_read_is_tried_again_after_pauses_that_grow(
    settings: IndexSettings,
    embedder: OnnxEmbedder,
    seeds: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.serving.following.UNREAD", (0.5, 10.0))
    builder = Failing(embedder)
    index = open_index(settings, embedder=embedder, builder=builder)
    (seeds / "door.txt").write_text("The door is shut.\n")
    index.rebuild()
    with readers_that(monkeypatch, KILLED):
        (seeds / "gate.txt").write_text("The colour of the gate is red.\n")
        index.rebuild()
        name, builder.tries = index.generation, 0
        assert index.unread()
        watcher = Watcher(Library.of_one(index))
        watcher.start()
        time.sleep(4)
        assert 1 <= builder.tries <= 3
        assert index.generation == name
    until(lambda: answers(index, "red"))
    assert not index.unread()
    assert watcher.report()["problem"] == ""
    watcher.close()


@pytest.fixture
def divided(tmp_path: Path, embedder: OnnxEmbedder) -> tuple[Library, Failing]:
    """Two collections and those of servers, and what builds them."""
    seeds = tmp_path / "seeds"
    for folder in ("gates", "teas", "servers/7"):
        (seeds / folder).mkdir(parents=True)
        (seeds / folder / "gate.txt").write_text(f"The colour of the gate is green, in {folder}.\n")
    settings = IndexSettings(
        seeds=str(seeds), store=str(tmp_path / "store"), settle_seconds=0.2, open_collections=1
    )
    builder = Failing(embedder)
    collections = [
        CollectionSettings(name="gates", folder="gates"),
        CollectionSettings(name="teas", folder="teas"),
        CollectionSettings(name="own", folder="servers/{server}"),
    ]
    return Library(settings, collections=collections, embedder=embedder, builder=builder), builder


def says(library: Library, name: str, words: str) -> bool:
    """Whether a collection answers with some words."""
    with suppress(NothingToRead, StoreError):
        reply = library.open([name]).answer(QUESTION)
        return isinstance(reply, Answer) and words in reply.citations[0].quote
    return False


def test_each_collection_is_built_and_a_change_builds_but_those_it_touches(
    divided: tuple[Library, Failing],
) -> None:
    library, builder = divided
    seeds = library.settings.seeds_path
    watcher = Watcher(library)
    watcher.start()
    names = ["gates", "teas", "own@7"]
    until(lambda: all(says(library, name, "green") for name in names))
    assert builder.tries == len(names)
    time.sleep(0.5)
    (seeds / "teas" / "gate.txt").write_text("The colour of the gate is red.\n")
    (seeds / "servers" / "8").mkdir()
    (seeds / "servers" / "8" / "gate.txt").write_text("The colour of the gate is blue.\n")
    until(lambda: says(library, "teas", "red") and says(library, "own@8", "blue"))
    assert builder.tries == len(names) + 2
    watcher.close()
    until(lambda: not watcher.report()["alive"])


@pytest.mark.usefixtures("hasty")
def test_one_collection_that_can_not_be_built_keeps_no_other_from_it(
    divided: tuple[Library, Failing], caplog: pytest.LogCaptureFixture
) -> None:
    library, builder = divided
    builder.error, builder.only = Panic("the first"), "gates"
    watcher = Watcher(library)
    watcher.start()
    until(lambda: says(library, "teas", "green") and says(library, "own@7", "green"))
    assert "the index of gates stays as it is: the first" in watcher.report()["problem"]
    assert caplog.text.count("the index of gates stays as it is") == 1
    builder.error = None
    until(lambda: says(library, "gates", "green"))
    until(lambda: watcher.report()["problem"] == "")
    watcher.close()
    until(lambda: not watcher.report()["alive"])


def test_a_collection_that_was_damaged_while_it_was_closed_is_built_anew(
    divided: tuple[Library, Failing],
) -> None:
    library, _ = divided
    library.rebuild("gates")
    library.rebuild("teas")
    for generation in (library.settings_of("gates").store_path / "generations").iterdir():
        (generation / "strings.txt").write_bytes(b"")
    watcher = Watcher(library)
    watcher.start()
    until(lambda: library.open(["gates", "teas"]).incomplete)
    until(lambda: says(library, "gates", "green"))
    watcher.close()
    until(lambda: not watcher.report()["alive"])
