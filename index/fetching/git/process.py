"""The system's git in a process of its own, that is given little and may take no more than said.

A repository is what strangers wrote, and git runs programs and reads settings of its own accord. So
it has none of the settings of the machine or the user, is asked in words that no name can be taken
for, speaks the one protocol that the address has, follows no redirect (a token would go with it, or
a private address be reached), and never checks anything out: no hook, filter, link or submodule.
"""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from index.errors import FetchFailed
from index.fetching.git.complaints import NO_ROOM
from index.sandbox.environment import environment

# What it, curl and ssh go by: the way through a proxy, whom to trust, who holds the keys.
PASSED = (
    "PATH", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy",
    "https_proxy", "all_proxy", "no_proxy", "SSH_AUTH_SOCK",
)  # fmt: skip
SSH = (
    "ssh -o BatchMode=yes -o ConnectTimeout=30 -o ForwardAgent=no -o ClearAllForwardings=yes "
    "-o PermitLocalCommand=no"
)
ALWAYS = {
    "LC_ALL": "C",  # what it says is looked through
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_SSH_COMMAND": SSH,
    "GIT_SSH_VARIANT": "ssh",
}
CONFIG = (
    f"core.hooksPath={os.devnull}", f"core.attributesFile={os.devnull}", "core.fsmonitor=false",
    "core.askPass=", "credential.helper=", "protocol.version=2", "protocol.ext.allow=never",
    "http.followRedirects=false", "http.lowSpeedLimit=100", "http.lowSpeedTime=120",
    "transfer.fsckObjects=true", "transfer.bundleURI=false", "fetch.unpackLimit=1",
    "fetch.recurseSubmodules=false", "fetch.writeCommitGraph=false", "gc.auto=0",
    "maintenance.auto=false", "core.bigFileThreshold=32m",
)  # fmt: skip
# The first that can be told to have no settings of a user's (2021).
LEAST = (2, 32)
MISSING = (
    "git isn't installed, which fetches it: install it (`apt install git`, `dnf install git`, "
    "`brew install git`)"
)
# No core, no file beyond so many blocks, no memory beyond so many KB where a system can tell: of a
# packed file, a few bytes may stand for gigabytes. The disk is looked at as well; the limit of the
# system, at twice that, is for what is quicker, and git can't tell that it met it.
LIMITED = 'ulimit -c 0; ulimit -f "$1"; ulimit -v "$2" 2>/dev/null || :; shift 2; exec "$@"'
BLOCK = 512
MEMORY_KB = 4_000_000
MEGABYTE = 1_000_000
# Seconds between two looks at the clock, and at the disk.
CLOCK, DISK = 0.05, 0.25
# How much it may complain, and what is looked through of that at the end, in bytes: a server may
# have it say anything.
MOST_TOLD, COMPLAINED = 1_000_000, 8192


class Refused(FetchFailed):
    """Git doesn't do it, or takes too much; from nothing, it may."""


class Unanswered(Refused):
    """Git ended without doing it; the only argument is what it said."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may be taken: time until `deadline` by the monotonic clock, and `bytes` in a folder."""

    folder: Path
    deadline: float
    seconds: float
    bytes: int
    stop: threading.Event

    def passed(self, *, disk: bool) -> FetchFailed | None:
        """Return what is passed, if anything is; the disk is only looked at if told to."""
        if self.stop.is_set():
            return FetchFailed("it was stopped")
        if time.monotonic() > self.deadline:
            return FetchFailed(
                f"it wasn't there after {self.seconds:g} seconds (`timeout_seconds`): its server "
                "is slow or doesn't answer, or it is too large for that time"
            )
        if disk and size(self.folder) > self.bytes:
            most = f"{self.bytes / MEGABYTE:g} MB on the disk, five times `max_mb`"
            return Refused(f"it takes more than {most}; raise that, if this is meant")
        return None


@dataclass(frozen=True, slots=True)
class Git:
    """Asks git, about the repository at `place` if there is one.

    `secret` are variables of its environment for what goes over the network, `protocol` the only
    one that it may speak there.
    """

    bounds: Bounds
    protocol: str
    place: Path | None = None
    secret: dict[str, str] = field(default_factory=dict, repr=False)

    def run(self, *arguments: str, online: bool = False, most: int = MEGABYTE) -> bytes:
        """Return what it writes.

        Raises:
            FetchFailed: it fails, is ended, isn't there, or writes more than `most` bytes.
        """
        with self.output(*arguments, online=online) as stream:
            written = stream.read(most + 1)
            if len(written) > most:
                message = "there is more in it than can be looked through"
                raise FetchFailed(message)
        return written

    @contextmanager
    def output(
        self, *arguments: str, online: bool = False, given: Iterable[str] = ()
    ) -> Iterator[IO[bytes]]:
        """Let it run, and read what it writes; `given` are lines for it to read.

        Raises:
            FetchFailed: as `run`; where the reader misses something (EOFError), too.
        """
        folder = self.bounds.folder
        with TemporaryFile(dir=folder) as asked, TemporaryFile(dir=folder) as told:
            asked.writelines(f"{line}\n".encode() for line in given)
            asked.seek(0)
            process = self._start(arguments, asked, told, online=online)
            watched = _Watched(process, self.bounds, told)
            try:
                yield watched.stream
                code = watched.end()
            except EOFError:
                code = watched.end() or -1
            finally:
                watched.kill()
            # It may be done before anybody looked at the disk.
            passed = watched.ended_by or self.bounds.passed(disk=online)
            if passed:
                raise passed
            if code:
                told.seek(-min(told.seek(0, os.SEEK_END), COMPLAINED), os.SEEK_END)
                raise Unanswered(_said(told.read(), code))

    def _start(
        self, arguments: tuple[str, ...], asked: IO[bytes], told: IO[bytes], *, online: bool
    ) -> "subprocess.Popen[bytes]":
        own = environment(PASSED)
        program = shutil.which("git", path=own.get("PATH"))
        if program is None:
            raise FetchFailed(MISSING)
        limits = [str(2 * self.bounds.bytes // BLOCK), str(MEMORY_KB)]
        config = [part for each in CONFIG for part in ("-c", each)]
        # Nothing is to be fetched by itself that is missed while reading.
        allowed = {"GIT_ALLOW_PROTOCOL": self.protocol if online else ""}
        folder = str(self.bounds.folder)
        home = {"HOME": folder, "XDG_CONFIG_HOME": folder}
        # The bot may be in a repository itself.
        home["GIT_CEILING_DIRECTORIES"] = str(self.bounds.folder.parent)
        place = [f"--git-dir={self.place}"] if self.place else []
        try:
            return subprocess.Popen(  # noqa: S603 - no word of it is a stranger's but after options
                ["/bin/sh", "-c", LIMITED, "sh", *limits, program, *place, *config,
                 *arguments],
                stdin=asked,
                stdout=subprocess.PIPE,
                stderr=told,
                cwd=folder,
                env=own | ALWAYS | allowed | home | (self.secret if online else {}),
                process_group=0,
            )  # fmt: skip
        except OSError as error:
            message = f"git can't be started: {error.strerror or error}"
            raise FetchFailed(message) from error


class _Watched:
    """A process and all that it starts, ended as soon as they pass the bounds."""

    def __init__(self, process: "subprocess.Popen[bytes]", bounds: Bounds, told: IO[bytes]) -> None:
        """Watch from now on; `told` is where it complains."""
        if process.stdout is None:
            raise EOFError
        self.stream = process.stdout
        self.ended_by: FetchFailed | None = None
        self._process, self._bounds, self._told = process, bounds, told
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="git", daemon=True)
        self._thread.start()

    def end(self) -> int:
        """Wait for its end, and return how it ended."""
        # What nobody reads any more, nobody writes.
        self.stream.close()
        return self._process.wait()

    def kill(self) -> None:
        """Leave nothing running."""
        self._over.set()
        self._thread.join()
        self._kill()
        self.stream.close()
        self._process.wait()

    def _watch(self) -> None:
        looked = time.monotonic()
        while not self._over.wait(CLOCK):
            disk = time.monotonic() - looked > DISK
            looked = time.monotonic() if disk else looked
            passed = self._bounds.passed(disk=disk)
            if passed is None and os.fstat(self._told.fileno()).st_size > MOST_TOLD:
                passed = FetchFailed("its server talks without an end, and is left alone")
            if passed:
                self.ended_by = passed
                self._kill()
                return

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def check_version(git: Git) -> None:
    """Refuse a git that is too old for being kept from what it shall not do.

    Raises:
        FetchFailed: it is, or there is none.
    """
    told = git.run("--version").decode(errors="replace").strip()
    found = re.match(r"git version (\d+)\.(\d+)", told)
    if found is None or tuple(map(int, found.groups())) < LEAST:
        least = ".".join(map(str, LEAST))
        message = (
            f"git {least} or later is needed to fetch it, and here is {told[:60]!r}: update it"
        )
        raise FetchFailed(message)


def size(folder: Path) -> int:
    """Return how many bytes the files in a folder have."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            # It may be gone by now.
            with suppress(OSError):
                total += os.lstat(os.path.join(where, name)).st_size  # noqa: PTH118 - many
    return total


def _said(told: bytes, code: int) -> str:
    """Return what it complained of, or else what ended it."""
    if code == -signal.SIGXFSZ:
        return NO_ROOM
    words = told.decode(errors="replace").strip()
    return words or f"git ended with exit code {code}"
