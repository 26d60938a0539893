"""Changes of the seeds folder, told when they have come to rest."""

import errno
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import IndexSettings, watch
from index.errors import ResourcesMissing
from index.reading.watching import ANYTHING, touched

SETTLE = 0.3
PATIENCE = 10.0


class Watched:
    """A watched folder, how often it was said to have changed, and what changed at last."""

    def __init__(self, settings: IndexSettings) -> None:
        """Begin to watch."""
        self.changes = 0
        self.last = frozenset[str]()
        self.turns = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(settings,))
        self._thread.start()
        self.turn()
        # That it is watched from now on is told once.
        assert self.changes == 1
        assert self.last == ANYTHING
        self.changes = 0

    def _run(self, settings: IndexSettings) -> None:
        for changed in watch(settings, self._stop):
            self.changes += bool(changed)
            self.last = changed or self.last
            self.turns += 1

    def turn(self) -> None:
        """Wait until the folder was looked at again, twice."""
        wanted, until = self.turns + 2, time.monotonic() + PATIENCE
        while self.turns < wanted:
            assert time.monotonic() < until
            time.sleep(0.01)

    def close(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    """A folder with a document."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "a.txt").write_text("One.\n")
    return IndexSettings(seeds=str(folder), settle_seconds=SETTLE)


@pytest.fixture
def watched(settings: IndexSettings) -> Iterator[Watched]:
    """The folder, watched."""
    watched = Watched(settings)
    yield watched
    watched.close()


def test_nothing_is_told_of_a_folder_at_rest(watched: Watched) -> None:
    watched.turn()
    assert watched.changes == 0


def test_a_thousand_saves_are_one_change(settings: IndexSettings, watched: Watched) -> None:
    for number in range(1000):
        (settings.seeds_path / f"{number % 50}.txt").write_text(f"Version {number}.\n")
        if number % 100 == 0:
            time.sleep(SETTLE / 3)
    watched.turn()
    watched.turn()
    assert watched.changes == 1
    assert watched.last == {f"{number}.txt" for number in range(50)}
    (settings.seeds_path / "later.txt").write_text("Later.\n")
    watched.turn()
    watched.turn()
    assert watched.changes == 2
    assert watched.last == {"later.txt"}


def test_hidden_files_are_no_change_but_ignore_rules_are(
    settings: IndexSettings, watched: Watched
) -> None:
    (settings.seeds_path / ".a.txt.swp").write_text("An editor's.\n")
    (settings.seeds_path / ".git").mkdir()
    (settings.seeds_path / ".git" / "index").write_text("git's\n")
    watched.turn()
    watched.turn()
    assert watched.changes == 0
    (settings.seeds_path / ".seedignore").write_text("drafts/\n")
    watched.turn()
    watched.turn()
    assert watched.changes == 1
    assert watched.last == ANYTHING


def test_a_folder_that_is_renamed_is_named_as_it_was_and_as_it_is(
    settings: IndexSettings, watched: Watched
) -> None:
    (settings.seeds_path / "old" / "deep").mkdir(parents=True)
    (settings.seeds_path / "old" / "deep" / "b.txt").write_text("Two.\n")
    watched.turn()
    watched.turn()
    assert touched(watched.last, ["old", "old/deep", "new", ""]) == {"old", "old/deep", ""}
    (settings.seeds_path / "old").rename(settings.seeds_path / "new")
    watched.turn()
    watched.turn()
    assert {"old", "new"} <= watched.last
    assert touched(watched.last, ["old/deep", "new/deep", "other"]) == {"old/deep", "new/deep"}


def test_of_very_many_changes_none_is_named(
    settings: IndexSettings, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.reading.watching.MOST_PATHS", 3)
    for number in range(4):
        (settings.seeds_path / f"{number}.txt").write_text("x\n")
    watched.turn()
    watched.turn()
    assert watched.last == ANYTHING


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"a/b/x.md"}, {"", "a", "a/b"}),
        ({"a"}, {"", "a", "a/b"}),
        ({"ab/x.md"}, {"", "ab"}),
        ({"x.md"}, {""}),
        ({"a/x.md", "ab"}, {"", "a", "ab"}),
        (ANYTHING, {"", "a", "a/b", "ab"}),
        (frozenset(), set()),
    ],
)
def test_what_changed_touches_the_folders_it_is_in_and_those_in_it(
    changed: set[str], expected: set[str]
) -> None:
    assert touched(changed, ["", "a", "a/b", "ab"]) == expected


def test_a_folder_that_is_replaced_or_gone_is_watched_again(
    settings: IndexSettings, watched: Watched, tmp_path: Path
) -> None:
    folder = settings.seeds_path
    shutil.copytree(folder, tmp_path / "other")
    folder.rename(tmp_path / "old")
    (tmp_path / "other").rename(folder)
    watched.turn()
    watched.turn()
    assert watched.changes == 1
    shutil.rmtree(folder)
    watched.turn()
    watched.turn()
    before = watched.changes
    folder.mkdir()
    (folder / "b.txt").write_text("Two.\n")
    watched.turn()
    watched.turn()
    assert watched.changes > before
    before = watched.changes
    (folder / "b.txt").write_text("Three.\n")
    watched.turn()
    watched.turn()
    assert watched.changes == before + 1


def test_hidden_files_that_change_all_the_time_hold_nothing_up(
    settings: IndexSettings, watched: Watched
) -> None:
    ended = threading.Event()

    def churn() -> None:
        while not ended.wait(SETTLE / 10):
            (settings.seeds_path / ".swap").write_text(str(time.monotonic()))

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        (settings.seeds_path / "b.txt").write_text("Two.\n")
        watched.turn()
        watched.turn()
        assert watched.changes == 1
    finally:
        ended.set()
        thread.join()


def test_a_folder_that_is_closed_and_opened_again_is_looked_at_anew(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    # To the superuser, who may run this, none is closed.
    with monkeypatch.context() as patch:
        patch.setattr("os.access", lambda *_: False)
        watched.turn()
        assert watched.changes == 1
    watched.turn()
    assert watched.changes == 2


def test_a_limit_of_the_system_is_named(
    settings: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_paths: Path, **_options: object) -> Iterator[set[tuple[int, str]]]:
        raise OSError(errno.ENOSPC, "OS file watch limit reached")

    monkeypatch.setattr("watchfiles.watch", refuse)
    with pytest.raises(ResourcesMissing, match=r"watch limit reached.*`sysctl fs.inotify`"):
        next(watch(settings, threading.Event()))
