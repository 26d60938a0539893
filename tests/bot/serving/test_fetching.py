"""The threads that keep sources fresh: when they fetch, what they say, that nothing ends them."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest
from filelock import FileLock

from bot.serving import fetching as module
from bot.serving.fetching import Fetching
from index import (
    Fetched,
    FetchFailed,
    IndexSettings,
    Library,
    RepositorySettings,
    Staging,
    state_of,
)

SOURCE = RepositorySettings(name="hb", repository="https://git.example.org/hb.git")
PATIENCE_SECONDS = 10.0


class World:
    """A source that is fetched from memory: what it holds, and what goes wrong."""

    def __init__(self) -> None:
        self.text = "one"
        self.error: BaseException | None = None
        self.fetches = 0

    def fetcher_of(self, _source: object) -> Callable[..., Fetched]:
        """Return what fetches from here."""

        def fetcher(staging: Staging, *_: object) -> Fetched:
            self.fetches += 1
            if self.error:
                raise self.error
            staging.put("a.md", self.text.encode())
            return Fetched(self.text, {"version": self.text})

        return fetcher


class Leading:
    """Of a library what fetching needs: its settings, and whether this process leads."""

    def __init__(self, folder: Path) -> None:
        self.settings = IndexSettings(seeds=str(folder / "seeds"), store=str(folder / "store"))
        self.leads_now = True

        self.looked = threading.Event()

    def leads(self) -> bool:
        """Whether it does, as somebody has asked."""
        self.looked.set()
        return self.leads_now


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(module, "fetcher_of", world.fetcher_of)
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(module, "FAILED_SECONDS", 0.01)
    return world


@contextmanager
def fetching(library: Leading, source: RepositorySettings = SOURCE) -> Iterator[Fetching]:
    following = Fetching(cast("Library", library), [source])
    following.start()
    try:
        yield following
    finally:
        following.close()


def becomes(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether something comes true in time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


def holds(folder: Path, text: str) -> bool:
    file = folder / "seeds" / "hb" / "a.md"
    return file.exists() and file.read_text() == text


def test_a_source_is_fetched_at_once_and_then_when_it_is_wanted(
    tmp_path: Path, world: World
) -> None:
    with fetching(Leading(tmp_path)) as following:
        assert becomes(lambda: following.report()["hb"]["documents"] == 1)
        world.text = "two"
        assert following.want("hb")
        assert not following.want("other")
        assert becomes(lambda: following.report()["hb"]["version"] == "two")
        assert holds(tmp_path, "two")
    assert world.fetches == 2


def test_one_whose_interval_is_not_over_waits_for_it(tmp_path: Path, world: World) -> None:
    with fetching(Leading(tmp_path)) as following:
        assert becomes(lambda: bool(following.report()["hb"]["version"]))
    with fetching(Leading(tmp_path)) as following:
        assert following.report()["hb"] | {"alive": True} == {
            "alive": True,
            "problem": "",
            "fetched": following.report()["hb"]["fetched"],
            "version": "one",
            "documents": 1,
        }
    assert world.fetches == 1


@pytest.mark.parametrize("error", [FetchFailed("no answer"), OSError("gone"), SystemError("panic")])
def test_what_fails_is_told_and_tried_again_and_what_there_is_stays(
    tmp_path: Path, world: World, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    with fetching(Leading(tmp_path)) as following:
        assert becomes(lambda: holds(tmp_path, "one"))
        world.error = error
        following.want("hb")
        assert becomes(lambda: bool(following.report()["hb"]["problem"]))
        assert str(error) in following.report()["hb"]["problem"]
        assert becomes(lambda: world.fetches > 3)
        world.error, world.text = None, "two"
        assert becomes(lambda: holds(tmp_path, "two"))
        assert becomes(lambda: not following.report()["hb"]["problem"])
    assert [record.levelname for record in caplog.records].count("WARNING") == 1


def test_a_process_that_does_not_lead_fetches_nothing_until_it_does(
    tmp_path: Path, world: World
) -> None:
    library = Leading(tmp_path)
    library.leads_now = False
    with fetching(library) as following:
        following.want("hb")
        library.looked.clear()
        assert library.looked.wait(PATIENCE_SECONDS)
        assert not world.fetches
        library.leads_now = True
        assert becomes(lambda: state_of(library.settings, SOURCE).documents == 1)
    assert holds(tmp_path, "one")


def test_where_nothing_can_be_kept_of_it_a_source_is_not_fetched_again_at_once(
    tmp_path: Path, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "store" / "fetched" / "hb" / "state.tmp").mkdir(parents=True)
    with fetching(Leading(tmp_path)) as following:
        assert becomes(lambda: "can't be kept" in caplog.text)
        following.want("hb")
        assert becomes(lambda: world.fetches == 2)
        assert not becomes(lambda: world.fetches > 2, 0.1)


def test_what_was_wanted_while_another_process_fetched_is_fetched_after_it(
    tmp_path: Path, world: World
) -> None:
    library = Leading(tmp_path)
    with fetching(library) as following:
        assert becomes(lambda: holds(tmp_path, "one"))
        with FileLock(SOURCE.kept(library.settings) / "fetch.lock"):
            world.text = "two"
            following.want("hb")
            library.looked.clear()
            assert library.looked.wait(PATIENCE_SECONDS)
        assert becomes(lambda: holds(tmp_path, "two"))


def test_one_that_has_other_settings_by_now_or_lost_its_folder_is_fetched_at_once(
    tmp_path: Path, world: World
) -> None:
    library = Leading(tmp_path)
    with fetching(library):
        assert becomes(lambda: holds(tmp_path, "one"))
    world.text = "two"
    other = SOURCE.model_copy(update={"branch": "other"})
    with fetching(library, other):
        assert becomes(lambda: holds(tmp_path, "two"))
    shutil.rmtree(tmp_path / "seeds")
    with fetching(library, other):
        assert becomes(lambda: holds(tmp_path, "two"))
