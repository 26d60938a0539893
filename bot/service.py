"""The one crossing between the event loop and the index's threads."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import ParamSpec, TypeVar

from bot.errors import Busy, TooSlow
from bot.settings import LoggingSettings, ServiceSettings
from index import (
    Answer,
    BuildReport,
    Changes,
    Citation,
    Hit,
    Index,
    NoAnswer,
    PassageView,
    Progress,
    Span,
)

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


class AnswerService:
    """Asks the index without ever blocking the event loop.

    A timeout gives the asker up, it can't stop the thread; what protects the bot is the bound on
    questions under way, which a thread frees only when it is really done.
    """

    def __init__(self, index: Index, settings: ServiceSettings, logging_: LoggingSettings) -> None:
        """Start the threads; `close` ends them."""
        self.index = index
        self._settings = settings
        self._log_questions = logging_.questions
        self._under_way = 0
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="answer")
        self._builder = ThreadPoolExecutor(1, thread_name_prefix="build")

    async def answer(self, question: str, earlier: Sequence[str] = ()) -> Answer | NoAnswer:
        """Answer a question, understood with the `earlier` ones where it needs them.

        Raises:
            Busy: too many questions are under way.
            TooSlow: the time limit is over.
            SeedIndexError: the index can't answer.
        """
        reply = await self._run(self.index.answer, question, earlier)
        shown = reply.understood or question if self._log_questions else "(hidden)"
        log.info("%s (%.2f): %s", type(reply).__name__, reply.confidence, shown)
        return reply

    async def lookup(
        self, query: str, count: int, source: str | None
    ) -> list[tuple[Hit, Citation]]:
        """Return the best passages for a query, each with its place.

        Raises:
            Busy, TooSlow, SeedIndexError: as `answer`.
        """

        def found() -> list[tuple[Hit, Citation]]:
            hits = self.index.lookup(query, count, source)
            return [(hit, cited) for hit in hits if (cited := self.index.cite(hit)) is not None]

        return await self._run(found)

    async def passage(self, path: str, span: Span, sha256: str) -> PassageView | None:
        """Return a passage with its neighbours; None if its document is gone.

        Raises:
            Busy, TooSlow: as `answer`.
        """
        return await self._run(self.index.passage, path, span, sha256)

    def rebuild(
        self, progress: Progress, *, everything: bool = False
    ) -> "asyncio.Future[BuildReport]":
        """Start a rebuild in a thread of its own; questions go on being answered."""
        context = copy_context()
        future = self._builder.submit(
            lambda: context.run(self.index.rebuild, progress, everything=everything)
        )
        return asyncio.wrap_future(future)

    async def roll_back(self) -> str:
        """Answer from the generation before again; return its name.

        Raises:
            Busy, TooSlow, SeedIndexError: as `answer`.
        """
        return await self._run(self.index.roll_back)

    async def changes(self) -> Changes:
        """Return what a rebuild would take in.

        Raises:
            Busy, TooSlow, SeedIndexError: as `answer`.
        """
        return await self._run(self.index.changes)

    def close(self) -> None:
        """Let the threads finish what they are at and take nothing new; a build is ended."""
        self.index.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._builder.shutdown(wait=False, cancel_futures=True)

    async def _run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._under_way >= self._settings.queue:
            message = "Too many questions are waiting right now; please ask again in a minute."
            raise Busy(message)
        loop = asyncio.get_running_loop()
        self._under_way += 1
        future: Future[T] = self._threads.submit(
            copy_context().run, lambda: function(*args, **kwargs)
        )
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done))
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                return await asyncio.shield(asyncio.wrap_future(future))
        except TimeoutError:
            seconds = self._settings.timeout_seconds
            message = f"This took longer than {seconds:g} seconds, so I gave up; please try again."
            raise TooSlow(message) from None

    def _done(self) -> None:
        self._under_way -= 1
