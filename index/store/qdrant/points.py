"""How a generation lies on the servers: names, filters, and the words of a passage as a vector."""

import hashlib
from collections.abc import Iterable

from qdrant_client import QdrantClient, models

from index.settings import QdrantSettings
from index.store.manifest import Manifest
from index.store.points import instant

DENSE = "dense"
WORDS = "words"
TENANT, BORN, DIED = "tenant", "born", "died"
# When those die that are alive: the last whole number that JSON has for sure.
NEVER = 2**53 - 1
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


def create(client: QdrantClient, name: str, dim: int, settings: QdrantSettings) -> None:
    """Make a collection for the embeddings of one model, unless there is one."""
    if not client.collection_exists(name):
        exact = settings.bits == EXACT_BITS
        dense = models.VectorParams(
            size=dim,
            distance=models.Distance.DOT,
            # What is rounded is in memory, and what it was rounded from is not.
            on_disk=not exact,
            quantization_config=None if exact else QUANTIZATION[settings.bits],
        )
        client.create_collection(
            name,
            vectors_config={DENSE: dense},
            sparse_vectors_config={WORDS: models.SparseVectorParams()},
            shard_number=settings.shards,
            replication_factor=settings.replicas,
        )
    # Done again where it was stopped half way: one that is there stays.
    tenant = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
    moment = models.IntegerIndexParams(
        type=models.IntegerIndexType.INTEGER, lookup=False, range=True, enable_hnsw=False
    )
    for field, index in ((TENANT, tenant), (BORN, moment), (DIED, moment)):
        client.create_payload_index(name, field, index, wait=True)
