"""What programs ask, whichever way they come, of what may be read by them."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bot.access.standing import Eyes
from bot.errors import BotError, NotFound, NotReady
from bot.programs import forms, parts
from bot.programs.forms import Answered, Documents, Found, Text
from bot.programs.requests import Ask, ListAll, LookUp, Read
from bot.serving.service import AnswerService
from bot.serving.watcher import Watcher
from bot.settings import BotConfig
from index import Library, SeedIndexError, Shelf, Span

log = logging.getLogger(__name__)

NOTHING = "there are no documents that may be read from here"


class Programs:
    """Answers programs that see with the same `eyes`. It reads, and never builds."""

    def __init__(self, answers: AnswerService, eyes: Eyes) -> None:
        """Ask `answers` about the collections that the eyes see."""
        self._answers = answers
        self._eyes = eyes

    async def ask(self, asked: Ask) -> Answered:
        """Answer a question, as `ask --json` does.

        Raises:
            NotFound: nothing may be read.
            NotReady: there is no index yet.
            BotError, SeedIndexError: as `AnswerService.answer`.
        """
        shelf = await self._shelf()
        started = time.perf_counter()
        question = shelf.question(asked.question)
        reply = await self._answers.answer(shelf, question, asked.earlier)
        return forms.answered(asked.question, reply, time.perf_counter() - started)

    async def look_up(self, asked: LookUp) -> Found:
        """Return the passages nearest to some words.

        Raises:
            NotFound: there is no document of that path, or nothing may be read.
            BotError, SeedIndexError: as `ask`.
        """
        shelf = await self._shelf()
        path = None if asked.path is None else _path(shelf, asked.path)
        found = await self._answers.lookup(shelf, asked.query, asked.count, path)
        return {
            "query": asked.query,
            "passages": [forms.cited(citation) for _, citation in found],
        }

    async def read(self, asked: Read) -> Text:
        """Return a document, or a part of it.

        Raises:
            NotFound: there is no such document, heading or line, or nothing may be read.
            BotError, SeedIndexError: as `ask`.
        """
        shelf = await self._shelf()
        return await self._answers.run(0, _read, shelf, _path(shelf, asked.path), asked)

    async def list_all(self, asked: ListAll) -> Documents:
        """Return a part of the list of documents.

        Raises:
            NotFound: nothing may be read.
            BotError, SeedIndexError: as `ask`.
        """
        shelf = await self._shelf()
        return await self._answers.run(
            0, lambda: forms.documents(shelf.sources(), asked.start, asked.count)
        )

    async def warm(self) -> None:
        """Open what may be read, so that the first question needn't wait; what fails is logged."""
        try:
            shelf = await self._shelf()
            await self._answers.lookup(shelf, "Is everything ready?", 1, None)
        except (BotError, SeedIndexError) as error:
            log.warning("nothing can be answered yet: %s", error)

    async def drain(self, seconds: float) -> None:
        """Take nothing new, and wait at most so long for what is under way."""
        await self._answers.drain(seconds)

    async def _shelf(self) -> Shelf:
        """What may be read at this moment.

        Raises:
            NotFound: nothing.
            NotReady: what may be can't be yet.
        """
        names = sorted(self._eyes(await self._answers.names()))
        shelf = await self._answers.shelf(names)
        if not shelf.indexes:
            if shelf.incomplete:
                raise NotReady
            raise NotFound(NOTHING)
        return shelf


@contextmanager
def opened(config: BotConfig, eyes: Eyes) -> Iterator[Programs]:
    """Answer programs, following what others build, for as long as this is entered.

    With `watch` off, a watcher verifies and follows what is open, and neither builds nor takes the
    lease of the process that does.
    """
    settings = config.index.model_copy(update={"watch": False})
    library = Library(settings, config.answers, config.collections, writer=config.writer)
    answers = AnswerService(library, config.service, config.logging)
    watcher = Watcher(library, answers.metrics)
    watcher.start()
    try:
        yield Programs(answers, eyes)
    finally:
        watcher.close()
        answers.close()


def _path(shelf: Shelf, name: str) -> str:
    """The path of a document that a program names.

    Raises:
        NotFound: there is none.
    """
    source = shelf.source(name)
    if source is None:
        message = f"there is no document {name[:200]!r}"
        raise NotFound(message)
    return source.path


def _read(shelf: Shelf, path: str, asked: Read) -> Text:
    """A part of a document, with its address."""
    document = shelf.read(path)
    source = shelf.source(path)
    if document is None or source is None:  # another index took the place of the one before
        raise NotReady
    form = parts.form(document, asked, source.extent)
    start, end = form["span"]
    view = shelf.passage(path, Span(start, end), document.sha256)
    return {**form, "url": view.url if view else None}
