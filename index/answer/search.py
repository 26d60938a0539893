"""A question to `Hit`s: candidates ordered by their signals, the best of them read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from index.answer.calibration import SIGNALS, Calibration
from index.answer.span import find_answer
from index.domain import Embedder, Hit, Signals
from index.model.reader import Reader
from index.store.bm25 import RARITY
from index.store.generation import Generation
from index.store.ranking import highest

# Each retriever proposes this many passages; all of them get every signal.
POOL = 50
# The reader reads this many of the best passages.
READ = 12


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
    reader: Reader

    def hits(self, question: str, count: int, source: str | None = None) -> list[Hit]:
        """Return the best `count` passages, best first, of one source (a path) or of all.

        The best by their signals are read; the others follow as they are. `question` is taken as
        it is; `Question.meaning` mends one.

        Raises:
            EmbeddingError: a model fails.
        """
        found = self._ranked(question, source, max(count, READ))
        ordered = [*self._read(question, found[:READ]), *(hit for hit, _ in found[READ:])]
        return [replace(hit, rank=rank) for rank, hit in enumerate(ordered[:count], start=1)]

    def _ranked(
        self, question: str, source: str | None, count: int
    ) -> list[tuple[Hit, npt.NDArray[np.float32]]]:
        """Return the best passages by their signals alone, each with the scores of its units."""
        candidates = self.candidates(question, source)
        scores = candidates.signals @ self.calibration.ranking_weights
        by_passage = np.split(scores, candidates.starts[1:-1]) if len(scores) else []
        best = np.array([units.max() for units in by_passage])
        found = []
        for place in np.argsort(-best, kind="stable")[:count]:
            passage = self.generation.passages[int(candidates.pool[place])]
            unit = int(np.argmax(by_passage[place]))
            values = candidates.signals[candidates.starts[place] + unit].tolist()
            hit = Hit(
                passage=passage,
                score=float(best[place]),
                rank=0,
                signals=Signals(**dict(zip(SIGNALS, values, strict=True))),
                best_unit=unit,
                answer=passage.units[unit].span,
                answers=None,
                confidence=0.0,
            )
            found.append((hit, by_passage[place]))
        return found

    def _read(
        self, question: str, found: Sequence[tuple[Hit, npt.NDArray[np.float32]]]
    ) -> list[Hit]:
        """Return passages as the reader sees them, best first."""
        weighed = self.calibration
        hits = []
        readings = self.reader.read(question, [hit.passage for hit, _ in found])
        for (hit, unit_scores), reading in zip(found, readings, strict=True):
            answer = find_answer(reading, hit.passage, unit_scores * weighed.span_ranking)
            hits.append(
                replace(
                    hit,
                    score=weighed.read_score(hit.score, reading.answers),
                    best_unit=answer.unit if answer else hit.best_unit,
                    answer=answer.span if answer else hit.answer,
                    answers=reading.answers,
                    confidence=weighed.probability(hit.signals, reading.answers),
                )
            )
        return sorted(hits, key=lambda hit: -hit.score)

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
