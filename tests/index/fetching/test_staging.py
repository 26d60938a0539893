"""What is fetched takes its place whole, and nothing of the owner's own is lost for it."""

import os
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from index.errors import FetchFailed, FetchRunning, SettingsError
from index.fetching import fetching
from index.fetching.fetcher import Fetched, Fetcher
from index.fetching.fetching import _alone, fetch, fetch_new, fetcher_of, is_there, state_of
from index.fetching.staging import Staging
from index.reading.origins import ORIGINS, Links, read
from index.settings import SHIPPED_SEEDS, IndexSettings
from index.sources import RepositorySettings, WebsiteSettings

SOURCE = RepositorySettings(name="hb", repository="https://git.example.org/hb.git", max_files=3)
LINK = "https://git.example.org/hb/{}#L{{first}}"


def of(folder: Path) -> IndexSettings:
    return IndexSettings(seeds=str(folder / "seeds"), store=str(folder / "store"))


def giving(files: Mapping[str, str], version: str = "one") -> Fetcher:
    """Fetch these files, unless they are what was fetched last."""

    def fetcher(
        staging: Staging, _work: Path, memory: dict[str, JsonValue], _stop: threading.Event
    ) -> Fetched:
        if memory.get("version") == version:
            return Fetched(version, memory, unchanged=True)
        for path, text in files.items():
            staging.put(path, text.encode(), LINK.format(path))
        return Fetched(version, {"version": version})

    return fetcher


def there(folder: Path) -> dict[str, str]:
    """What lies in the folder of the source."""
    root = folder / "seeds" / "hb"
    files = (path for path in root.rglob("*") if path.is_file() and path.name != ORIGINS)
    return {path.relative_to(root).as_posix(): path.read_text() for path in files}


def test_files_come_change_and_go_with_their_source(tmp_path: Path) -> None:
    state = fetch(of(tmp_path), SOURCE, giving({"a.md": "one", "b/c.md": "two"}))
    assert (state.documents, state.version, state.problem) == (2, "one", "")
    assert there(tmp_path) == {"a.md": "one", "b/c.md": "two"}
    fetch(of(tmp_path), SOURCE, giving({"b/c.md": "three"}, "two"))
    assert there(tmp_path) == {"b/c.md": "three"}
    fetch(of(tmp_path), SOURCE, giving({"b": "", "b.md": "four"}, "three"))
    assert there(tmp_path) == {"b": "", "b.md": "four"}
    assert state_of(of(tmp_path), SOURCE).version == "three"


def test_what_others_put_there_or_changed_is_brought_aside_and_told(tmp_path: Path) -> None:
    fetch(of(tmp_path), SOURCE, giving({"a.md": "one", "b.md": "two"}))
    folder = tmp_path / "seeds" / "hb"
    (folder / "a.md").write_text("edited")
    (folder / "c").mkdir()
    (folder / "c" / "own.md").write_text("mine")
    state = fetch(of(tmp_path), SOURCE, giving({"a.md": "one", "b.md": "three"}, "two"))
    assert there(tmp_path) == {"a.md": "one", "b.md": "three"}
    assert [each.path for each in state.skipped] == ["a.md", "c/own.md"]
    aside = SOURCE.kept(of(tmp_path)) / "aside"
    assert (aside / "a.md").read_text() == "edited"
    assert (aside / "c" / "own.md").read_text() == "mine"
    assert all(str(aside) in each.reason for each in state.skipped)


def test_a_first_fetch_that_fails_is_the_last_word_where_there_is_no_document(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    source = SOURCE.model_copy(update={"repository": str(tmp_path / "nowhere")})
    with pytest.raises(FetchFailed, match=r"hb: there is no repository at .*nowhere"):
        fetch_new(of(tmp_path), [source], told.append)
    assert [each.split(" from ")[0] for each in told] == ["fetching hb"]
    (tmp_path / "seeds").mkdir(exist_ok=True)
    (tmp_path / "seeds" / "own.md").write_text("mine")
    fetch_new(of(tmp_path), [source], told.append)
    assert told[-1].startswith("hb: there is no repository at")


def test_a_folder_comes_where_a_file_was_and_a_file_where_a_folder_was(tmp_path: Path) -> None:
    fetch(of(tmp_path), SOURCE, giving({"a.md": "one", "b.md/c.md": "two"}))
    fetch(of(tmp_path), SOURCE, giving({"a.md/d.md": "three", "b.md": "four"}, "two"))
    assert there(tmp_path) == {"a.md/d.md": "three", "b.md": "four"}


def test_old_files_go_only_when_the_new_ones_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(of(tmp_path), SOURCE, giving({"a.md": "one"}))

    def killed(_self: Path, _target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "sync", lambda: patch.setattr(Path, "replace", killed))
        with pytest.raises(KeyboardInterrupt):
            fetch(of(tmp_path), SOURCE, giving({"b.md": "two"}, "two"))
    assert there(tmp_path) == {"a.md": "one"} | {
        name: text for name, text in there(tmp_path).items() if name.startswith(".")
    }
    fetch(of(tmp_path), SOURCE, giving({"b.md": "two"}, "two"))
    assert there(tmp_path) == {"b.md": "two"}


def test_what_hands_changed_in_the_folder_is_put_back_though_the_source_is_the_same(
    tmp_path: Path,
) -> None:
    fetcher = giving({"a.md": "one", "b.md": "two"})
    for _ in range(2):
        fetch(of(tmp_path), SOURCE, fetcher)
        folder = tmp_path / "seeds" / "hb"
        (folder / "a.md").write_text("mine")
        (folder / "b.md").unlink()
        (folder / "other").mkdir()
        (folder / "other" / "c.md").symlink_to(tmp_path)
        fetch(of(tmp_path), SOURCE, fetcher)
        assert there(tmp_path) == {"a.md": "one", "b.md": "two"}
        assert not (folder / "other").exists()


@pytest.mark.parametrize("empty", [False, True])
def test_a_fetch_that_fails_leaves_what_there_is_and_says_why(
    tmp_path: Path, *, empty: bool
) -> None:
    fetch(of(tmp_path), SOURCE, giving({"a.md": "one"}))

    def failing(staging: Staging, *_: object) -> Fetched:
        if not empty:
            staging.put("z.md", b"never")
            message = "https://git.example.org: it doesn't answer"
            raise FetchFailed(message)
        return Fetched()

    with pytest.raises(FetchFailed):
        fetch(of(tmp_path), SOURCE, failing)
    state = state_of(of(tmp_path), SOURCE)
    expected = "there is no document in it" if empty else "it doesn't answer"
    assert expected in state.problem
    assert (state.documents, state.version) == (1, "one")
    assert there(tmp_path) == {"a.md": "one"}
    assert not list((tmp_path / "store").rglob("staged/*"))
    fetch(of(tmp_path), SOURCE, giving({"a.md": "one"}))
    assert not state_of(of(tmp_path), SOURCE).problem


def put_by_hand(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "own.md").write_text("mine")


def linked(folder: Path) -> None:
    folder.parent.mkdir(parents=True)
    (folder.parent.parent / "elsewhere").mkdir()
    folder.symlink_to(folder.parent.parent / "elsewhere")


def of_another(folder: Path) -> None:
    fetch(of(folder.parent.parent), SOURCE.model_copy(update={"name": "x", "folder": "hb"}),
          giving({"own.md": "mine"}))  # fmt: skip


@pytest.mark.parametrize(
    ("prepare", "told"),
    [(put_by_hand, "files of your own"), (linked, "a link"), (of_another, "the source x")],
)
def test_a_folder_that_is_not_its_own_is_left_alone(
    tmp_path: Path, prepare: Callable[[Path], None], told: str
) -> None:
    folder = tmp_path / "seeds" / "hb"
    prepare(folder)
    before = {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(FetchFailed, match=told):
        fetch(of(tmp_path), SOURCE, giving({"a.md": "one"}))
    assert {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("../a.md", "leads elsewhere"),
        ("/etc/a.md", "leads elsewhere"),
        ("b//a.md", "leads elsewhere"),
        (".git/a.md", "hidden"),
        (ORIGINS, "hidden"),
        ("a\n.md", "control characters"),
        ("\u202ea.md", "control characters"),
        ("A.md", "nearly so"),
        ("b\\a.md", "backslash"),
        (f"{'x' * 300}.md", "too long"),
    ],
)
def test_names_that_can_be_none_are_left_out_and_told(tmp_path: Path, path: str, told: str) -> None:
    state = fetch(of(tmp_path), SOURCE, giving({"a.md": "one", path: "two"}))
    assert there(tmp_path) == {"a.md": "one"}
    assert [told in each.reason for each in state.skipped] == [True]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text("ab./\\~\n\0é", max_size=9), st.text("xy", max_size=3), max_size=6))
def test_whatever_names_come_nothing_is_written_beside_the_folder(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    try:
        fetch(of(folder), SOURCE, giving(files))
    except FetchFailed:
        assert not there(folder)
    names = {each.relative_to(folder).parts[0] for each in folder.rglob("*")}
    assert names <= {"seeds", "store"}
    assert {each.name for each in (folder / "seeds").glob("*")} <= {"hb"}
    assert there(folder).items() <= files.items()


@pytest.mark.parametrize(
    ("update", "told"), [({"max_files": 2}, "max_files"), ({"max_mb": 0.000005}, "max_mb")]
)
def test_more_than_the_limits_allow_is_refused_whole(
    tmp_path: Path, update: dict[str, object], told: str
) -> None:
    source = SOURCE.model_copy(update=update)
    with pytest.raises(FetchFailed, match=told):
        fetch(of(tmp_path), source, giving({"a.md": "one", "b.md": "two", "c.md": "three"}))
    assert not there(tmp_path)


def test_a_file_is_linked_only_while_it_holds_what_was_fetched(tmp_path: Path) -> None:
    fetch(of(tmp_path), SOURCE, giving({"b/a.md": "one"}))
    origins = read(tmp_path / "seeds" / "hb")
    assert origins is not None
    sha256 = origins.files["b/a.md"].sha256
    links = Links(tmp_path / "seeds")
    assert links.of("hb/b/a.md", sha256) == "https://git.example.org/hb/b/a.md#L{first}"
    assert not links.of("hb/b/a.md", "0" * 64)
    assert not links.of("hb/a.md", sha256)
    assert links.keeper("hb/anything.md") == "hb"
    assert not links.keeper("else/anything.md")


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"files": {"a.md": {"sha256": "", "link": "javascript:alert(1)"}}}']
)
def test_what_says_nonsense_of_links_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / ORIGINS).write_text(text)
    assert not Links(tmp_path).of("a.md", "")


def test_a_source_is_fetched_by_one_at_a_time(tmp_path: Path) -> None:
    held = _alone(SOURCE.kept(of(tmp_path)))
    with held, pytest.raises(FetchRunning):
        fetch(of(tmp_path), SOURCE, giving({"a.md": "one"}))
    assert state_of(of(tmp_path), SOURCE).tried is None


def test_nothing_is_put_among_the_examples(tmp_path: Path) -> None:
    shipped = of(tmp_path).model_copy(update={"seeds": str(SHIPPED_SEEDS)})
    with pytest.raises(SettingsError, match="name a folder of your own"):
        fetch(shipped, SOURCE, giving({"a.md": "one"}))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is refused to root")
def test_a_disk_that_refuses_is_told_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir(mode=0o500)
    with pytest.raises(FetchFailed, match=r"seeds.*can't be written"):
        fetch(of(tmp_path), SOURCE, giving({"a.md": "one"}))


def test_what_died_before_it_could_say_what_it_put_there_is_told_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(of(tmp_path), SOURCE, giving({"a.md": "one"}))

    def dying(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fetching, "write_memory", dying)
        with pytest.raises(KeyboardInterrupt):
            fetch(of(tmp_path), SOURCE, giving({"a.md": "two"}, "two"))
    # The source went back to what the memory from before is of, and that isn't in place.
    assert fetch(of(tmp_path), SOURCE, giving({"a.md": "one"})).version == "one"
    assert there(tmp_path) == {"a.md": "one"}

    with monkeypatch.context() as patch:
        patch.setattr(fetching, "write_state", dying)
        with pytest.raises(KeyboardInterrupt):
            fetch(of(tmp_path), SOURCE, giving({"a.md": "two", "b.md": ""}, "two"))
    state = fetch(of(tmp_path), SOURCE, giving({}, "two"))
    assert (state.version, state.documents) == ("two", 2)


def test_what_other_settings_fetched_or_nobody_has_any_more_is_not_there(tmp_path: Path) -> None:
    fetch(of(tmp_path), SOURCE, giving({"a.md": "one"}))
    assert is_there(of(tmp_path), SOURCE)
    assert not is_there(of(tmp_path), SOURCE.model_copy(update={"branch": "other"}))
    shutil.rmtree(tmp_path / "seeds" / "hb")
    assert not is_there(of(tmp_path), SOURCE)


def test_a_library_that_is_missing_is_told_by_the_state_of_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "protego", None)
    for name in [each for each in sys.modules if each.startswith("index.fetching.web")]:
        monkeypatch.delitem(sys.modules, name)
    site = WebsiteSettings(name="site", website="https://docs.example.org/")
    with pytest.raises(FetchFailed):
        fetch(of(tmp_path), site, fetcher_of(site))
    assert "pip install 'seedbot[web]'" in state_of(of(tmp_path), site).problem


def test_a_folder_that_was_deleted_is_filled_again_though_the_source_is_the_same(
    tmp_path: Path,
) -> None:
    fetch(of(tmp_path), SOURCE, giving({"a.md": "one"}))
    shutil.rmtree(tmp_path / "seeds" / "hb")
    assert fetch(of(tmp_path), SOURCE, giving({"a.md": "one"})).documents == 1
    assert there(tmp_path) == {"a.md": "one"}
