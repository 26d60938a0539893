"""A build in a process of its own: what it reports, and how it ends."""

import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from index import IndexSettings
from index.build.process import BuildProcess
from index.errors import ModelUnavailable, ResourcesMissing, SourcesMissing, StoreError
from index.store.store import Store
from tests.support.resources import no_descriptors


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    """A folder with a document, not indexed yet."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "a.txt").write_text("The gate is green.\n")
    (folder / "b.bin").write_bytes(b"\0")
    return IndexSettings(seeds=str(folder), store=str(tmp_path / "store"))


@pytest.fixture
def ready(settings: IndexSettings, begun: Path) -> IndexSettings:
    """The same, with the model exported already."""
    shutil.copytree(begun, settings.store_path)
    return settings


def silent(_stage: str, _done: int, _total: int) -> None:
    """Report no progress."""


@pytest.mark.model
def test_it_tells_how_far_it_is_and_what_it_did(
    settings: IndexSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A module of the current folder is not taken for one of the library's.
    (tmp_path / "json.py").write_text("raise SystemExit(9)\n")
    monkeypatch.chdir(tmp_path)
    stages: list[str] = []
    report = BuildProcess()(settings, lambda stage, _done, _total: stages.append(stage))
    assert list(dict.fromkeys(stages)) == ["read", "export", "embed", "write"]
    assert report.generation == Store(settings.store_path).current()
    assert [file.path for file in report.manifest.skipped] == ["b.bin"]
    again = BuildProcess()(settings, silent)
    assert not again.made
    assert again.generation == report.generation


@pytest.mark.model
def test_errors_are_those_of_a_build(settings: IndexSettings) -> None:
    with pytest.raises(SourcesMissing, match="no seeds folder"):
        BuildProcess()(settings.model_copy(update={"seeds": "/nowhere"}), silent)
    with pytest.raises(ModelUnavailable, match="can't be loaded"):
        BuildProcess()(settings.model_copy(update={"model": "./nothing"}), silent)


def test_a_process_that_dies_is_told_with_its_exit_code(
    settings: IndexSettings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.build.process.BOOT", "raise SystemError('out of ideas')")
    with pytest.raises(StoreError, match=r"exit code 1.*still in use.*python -m index build"):
        BuildProcess()(settings, silent)
    assert "out of ideas" in caplog.text


def test_where_no_process_can_be_started_that_is_said_in_a_sentence(
    settings: IndexSettings,
) -> None:
    with (
        no_descriptors(),
        pytest.raises(ResourcesMissing, match=r"go on: Too many open files; the index before"),
    ):
        BuildProcess()(settings, silent)


def test_a_build_can_be_stopped_and_starts_no_more(settings: IndexSettings) -> None:
    build = BuildProcess()
    threading.Timer(0.5, build.stop).start()
    with pytest.raises(StoreError, match="was stopped"):
        build(settings, silent)
    with pytest.raises(StoreError, match="was stopped"):
        build(settings, silent)


def test_it_ends_with_the_process_that_started_it(ready: IndexSettings) -> None:
    build = BuildProcess()
    seen: list[int] = []

    def hang_up(_stage: str, _done: int, _total: int) -> None:
        if not seen and build.running is not None and build.running.stdin is not None:
            seen.append(build.running.pid)
            build.running.stdin.close()

    with pytest.raises(StoreError, match="died"):
        build(ready, hang_up)
    time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(seen[0], 0)
