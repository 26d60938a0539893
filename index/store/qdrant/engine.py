"""The passages of one generation, found by Qdrant."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from qdrant_client import QdrantClient, models

from index.errors import REBUILD, IndexCorrupt
from index.settings import QdrantSettings
from index.store.contents import Files
from index.store.lexicon import Lexicon
from index.store.manifest import Manifest
from index.store.points import Points
from index.store.qdrant.points import DENSE, EXACT_BITS, WORDS, of_generation, sparse, term
from index.store.qdrant.servers import NotThere, Servers, servers_of
from index.store.ranking import highest
from index.store.term_counts import TermCounts
from index.store.vectors import Vectors

# So many more are found than are wanted: rounded vectors, and words weighed by how long passages
# were when they were sent, move those of like scores past each other.
SPARE = 2
# In the graph a point may be reached only through ones that the filter leaves out, such as the one
# that died when it was born. ACORN (Patel et al. 2024) goes through these, however many there are.
THROUGH = models.AcornSearchParams(enable=True, max_selectivity=1.0)

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class QdrantEngine:
    """Asks the servers for points, and orders the passages that they are by the files."""

    manifest: Manifest
    vectors: Vectors
    lexicon: Lexicon
    counts: TermCounts
    points: Points
    servers: Servers
    depth: int
    rounded: bool

    @classmethod
    def read(
        cls,
        files: Files,
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
        wanted = min(count * SPARE, self.manifest.contents)
        if not wanted:
            return np.zeros(0, np.int64)
        rounding = models.QuantizationSearchParams(rescore=True, oversampling=2.0)
        params = models.SearchParams(
            hnsw_ef=max(self.depth, wanted),
            quantization=rounding if self.rounded else None,
            acorn=THROUGH,
        )
        found = self._found(vector.tolist(), DENSE, wanted, params, least=wanted)
        return self.vectors.nearest(vector, self.points.passages([*found]), count)

    def matches(self, words: Sequence[str]) -> "QdrantMatches":
        """Return what holds `words`."""
        return QdrantMatches(self, [word for word in words if self.lexicon.holds(word)])

    def with_words(self, words: Sequence[str], count: int) -> Ids:
        """Return the passages that the servers say match `words` best, in order of their ids.

        Raises:
            EngineUnavailable, IndexCorrupt: as `nearest`.
        """
        asked = Counter(words)
        weights = (self.lexicon.idf(word) * often for word, often in asked.items())
        vector = sparse(map(term, asked), weights)
        # Each of the words is in a passage.
        found = self._found(vector, WORDS, min(count, self.manifest.contents), None, least=1)
        return self.points.passages([point for point, score in found.items() if score > 0])

    def look(self) -> None:
        """See whether a server answers, if none was asked lately; `problem` tells."""
        self.servers.look()

    def check(self) -> None:
        """See whether a server holds the generation, which is asked from now on.

        Raises:
            EngineUnavailable: none can be asked.
            IndexCorrupt: none does.
        """
        held = 0

        def serves(client: QdrantClient) -> bool:
            nonlocal held
            held = counted(client, self.manifest)
            return held == self.manifest.contents

        try:
            served = self.servers.prefer(serves)
        except NotThere:
            served = False
        if not served:
            message = (
                f"the search engine holds {held:,} of the {self.manifest.contents:,} points of the "
                f"index of {self.manifest.created_at:%Y-%m-%d %H:%M:%S} UTC (tenant "
                f"{self.manifest.tenant} in {self.manifest.collection}): send them again with "
                f"`{REBUILD}`"
            )
            raise IndexCorrupt(message)

    def _found(
        self,
        query: list[float] | models.SparseVector,
        using: str,
        limit: int,
        params: models.SearchParams | None,
        *,
        least: int,
    ) -> dict[str, float]:
        """Return the best points of the generation, with their scores.

        There should be `least` of them: a search may miss some, but they may also be gone, or not
        be where it was asked yet.
        """
        found = self._ask(query, using, limit, params)
        if len(found) >= least:
            return found
        self.check()
        return self._ask(query, using, limit, params)

    def _ask(
        self,
        query: list[float] | models.SparseVector,
        using: str,
        limit: int,
        params: models.SearchParams | None,
    ) -> dict[str, float]:
        try:
            response = self.servers.ask(
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
            return {}
        return {str(point.id): point.score for point in response.points}


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


def count(servers: Servers, manifest: Manifest) -> int:
    """Return how many points of a generation the servers hold.

    Raises:
        EngineUnavailable: none can be asked.
    """
    try:
        return servers.ask(lambda client: counted(client, manifest))
    except NotThere:
        return 0


def counted(client: QdrantClient, manifest: Manifest) -> int:
    """Return how many points of a generation one server counts."""
    those = of_generation(manifest)
    return client.count(manifest.collection, count_filter=those, exact=True).count
