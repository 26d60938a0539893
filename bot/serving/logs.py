"""Logs to standard error: readable lines, or JSON for a collector."""

import io
import logging
import sys
import threading
from types import TracebackType

import structlog

from bot.settings import LoggingSettings


def configure(settings: LoggingSettings) -> None:
    """Send every logger's records to standard error in the configured form."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        exception_formatter=structlog.dev.plain_traceback,
    )
    if settings.json_lines:
        shared.append(structlog.processors.format_exc_info)
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(settings.level.upper())  # some libraries set their own loggers lower
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.level.upper())
    # discord.py tells at this level of every reconnect and nothing else that an owner needs.
    logging.getLogger("discord").setLevel(max(root.level, logging.WARNING))
    # The HTTP client tells of every request, and at debug level of its headers; what watches the
    # documents, of every file that changes, hidden ones too.
    for name in ("httpx2", "httpcore2", "watchfiles"):
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    # It warns that voice won't work, which this bot has no use for.
    logging.getLogger("discord.client").setLevel(logging.ERROR)
    logging.getLogger("discord.client").addFilter(_without_trace)
    if settings.json_lines:
        _leave_nothing_else()


def _without_trace(record: logging.LogRecord) -> bool:
    """Tell of a reconnect in one line; discord.py adds the whole trace every time."""
    if record.exc_info and str(record.msg).startswith("Attempting a reconnect"):
        error = record.exc_info[1]
        record.msg = f"Discord: {record.msg} (%s)"
        record.args = (*record.args, error) if isinstance(record.args, tuple) else (error,)
        record.exc_info = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


class _Lines(io.TextIOBase):
    """Standard error for whoever writes to it past the logs: each line becomes a record."""

    def __init__(self) -> None:
        self._log = logging.getLogger("stderr")
        self._begun = ""

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        level = max(self._log.getEffectiveLevel(), logging.WARNING)
        for line in filter(str.strip, lines):
            self._log.log(level, "%s", line)
        return len(text)


def _leave_nothing_else() -> None:
    """Make records of all that Python and its libraries would write to standard error.

    What they report as a whole, such as an exception that nobody caught, becomes one record.
    """

    def uncaught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        log.critical("nobody caught this", exc_info=(kind, error, trace))

    def in_thread(failure: threading.ExceptHookArgs) -> None:
        name = failure.thread.name if failure.thread else "?"
        log.critical("thread %s ended", name, exc_info=failure.exc_value)

    def unraisable(failure: "sys.UnraisableHookArgs") -> None:
        log.error(
            "%s: %r", failure.err_msg or "ignored", failure.object, exc_info=failure.exc_value
        )

    log = logging.getLogger("python")
    logging.captureWarnings(capture=True)
    sys.excepthook = uncaught
    threading.excepthook = in_thread
    sys.unraisablehook = unraisable
    sys.stderr = _Lines()
