"""What the process that reads documents can't do, even when a document has taken it over."""

import errno
import os
import platform
import resource
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from index import IndexSettings
from index.domain import Cut, Document
from index.reading.formats import read
from index.reading.process import ReaderProcess
from index.sandbox import confine, landlock, seccomp
from index.sandbox.kernel import prctl, syscall
from index.text.chunking import Chunker
from tests.support import cutters
from tests.support.formats import samples

ROOT = Path(__file__).parents[3]
DENIED = (errno.EACCES, errno.EPERM)
needs_landlock = pytest.mark.skipif(
    not landlock.version(), reason="the kernel has no Landlock: a reader may open other files here"
)
needs_filter = pytest.mark.skipif(
    not seccomp.possible(), reason="no system calls are filtered on this kernel or machine"
)


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A folder with a document and a link to what lies beside the folder: somebody's secret."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "good.txt").write_text("Tea is steeped.\n")
    (tmp_path / "secret").write_text("A secret.\n")
    (folder / "link.txt").symlink_to(tmp_path / "secret")
    return folder


def outcomes(seeds: Path, attempts: Sequence[Callable[[], object]]) -> list[int]:
    """Try things in a process that reads the folder: the number of each error, 0 for none."""
    document = read("good.txt", b"Tea is steeped.\n")
    settings = IndexSettings(seeds=str(seeds))
    with ReaderProcess(settings, cutters.Attacking(attempts)) as reader:
        cuts = [reader.cut(document, number) for number in range(len(attempts))]
        assert isinstance(reader.read("good.txt"), Document)
    return [cut.divided if isinstance(cut, Cut) else pytest.fail(cut.reason) for cut in cuts]


def outcome(seeds: Path, attempt: Callable[[], object]) -> int:
    """The same of one thing."""
    return outcomes(seeds, [attempt])[0]


@needs_landlock
@pytest.mark.parametrize("whose", ["its parent's", "its parent's parent's", "the first one's"])
def test_nothing_of_other_processes_is_read(seeds: Path, whose: str) -> None:
    number = {"its parent's": os.getpid(), "the first one's": 1}.get(whose, os.getppid())
    names = ("environ", "mem", "maps", "cmdline", "fd", "root/etc/passwd")
    attempts = [partial(os.open, f"/proc/{number}/{name}", os.O_RDONLY) for name in names]
    for name, found in zip(names, outcomes(seeds, attempts), strict=True):
        assert found in DENIED, name


@needs_landlock
def test_no_file_but_the_documents_is_opened(seeds: Path) -> None:
    paths = ("/proc/self/../1/environ", "/proc/self/cwd", "/etc/passwd", "/")
    found = outcomes(seeds, [partial(os.open, path, os.O_RDONLY) for path in paths])
    assert [path for path, code in zip(paths, found, strict=True) if code not in DENIED] == []


@needs_landlock
def test_neither_what_lies_beside_the_documents(seeds: Path) -> None:
    paths = ("../secret", "link.txt", "..", "/tmp", str(ROOT), __file__)  # noqa: S108
    assert all(os.access(seeds / path, os.R_OK) for path in paths)
    found = outcomes(seeds, [partial(os.open, seeds / path, os.O_RDONLY) for path in paths])
    assert [path for path, code in zip(paths, found, strict=True) if code not in DENIED] == []


@needs_landlock
def test_documents_can_not_be_changed(seeds: Path) -> None:
    good, new = seeds / "good.txt", seeds / "new.txt"
    attempts = (
        partial(good.write_text, "Tea is boiled.\n"),
        partial(os.open, good, os.O_RDWR),
        partial(os.truncate, good, 0),
        partial(os.rename, good, new),
        partial(os.link, good, new),
        partial(os.unlink, good),
        partial(os.symlink, "/etc/passwd", new),
        partial(os.mkfifo, new),
        partial(new.mkdir),
        partial(new.write_text, "Tea is boiled.\n"),
        partial(Path("/dev/shm/new").write_text, "Tea"),  # noqa: S108
        partial(os.execv, sys.executable, [sys.executable, "-c", ""]),
    )
    for attempt, found in zip(attempts, outcomes(seeds, attempts), strict=True):
        assert found in DENIED, attempt
    assert sorted(path.name for path in seeds.iterdir()) == ["good.txt", "link.txt"]
    assert good.read_text() == "Tea is steeped.\n"


@needs_filter
def test_there_is_no_network(seeds: Path) -> None:
    families = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, 16, 17)
    kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW)
    sockets = [*product(families, kinds)]
    found = outcomes(seeds, [partial(socket.socket, *each) for each in sockets])
    assert dict(zip(sockets, found, strict=True)) == dict.fromkeys(sockets, errno.EPERM)


@needs_filter
def test_a_server_on_this_machine_is_not_reached(seeds: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        socket.create_connection(address).close()
        assert outcome(seeds, partial(socket.create_connection, address)) == errno.EPERM


@needs_filter
@pytest.mark.parametrize("who", ["parent", "grandparent", "group", "everyone"])
def test_no_other_process_is_sent_a_signal_or_limited(seeds: Path, who: str) -> None:
    others = {"parent": os.getpid(), "grandparent": os.getppid(), "group": 0, "everyone": -1}
    whom = others[who]
    tgkill, prlimit = (seccomp.ITSELF[name][column()] for name in ("tgkill", "prlimit64"))
    attempts: list[Callable[[], object]] = [partial(os.kill, whom, 0)]
    attempts.append(partial(syscall, tgkill, whom, whom, 0))
    if whom:
        attempts.append(partial(syscall, prlimit, whom, 7, None, None))
    assert outcomes(seeds, attempts) == [errno.EPERM] * len(attempts)


@needs_filter
def test_what_is_refused_fails_before_its_arguments_are_looked_at(seeds: Path) -> None:
    numbers = {name: each[column()] for name, each in seccomp.REFUSED.items()}
    known = {name: number for name, number in numbers.items() if number is not None}
    assert known == numbers or platform.machine() == "aarch64"
    attempts = [partial(syscall, number, 0, 0, 0, 0, 0, 0) for number in known.values()]
    found = outcomes(seeds, attempts)
    assert dict(zip(known, found, strict=True)) == dict.fromkeys(known, errno.EPERM)


@needs_filter
@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86-64 has its calls twice")
def test_the_calls_for_short_pointers_are_no_way_round(seeds: Path) -> None:
    assert outcome(seeds, partial(syscall, seccomp.AGAIN + 41, 2, 1, 0)) == errno.EPERM


def column() -> int:
    """Where the numbers of this machine stand."""
    return list(seccomp.MACHINES).index(platform.machine())


def test_every_format_is_read_and_cut_all_the_same(tmp_path: Path) -> None:
    for name, data in samples().items():
        (tmp_path / name).write_bytes(data)
    chunker = Chunker(20, len)
    with ReaderProcess(IndexSettings(seeds=str(tmp_path)), chunker) as reader:
        for name, data in samples().items():
            document = reader.read(name)
            assert document == read(name, data)
            assert isinstance(document, Document)
            assert reader.cut(document, 3) == chunker.cut(document, 3)


@needs_landlock
@pytest.mark.parametrize("path", ["", "/nowhere:", ".", "/"])
def test_the_folder_it_is_started_in_is_no_library(
    seeds: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(seeds.parent)
    monkeypatch.setenv("PYTHONPATH", f"{os.environ.get('PYTHONPATH', '')}:{path}")
    assert outcome(seeds, partial(os.open, seeds.parent / "secret", os.O_RDONLY)) in DENIED


def test_a_copy_of_the_repository_is_no_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confine, "PACKAGE", tmp_path / "index")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert tmp_path in confine.libraries()
    (tmp_path / "pyproject.toml").touch()
    assert tmp_path not in confine.libraries()
    assert tmp_path / "index" in confine.libraries()


@pytest.mark.parametrize("lacks", ["no Landlock here", "no system calls are filtered"])
def test_what_the_kernel_lacks_is_said_and_documents_are_read(
    seeds: Path, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    assert len(confine.lacking()) == (not landlock.version()) + (not seccomp.possible())
    monkeypatch.setattr("index.sandbox.landlock.CREATE_RULESET", 100_000)
    monkeypatch.setattr("index.sandbox.seccomp.MACHINES", {})
    assert any(lacks in said for said in confine.lacking())
    without = (
        "from index.sandbox import landlock, seccomp; landlock.CREATE_RULESET = 100_000; "
        "seccomp.MACHINES = {}; from index.reading.worker import main"
    )
    boot = "index.reading.process.BOOT"
    monkeypatch.setattr(
        boot, "import sys; sys.path.insert(0, sys.argv[1]); " + without + "; main(sys.argv[2:])"
    )
    assert outcome(seeds, partial(os.open, "/etc/passwd", os.O_RDONLY)) == 0


def test_it_has_room_for_no_file_and_no_other_process(seeds: Path) -> None:
    assert outcomes(seeds, [partial(limits_are, 0, 0, 64, 0), hidden]) == [0, 0]


def limits_are(*expected: int) -> None:
    """Raise what a cutter tells of, unless these are the limits."""
    found = tuple(resource.getrlimit(kind)[1] for kind in confine.MOST)
    if found != expected:
        raise OSError(99, str(found))


def hidden() -> None:
    """The same, unless the process is hidden."""
    if prctl(3, 0, 0, 0, 0) != 0:
        raise OSError(99, "it can be read")
