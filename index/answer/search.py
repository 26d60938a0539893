"""A question to `Hit`s: every signal of every candidate, weighed into one score."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.answer.calibration import SIGNALS, Calibration
from index.domain import Embedder, Hit, Signals
from index.model.reranker import Reranker
from index.store.bm25 import RARITY
from index.store.generation import Generation
from index.store.ranking import highest

# Each retriever proposes this many passages; all of them get every signal.
POOL = 50
# The cross-encoder, where there is one, reads this many of the best passages.
RERANKED = 20


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages worth scoring and the signals of each of their units.

    `pool` is (n,) int64, passage ids; passage i's units are the rows of `signals` from
    `starts[i]` up to `starts[i + 1]`; `signals` is (units, signals) float32, in the order of
    `calibration.SIGNALS`; the passage's own signals repeat on each of its units.
    """

    pool: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    signals: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Searcher:
    """Finds passages in one generation."""

    generation: Generation
    embedder: Embedder
    calibration: Calibration
    reranker: Reranker | None = None

    def hits(self, question: str, count: int, source: str | None = None) -> list[Hit]:
        """Return the best `count` passages, best first, of one source (a path) or of all.

        `question` is taken as it is; `Question.meaning` mends one.

        Raises:
            EmbeddingError: the model fails.
        """
        candidates = self.candidates(question, source)
        if not len(candidates.pool):
            return []
        scores = candidates.signals @ self.calibration.ranking_weights
        bounds = list(zip(candidates.starts[:-1], candidates.starts[1:], strict=True))
        best_units = [int(np.argmax(scores[first:last])) for first, last in bounds]
        rows = candidates.starts[:-1] + best_units
        hits = []
        order = self._rerank(question, candidates.pool, np.argsort(-scores[rows], kind="stable"))
        for rank, place in enumerate(order[:count], start=1):
            row = int(rows[place])
            signals = Signals(**dict(zip(SIGNALS, candidates.signals[row].tolist(), strict=True)))
            hits.append(
                Hit(
                    passage=self.generation.passages[int(candidates.pool[place])],
                    score=float(scores[row]),
                    rank=rank,
                    signals=signals,
                    best_unit=best_units[place],
                    confidence=self.calibration.probability(signals),
                )
            )
        return hits

    def candidates(self, question: str, source: str | None = None) -> Candidates:
        """Gather the passages that any retriever proposes, and score all their units."""
        generation = self.generation
        words = generation.lexical.words(question)
        embeddings = self.embedder.embed_question(question)
        lexical = generation.lexical.scores(words)
        pool = self._pool(embeddings.vector, lexical, source)
        if not len(pool):
            return Candidates(pool, np.zeros(1, np.int64), np.zeros((0, len(SIGNALS)), np.float32))
        passages = generation.passages.rows.take(pool)
        counts = passages["units"].astype(np.int64)
        firsts, lasts = passages["unit"], passages["unit"] + counts
        units = generation.passages.units.spans(firsts, lasts)
        rarity = max(sum(generation.lexical.idf(word) for word in words), RARITY)
        late, late_unit, late_alone, reverse_unit = generation.tokens.late_interaction(
            embeddings, passages, units, len(generation.passages)
        )
        unit_lexical, unit_coverage = generation.lexical.unit_scores(words, firsts, lasts)
        columns = {
            "dense": np.repeat(generation.dense.cosines(embeddings.vector, pool), counts),
            "lexical": np.repeat(lexical[pool] / rarity, counts),
            "lexical_unit": unit_lexical / rarity,
            "late": np.repeat(late, counts),
            "late_unit": late_unit,
            "late_alone": late_alone,
            "reverse_unit": reverse_unit,
            "coverage": np.repeat(generation.lexical.coverage(words, pool), counts),
            "coverage_unit": unit_coverage,
        }
        if alone := columns.keys() ^ set(SIGNALS):
            message = f"a column without a field of `Signals`, or the reverse: {sorted(alone)}"
            raise ValueError(message)
        signals = np.column_stack([columns[name] for name in SIGNALS]).astype(np.float32)
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        return Candidates(pool, starts, signals)

    def _pool(
        self, vector: npt.NDArray[np.float32], lexical: npt.NDArray[np.float32], source: str | None
    ) -> npt.NDArray[np.int64]:
        """The ids of the passages worth scoring, in order."""
        if source is not None:
            return self.generation.passages.of(source)
        nearest = self.generation.dense.search(vector, POOL)
        return np.union1d(nearest, highest(lexical, POOL)).astype(np.int64)

    def _rerank(
        self, question: str, pool: npt.NDArray[np.int64], order: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """The places in `pool`, best first, as the cross-encoder sees the best of them."""
        if self.reranker is None:
            return order
        best = order[:RERANKED]
        passages = [self.generation.passages[number] for number in pool[best]]
        texts = [
            f"{' '.join([passage.document, *passage.headings])}\n{passage.text}"
            for passage in passages
        ]
        return np.concatenate([best[self.reranker.order(question, texts)], order[RERANKED:]])
