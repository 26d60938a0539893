"""A question to `Hit`s: candidates ordered by their signals, the best of them read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from index.answer.calibration import SIGNALS, Calibration
from index.answer.exact import identifiers, pinned
from index.answer.span import find_answer
from index.answer.unread import by_words, is_unread
from index.domain import Embedder, Hit, Signals
from index.model.reader import Reader
from index.store.engine import Matches
from index.store.generation import Generation
from index.store.ranking import RARITY

# Each retriever proposes this many passages; all of them get every signal.
POOL = 50
# The reader reads this many of the best passages: more make answers slower and no better, as
# tests/tools/reader/depth.py measures.
READ = 8


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages worth scoring and their signals.

    `pool` is (n,) int64, passage ids; `signals` is (n, signals) float32, in the order of
    `calibration.SIGNALS`.
    """

    pool: npt.NDArray[np.int64]
    signals: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Searcher:
    """Finds passages in one generation."""

    generation: Generation
    embedder: Embedder
    calibration: Calibration
    reader: Reader

    def hits(self, question: str, count: int, source: str | None = None) -> list[Hit]:
        """Return the best `count` passages, best first, of one source (a path) or of all.

        The best by their signals are read; the others follow as they are. `question` is taken as
        it is; `question.mend` corrects one.

        Raises:
            EmbeddingError: a model fails.
        """
        found = self.ranked(question, max(count, READ), source)
        ordered = [*self._read(question, found[:READ]), *found[READ:]]
        return [replace(hit, rank=rank) for rank, hit in enumerate(ordered[:count], start=1)]

    def ranked(self, question: str, count: int, source: str | None = None) -> list[Hit]:
        """Return the best `count` passages by their signals alone, none read.

        Raises:
            EmbeddingError: the model fails.
        """
        candidates = self.candidates(question, source)
        scores = candidates.signals @ self.calibration.ranking_weights
        found = []
        for place in np.argsort(-scores, kind="stable")[:count]:
            passage = self.generation.passages[int(candidates.pool[place])]
            found.append(
                Hit(
                    passage=passage,
                    score=float(scores[place]),
                    rank=0,
                    signals=Signals(*map(float, candidates.signals[place])),
                    best_unit=0,
                    answer=passage.units[0].span,
                    answers=None,
                    confidence=0.0,
                )
            )
        return found

    def _read(self, question: str, found: Sequence[Hit]) -> list[Hit]:
        """Return passages as the reader sees them, best first."""
        hits = []
        asked = list(identifiers(question))
        readings = self.reader.read(question, [hit.passage for hit in found])
        for hit, reading in zip(found, readings, strict=True):
            answer = find_answer(reading, hit.passage)
            hits.append(
                pinned(
                    replace(
                        hit,
                        score=self.calibration.read_score(hit.score, reading.answers),
                        best_unit=answer.unit if answer else hit.best_unit,
                        answer=answer.span if answer else hit.answer,
                        answers=reading.answers,
                        confidence=self.calibration.probability(hit.signals, reading.answers),
                    ),
                    asked,
                )
            )
        if is_unread(question):
            hits = [by_words(hit, question, self.generation) for hit in hits]
        return sorted(hits, key=lambda hit: -hit.score)

    def candidates(self, question: str, source: str | None = None) -> Candidates:
        """Gather the passages that any retriever proposes, and their signals."""
        generation = self.generation
        words = generation.lexicon.words(question)
        embeddings = self.embedder.embed_question(question)
        matches = generation.engine.matches(words)
        pool = self._pool(embeddings.vector, matches, source)
        if not len(pool):
            return Candidates(pool, np.zeros((0, len(SIGNALS)), np.float32))
        rarity = max(sum(generation.lexicon.idf(word) for word in words), RARITY)
        passages = generation.passages.rows.take(pool)
        late = generation.tokens.late_interaction(embeddings, passages, len(generation.passages))
        columns = {
            "dense": generation.vectors.cosines(embeddings.vector, pool),
            "lexical": matches.scores(pool) / rarity,
            "late": late,
        }
        signals = np.column_stack([columns[name] for name in SIGNALS])
        return Candidates(pool, signals.astype(np.float32))

    def _pool(
        self, vector: npt.NDArray[np.float32], matches: Matches, source: str | None
    ) -> npt.NDArray[np.int64]:
        """The ids of the passages worth scoring, in order."""
        if source is not None:
            return self.generation.passages.of(source)
        nearest = self.generation.engine.nearest(vector, POOL)
        return np.union1d(nearest, matches.best(POOL)).astype(np.int64)
