"""Logs to standard error: readable lines, or JSON for a collector."""

import logging
import sys

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
    handler = logging.StreamHandler()
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
    # The HTTP client tells of every request, and at debug level of its headers.
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
    # It warns that voice won't work, which this bot has no use for.
    logging.getLogger("discord.client").setLevel(logging.ERROR)
