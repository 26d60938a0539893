"""Two engines asked the same, and why they propose different passages where they do."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt
from qdrant_client import models

from index.answer import calibration
from index.answer.answer import Answerer
from index.answer.search import Searcher
from index.domain import Answer, Embedder, NoAnswer, Passage
from index.errors import QuestionError
from index.evaluation.questions import GradedQuestion
from index.model.reader import Reader, Reading
from index.settings import AnswerSettings
from index.store.engine import Engine, Floats, Ids, Matches
from index.store.generation import Generation
from index.store.points import instant
from index.store.qdrant.engine import SPARE, QdrantEngine
from index.store.qdrant.points import DENSE, of_generation
from tests.tools.snapshot import content

# Why pools differ. Scores so close are the same, to within what adding up in another order makes.
TIES, GRAPH, WEIGHTS, OTHER = "ties", "HNSW", "older lengths", "other"
CLOSE = 2e-6


@dataclass(frozen=True)
class Pool:
    """What an engine proposed: for a vector, or for words."""

    asked: Floats | tuple[str, ...]
    count: int
    ids: Ids


@dataclass
class Watched:
    """An engine that remembers what it proposed, and the seconds that took."""

    engine: Engine
    pools: list[Pool] = field(default_factory=list)
    seconds: float = 0.0

    def nearest(self, vector: Floats, count: int) -> Ids:
        """Return what the engine does."""
        started = time.perf_counter()
        ids = self.engine.nearest(vector, count)
        self.seconds += time.perf_counter() - started
        self.pools.append(Pool(vector, count, ids))
        return ids

    def matches(self, words: Sequence[str]) -> "WatchedMatches":
        """Return what the engine does, watched too."""
        started = time.perf_counter()
        found = self.engine.matches(words)
        self.seconds += time.perf_counter() - started
        return WatchedMatches(self, found, tuple(words))

    def look(self) -> None:
        """See nothing."""

    def check(self) -> None:
        """Find nothing."""

    @property
    def whole(self) -> bool:
        """Whether the engine is."""
        return self.engine.whole

    @property
    def problem(self) -> str:
        """Its problem."""
        return self.engine.problem


@dataclass(frozen=True)
class WatchedMatches:
    """Matches that tell what watches their engine."""

    watched: Watched
    found: Matches
    words: tuple[str, ...]

    def best(self, count: int) -> Ids:
        """Return what the engine does."""
        started = time.perf_counter()
        ids = self.found.best(count)
        self.watched.seconds += time.perf_counter() - started
        self.watched.pools.append(Pool(self.words, count, ids))
        return ids

    def scores(self, ids: Ids) -> Floats:
        """Return what the engine does."""
        started = time.perf_counter()
        scores = self.found.scores(ids)
        self.watched.seconds += time.perf_counter() - started
        return scores


class RememberingReader(Reader):
    """Reads what it has read before from memory: a reading is of one question and one text."""

    def __init__(self) -> None:
        """Load the reader."""
        super().__init__()
        self._known: dict[tuple[str, str, str], Reading] = {}

    def read(self, question: str, passages: Sequence[Passage]) -> list[Reading]:
        """Read a question with each of some passages."""
        keys = [(question, each.preamble, each.text) for each in passages]
        new = [each for key, each in zip(keys, passages, strict=True) if key not in self._known]
        for each, reading in zip(new, super().read(question, new), strict=True):
            self._known[question, each.preamble, each.text] = reading
        return [self._known[key] for key in keys]


@dataclass(frozen=True)
class Reply:
    """All of a reply but the name of its generation, and how it came about."""

    content: dict[str, Any]
    pools: tuple[Pool, ...]
    seconds: float
    of_engine: float


@dataclass(frozen=True)
class Asked:
    """One generation, to be asked."""

    answerer: Answerer
    watched: Watched

    @classmethod
    def of(cls, generation: Generation, embedder: Embedder, reader: Reader) -> "Asked":
        """Put together what answers from a generation, as the bot does."""
        watched = Watched(generation.engine)
        generation = replace(generation, engine=watched)
        searcher = Searcher(generation, embedder, calibration.shipped(), reader)
        return cls(Answerer(searcher, AnswerSettings()), watched)

    def reply(self, question: GradedQuestion) -> Reply:
        """Ask."""
        watched = self.watched
        watched.pools, watched.seconds = [], 0.0
        started = time.perf_counter()
        told: dict[str, Any]
        try:
            reply = self.answerer.answer(self.answerer.question(question.text), question.earlier)
            told = _told(reply)
        except QuestionError as error:
            told = {"kind": "QuestionError", "reason": str(error)}
        seconds = time.perf_counter() - started
        return Reply(told, tuple(watched.pools), seconds, watched.seconds)


def _told(reply: Answer | NoAnswer) -> dict[str, Any]:
    return {"kind": type(reply).__name__, **content(reply)}


@dataclass(frozen=True)
class Difference:
    """Passages that one engine proposed for something and the other didn't."""

    reason: str
    told: str


class Explainer:
    """Says why Qdrant proposed other passages than FAISS, of the same documents."""

    def __init__(self, exact: Generation, other: Generation) -> None:
        """Take the generation of FAISS and that of Qdrant; both have all passages alike."""
        assert isinstance(other.engine, QdrantEngine)
        self._exact = exact
        self._other = other
        self._engine = other.engine
        births = self._engine.points.rows[:]["born"]
        self._older = births < instant(other.manifest.created_at)

    @property
    def older(self) -> int:
        """How many passages are of points that an earlier generation sent."""
        return int(self._older.sum())

    def of(self, ours: Sequence[Pool], theirs: Sequence[Pool]) -> list[Difference]:
        """Hold what was proposed in turn for one question side by side."""
        found = []
        for one, other in zip_longest(ours, theirs):
            if one is None or other is None or not _same(one.asked, other.asked):
                # What was found for it before made it ask on in another way.
                break
            if {*one.ids.tolist()} != {*other.ids.tolist()}:
                found.append(self._explain(one, other))
        return found

    def _explain(self, one: Pool, other: Pool) -> Difference:
        missing, extra = np.setdiff1d(one.ids, other.ids), np.setdiff1d(other.ids, one.ids)
        if isinstance(one.asked, tuple):
            scores = self._exact.engine.matches(one.asked).scores(np.arange(len(self._older)))
        else:
            scores = self._exact.vectors.cosines(one.asked, np.arange(len(self._older)))
        places = [int((scores > scores[each]).sum()) + 1 for each in missing]
        told = (
            f"{'words' if isinstance(one.asked, tuple) else 'vector'}: {len(one.ids)} and "
            f"{len(other.ids)} proposed, missing by place {places}, "
            f"scores {_short(scores[missing])} for {_short(scores[extra])}"
        )
        lowest = float(scores[extra].min(initial=np.inf))
        if len(one.ids) == len(other.ids) and float(scores[missing].max()) - lowest <= CLOSE:
            return Difference(TIES, told)
        if not isinstance(one.asked, tuple):
            return Difference(self._of_vector(one, missing), told)
        # With the lengths of now they would all be among what the servers are asked for.
        reached = scores > 0
        points = np.unique(self._engine.points.rows[:][reached][["high", "low"]])
        told += f"; {len(points)} points hold a word, {int(self._older.sum())} passages are older"
        aged = bool(self._older.any()) and max(places) <= one.count * SPARE
        return Difference(WEIGHTS if aged else OTHER, told)

    def _of_vector(self, pool: Pool, missing: Ids) -> str:
        """Say whether the servers would have found it without their graph."""
        assert not isinstance(pool.asked, tuple)
        vector, manifest = pool.asked.tolist(), self._other.manifest
        flat = self._engine.servers.ask(
            lambda client: client.query_points(
                manifest.collection,
                query=vector,
                using=DENSE,
                query_filter=of_generation(manifest),
                search_params=models.SearchParams(exact=True),
                limit=pool.count * SPARE,
                with_payload=False,
            )
        )
        points = self._engine.points
        ids = points.passages(points.known([point.id for point in flat.points]))
        return GRAPH if np.isin(missing, ids).all() else OTHER


def _same(one: Floats | tuple[str, ...], other: Floats | tuple[str, ...]) -> bool:
    if isinstance(one, tuple) or isinstance(other, tuple):
        return isinstance(one, tuple) and isinstance(other, tuple) and one == other
    return np.array_equal(one, other)


def _short(scores: npt.NDArray[np.float32]) -> str:
    return " ".join(f"{each:.6f}" for each in sorted(scores.tolist(), reverse=True)[:5]) or "none"
