"""Which generation answers, and what takes its place: a newer one, or where it is damaged, another.

Nobody waits for that: a question goes on with the generation that it began with.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from index.answer import calibration
from index.answer.answer import Answerer
from index.answer.search import Searcher
from index.domain import Embedder, Source, named
from index.errors import (
    EngineUnavailable,
    IndexCorrupt,
    PointsMissing,
    ResourcesMissing,
    StoreError,
)
from index.model.reader import load_reader
from index.settings import AnswerSettings
from index.store.generation import Generation
from index.store.manifest import Manifest
from index.store.seal import moment
from index.store.store import Check, OpenGeneration, Store
from index.store.writing import writing

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ServingGeneration:
    """A generation with what answers from it; `named` has every source by its path and its key.

    `problem` says what was wrong with newer ones when it was opened, `refused` what is wrong with
    one that was built since, and `damage` what has become of its own files on disk; what is in
    memory of them is as it was built.
    """

    generation: Generation
    searcher: Searcher
    answerer: Answerer
    sources: list[Source]
    named: dict[str, Source]
    problem: str
    refused: str = ""
    damage: str = ""

    @property
    def problems(self) -> str:
        """All of it, and what is wrong with the engine, in one text."""
        engine = self.generation.engine.problem
        return ". ".join(filter(None, (self.problem, self.refused, self.damage, engine)))


class Serving:
    """Keeps one generation serving, replaced as a whole; safe from many threads."""

    def __init__(
        self,
        store: Store,
        check: Check,
        first: OpenGeneration,
        embedder: Embedder,
        answers: AnswerSettings,
    ) -> None:
        """Begin with `first`; no generation of the store is served that `check` refuses."""
        self._store = store
        self._check = check
        self._embedder = embedder
        self._reader = load_reader()
        self._answers = answers
        self._swapping = threading.Lock()
        self._damaged: dict[str, StoreError] = {}
        # The newest, as long as its points can't be found.
        self._next: OpenGeneration | None = None
        self._now = self._prepare(first)

    @property
    def damaged(self) -> bool:
        """Whether the files, or the engine, no longer have all that answers, or that should."""
        now = self._now
        names = now.generation.name, self._store.trusted_name()
        return bool(now.damage) or not self._damaged.keys().isdisjoint(names)

    @property
    def now(self) -> ServingGeneration:
        """What answers at this moment, for what needs no file of it."""
        return self._now

    def ask(self, work: Callable[[ServingGeneration], T]) -> T:
        """Do `work` with what answers; where it turns out to be damaged, with what can be trusted.

        A generation that was found damaged is never served again, so there are at most as many
        tries as generations.

        Raises:
            StoreError: nothing can be trusted any more.
        """
        while True:
            now = self._now
            self._tell(now)
            try:
                return work(now)
            except IndexCorrupt as error:
                self._replace(now, error)

    def refresh(self) -> bool:
        """Serve the generation that is current now; return whether it is another than before.

        A generation that can't be trusted changes nothing. One that the engine didn't hold is
        looked at again.
        """
        self._now.generation.engine.look()
        with self._swapping:
            before = self._now.generation.name
            try:
                current = self._store.current()
                lost = isinstance(self._damaged.get(current), PointsMissing)
                if current == before and not lost:
                    self._refuse("")
                    return False
                if current in self._damaged and not lost:
                    return False
                if self._next is None or self._next.generation.name != current:
                    self._next = self._store.open(self._check, self._altered)
                # The server that is asked here may not have what was built elsewhere yet.
                self._next.generation.engine.check()
            except (StoreError, ResourcesMissing) as error:
                # Of an engine that can't be asked, it tells itself.
                told = not isinstance(error, EngineUnavailable)
                self._refuse(f"{error}. Until then {_of(before)} answers" if told else "")
                return False
            newest, self._next = self._next, None
            self._damaged.pop(newest.generation.name, None)
            self._now = self._prepare(newest)
            return newest.generation.name != before

    def trust(self, name: str) -> None:
        """Take a generation for whole again, whose files and points somebody has verified."""
        self._damaged.pop(name, None)

    def scrub(self) -> Iterator[None]:
        """Verify on disk what answers, some megabytes each turn, and what was found damaged before.

        What is damaged is told; a question that needs it is answered from what isn't. An engine may
        have lost points that nobody missed.
        """
        now = self._now
        yield from now.generation.files.scrub()
        self._tell(now)
        try:
            now.generation.engine.check()
        except IndexCorrupt as error:
            with suppress(StoreError):
                self._replace(now, error)
        except StoreError as error:
            log.debug("%s", error)
        yield
        for name in self._altered:
            # The disk may have failed to give it for a moment only.
            with suppress(StoreError, ResourcesMissing):
                yield from self._store.verifying(name)
                self._damaged.pop(name, None)

    def roll_back(self, name: str) -> str:
        """Serve the generation of that name, or the one before if it is empty; return its name.

        Raises:
            GenerationMissing: there is none of that name, or none before.
            IndexLocked: a build is running.
            StoreError: it is damaged, is refused, or the store can't be written.
        """
        with writing(self._store) as writer:
            name = writer.roll_back(self._check, name)
        self.refresh()
        return name

    def newest_manifest(self) -> Manifest:
        """Return the manifest of the newest build, whether it was rolled back from or not."""
        with suppress(StoreError):
            if newer := self._store.rolled_back():
                return self._store.manifest(newer)
        return self._now.generation.manifest

    @property
    def _altered(self) -> dict[str, StoreError]:
        """Those of the generations that were found damaged whose files were."""
        return {
            name: error
            for name, error in self._damaged.items()
            if not isinstance(error, PointsMissing)
        }

    def _refuse(self, reason: str) -> None:
        """Tell why a newer generation isn't served, if there is one, and log it once."""
        now = self._now
        if reason != now.refused:
            self._now = replace(now, refused=reason)
            if reason:
                log.warning("the new index can't be used: %s", reason)

    def _tell(self, now: ServingGeneration) -> None:
        """Tell what has become of the files on disk, once."""
        error = now.generation.files.problem()
        damage = f"{error}. What is in memory still answers" if error else ""
        if damage == now.damage:
            return
        with self._swapping:
            if self._now is now:
                self._now = replace(now, damage=damage)
                log.error("%s", damage or f"the files of {now.generation.name} are whole again")

    def _replace(self, damaged: ServingGeneration, error: IndexCorrupt) -> None:
        """Serve another generation than the one that is damaged, unless somebody did already."""
        with self._swapping:
            if self._now.generation is damaged.generation:
                self._damaged[damaged.generation.name] = error
                self._now = self._prepare(self._store.open(self._check, self._damaged))

    def _prepare(self, checked: OpenGeneration) -> ServingGeneration:
        generation = checked.generation
        if checked.problem:
            log.error("%s", checked.problem)
        searcher = Searcher(generation, self._embedder, calibration.shipped(), self._reader)
        sources = generation.passages.documents.sources()
        answerer = Answerer(searcher, self._answers)
        return ServingGeneration(
            generation, searcher, answerer, sources, named(sources), checked.problem
        )


def _of(name: str) -> str:
    """The index of a generation, in words."""
    return f"the index of {moment(name):%Y-%m-%d %H:%M:%S} UTC"
