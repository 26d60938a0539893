"""The files of a commit, read from what git has of it; nothing is checked out."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from index.errors import FetchFailed
from index.fetching.git.process import Git

LINK, ELSEWHERE = "120000", "160000"
# Of the names of all files, in bytes: a few folders in folders can stand for any number of files.
MOST = 100_000_000
PIECE = 1 << 20
POINTER = b"version https://git-lfs.github.com/spec/"
LONGEST_POINTER = 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a commit; `mode` tells it from links and other repositories, `id` its content."""

    mode: str
    id: str
    path: bytes


def entries(git: Git, commit: str, folder: str) -> Iterator[Entry]:
    """Yield the files of a commit in one of its folders, by their paths in the whole.

    Raises:
        FetchFailed: there are too many, or git has trouble with them.
    """
    within = ["--", folder] if folder else []
    read = 0
    with git.output("ls-tree", "-r", "-z", "--full-tree", commit, *within) as stream:
        rest = b""
        while piece := stream.read(PIECE):
            read += len(piece)
            if read > MOST:
                message = "it has more files than can be looked through"
                raise FetchFailed(message)
            *lines, rest = (rest + piece).split(b"\0")
            for line in lines:
                about, _, path = line.partition(b"\t")
                mode, _, number = about.decode("ascii", "replace").split(" ")
                yield Entry(mode, number, path)


def sizes(git: Git, ids: Iterable[str]) -> dict[str, int]:
    """Return the size in bytes of each content that is there.

    Raises:
        FetchFailed: git has trouble with them.
    """
    found = {}
    with git.output("cat-file", "--batch-check", "--buffer", given=ids) as stream:
        for line in stream:
            number, kind, *count = line.decode("ascii", "replace").split()
            if kind == "blob":
                found[number] = int(count[0])
    return found


def contents(git: Git, wanted: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    """Yield contents by their ids, in that order; `wanted` has the size of each.

    Raises:
        FetchFailed: git has trouble with them, or they are damaged.
    """
    with git.output("cat-file", "--batch", "--buffer", given=wanted) as stream:
        for number, size in wanted.items():
            if stream.readline() != f"{number} blob {size}\n".encode():
                raise EOFError
            data = _exactly(stream, size)
            if _exactly(stream, 1) != b"\n" or _id(data, number) != number:
                raise EOFError
            yield number, data


def is_pointer(data: bytes) -> bool:
    """Whether a file only says which one is kept elsewhere, by Git LFS."""
    return len(data) < LONGEST_POINTER and data.startswith(POINTER)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    """Read so many bytes.

    Raises:
        EOFError: there are fewer.
    """
    data = stream.read(size)
    if len(data) != size:
        raise EOFError
    return data


def _id(data: bytes, like: str) -> str:
    """The id that git gives to a content, by the hash that an id of that length is of."""
    kind = "sha1" if len(like) == hashlib.sha1(usedforsecurity=False).digest_size * 2 else "sha256"
    return hashlib.new(kind, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
