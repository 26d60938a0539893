"""What a collection is made with, in the engine's words."""

from enum import Enum
from typing import Any

import qdrant_edge as edge
from pydantic import BaseModel
from qdrant_client.http import models

from tests.support.qdrant_standin.errors import Refused

# A server's own values for what a request doesn't name.
HNSW = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10_000}
OPTIMIZING = {
    "deleted_threshold": 0.2,
    "vacuum_min_vector_number": 1000,
    "default_segment_number": 0,
    "indexing_threshold": 10_000,
}
# Of a server's settings, those that the engine doesn't have.
SERVERS = {"memmap_threshold", "flush_interval_sec", "max_optimization_threads"}
QUANTIZATIONS: dict[str, type] = {
    "scalar": edge.ScalarQuantizationConfig,
    "binary": edge.BinaryQuantizationConfig,
    "turbo": edge.TurboQuantQuantizationConfig,
}
INDEXES: dict[str, type] = {
    "keyword": edge.KeywordIndexParams,
    "integer": edge.IntegerIndexParams,
    "float": edge.FloatIndexParams,
    "bool": edge.BoolIndexParams,
    "uuid": edge.UuidIndexParams,
}
ENUMS: dict[type, type] = {
    models.Datatype: edge.VectorStorageDatatype,
    models.Distance: edge.Distance,
    models.Memory: edge.Memory,
    models.Modifier: edge.Modifier,
    models.ScalarType: edge.ScalarType,
    models.TurboQuantBitSize: edge.TurboQuantBitSize,
}


def config(asked: models.CreateCollection) -> edge.EdgeConfig:
    """Return what the engine makes a collection's shard with.

    Raises:
        Refused: the engine, or the stand-in, doesn't have it.
    """
    dense = asked.vectors or {}
    vectors = dense if isinstance(dense, dict) else {"": dense}
    sparse = asked.sparse_vectors or {}
    return edge.EdgeConfig(
        vectors={name: _dense(params) for name, params in vectors.items()},
        sparse_vectors={name: _sparse(params) for name, params in sparse.items()},
        on_disk_payload=asked.on_disk_payload,
        hnsw_config=_made(edge.HnswIndexConfig, asked.hnsw_config, HNSW),
        quantization_config=_quantization(asked.quantization_config),
        optimizers=_made(edge.EdgeOptimizersConfig, asked.optimizers_config, OPTIMIZING),
    )


def described(asked: models.CreateCollection) -> models.CollectionConfig:
    """Return what a server says of a collection that was made with this."""
    given = asked.model_dump(exclude_none=True)
    params = models.CollectionParams.model_fields.keys() & given.keys()
    optimizing = {"flush_interval_sec": 5, **OPTIMIZING, **given.get("optimizers_config", {})}
    return models.CollectionConfig(
        params=models.CollectionParams(**{name: given[name] for name in params}),
        hnsw_config=models.HnswConfig(**{**HNSW, **given.get("hnsw_config", {})}),
        optimizer_config=models.OptimizersConfig(**optimizing),
        wal_config=models.WalConfig(wal_capacity_mb=32, wal_segments_ahead=0),
        quantization_config=asked.quantization_config,
    )


def index(asked: models.CreateFieldIndex) -> tuple[str, Any]:
    """Return the kind of a payload's index and what the engine makes it with.

    Raises:
        Refused: the stand-in doesn't have it.
    """
    schema = asked.field_schema
    given = schema if isinstance(schema, BaseModel) else None
    kind = str(getattr(given.type if given else schema, "value", ""))
    if kind not in INDEXES:
        raise Refused(400, f"Wrong input: the stand-in has no index of the kind {kind!r}")
    return kind, _made(INDEXES[kind], given, {}, leave={"type"})


def _dense(given: models.VectorParams) -> edge.EdgeVectorParams:
    if given.multivector_config:
        raise Refused(400, "Wrong input: the stand-in has one vector a name")
    made: edge.EdgeVectorParams = _made(
        edge.EdgeVectorParams,
        given,
        {
            "hnsw_config": given.hnsw_config
            and _made(edge.HnswIndexConfig, given.hnsw_config, HNSW),
            "quantization_config": _quantization(given.quantization_config),
        },
        leave={"hnsw_config", "quantization_config"},
    )
    return made


def _sparse(given: models.SparseVectorParams) -> edge.EdgeSparseVectorParams:
    modifier = given.modifier if given.modifier is not models.Modifier.NONE else None
    more = {"modifier": _plain(modifier)}
    made: edge.EdgeSparseVectorParams = _made(edge.EdgeSparseVectorParams, given.index, more)
    return made


def _quantization(given: models.QuantizationConfig | None) -> Any:  # noqa: ANN401 - one of many
    for name, kind in QUANTIZATIONS.items():
        if (params := getattr(given, name, None)) is not None:
            return _made(kind, params, {})
    if given is not None:
        raise Refused(400, f"Wrong input: the stand-in has no {type(given).__name__}")
    return None


def _made(
    kind: type,
    given: BaseModel | None,
    defaults: dict[str, Any],
    leave: frozenset[str] | set[str] = frozenset(),
) -> Any:  # noqa: ANN401 - whatever kind makes
    """Make something of the engine's from what a request names; names are the same in both."""
    named = {
        name: _plain(value)
        for name, value in given or ()
        if value is not None and name not in leave | SERVERS
    }
    return kind(**defaults | named)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of a setting
    if isinstance(value, Enum):
        return getattr(ENUMS[type(value)], value.value.capitalize())
    return value
