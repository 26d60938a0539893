"""What the system refuses a build: one sentence, and the index before stays."""

import errno
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index import IndexSettings
from index.build.refusals import explained, explanation
from index.errors import ResourcesMissing, SeedIndexError, StoreError
from index.front import silent
from index.model.onnx_embedder import OnnxEmbedder
from index.reading.process import ROOT
from index.store.store import Store
from tests.support.builder import Builder
from tests.support.resources import no_descriptors


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    """A folder with a document."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "gate.txt").write_text("The gate is green.\n")
    return IndexSettings(seeds=str(folder), store=str(tmp_path / "store"))


@pytest.fixture
def built(settings: IndexSettings, embedder: OnnxEmbedder) -> str:
    """The name of its generation; then the document changes."""
    name = Builder(embedder)(settings, silent).generation
    (settings.seeds_path / "gate.txt").write_text("The gate is red.\n")
    return name


def stays(settings: IndexSettings, name: str) -> bool:
    """Whether the generation of that name is current, whole, and the only one."""
    store = Store(settings.store_path)
    store.verify(name)
    return store.current() == name and store.names() == [name]


def full(where: object) -> OSError:
    """What a full disk says of a place."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(where))


def test_a_full_disk_is_told_with_its_place_and_what_is_needed(
    settings: IndexSettings, built: str, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seal(folder: Path, *_arguments: object, **_options: object) -> Path:
        place = folder / "model" / "model.onnx"
        raise shutil.Error([(str(folder), str(place), str(full(place)))])

    monkeypatch.setattr("index.build.build.seal", seal)
    with pytest.raises(StoreError) as told:
        Builder(embedder)(settings, silent)
    message = str(told.value)
    assert "model/model.onnx: the disk is full" in message
    assert "MB: free at least as much there, or set another `store` under [index]" in message
    assert message.endswith("the index before is still in use")
    assert not set("[]()'") & set(message.replace("[index]", ""))
    assert stays(settings, built)


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (full("/elsewhere/x"), StoreError, "/elsewhere/x: the disk is full: free some space"),
        (OSError(errno.EROFS, "Read-only file system", "/a"), StoreError, "/a: the index can't be"),
        (OSError(errno.EMFILE, "Too many open files"), ResourcesMissing, "Too many open files"),
        (OSError("of its own"), StoreError, "the index can't be written: of its own; the index"),
        (
            shutil.Error([("a", "b", "[Errno 13] Permission denied: 'b'")]),
            StoreError,
            "b: the index can't be written: [Errno 13]",
        ),
        (shutil.Error("'a' and 'b' are the same file"), StoreError, "are the same file"),
    ],
)
def test_each_refusal_of_the_system_is_one_sentence(
    settings: IndexSettings, error: OSError, kind: type[SeedIndexError], words: str
) -> None:
    told = explanation(error, Store(settings.store_path))
    assert isinstance(told, kind)
    assert words in str(told)
    assert "\n" not in str(told)


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("can't start new thread"), OSError(errno.ENOMEM, "none")]
)
def test_what_the_machine_lacks_ends_a_build_in_one_sentence(
    settings: IndexSettings,
    built: str,
    embedder: OnnxEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def fail(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr("index.build.write.DocumentsWriter.add", fail)
    with pytest.raises(ResourcesMissing, match=r"the build can't go on.*still in use.*index build"):
        Builder(embedder)(settings, silent)
    assert stays(settings, built)


def test_an_error_of_our_own_making_is_not_taken_for_a_lack(settings: IndexSettings) -> None:
    message = "a bug"
    with pytest.raises(RuntimeError, match=message), explained(Store(settings.store_path)):
        raise RuntimeError(message)


def test_without_files_to_open_the_index_stays_and_no_document_is_dropped(
    settings: IndexSettings, built: str, embedder: OnnxEmbedder
) -> None:
    with no_descriptors(), pytest.raises(ResourcesMissing, match="Too many open files"):
        Builder(embedder)(settings, silent)
    assert stays(settings, built)


def files(number: int) -> Callable[[], None]:
    """Have so few files to open."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))


def memory(megabytes: int) -> Callable[[], None]:
    """Have so little memory."""
    size = megabytes * 1_000_000
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))


@pytest.mark.model
def test_a_build_of_the_command_makes_an_index_or_says_in_a_line_what_it_lacks(
    settings: IndexSettings, begun: Path
) -> None:
    shutil.copytree(begun, settings.store_path)
    store = Store(settings.store_path)
    config = settings.store_path.parent / "config.toml"
    config.write_text(f'[index]\nseeds = "{settings.seeds}"\nstore = "{settings.store}"\n')
    said = []
    # At how many of them it fails where, depends on the libraries.
    for limit in (files(12), files(18), files(24), memory(700), memory(850)):
        before = store.current()
        run = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "index", "--config", str(config), "build"],
            cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=limit,
        )  # fmt: skip
        assert "Traceback" not in run.stderr
        if run.returncode:
            assert store.current() == before
            said += [line for line in run.stderr.splitlines() if line.startswith("error: ")]
        store.verify(store.current())
    assert any("Too many open files" in line for line in said)
