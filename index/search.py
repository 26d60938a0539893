"""A question to `Hit`s: dense and lexical retrieval, fused."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index import ranking
from index.calibration import Calibration
from index.domain import Embedder, Hit, Signals
from index.errors import QuestionError
from index.store import Generation

# Each retriever proposes this many passages; all of them get every signal.
POOL = 100
MAX_QUESTION_CHARS = 1000


@dataclass(frozen=True, slots=True)
class Searcher:
    """Finds passages in one generation."""

    generation: Generation
    embedder: Embedder
    calibration: Calibration

    def hits(self, question: str, count: int, source: str | None = None) -> list[Hit]:
        """Return the best `count` passages, best first, of one source (a path) or of all.

        Raises:
            QuestionError: there is nothing to search for, or too much.
            EmbeddingError: the model fails.
        """
        words = self._words(question)
        vector = self.embedder.embed_question(question)
        generation = self.generation
        lexical = generation.lexical.scores(words)
        pool = self._pool(vector, lexical, source)
        if not len(pool):
            return []
        starts, units = self._units(pool)
        dense = generation.dense.cosines(vector, pool)
        unit_dense = np.asarray(generation.unit_vectors[units]) @ vector
        unit_lexical = generation.unit_lexical.scores(words)[units]
        dense_unit = np.maximum.reduceat(unit_dense, starts[:-1])
        lexical_unit = np.maximum.reduceat(unit_lexical, starts[:-1])
        scores = ranking.fused(dense, dense_unit, lexical[pool], lexical_unit)
        best = ranking.best_units(unit_dense, unit_lexical, starts)
        hits = []
        for rank, place in enumerate(np.argsort(-scores, kind="stable")[:count], start=1):
            passage = generation.passages[int(pool[place])]
            document = generation.documents[passage.document]
            unit = passage.units[best[place]]
            context = " ".join([document.title, *passage.headings])
            unit_text = f"{context} {unit.context} {unit.span.of(document.text)}"
            coverage = generation.lexical.coverage
            signals = Signals(
                dense=float(dense[place]),
                dense_unit=float(dense_unit[place]),
                lexical=float(lexical[pool[place]]),
                lexical_unit=float(lexical_unit[place]),
                coverage=coverage(words, f"{context} {unit.context} {passage.text}"),
                coverage_unit=coverage(words, unit_text),
            )
            confidence = self.calibration.probability(signals)
            hits.append(Hit(passage, float(scores[place]), rank, signals, best[place], confidence))
        return hits

    def _words(self, question: str) -> list[str]:
        if not question.strip():
            message = "the question is empty; write what you want to know"
            raise QuestionError(message)
        if len(question) > MAX_QUESTION_CHARS:
            message = (
                f"the question has {len(question):,} characters, the limit is "
                f"{MAX_QUESTION_CHARS:,}; ask it in fewer words"
            )
            raise QuestionError(message)
        if not re.search(r"[^\W_]", question):
            message = "the question has no words; write what you want to know"
            raise QuestionError(message)
        return self.generation.lexical.analyzer.words(question)

    def _pool(
        self, vector: npt.NDArray[np.float32], lexical: npt.NDArray[np.float32], source: str | None
    ) -> npt.NDArray[np.int64]:
        """The ids of the passages worth scoring, in order."""
        if source is not None:
            passages = self.generation.passages
            return np.array([each.id for each in passages if each.document == source], np.int64)
        nearest = self.generation.dense.search(vector, POOL)
        matching = np.argsort(-lexical, kind="stable")[:POOL]
        return np.union1d(nearest, matching[lexical[matching] > 0]).astype(np.int64)

    def _units(
        self, pool: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Where each passage's units start when laid end to end, and their rows."""
        starts = self.generation.unit_starts
        rows = [np.arange(starts[number], starts[number + 1]) for number in pool]
        counts = [len(each) for each in rows]
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), np.concatenate(rows)
