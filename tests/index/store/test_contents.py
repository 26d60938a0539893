"""What is read of a generation's files is what was built, whatever the disk does meanwhile."""

import errno
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import IndexCorrupt
from index.store.checksums import BLOCK, write_blocks
from index.store.contents import Blocks, SealedFiles
from index.store.seal import checksums

SIZE = 5 * BLOCK + 123
DATA = bytes(number * 7919 % 251 for number in range(SIZE))


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file with the hashes of its blocks beside it."""
    file = tmp_path / "big.bin"
    file.write_bytes(DATA)
    write_blocks(file)
    return file


def opened(file: Path) -> Blocks:
    """What is in it, block by block."""
    return Blocks(file, file.with_name(f"{file.name}.blocks").read_bytes())


def read(content: Blocks, first: int, last: int) -> bytes:
    """The bytes of one range."""
    (part,) = content.parts([(first, last)])
    return bytes(part)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Blocks:
    """What is in a big file."""
    file = tmp_path_factory.mktemp("content") / "big.bin"
    file.write_bytes(DATA)
    write_blocks(file)
    return opened(file)


@given(ranges=st.lists(st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)), max_size=5))
def test_ranges_of_a_big_file_are_its_bytes(content: Blocks, ranges: list[tuple[int, int]]) -> None:
    parts = content.parts([(min(pair), max(pair)) for pair in ranges])
    assert [bytes(part) for part in parts] == [DATA[min(pair) : max(pair)] for pair in ranges]


def test_a_byte_that_changes_after_it_was_read_is_never_read_again(big: Path) -> None:
    content = opened(big)
    assert read(content, BLOCK, BLOCK + 10) == DATA[BLOCK : BLOCK + 10]
    with big.open("r+b") as stream:
        stream.seek(BLOCK + 5)
        stream.write(bytes([DATA[BLOCK + 5] ^ 1]))
    with pytest.raises(IndexCorrupt, match=r"big\.bin is damaged: the checksum of a block"):
        read(content, BLOCK, BLOCK + 10)
    assert read(content, 2 * BLOCK, SIZE) == DATA[2 * BLOCK :]


def test_a_file_that_is_cut_short_under_its_reader_is_told(big: Path) -> None:
    content = opened(big)
    os.truncate(big, 2 * BLOCK)
    assert read(content, 0, 2 * BLOCK) == DATA[: 2 * BLOCK]
    with pytest.raises(IndexCorrupt, match=rf"big\.bin is damaged: it ends at byte {2 * BLOCK:,}"):
        read(content, 2 * BLOCK, SIZE)
    with pytest.raises(IndexCorrupt, match=r"bytes, not"):
        opened(big)


def test_a_file_that_is_taken_away_is_read_on(big: Path) -> None:
    content = opened(big)
    big.unlink()
    assert read(content, 0, SIZE) == DATA


def test_few_bytes_at_a_time_are_put_together(big: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.preadv

    def short(descriptor: int, buffers: Sequence[memoryview], offset: int) -> int:
        return real(descriptor, [buffers[0][:100]], offset)

    content = opened(big)
    monkeypatch.setattr(os, "preadv", short)
    assert read(content, 10, SIZE - 10) == DATA[10 : SIZE - 10]


def test_a_disk_that_fails_is_named(big: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_arguments: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    content = opened(big)
    monkeypatch.setattr(os, "preadv", failing)
    with pytest.raises(IndexCorrupt, match=r"big\.bin can't be read: Input/output error"):
        read(content, 0, 1)


@pytest.fixture
def sealed(tmp_path: Path) -> SealedFiles:
    """Two small files and their checksums."""
    folder = tmp_path / "sealed"
    folder.mkdir()
    (folder / "one.bin").write_bytes(DATA[:1000])
    (folder / "two.bin").write_bytes(DATA[1000:3000])
    return SealedFiles(folder, checksums(folder))


def scrub(files: SealedFiles) -> None:
    """Verify everything."""
    for _ in files.scrub():
        pass


def test_what_is_held_stays_as_it_was_and_the_disks_damage_is_told(
    sealed: SealedFiles, tmp_path: Path
) -> None:
    content = sealed.content("one.bin")
    assert sealed.problem() is None
    file = tmp_path / "sealed" / "one.bin"
    file.write_bytes(b"x" * 1000)
    (part,) = content.parts([(0, 1000)])
    assert bytes(part) == DATA[:1000]
    assert "one.bin is damaged" in str(sealed.problem())
    file.write_bytes(DATA[:1000])
    assert sealed.problem() is None


def test_a_file_that_only_looks_newer_is_whole(sealed: SealedFiles, tmp_path: Path) -> None:
    sealed.content("one.bin")
    os.utime(tmp_path / "sealed" / "one.bin")
    assert sealed.problem() is None


def test_a_file_that_nobody_seems_to_have_written_to_is_found_by_a_scrub(
    sealed: SealedFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Not even the time of the change tells, as with a failing disk.
    monkeypatch.setattr("index.store.contents.Stamp.of", lambda _status: ())
    sealed.content("one.bin")
    sealed.check_others()
    file = tmp_path / "sealed" / "two.bin"
    file.write_bytes(b"x" * 2000)
    assert sealed.problem() is None
    scrub(sealed)
    assert "two.bin is damaged" in str(sealed.problem())
    file.unlink()
    scrub(sealed)
    assert "two.bin is missing" in str(sealed.problem())
    file.write_bytes(DATA[1000:3000])
    scrub(sealed)
    assert sealed.problem() is None


@pytest.mark.parametrize(
    "replace", [os.mkfifo, Path.mkdir, lambda file: file.symlink_to("/dev/zero")]
)
def test_a_pipe_folder_or_device_in_the_place_of_a_file_is_told_at_once(
    sealed: SealedFiles, tmp_path: Path, replace: Callable[[Path], None]
) -> None:
    file = tmp_path / "sealed" / "one.bin"
    file.unlink()
    replace(file)
    with pytest.raises(IndexCorrupt, match=r"one\.bin can't be read"):
        sealed.content("one.bin")
    scrub(sealed)
    assert "one.bin can't be read" in str(sealed.problem())


def test_a_folder_that_is_gone_is_told_by_a_scrub_alone(
    sealed: SealedFiles, tmp_path: Path
) -> None:
    sealed.content("one.bin")
    shutil.rmtree(tmp_path / "sealed")
    assert sealed.problem() is None
    scrub(sealed)
    assert "one.bin is missing" in str(sealed.problem())
