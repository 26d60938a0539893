"""Only files of the folder are opened, whatever takes their place, and nothing is waited for."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from index import IndexSettings, SettingsError
from index.domain import Skipped
from index.errors import (
    ResourcesMissing,
    SourceError,
    SourceOutside,
    SourceTooLarge,
    SourceUnopened,
)
from index.reading import opening
from index.reading.files import scan
from index.reading.opening import NotAFile, blocks_of_source, opened
from index.reading.process import ReaderProcess
from index.reading.rules import MOST_RULES
from index.settings import Limits
from tests.support.failing import failing_to_open
from tests.support.resources import no_descriptors


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A folder with two documents, one in a folder of its own."""
    folder = tmp_path / "seeds"
    (folder / "sub").mkdir(parents=True)
    (folder / "good.txt").write_text("Tea is steeped.\n")
    (folder / "sub" / "deep.txt").write_text("Coffee is ground.\n")
    return folder


@pytest.fixture
def settings(seeds: Path) -> IndexSettings:
    """The folder's settings."""
    return IndexSettings(seeds=str(seeds))


def read(folder: Path, path: str, limits: Limits | None = None) -> bytes:
    """The bytes of a document."""
    return b"".join(blocks_of_source(folder, path, limits or Limits()))


MAKERS: dict[str, Callable[[Path], object]] = {
    "named pipe": os.mkfifo,
    "folder": lambda path: path.mkdir(),
    "device": lambda path: path.symlink_to("/dev/zero"),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_what_took_the_place_of_a_document_is_not_read(
    seeds: Path, settings: IndexSettings, kind: str
) -> None:
    found = scan(settings)
    (seeds / "good.txt").unlink()
    MAKERS[kind](seeds / "good.txt")
    with ReaderProcess(settings) as reader:
        results = [reader.read(path) for path in found.hashes]
    assert results[0] == Skipped("good.txt", f"it is a {kind}, not a file", passing=True)
    assert not isinstance(results[1], Skipped)


@pytest.mark.parametrize("kind", MAKERS)
def test_what_takes_the_place_of_a_document_while_it_is_opened_is_not_read(
    seeds: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    MAKERS[kind](seeds / "late.txt")
    regular = (seeds / "good.txt").stat()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", lambda _: regular)
        with pytest.raises(NotAFile, match=kind), opened(seeds / "late.txt"):
            pass


def test_a_link_that_leads_out_by_the_time_of_reading_is_refused(
    seeds: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("A secret.\n")
    (seeds / "good.txt").unlink()
    (seeds / "good.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(SourceOutside, match="leaves the seeds folder"):
        read(seeds, "good.txt")
    (seeds / "sub").rename(tmp_path / "sub")
    (seeds / "sub").symlink_to(tmp_path / "sub")
    with pytest.raises(SourceOutside, match="leaves the seeds folder"):
        read(seeds, "sub/deep.txt")


def test_what_was_opened_has_to_be_what_lies_in_the_folder(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.txt").write_text("A secret.\n")
    secret = (tmp_path / "secret.txt").stat()
    monkeypatch.setattr(os, "fstat", lambda _: secret)
    with pytest.raises(SourceUnopened, match="another took its place meanwhile"):
        read(seeds, "good.txt")


def test_a_document_that_grows_while_it_is_read_has_an_end(
    seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (seeds / "log.txt").write_bytes(b"tick\n" * 100_000)
    monkeypatch.setattr(opening, "_checked_size", lambda *_: 5)
    monkeypatch.setattr(opening, "BLOCK", 1000)
    blocks = blocks_of_source(seeds, "log.txt", Limits(max_file_mb=0.01))
    got: list[bytes] = []
    with pytest.raises(SourceTooLarge, match=r"0\.01 MB, over the limit"):
        got.extend(blocks)
    assert len(b"".join(got)) <= 11_000


@pytest.mark.parametrize("kind", [errno.EIO, errno.ESTALE, errno.EACCES])
def test_a_document_that_can_not_be_opened_is_named_and_tried_again(
    seeds: Path, settings: IndexSettings, monkeypatch: pytest.MonkeyPatch, kind: int
) -> None:
    with failing_to_open(monkeypatch, seeds / "good.txt", kind):
        found = scan(settings)
    assert set(found.hashes) == {"sub/deep.txt"}
    reason = f"it can't be opened: {os.strerror(kind)}"
    assert found.skipped == (Skipped("good.txt", reason, passing=True),)
    assert found.failing == (frozenset() if kind == errno.EACCES else {"good.txt"})


def test_a_document_that_is_gone_is_no_trouble(
    seeds: Path, settings: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing_to_open(monkeypatch, seeds / "good.txt", errno.ENOENT):
        found = scan(settings)
    assert set(found.hashes) == {"sub/deep.txt"}
    assert not found.skipped


def test_what_the_disk_fails_to_give_is_recalled_with_all_that_is_below_it(
    seeds: Path, settings: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scan(settings).hashes
    with failing_to_open(monkeypatch, seeds / "sub", errno.EIO):
        found = scan(settings)
    assert set(found.hashes) == {"good.txt"}
    again = found.recall(before | {"gone.txt": "0"})
    assert again.hashes == before
    assert again.recalled == {"sub/deep.txt": "it can't be opened: Input/output error"}
    assert again.recall(before) == again


def test_a_machine_without_files_to_open_stops_a_scan_and_drops_no_document(
    settings: IndexSettings,
) -> None:
    with no_descriptors(), pytest.raises(ResourcesMissing, match="Too many open files"):
        scan(settings)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_no_document_is_blamed_for_what_the_machine_lacks(
    seeds: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with (
        failing_to_open(monkeypatch, seeds / "good.txt", number),
        pytest.raises(ResourcesMissing, match=os.strerror(number)),
    ):
        read(seeds, "good.txt")
    assert not issubclass(ResourcesMissing, SourceError)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "it is a named pipe, not a file"),
        (Path.mkdir, "it is a folder, not a file"),
        (lambda file: file.symlink_to("/dev/zero"), "it is a device, not a file"),
        (lambda file: file.symlink_to("nowhere"), "it can't be opened: No such file or directory"),
        (lambda file: file.symlink_to(file.name), "it can't be opened: Too many levels"),
        (lambda file: file.write_bytes(b"a/\n" * 40_000), "it has more than 100 KB of rules"),
        (lambda file: file.write_bytes(b"a/\n\xff\xfe\n"), "they are not UTF-8"),
    ],
)
def test_ignore_rules_that_can_not_be_read_are_said_to_be_before_anything_is_indexed(
    seeds: Path, settings: IndexSettings, make: Callable[[Path], object], reason: str
) -> None:
    make(seeds / ".seedignore")
    with pytest.raises(
        SettingsError, match=r"\.seedignore: the ignore rules can't be read"
    ) as told:
        scan(settings)
    assert reason in str(told.value)


def test_more_rules_than_can_be_held_are_refused(seeds: Path, settings: IndexSettings) -> None:
    rules = seeds / ".seedignore"
    rules.write_text("".join(f"a{number}\n" for number in range(MOST_RULES)))
    assert len(scan(settings).hashes) == 2
    with rules.open("a") as file:
        file.write("one more\n")
    with pytest.raises(SettingsError, match="2001 rules are too many; 2000 can be held"):
        scan(settings)


def test_a_rule_longer_than_anybody_writes_is_refused(seeds: Path, settings: IndexSettings) -> None:
    (seeds / ".seedignore").write_text("drafts/\n" + "*" * 1001 + "\n")
    with pytest.raises(SettingsError, match=r"\.seedignore, line 2: a rule has 1000 characters at"):
        scan(settings)
