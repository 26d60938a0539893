"""A few points to talk of, as an index would keep them."""

from qdrant_client import QdrantClient, models

ALIVE = 2**53 - 1
ROOM = "passages"


def create(client: QdrantClient, name: str = ROOM) -> None:
    """Make a collection whose graphs are built from about 10 kB on."""
    client.create_collection(
        name,
        vectors_config={"dense": models.VectorParams(size=4, distance=models.Distance.DOT)},
        sparse_vectors_config={"words": models.SparseVectorParams()},
        optimizers_config=models.OptimizersConfigDiff(indexing_threshold=10),
        shard_number=6,
        replication_factor=2,
    )


def point(number: int, born: int = 1) -> models.PointStruct:
    """Return a point that is alive."""
    dense = [1.0, number / 10, (number * 7 % 5) / 5, 0.25]
    words = models.SparseVector(indices=[number % 3, 7], values=[1.0, 0.5 + number])
    payload = {"tenant": "ab"[number % 2], "born": born, "died": ALIVE}
    return models.PointStruct(id=number, vector={"dense": dense, "words": words}, payload=payload)


def alive(tenant: str, generation: int) -> models.Filter:
    """Return what a question of a generation asks for."""
    return models.Filter(
        must=[
            models.FieldCondition(key="tenant", match=models.MatchValue(value=tenant)),
            models.FieldCondition(key="born", range=models.Range(lte=generation)),
            models.FieldCondition(key="died", range=models.Range(gt=generation)),
        ]
    )
