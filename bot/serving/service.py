"""The one crossing between the event loop and the index's threads."""

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

from bot.errors import Busy, Restarting, TooSlow
from bot.serving.metrics import Metrics
from bot.serving.queueing import FairQueue
from bot.settings import LoggingSettings, ServiceSettings
from index import (
    Answer,
    BuildReport,
    Changes,
    Citation,
    Hit,
    Library,
    Manifest,
    NoAnswer,
    PassageView,
    Progress,
    Question,
    Shelf,
    Span,
    State,
)

log = logging.getLogger(__name__)

# Some kilobytes each.
KEPT_ANSWERS = 256
RELATED = 3
# Where each server has documents of its own, finding out which have takes a look at the disk.
NAMES_SECONDS = 5.0
BUILDING = "A rebuild is running already; please wait for it to end."
MANY_BUILDS = "Too many rebuilds are waiting right now; please ask again in a few minutes."
# So many rebuilds may wait or be running.
BUILDS = 20

Inquiry = tuple[Question, tuple[str, ...], tuple[tuple[str, str], ...]]
"""A question, the ones before it, and the indexes that are asked, each with its generation."""

P = ParamSpec("P")
T = TypeVar("T")


class AnswerService:
    """Asks the indexes without ever blocking the event loop.

    What somebody may read is a `Shelf`; whoever asks brings the one that was opened for them.

    A timeout gives the asker up, it can't stop the thread; what protects the bot is the bound on
    questions under way, which a thread frees only when it is really done. `line` is the number of
    the server that a question comes from, 0 for none; servers are served in turns.
    """

    def __init__(
        self,
        library: Library,
        settings: ServiceSettings,
        logging_: LoggingSettings,
        metrics: Metrics | None = None,
    ) -> None:
        """Start the threads; `close` ends them."""
        self.library = library
        self._settings = settings
        self._log_questions = logging_.questions
        self._queue = FairQueue(settings.threads, settings.queue)
        self.metrics = metrics or Metrics()
        self.metrics.observe(library, lambda: max(0, self._queue.under_way - settings.threads))
        self._askers: set[asyncio.Task[Any]] = set()
        self._draining = False
        self._builder = ThreadPoolExecutor(1, thread_name_prefix="build")
        self._names: tuple[frozenset[str] | None, float] = (None, -math.inf)
        self._naming: asyncio.Task[None] | None = None
        self._builds: dict[str, Future[BuildReport]] = {}
        self._under_way: dict[Inquiry, Future[Answer | NoAnswer]] = {}
        self._answers: OrderedDict[Inquiry, Answer | NoAnswer] = OrderedDict()

    async def names(self) -> frozenset[str]:
        """Return the names of the collections that there are, as they were some seconds ago.

        That isn't lined up: what is asked of one collection must not wait for others.
        """
        known, moment = self._names
        if time.monotonic() - moment > NAMES_SECONDS and self._naming is None:
            self._naming = asyncio.create_task(self._name())
        if known is None and self._naming is not None:
            await asyncio.wait({self._naming})
        return self._names[0] or frozenset()

    async def _name(self) -> None:
        """Find out which collections there are."""
        try:
            names = await asyncio.to_thread(self.library.names)
            self._names = frozenset(names), time.monotonic()
        finally:
            self._naming = None

    async def shelf(self, names: Iterable[str], line: int = 0) -> Shelf:
        """Return the indexes of those names, opened; what can't be is left out.

        Raises:
            Busy, Restarting, TooSlow: as `answer`.
            SeedIndexError: as `Library.open`.
        """
        names = tuple(names)
        if (shelf := self.library.at_hand(names)) is not None:
            return shelf
        return await self.run(line, self.library.open, names)

    async def answer(
        self, shelf: Shelf, question: Question, earlier: Sequence[str] = (), line: int = 0
    ) -> Answer | NoAnswer:
        """Answer a question, understood with the `earlier` ones where it needs them.

        Who asks what somebody else is asking of the same indexes shares the answer, and the last
        answers are kept until one of these is another one.

        Raises:
            Busy: too many questions are under way.
            Restarting: the bot is about to end.
            TooSlow: the time limit is over.
            SeedIndexError: the index can't answer.
        """
        asked = self._answer(shelf, question, tuple(earlier), line)
        reply = await self.metrics.count_question(asked)
        text = reply.understood or question.text if self._log_questions else "(hidden)"
        log.info("%s (%.2f): %s", type(reply).__name__, reply.confidence, text)
        return reply

    async def _answer(
        self, shelf: Shelf, question: Question, earlier: tuple[str, ...], line: int
    ) -> Answer | NoAnswer:
        self._admit()
        inquiry = (question, earlier, shelf.key)
        if inquiry in self._answers:
            self._answers.move_to_end(inquiry)
            reply = self._answers[inquiry]
            # Whoever asks again and again must not keep the loop from all else.
            await asyncio.sleep(0)
            return reply
        return await self._within_time(self._submit(shelf, inquiry, line))

    def _submit(self, shelf: Shelf, inquiry: Inquiry, line: int) -> "Future[Answer | NoAnswer]":
        """The answer to come of a question, asked once however many wait for it."""
        question, earlier, _ = inquiry
        future = self._under_way.get(inquiry)
        if future is None:
            loop = asyncio.get_running_loop()
            future = self._queue.submit(line, lambda: shelf.answer(question, earlier))
            self._under_way[inquiry] = future

            def keep(_: "Future[Answer | NoAnswer]") -> None:
                with suppress(RuntimeError):  # the loop is closed
                    loop.call_soon_threadsafe(self._keep, shelf, inquiry)

            future.add_done_callback(keep)
        return future

    def _keep(self, shelf: Shelf, inquiry: Inquiry) -> None:
        future = self._under_way.pop(inquiry)
        answered = not future.cancelled() and future.exception() is None
        # Where another generation took the place of one meanwhile, the answer may be of either.
        if answered and shelf.key == inquiry[2]:
            self._answers[inquiry] = future.result()
        while len(self._answers) > KEPT_ANSWERS:
            self._answers.popitem(last=False)

    async def run(
        self, line: int, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do in a thread what takes the longer the larger the documents are, or the more there are.

        Raises:
            Busy, Restarting, TooSlow: as `answer`.
        """
        self._admit()
        return await self._within_time(self._queue.submit(line, lambda: function(*args, **kwargs)))

    async def lookup(
        self, shelf: Shelf, query: Question | str, count: int, source: str | None, line: int = 0
    ) -> list[tuple[Hit, Citation]]:
        """Return the best passages for a query, each with its place.

        Raises:
            Busy, Restarting, TooSlow, SeedIndexError: as `answer`.
        """
        return await self.run(line, shelf.lookup, query, count, source)

    async def related(self, shelf: Shelf, path: str, span: Span, line: int = 0) -> list[Citation]:
        """Return the places nearest to a quote.

        Raises:
            Busy, Restarting, TooSlow, SeedIndexError: as `answer`.
        """
        return await self.run(line, shelf.related, path, span, RELATED)

    async def passage(
        self, shelf: Shelf, path: str, span: Span, sha256: str, line: int = 0
    ) -> PassageView | None:
        """Return a passage with its neighbours; None if its document is gone.

        Raises:
            Busy, Restarting, TooSlow: as `answer`.
        """
        return await self.run(line, shelf.passage, path, span, sha256)

    def rebuild(
        self, collection: str, progress: Progress, *, everything: bool = False
    ) -> "asyncio.Future[BuildReport]":
        """Start to rebuild an index in a thread of its own; questions go on being answered.

        One is built at a time; that of another collection is waited for.

        Raises:
            Busy: one of the collection that was asked for isn't done, or too many wait.
            Restarting: the bot is about to end.
        """
        self._admit()
        self._builds = {name: each for name, each in self._builds.items() if not each.done()}
        if collection in self._builds:
            raise Busy(BUILDING)
        if len(self._builds) >= BUILDS:
            raise Busy(MANY_BUILDS)
        build = partial(
            self.library.rebuild,
            collection,
            progress,
            everything=everything,
            wait=self.library.divided,
        )
        future = self._builder.submit(copy_context().run, self.metrics.count_build, build)
        self._builds[collection] = future
        return asyncio.wrap_future(future)

    async def roll_back(self, collection: str, line: int = 0) -> str:
        """Answer from the generation of an index before again; return its name.

        Raises:
            Busy, Restarting, TooSlow, SeedIndexError: as `answer`.
        """
        return await self.run(line, self.library.roll_back, collection)

    async def state(self, collection: str, line: int = 0) -> State:
        """Return what there is to tell of an index.

        Raises:
            Busy, Restarting, TooSlow, SeedIndexError: as `answer`.
        """
        return await self.run(line, lambda: self.library.index(collection).state)

    async def changes(self, collection: str, manifest: Manifest, line: int = 0) -> Changes:
        """Return what a rebuild would take in that isn't in the generation of that manifest.

        Raises:
            Busy, Restarting, TooSlow, SeedIndexError: as `answer`.
        """
        return await self.run(line, lambda: self.library.index(collection).changes(manifest))

    async def drain(self, seconds: float) -> None:
        """Take nothing new, end a build, and wait until all who asked have their replies.

        After `seconds` the rest is given up.
        """
        self._draining = True
        self.library.close()
        try:
            async with asyncio.timeout(seconds):
                while others := self._askers - {asyncio.current_task()}:
                    await asyncio.wait(others)
        except TimeoutError:
            count = len(self._askers)
            log.warning("gave up after %g seconds; replies still under way: %d", seconds, count)

    def close(self) -> None:
        """Let the threads finish what they are at and take nothing new; a build is ended."""
        self.library.close()
        self._queue.close()
        self._builder.shutdown(wait=False, cancel_futures=True)

    async def _within_time(self, future: "Future[T]") -> T:
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                return await asyncio.shield(asyncio.wrap_future(future))
        except TimeoutError:
            seconds = self._settings.timeout_seconds
            message = f"This took longer than {seconds:g} seconds, so I gave up; please try again."
            raise TooSlow(message) from None

    def _admit(self) -> None:
        """Keep the task that asks, which ends when its reply is delivered."""
        if task := asyncio.current_task():
            self._askers.add(task)
            task.add_done_callback(self._askers.discard)
        if self._draining:
            message = "I'm restarting, please ask again in a minute."
            raise Restarting(message)
