"""The passages of one generation, found by Qdrant."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import numpy.typing as npt
from qdrant_client import QdrantClient, models

from index.errors import REBUILD, EngineUnavailable, IndexCorrupt, PointsMissing
from index.settings import QdrantSettings
from index.store.contents import SealedFiles
from index.store.lexicon import Lexicon
from index.store.manifest import Manifest
from index.store.points import Points
from index.store.qdrant.points import DENSE, EXACT_BITS, WORDS, Held, of_generation, sparse, term
from index.store.qdrant.servers import Node, NotThere, Servers, servers_of
from index.store.ranking import highest
from index.store.term_counts import TermCounts
from index.store.vectors import Vectors

log = logging.getLogger(__name__)

# So many more are found than are wanted: rounded vectors, and words weighed by how long passages
# were when they were sent, move those of like scores past each other.
SPARE = 2
# Of so many passages and more, words that more than this share of them hold aren't asked for.
MANY, FREQUENT = 10_000_000, 0.1
# In the graph a point may be reached only through ones that the filter leaves out, such as the one
# that died when it was born. ACORN (Patel et al. 2024) goes through these, however many there are.
THROUGH = models.AcornSearchParams(enable=True, max_selectivity=1.0)

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class QdrantEngine:
    """Asks the servers for points, and orders the passages that they are by the files.

    What a node says counts if it holds the generation, which is looked up once, and again when it
    has been away: it may have missed what was sent meanwhile.
    """

    manifest: Manifest
    vectors: Vectors
    lexicon: Lexicon
    counts: TermCounts
    points: Points
    servers: Servers
    depth: int
    rounded: bool
    files: SealedFiles
    holding: set[Node] = field(default_factory=set)

    @classmethod
    def read(
        cls,
        files: SealedFiles,
        manifest: Manifest,
        vectors: Vectors,
        lexicon: Lexicon,
        settings: QdrantSettings,
    ) -> "QdrantEngine":
        """Read what a build wrote for it beside the `vectors` and the `lexicon`.

        Raises:
            ValueError: the files don't fit each other.
            SettingsError: the certificate of the servers can't be read.
            IndexCorrupt, OSError: as `Files.content`.
        """
        return cls(
            manifest=manifest,
            vectors=vectors,
            lexicon=lexicon,
            counts=TermCounts(files, lexicon, manifest.average_words),
            points=Points(files),
            servers=servers_of(settings),
            depth=settings.depth,
            rounded=settings.bits != EXACT_BITS,
            files=files,
        )

    @property
    def whole(self) -> bool:
        """Whether there is a point for each passage."""
        return len(self.points) == self.manifest.passages

    @property
    def problem(self) -> str:
        """Why no server answered last; empty if one did."""
        return self.servers.problem

    def nearest(self, vector: Floats, count: int) -> Ids:
        """Return the ids of the `count` passages nearest to `vector` (dim,), nearest first.

        Raises:
            EngineUnavailable: no server can be asked.
            IndexCorrupt: they, or a file, don't hold what was built.
        """
        least = min(count, self.manifest.contents)
        if not least:
            return np.zeros(0, np.int64)
        wanted = count * SPARE
        # What is found by rounded vectors is compared again here, by those in the files.
        rounding = models.QuantizationSearchParams(rescore=False)
        params = models.SearchParams(
            hnsw_ef=max(self.depth, wanted),
            quantization=rounding if self.rounded else None,
            acorn=THROUGH,
        )
        found = self._found(vector.tolist(), DENSE, wanted, params, least=least)
        return self.vectors.nearest(vector, self.points.passages(found), count)

    def matches(self, words: Sequence[str]) -> "QdrantMatches":
        """Return what holds `words`."""
        return QdrantMatches(self, [word for word in words if self.lexicon.holds(word)])

    def with_words(self, words: Sequence[str], count: int) -> Ids:
        """Return the passages that the servers say match `words` best, in order of their ids.

        Raises:
            EngineUnavailable, IndexCorrupt: as `nearest`.
        """
        asked = Counter(self._telling(words))
        weights = (self.lexicon.idf(word) * often for word, often in asked.items())
        vector = sparse(map(term, asked), weights)
        # Each of the words is in a passage.
        found = self._found(vector, WORDS, count, None, least=1)
        return self.points.passages(found)

    def _telling(self, words: Sequence[str]) -> Sequence[str]:
        """Those of `words` to ask for: of very many passages, not the words that most hold.

        They take most of the time and say next to nothing; BM25 then counts them all the same.
        """
        if self.lexicon.size < MANY:
            return words
        most = self.lexicon.size * FREQUENT
        return [word for word in words if self.lexicon.holding(word) <= most] or words

    def look(self) -> None:
        """See whether a server answers, if none was asked lately; `problem` tells."""
        self.servers.look()

    def check(self) -> None:
        """See whether a server holds the generation, which is asked from now on.

        Raises:
            EngineUnavailable: none can be asked.
            PointsMissing: none does.
        """
        self._check(exactly=False)

    def _check(self, *, exactly: bool) -> None:
        """Check; more points than there should be are none of its own, and harmless but `exactly`.

        Raises:
            EngineUnavailable, PointsMissing: as `check`.
        """
        held = Held(0, 0)

        def serves(client: QdrantClient) -> bool:
            nonlocal held
            held = Held.by(client, self.manifest)
            return held.all_of(self.manifest) and not (exactly and held.more_than(self.manifest))

        node = self.servers.prefer(serves)
        if node is None:
            where = f"tenant {self.manifest.tenant} in {self.manifest.collection}"
            message = (
                f"{held.instead_of(self.manifest)} ({where}): send them again with `{REBUILD}`"
            )
            raise PointsMissing(message)
        self.holding.add(node)

    def _found(
        self,
        query: list[float] | models.SparseVector,
        using: str,
        limit: int,
        params: models.SearchParams | None,
        *,
        least: int,
    ) -> list[UUID]:
        """Return the best points of the generation.

        There should be `least` of them: a search may miss some, but they may also be gone, not be
        where it was asked yet, or be lost among others that no build sent.

        Raises:
            EngineUnavailable, IndexCorrupt: as `nearest`.
        """
        node, found = self._ask(query, using, limit, params)
        if node not in self.holding:
            self._check(exactly=False)
            node, found = self._ask(query, using, limit, params)
        if len(found) < least:
            self._check(exactly=True)
            node, found = self._ask(query, using, limit, params)
        if node not in self.holding:
            where = self.servers.name(node)
            message = f"{where} answers in the place of a node that is gone, and may be behind it"
            log.warning("%s", message)
            raise EngineUnavailable(message)
        return found

    def _ask(
        self,
        query: list[float] | models.SparseVector,
        using: str,
        limit: int,
        params: models.SearchParams | None,
    ) -> tuple[Node | None, list[UUID]]:
        """Return which node answered, and what it found; no node where there is no collection.

        Raises:
            EngineUnavailable: none can be asked.
            IndexCorrupt: the index was too old to be kept.
        """
        try:
            node, response = self.servers.ask_one(
                lambda client: client.query_points(
                    self.manifest.collection,
                    query=query,
                    using=using,
                    query_filter=of_generation(self.manifest),
                    search_params=params,
                    limit=limit,
                    with_payload=False,
                )
            )
        except NotThere:
            return None, []
        # A build forgets its points after its files, so they were still there if the files are.
        if self.files.removed:
            message = f"{self.manifest.created_at:%Y-%m-%d %H:%M:%S} UTC: the index of then is gone"
            raise IndexCorrupt(message)
        positive = [point.id for point in response.points if using == DENSE or point.score > 0]
        return node, self.points.known(positive)


@dataclass(frozen=True, slots=True)
class QdrantMatches:
    """The passages that hold some of `words`, each of which is in one."""

    engine: QdrantEngine
    words: Sequence[str]

    def best(self, count: int) -> Ids:
        """Return the ids of the `count` with the highest BM25, those over 0 alone, in no order.

        Raises:
            EngineUnavailable, IndexCorrupt: as `QdrantEngine.nearest`.
        """
        if not self.words:
            return np.zeros(0, np.int64)
        ids = self.engine.with_words(self.words, count * SPARE)
        return ids[highest(self.scores(ids), count)]

    def scores(self, ids: Ids) -> Floats:
        """Return the BM25 of passages: (len(ids),) float32, 0 where no word is shared.

        Raises:
            IndexCorrupt: a file isn't what was built.
        """
        return self.engine.counts.scores(self.words, ids)
