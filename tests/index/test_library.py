"""Collections are indexes of their own: opened when asked, closed unused, and blind to others."""

import logging
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import (
    Answer,
    CollectionSettings,
    Index,
    IndexLocked,
    IndexSettings,
    Library,
    NoAnswer,
    Span,
    document_key,
    opening,
)
from index.errors import CollectionUnknown, NothingToRead, SourcesMissing, StoreError
from index.front import silent
from index.library import REFUSED_SECONDS, UNUSED_SECONDS
from index.model.onnx_embedder import OnnxEmbedder
from index.opening import open_built
from index.store.store import Store
from index.store.writing import writing
from tests.support.builder import Builder

GATE = "What colour is the gate?"
CODE = "What is the code of the alarm?"
TEXTS = {
    "guide/gate.txt": "The colour of the gate is green.\n",
    "guide/tea.md": "# Tea\n\nGreen tea is steeped at eighty degrees for two minutes.\n",
    "staff/alarm.md": "# Alarm\n\nThe code of the alarm is 4711, and Quixelby keeps the keys.\n",
    "servers/7/gate.md": "# Gate\n\nThe colour of the gate is blue.\n",
    "servers/8/boats.md": "# Boats\n\nThe ferry to the island leaves at nine.\n",
}
COLLECTIONS = (
    CollectionSettings(name="guide", folder="guide"),
    CollectionSettings(name="staff", folder="staff"),
    CollectionSettings(name="all", only=["guide/", "staff/"]),
    CollectionSettings(name="own", folder="servers/{server}"),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, embedder: OnnxEmbedder) -> Path:
    """A few documents in folders, and the indexes of all collections, to be copied."""
    folder = tmp_path_factory.mktemp("built")
    for path, text in TEXTS.items():
        (folder / "seeds" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "seeds" / path).write_text(text)
    settings = IndexSettings(seeds=str(folder / "seeds"), store=str(folder / "store"))
    library = Library(settings, collections=COLLECTIONS, builder=Builder(embedder))
    for name in library.names():
        library.rebuild(name)
    return folder


@pytest.fixture
def settings(built: Path, tmp_path: Path) -> IndexSettings:
    """The documents, of which nothing is built."""
    shutil.copytree(built / "seeds", tmp_path / "seeds")
    return IndexSettings(seeds=str(tmp_path / "seeds"), store=str(tmp_path / "store"))


@pytest.fixture
def open_library(settings: IndexSettings, embedder: OnnxEmbedder) -> Callable[..., Library]:
    """What opens a library of the collections."""

    def make(**changed: object) -> Library:
        changed_settings = settings.model_copy(update=changed)
        return Library(
            changed_settings, collections=COLLECTIONS, embedder=embedder, builder=Builder(embedder)
        )

    return make


@pytest.fixture
def library(built: Path, settings: IndexSettings, open_library: Callable[..., Library]) -> Library:
    """All of it, built."""
    shutil.copytree(built / "store", settings.store_path)
    return open_library()


def quoted(library: Library, name: str = "guide") -> str:
    """What the guide says of the gate."""
    reply = library.open([name]).answer(GATE)
    assert isinstance(reply, Answer)
    return reply.citations[0].quote


def test_one_collection_answers_as_if_there_were_no_other(library: Library) -> None:
    reply = library.open(["guide"]).answer(GATE)
    assert isinstance(reply, Answer)
    assert reply.citations[0].path == "guide/gate.txt"
    assert reply == library.index("guide").answer(GATE)
    assert isinstance(library.open(["guide"]).answer(CODE), NoAnswer)
    assert not library.open(["guide"]).answer("Where is Quixelbz?").understood
    assert "Quixelby" in library.open(["staff"]).answer("who is Quixelbz").understood


def test_several_answer_together_the_surest_first_and_say_where_they_differ(
    library: Library,
) -> None:
    shelf = library.open(["guide", "own@7", "staff"])
    both = shelf.answer(GATE)
    assert isinstance(both, Answer)
    assert {each.path for each in both.citations} == {"guide/gate.txt", "servers/7/gate.md"}
    assert [each.number for each in both.citations] == [1, 2]
    assert both.citations[1].unlike == 1
    alone = shelf.answer(CODE)
    assert isinstance(alone, Answer)
    assert [each.path for each in alone.citations] == ["staff/alarm.md"]
    of_staff = library.index("staff").answer(CODE)
    assert alone.confidence == of_staff.confidence
    nothing = shelf.answer("When does the ferry leave?")
    assert isinstance(nothing, NoAnswer)
    assert "servers/8" not in str(nothing)


def test_what_two_collections_hold_is_quoted_once(library: Library) -> None:
    shelf = library.open(["guide", "all"])
    reply = shelf.answer(GATE)
    assert isinstance(reply, Answer)
    assert [(each.path, each.also) for each in reply.citations] == [("guide/gate.txt", ())]
    places = [citation.path for _, citation in shelf.lookup("gate", 10)]
    assert sorted(places) == sorted(set(places))
    assert [source.path for source in shelf.sources()] == [
        "guide/gate.txt",
        "guide/tea.md",
        "staff/alarm.md",
    ]


def test_nothing_of_another_collection_is_found_by_any_way_of_reading(library: Library) -> None:
    shelf = library.open(["guide", "own@8"])
    hidden = "staff/alarm.md"
    for name in (hidden, document_key(hidden)):
        assert shelf.source(name) is None
    assert shelf.read(hidden) is None
    assert shelf.headings(hidden) == []
    sha = library.index("staff").manifest.documents[hidden]
    assert shelf.passage(hidden, Span(0, 10), sha) is None
    assert shelf.lookup("alarm code", 10, hidden) == []
    for _, citation in shelf.lookup("the code of the alarm", 10):
        assert not citation.path.startswith(("staff", "servers/7"))
    near = shelf.related("servers/8/boats.md", Span(9, 40), 5)
    assert {each.path for each in near} <= {"guide/gate.txt", "guide/tea.md"}
    assert [each.number for each in near] == [*range(1, len(near) + 1)]


def test_a_shelf_with_nothing_on_it_says_so_whatever_is_asked(library: Library) -> None:
    shelf = library.open([])
    for ask in (shelf.question, shelf.answer, shelf.lookup):
        with pytest.raises(NothingToRead, match="no documents that I may answer from"):
            ask(GATE)
    assert shelf.sources() == []
    assert shelf.source("guide/gate.txt") is None


def test_an_index_is_opened_when_it_is_asked_and_the_oldest_gives_way(
    open_library: Callable[..., Library], library: Library
) -> None:
    del library
    few = open_library(open_collections=2)
    assert few.opened() == {}
    assert few.at_hand(["guide"]) is None
    held = few.open(["guide"])
    few.open(["staff"])
    assert few.at_hand(["guide"]) is not None
    few.open(["own@7"])
    assert [*few.opened()] == ["guide", "own@7"]
    few.open(["staff", "own@8"])
    assert [*few.opened()] == ["staff", "own@8"]
    # Who asks one that was closed meanwhile goes on with it.
    assert isinstance(held.answer(GATE), Answer)


def test_what_nobody_has_asked_for_long_is_closed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.open(["guide"])
    now = time.monotonic()
    monkeypatch.setattr("index.library.time.monotonic", lambda: now + UNUSED_SECONDS / 2)
    library.open(["staff"])
    monkeypatch.setattr("index.library.time.monotonic", lambda: now + UNUSED_SECONDS + 1)
    library.close_unused()
    assert "guide" not in library.opened()
    assert "staff" in library.opened()


def test_all_share_one_model(library: Library) -> None:
    embedders = {id(library.index(name).embedder) for name in library.names()}
    assert len(embedders) == 1


def test_what_was_never_built_is_left_out_and_built_when_asked_for(
    open_library: Callable[..., Library],
) -> None:
    library = open_library()
    assert library.open(["guide", "own@7"]).indexes == {}
    assert library.outdated("guide")
    assert not library.outdated("own@9")
    library.prepare()
    assert {*library.opened()} == {"guide", "staff", "all"}
    assert not library.outdated("guide")
    assert library.problems == {}


def test_a_damaged_one_is_told_and_leaves_the_others_answering(
    library: Library, open_library: Callable[..., Library], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "index.library")
    for generation in (library.settings_of("staff").store_path / "generations").iterdir():
        (generation / "strings.txt").write_bytes(b"")
    again = open_library()
    reply = again.open(["guide", "staff"]).answer(GATE)
    assert isinstance(reply, Answer)
    again.open(["guide", "staff"])
    assert [*again.problems] == ["staff"]
    assert caplog.text.count("strings.txt") == 1
    with pytest.raises(StoreError, match=r"strings\.txt"):
        again.open(["staff"])
    again.rebuild("staff")
    assert again.problems == {}
    assert isinstance(again.open(["staff"]).answer(CODE), Answer)


def test_each_follows_its_own_folder_whether_it_is_open_or_not(library: Library) -> None:
    seeds = library.settings.seeds_path
    (seeds / "guide" / "gate.txt").write_text("The colour of the gate is red.\n")
    (seeds / "servers" / "8" / "boats.md").write_text("# Boats\n\nNo ferry leaves today.\n")
    assert [*library.opened()] == []
    library.index("guide")
    changed = [name for name in library.names() if library.outdated(name)]
    assert changed == ["guide", "all", "own@8"]
    for name in changed:
        library.rebuild(name)
    assert not any(map(library.outdated, library.names()))
    assert "red" in quoted(library)
    assert library.roll_back("guide")
    assert "green" in quoted(library)
    assert not library.outdated("guide")


def test_one_is_built_at_a_time(library: Library) -> None:
    def overtake(_stage: str, _done: int, _total: int) -> None:
        with pytest.raises(IndexLocked, match="running already"):
            library.rebuild("guide")

    report = library.rebuild("staff", overtake, everything=True)
    assert report.made
    library.rebuild("guide", silent, wait=True)


def test_a_name_that_is_no_collections_is_refused(library: Library) -> None:
    for name in ("nobody", "own", "own@x", "guide@7", "../guide", ""):
        with pytest.raises(CollectionUnknown, match="there is no collection"):
            library.index(name)


def test_a_folder_that_was_emptied_or_removed_empties_its_index_but_not_where_all_is_gone(
    library: Library,
) -> None:
    seeds = library.settings.seeds_path
    (seeds / "servers" / "8" / "boats.md").unlink()
    assert library.outdated("own@8")
    library.rebuild("own@8")
    assert library.open(["own@8"]).sources() == []
    assert isinstance(library.open(["own@8"]).answer(GATE), NoAnswer)
    shutil.rmtree(seeds / "servers" / "7")
    assert library.outdated("own@7")
    library.rebuild("own@7")
    assert library.open(["own@7"]).sources() == []
    # As a disk that isn't there looks.
    for folder in seeds.iterdir():
        shutil.rmtree(folder)
    with pytest.raises(SourcesMissing, match="guide"):
        library.rebuild("guide")
    assert library.open(["guide"]).sources()


def test_a_shelf_says_what_could_not_be_put_on_it(
    open_library: Callable[..., Library], built: Path
) -> None:
    library = open_library()
    # Nothing is missing of a server without documents.
    assert not library.open(["own@9"]).incomplete
    shelf = library.open(["guide"])
    assert shelf.incomplete
    with pytest.raises(NothingToRead, match="still being read"):
        shelf.question(GATE)
    shutil.copytree(built / "store", library.settings.store_path)
    assert not library.open(["guide"]).incomplete


def test_what_can_not_be_opened_is_not_tried_again_by_everybody_who_asks(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    for generation in (library.settings_of("staff").store_path / "generations").iterdir():
        (generation / "strings.txt").write_bytes(b"")
    tries = 0

    def count(*arguments: Any, **options: Any) -> Index:  # noqa: ANN401 - whatever it is
        nonlocal tries
        tries += 1
        return open_built(*arguments, **options)

    monkeypatch.setattr("index.library.open_built", count)
    for _ in range(5):
        assert library.open(["guide", "staff"]).incomplete
    assert tries == 2
    assert library.refused() == ["staff"]
    now = time.monotonic()
    monkeypatch.setattr("index.library.time.monotonic", lambda: now + REFUSED_SECONDS + 1)
    library.open(["staff", "guide"])
    assert tries == 3
    library.rebuild("staff")
    assert library.refused() == []
    assert not library.open(["staff"]).incomplete


@pytest.mark.parametrize("collections", [(), COLLECTIONS[:1]])
def test_what_another_process_builds_for_the_first_time_is_waited_for(
    built: Path,
    tmp_path: Path,
    embedder: OnnxEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    collections: tuple[CollectionSettings, ...],
) -> None:
    monkeypatch.setattr(opening, "PATIENT_SECONDS", 0.01)
    settings = IndexSettings(seeds=str(built / "seeds"), store=str(tmp_path / "store"))
    builder = Builder(embedder)
    library = Library(settings, collections=collections, embedder=embedder, builder=builder)
    [name] = library.names()
    with writing(Store(library.settings_of(name).store_path)):
        preparing = threading.Thread(target=library.prepare)
        preparing.start()
        preparing.join(0.3)
        assert preparing.is_alive()
    preparing.join()
    assert "The colour of the gate is" in quoted(library, name)
    assert not library.problems
