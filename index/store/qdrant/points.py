"""How a generation lies on the servers: names, filters, and the words of a passage as a vector."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import UnexpectedResponse

from index.settings import QdrantSettings
from index.store.manifest import Manifest
from index.store.points import instant

DENSE = "dense"
WORDS = "words"
TENANT, BORN, DIED = "tenant", "born", "died"
# When those die that are alive: the last whole number that JSON has for sure.
NEVER = 2**53 - 1
# Links of a point in the graph: twice Qdrant's own, since many lead to points that have died.
LINKS = 32
# The bits of a number that isn't rounded, and how numbers are rounded to fewer.
EXACT_BITS = 32
QUANTIZATION: dict[int, models.QuantizationConfig] = {
    8: models.ScalarQuantization(
        scalar=models.ScalarQuantizationConfig(type=models.ScalarType.INT8, always_ram=True)
    ),
    4: models.TurboQuantization(
        turbo=models.TurboQuantQuantizationConfig(
            bits=models.TurboQuantBitSize.BITS4, always_ram=True
        )
    ),
}
# When a point was born and died is compared, never looked up.
MOMENT = models.IntegerIndexParams(
    type=models.IntegerIndexType.INTEGER, lookup=False, range=True, enable_hnsw=False
)
INDEXES: dict[str, models.PayloadSchemaParams] = {
    TENANT: models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True),
    BORN: MOMENT,
    DIED: MOMENT,
}


def collection_name(name: str, revision: str, dim: int) -> str:
    """Return the name of the collection on the servers for the embeddings of one model."""
    model = hashlib.blake2b(f"{revision}\0{dim}".encode(), digest_size=4).hexdigest()
    return f"{name}-{model}"


def term(word: str) -> int:
    """Return the place of a word in a sparse vector; two words in millions may share one."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=4).digest(), "big")


def sparse(places: Iterable[int], values: Iterable[float]) -> models.SparseVector:
    """Return a sparse vector; of places that are given twice the values are added."""
    added: dict[int, float] = {}
    for place, value in zip(places, values, strict=True):
        added[place] = added.get(place, 0.0) + value
    return models.SparseVector(indices=[*added], values=[*added.values()])


def of_generation(manifest: Manifest) -> models.Filter:
    """Return what the points of a generation have in common, and no others."""
    moment = instant(manifest.created_at)
    return where(manifest.tenant, born=models.Range(lte=moment), died=models.Range(gt=moment))


def where(tenant: str, **ranges: models.Range) -> models.Filter:
    """Return what the points of a tenant have in common whose numbers lie in these ranges."""
    conditions = [models.FieldCondition(key=key, range=each) for key, each in ranges.items()]
    of = models.FieldCondition(key=TENANT, match=models.MatchValue(value=tenant))
    return models.Filter(must=[of, *conditions])


@dataclass(frozen=True, slots=True)
class Held:
    """How many points of a generation are on a server, and how many of those that were new with it.

    Where as many points are gone as are new, a server that lacks both holds as many as one that
    has both.
    """

    points: int
    births: int

    @classmethod
    def by(cls, client: QdrantClient, manifest: Manifest) -> "Held":
        """Return how many one server counts."""
        moment = instant(manifest.created_at)
        new = where(manifest.tenant, born=models.Range(gte=moment, lte=moment))
        counts = [
            client.count(manifest.collection, count_filter=those, exact=True).count
            for those in (of_generation(manifest), new)
        ]
        return cls(*counts)

    def all_of(self, manifest: Manifest) -> bool:
        """Whether none is missing."""
        return self.points >= manifest.contents and self.births >= manifest.births

    def more_than(self, manifest: Manifest) -> bool:
        """Whether there are points that no build sent."""
        return self.points > manifest.contents or self.births > manifest.births

    def instead_of(self, manifest: Manifest) -> str:
        """Say what there is, and what there should be."""
        return (
            f"the search engine holds {self.points:,} points of the index of "
            f"{manifest.created_at:%Y-%m-%d %H:%M:%S} UTC, {self.births:,} of them new, which has "
            f"{manifest.contents:,}, {manifest.births:,} of them new"
        )


def create(client: QdrantClient, name: str, dim: int, settings: QdrantSettings) -> None:
    """Make a collection for the embeddings of one model, unless there is one."""
    if not client.collection_exists(name):
        exact = settings.bits == EXACT_BITS
        dense = models.VectorParams(
            size=dim,
            distance=models.Distance.DOT,
            # What is rounded is in memory, and what it was rounded from is not.
            on_disk=not exact,
            hnsw_config=models.HnswConfigDiff(m=LINKS),
            quantization_config=None if exact else QUANTIZATION[settings.bits],
        )
        try:
            client.create_collection(
                name,
                vectors_config={DENSE: dense},
                sparse_vectors_config={WORDS: models.SparseVectorParams()},
                shard_number=settings.shards,
                replication_factor=settings.replicas,
            )
        except UnexpectedResponse as error:
            # Another index may have been the first to want it.
            if error.status_code != HTTPStatus.CONFLICT:
                raise
    # Looked for each time: whoever made it may have been stopped half way.
    there = client.get_collection(name).payload_schema
    for field, index in INDEXES.items():
        if field not in there:
            client.create_payload_index(name, field, index, wait=True)
