"""Documents are read and cut in a process of their own, which may hang or die without harm.

A reader parses what strangers wrote, partly in C. The process that does it (`index.reading.worker`)
holds no secret, opens nothing but documents and libraries, has no network (`index.sandbox`) and a
limit on its memory, and is ended when a file takes too long. What it sends is JSON, checked against
`Document` and `Cut` here: nothing that it says is run.
"""

import errno
import pickle
import signal
import subprocess
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from index.domain import Cut, Document, Skipped, Span
from index.errors import (
    REBUILD,
    ReaderCrashed,
    ReadingTooBig,
    ReadingTooLong,
    ResourcesMissing,
    SourceError,
)
from index.reading.worker import CUT, ORDER, OUT_OF_MEMORY, RESULT, Cutter, Order
from index.sandbox.environment import STARTING, environment
from index.settings import IndexSettings, Limits

# The package is found where this one is, whatever the current folder holds.
BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from index.reading.worker import main; main(sys.argv[2:])"
)
ROOT = Path(__file__).parents[2]
# A thread for every core would take of the address space that is left for documents.
ALONE = {"TOKENIZERS_PARALLELISM": "false"}
START_SECONDS = 60.0
# Once its end of the pipe is closed, a process is dying, and is left to say of what.
DYING_SECONDS = 10.0
MEGABYTE = 1_000_000

Result = TypeVar("Result")


class ReaderProcess:
    """A process that reads and cuts documents one by one; used as a context, which ends it."""

    def __init__(self, settings: IndexSettings, cutter: Cutter | None = None) -> None:
        """Read from the seeds folder, within the limits of `settings`; starts at the first file.

        What cuts the documents is pickled for it; nothing is cut without.
        """
        self._settings = settings
        self._cutter = cutter
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._fresh = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        # Between two files it ends by itself, in its own time; amid an error it may be at one.
        self._end(DYING_SECONDS if error is None else 0.0)

    def read(self, path: str) -> Document | Skipped:
        """Return the document at `path` (POSIX, below the seeds folder), or why it has none.

        Raises:
            ResourcesMissing: no process can be started, whatever the file.
        """
        read = self._carry_out(path, path, RESULT)
        return read if read.path == path else self._lied(path)

    def cut(self, document: Document, first_id: int) -> Cut | Skipped:
        """Return the passages of a document, ids counting from `first_id`, or why it has none.

        Raises:
            ResourcesMissing: no process can be started, whatever the document.
        """
        cut = self._carry_out(document.path, (document, first_id), CUT)
        if isinstance(cut, Skipped) or _is_of(document, first_id, cut):
            return cut
        return self._lied(document.path)

    def _lied(self, path: str) -> Skipped:
        self._end()
        return Skipped(path, "its reader sent another document")

    def _carry_out(self, path: str, order: Order, results: TypeAdapter[Result]) -> Result | Skipped:
        """Have something done with a file.

        A process that read other files before may die of what those left behind, so the file is
        only blamed when a fresh one dies of it as well.
        """
        try:
            try:
                return self._ask(path, order, results)
            except (ReaderCrashed, ReadingTooBig):
                if self._fresh:
                    raise
                return self._ask(path, order, results)
        except SourceError as error:
            # What befell the process need not befall the next one, whatever the file holds.
            return Skipped(error.path, error.reason, passing=True)

    def _ask(self, path: str, order: Order, results: TypeAdapter[Result]) -> Result:
        doing = "reading" if isinstance(order, str) else "cutting"
        connection = self._connection
        self._fresh = connection is None
        if connection is None:
            connection = self._start()
        try:
            connection.send_bytes(ORDER.dump_json(order))
            if not connection.poll(self._settings.max_seconds_per_file):
                limit = f"{self._settings.max_seconds_per_file:g} seconds"
                self._end()
                raise ReadingTooLong(path, f"{doing} it took too long", limit)
            data = connection.recv_bytes(self._settings.max_reader_mb * MEGABYTE)
            return results.validate_json(data)
        except (EOFError, OSError):
            raise self._death(path, doing) from None
        except ValidationError:
            self._end()
            raise ReaderCrashed(path, "its reader sent what is no document") from None

    def _start(self) -> Connection:
        """Start a process; where that fails, no file is to blame."""
        try:
            return self._started()
        except (EOFError, ConnectionError):
            why = f"it died with exit code {self._end(DYING_SECONDS)}"
        except OSError as error:
            why = error.strerror or str(error)
            self._end()
        message = (
            f"the process that reads documents can't be started ({why}), perhaps for want of "
            "memory; the index before is still in use. When there is more, or a higher "
            f"`max_reader_mb` under [index], run `{REBUILD}`"
        )
        raise ResourcesMissing(message)

    def _started(self) -> Connection:
        ours, theirs = Pipe()
        self._connection = ours
        limits = self._settings.model_dump_json(include=set(Limits.model_fields))
        folder = str(self._settings.seeds_path.absolute())
        with theirs:
            # -P: a file named like a module, where the bot was started, is never imported.
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
                [sys.executable, "-P", "-c", BOOT, ROOT, folder, str(theirs.fileno()), limits],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=ALONE | environment(STARTING),
            )
        ours.send_bytes(pickle.dumps(self._cutter))
        if not ours.poll(START_SECONDS):
            raise TimeoutError(errno.ETIMEDOUT, f"it isn't ready after {START_SECONDS:g} seconds")
        ours.recv_bytes()
        return ours

    def _death(self, path: str, doing: str) -> SourceError:
        """End what is left of the process and tell what it died of, `doing` what."""
        code = self._end(DYING_SECONDS)
        if code == OUT_OF_MEMORY:
            limit = f"{self._settings.max_reader_mb} MB"
            return ReadingTooBig(path, f"{doing} it took too much memory", limit)
        if code == -signal.SIGKILL:
            reason = "its reader was killed, perhaps because the machine had no more memory"
            return ReaderCrashed(path, reason)
        how = f"exit code {code}"
        if code < 0:
            how = signal.Signals(-code).name
        reason = (
            f"its reader died ({how}): the file is damaged, or needs more memory than "
            "`max_reader_mb` under [index]"
        )
        return ReaderCrashed(path, reason)

    def _end(self, patience: float = 0.0) -> int:
        """End the process, whatever it is doing, and return its exit code.

        An idle one ends by itself when it finds us gone; what runs after `patience` seconds is
        killed.
        """
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is None:
            return 0
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._process = None


def _is_of(document: Document, first_id: int, cut: Cut) -> bool:
    """Whether passages are a document's: in it at their places, and numbered as they should be."""
    whole = Span(0, len(document.text))
    return all(
        (passage.id, passage.document) == (number, document.path)
        and whole.holds(passage.span)
        and passage.span.of(document.text) == passage.text
        and passage.units
        and all(passage.span.holds(unit.span) for unit in passage.units)
        for number, passage in enumerate(cut.passages, first_id)
    )
