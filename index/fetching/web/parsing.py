"""Pages and sitemaps are parsed in a process of their own, which may hang or die without harm.

It is kept from everything as the one that reads documents is (`index.reading.process`): what is
parsed was written by strangers, partly in C. One that hangs or dies of a page is ended, and the
next page gets another.
"""

import contextlib
import errno
import math
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self

from pydantic import Base64Bytes, BaseModel, TypeAdapter, ValidationError

from index.errors import FetchFailed, ResourcesMissing, SourceError
from index.fetching.web import pages, sitemaps
from index.fetching.web.pages import Page
from index.fetching.web.sitemaps import Sitemap
from index.sandbox.confine import confine
from index.sandbox.environment import STARTING, environment
from index.settings import Limits

BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from index.fetching.web.parsing import main; main(sys.argv[2:])"
)
ROOT = Path(__file__).parents[3]
MEGABYTE = 1_000_000
START_SECONDS = 60.0
# A page is understood in hundredths of a second, unless it was made to take long.
MOST_SECONDS = 10.0
MOST_ENDED = 5
GRACE_SECONDS = 5
# What is made of a page is no larger than this; it has less than the page itself had.
MOST_RESULT = 200 * MEGABYTE


class Order(BaseModel):
    """Something to parse: a page in `charset`, or a sitemap of at most so many megabytes."""

    data: Base64Bytes
    charset: str = ""
    sitemap_mb: float | None = None


RESULT: TypeAdapter[Page | Sitemap] = TypeAdapter(Page | Sitemap)


class Parser:
    """A process that parses; used as a context, which ends it. It starts with the first page."""

    def __init__(self, limits: Limits) -> None:
        """Hold it to the limits that hold for reading a document."""
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._ended = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def page(self, data: bytes, charset: str) -> Page:
        """Return what a page says; its `fault` says why it says nothing.

        Raises:
            ResourcesMissing: no process can be started.
            FetchFailed: too many had to be ended.
        """
        result = self._ask(_order(data, charset=charset))
        return result if isinstance(result, Page) else Page(fault=str(result))

    def sitemap(self, data: bytes, most_mb: float) -> Sitemap:
        """Return what a sitemap lists; its `fault` says why it lists nothing.

        Raises:
            ResourcesMissing: no process can be started.
            FetchFailed: too many had to be ended.
        """
        result = self._ask(_order(data, sitemap_mb=most_mb))
        return result if isinstance(result, Sitemap) else Sitemap(fault=str(result))

    def _ask(self, order: bytes) -> Page | Sitemap | str:
        connection = self._connection or self._start()
        seconds = min(self._limits.max_seconds_per_file, MOST_SECONDS)
        try:
            connection.send_bytes(order)
            if connection.poll(seconds):
                return RESULT.validate_json(connection.recv_bytes(MOST_RESULT))
            fault = f"it takes longer than {seconds:g} seconds to understand"
        except (EOFError, OSError, ValidationError):
            fault = "what should understand it died of it"
        self._end()
        self._ended += 1
        if self._ended >= MOST_ENDED:
            message = f"{self._ended} of its pages can't be understood: of the last, {fault}"
            raise FetchFailed(message)
        return fault

    def _start(self) -> Connection:
        """Start the process.

        Raises:
            ResourcesMissing: it can't be.
        """
        ours, theirs = Pipe()
        self._connection = ours
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
                    [
                        sys.executable, "-P", "-c", BOOT, ROOT, str(theirs.fileno()),
                        self._limits.model_dump_json(include=set(Limits.model_fields)),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    env=environment(STARTING),
                )  # fmt: skip
            if not ours.poll(START_SECONDS):
                raise TimeoutError(errno.ETIMEDOUT, "it isn't ready in time")
            ours.recv_bytes()
        except (EOFError, OSError) as error:
            self._end()
            message = f"the process that reads pages can't be started: {error}"
            raise ResourcesMissing(message) from None
        return ours

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def main(arguments: Sequence[str]) -> None:
    """Serve one connection: `arguments` are its descriptor, and limits as JSON."""
    limits = Limits.model_validate_json(arguments[1])
    # Not every system lets a process limit itself; the others do without.
    with contextlib.suppress(OSError, ValueError):
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (limits.max_reader_mb * MEGABYTE, hard))
    with Connection(int(arguments[0])) as connection, contextlib.suppress(EOFError, OSError):
        # It opens no document: what it parses comes through the pipe.
        confine(Path(__file__).parent)
        connection.send_bytes(b"ready")
        while True:
            order = connection.recv_bytes()
            # Who asks ends this process when time is up; if that one is gone, the alarm does.
            signal.alarm(math.ceil(limits.max_seconds_per_file) + GRACE_SECONDS)
            connection.send_bytes(RESULT.dump_json(_carry_out(order, limits)))
            signal.alarm(0)


def _order(data: bytes, charset: str = "", sitemap_mb: float | None = None) -> bytes:
    order = Order.model_construct(data=data, charset=charset, sitemap_mb=sitemap_mb)
    return order.model_dump_json().encode()


def _carry_out(order: bytes, limits: Limits) -> Page | Sitemap:
    asked = Order.model_validate_json(order)
    try:
        if asked.sitemap_mb is None:
            return pages.read(asked.data, asked.charset, limits)
        return sitemaps.read(asked.data, asked.sitemap_mb, limits)
    except SourceError as error:
        empty = Page if asked.sitemap_mb is None else Sitemap
        return empty(fault=error.reason)
