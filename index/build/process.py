"""A build in a process of its own, at a low priority, beside the one that answers.

The settings go in as one line of JSON; what comes out, a line each, is progress, and at the end
the report or the error. The process ends when the one that started it does.
"""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from pydantic import TypeAdapter

from index import errors
from index.build.refusals import explanation
from index.domain import Progress
from index.errors import REBUILD, SeedIndexError, StoreError
from index.sandbox.confine import hide
from index.sandbox.environment import BUILDING, environment
from index.settings import IndexSettings
from index.store.manifest import BuildReport
from index.store.store import Store

log = logging.getLogger(__name__)

REPORT_JSON = TypeAdapter(BuildReport)
# A tenth of a core where questions would take it all, so that a build still comes to an end.
NICENESS = 10
# The package is found where this one is, whatever the current folder holds.
BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from index.build.process import main; main()"
STOPPED = "the build was stopped; the index before is still in use"
LOGGED_CHARS = 2000


class BuildProcess:
    """Builds as `index.build.build.build` does, one at a time, each in a process of its own."""

    def __init__(self) -> None:
        """Nothing runs before the first build."""
        self.running: subprocess.Popen[str] | None = None
        self._stopped = False

    def __call__(
        self,
        settings: IndexSettings,
        progress: Progress,
        *,
        everything: bool = False,
        model: Path | None = None,
    ) -> BuildReport:
        """Build, and wait for it.

        Raises:
            SeedIndexError: as `index.build.build.build` does.
            StoreError: also where the process was stopped or died.
            ResourcesMissing: also where it can't be started.
        """
        if self._stopped:
            raise StoreError(STOPPED)
        try:
            order = {
                "settings": settings.model_dump(),
                "everything": everything,
                "model": str(model) if model else None,
            }
            return self._run(order, progress)
        except OSError as error:
            raise explanation(error, Store.of(settings)) from error

    def _run(self, order: Mapping[str, Any], progress: Progress) -> BuildReport:
        with TemporaryFile("w+", errors="replace") as stderr:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
                [sys.executable, "-P", "-c", BOOT, Path(__file__).parents[2]],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                env=environment(BUILDING),
            )
            self.running = process
            with process:
                try:
                    return _result(process, json.dumps(order), progress)
                except (EOFError, OSError):
                    process.kill()
                    code = process.wait()
            if self._stopped:
                raise StoreError(STOPPED)
            stderr.seek(0)
            log.error("the build died with exit code %d: %s", code, stderr.read()[-LOGGED_CHARS:])
        message = (
            f"the process that builds the index died (exit code {code}), perhaps for want of "
            f"memory; the index before is still in use. To see why, run `{REBUILD}`"
        )
        raise StoreError(message)

    def stop(self) -> None:
        """End the build that is running, if one is, and start no other."""
        self._stopped = True
        if self.running is not None:
            self.running.kill()


def _result(process: "subprocess.Popen[str]", order: str, progress: Progress) -> BuildReport:
    """Give the order and read what comes back.

    Raises:
        SeedIndexError: the one that stopped the build.
        EOFError: nothing more comes back.
        OSError: the order can't be given.
    """
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(order + "\n")
    process.stdin.flush()
    for line in process.stdout:
        message = json.loads(line)
        if "progress" in message:
            progress(*message["progress"])
        elif "report" in message:
            return REPORT_JSON.validate_python(message["report"])
        else:
            kind = getattr(errors, message["error"], SeedIndexError)
            error = kind.__new__(kind)
            error.args = (message["message"],)
            raise error
    raise EOFError


def main() -> None:
    """Carry out one order from standard input."""
    hide()
    # Imported here: what building needs is loaded in this process alone.
    from index.build.build import build  # noqa: PLC0415

    order = json.loads(sys.stdin.readline())
    # Nothing else may write among the lines that are read on the other side.
    output, sys.stdout = sys.stdout, sys.stderr

    def say(**message: Any) -> None:  # noqa: ANN401 - JSON
        output.write(json.dumps(message) + "\n")
        output.flush()

    os.nice(NICENESS)
    threading.Thread(target=_end_with, args=(sys.stdin,), daemon=True).start()
    try:
        report = build(
            IndexSettings.model_validate(order["settings"]),
            lambda *step: say(progress=step),
            everything=order["everything"],
            model=Path(order["model"]) if order["model"] else None,
        )
    except SeedIndexError as error:
        say(error=type(error).__name__, message=str(error))
        return
    say(report=REPORT_JSON.dump_python(report, mode="json"))


def _end_with(lines: Iterable[str]) -> None:
    """End this process when the one that gives the orders is gone."""
    for _ in lines:
        pass
    os._exit(1)
