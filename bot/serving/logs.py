"""Logs to standard error: readable lines, or JSON for a collector.

What is logged names files and quotes errors, whose words are anybody's. A readable line shows what
a terminal would obey; in JSON it is escaped, and so nothing is lost.
"""

import io
import json
import logging
import sys
import threading
from types import TracebackType
from typing import TextIO

import structlog

from bot.settings import LoggingSettings
from index import HIDDEN, visible

LINE_FEED = "\N{SYMBOL FOR LINE FEED}"
# How discord.py begins to tell that it tries again to connect.
RECONNECTING = ("Attempting a reconnect", "Failed to connect for shard")
TO_JSON = structlog.processors.JSONRenderer(ensure_ascii=False)


def configure(settings: LoggingSettings) -> None:
    """Send every logger's records to standard error in the configured form."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers: list[structlog.typing.Processor] = [
        _shown,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_trace),
    ]
    if settings.json_lines:
        shared.append(structlog.processors.format_exc_info)
        renderers = [_in_json]
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(settings.level.upper())  # some libraries set their own loggers lower
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
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
    for name in ("discord.client", "discord.shard"):
        logging.getLogger(name).addFilter(_without_trace)
    _log_what_nobody_caught()
    if settings.json_lines:
        sys.stderr = _Lines()


def _shown(
    _logger: object, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Show what a terminal would obey; a line feed as well, so that no record looks like two."""
    return {
        key: visible(value).replace("\n", LINE_FEED) if isinstance(value, str) else value
        for key, value in event.items()
    }


def _trace(stream: TextIO, exception: structlog.typing.ExcInfo) -> None:
    text = io.StringIO()
    structlog.dev.plain_traceback(text, exception)
    stream.write(visible(text.getvalue()))


def _in_json(logger: object, name: str, event: structlog.typing.EventDict) -> str:
    """Return a record as JSON; what a terminal would obey is escaped, as all stands in strings."""
    line = str(TO_JSON(logger, name, event))
    return HIDDEN.sub(lambda found: json.dumps(found[0])[1:-1], line)


def _without_trace(record: logging.LogRecord) -> bool:
    """Tell of a reconnect in one line; discord.py adds the whole trace every time."""
    if record.exc_info and str(record.msg).startswith(RECONNECTING):
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


def _log_what_nobody_caught() -> None:
    """Make a record of what Python would write to standard error: warnings, uncaught exceptions."""

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
