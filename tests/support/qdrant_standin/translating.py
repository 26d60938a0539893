"""What a request asks of points, in the engine's words, and what it finds, in a server's."""

from typing import Any
from uuid import UUID

import qdrant_edge as edge
from qdrant_client.http import models

from tests.support.qdrant_standin.errors import Refused

DEFAULT_LIMIT = 10


def identity(given: models.ExtendedPointId) -> "edge.PointId":
    """Return a point's id.

    Raises:
        Refused: it is neither a number nor a UUID.
    """
    try:
        return given if isinstance(given, int) else UUID(str(given))
    except ValueError:
        says = f"value {given} is not a valid point ID, valid values are either an unsigned integer"
        raise Refused(400, f"Format error in JSON body: {says} or a UUID") from None


def points(given: models.PointsList | models.PointsBatch) -> list[edge.Point]:
    """Return the points of either form of an upsert."""
    if isinstance(given, models.PointsList):
        rows = [(each.id, each.vector, each.payload) for each in given.points]
    else:
        ids, vectors = given.batch.ids, given.batch.vectors
        each_vector = (
            [dict(zip(vectors, row, strict=True)) for row in zip(*vectors.values(), strict=True)]
            if isinstance(vectors, dict)
            else vectors
        )
        payloads = given.batch.payloads or [{} for _ in ids]
        rows = list(zip(ids, each_vector, payloads, strict=True))
    return [edge.Point(identity(id_), _vectors(vector), more or {}) for id_, vector, more in rows]


def filter_(given: models.Filter) -> edge.Filter:
    """Return a filter.

    Raises:
        Refused: it has a condition that the stand-in doesn't know.
    """
    if given.min_should:
        raise Refused(400, "Wrong input: the stand-in has no min_should")
    return edge.Filter(
        must=_conditions(given.must),
        should=_conditions(given.should),
        must_not=_conditions(given.must_not),
    )


def query(given: models.QueryRequest) -> edge.QueryRequest:
    """Return a search for what is nearest.

    Raises:
        Refused: it is one for anything else.
    """
    if given.prefetch or given.lookup_from:
        raise Refused(400, "Wrong input: the stand-in doesn't prefetch")
    asked = given.query.nearest if isinstance(given.query, models.NearestQuery) else given.query
    return edge.QueryRequest(
        limit=DEFAULT_LIMIT if given.limit is None else given.limit,
        offset=given.offset,
        query=None if asked is None else edge.Query.Nearest(_vector(asked), using=given.using),
        filter=filter_(given.filter) if given.filter else None,
        score_threshold=given.score_threshold,
        params=_params(given.params) if given.params else None,
        with_vector=given.with_vector or False,
        with_payload=selected(given.with_payload or False),
    )


def selected(given: models.WithPayloadInterface) -> "edge.WithPayloadType":
    """Return which keys of the payloads are wanted."""
    if isinstance(given, models.PayloadSelectorInclude):
        return edge.PayloadSelector.Include(given.include)
    if isinstance(given, models.PayloadSelectorExclude):
        return edge.PayloadSelector.Exclude(given.exclude)
    return edge.PayloadSelector.Include(given) if isinstance(given, list) else given


def found(point: edge.ScoredPoint | edge.Record) -> dict[str, Any]:
    """Return a point as a server answers with it."""
    told: dict[str, Any] = {"id": numbered(point.id), "payload": point.payload}
    if isinstance(point, edge.ScoredPoint):
        told |= {"version": point.version, "score": point.score}
    if point.vector is not None:
        told["vector"] = _told(point.vector)
    return told


def numbered(given: object) -> int | str | None:
    """Return a point's id as JSON has it."""
    return given if isinstance(given, int) or given is None else str(given)


def _told(vector: Any) -> Any:  # noqa: ANN401 - all kinds of vectors
    if isinstance(vector, dict):
        return {name: _told(each) for name, each in vector.items()}
    if isinstance(vector, edge.SparseVector):
        return {"indices": vector.indices, "values": vector.values}
    return vector


def _vectors(given: Any) -> Any:  # noqa: ANN401 - all kinds of vectors
    if isinstance(given, dict):
        return {name: _vector(each) for name, each in given.items()}
    return _vector(given)


def _vector(given: Any) -> Any:  # noqa: ANN401 - all kinds of vectors
    if isinstance(given, models.SparseVector):
        return edge.SparseVector(given.indices, given.values)
    if isinstance(given, list):
        return given
    raise Refused(400, f"Wrong input: the stand-in has no vectors of {type(given).__name__}")


def _params(given: models.SearchParams) -> edge.SearchParams:
    codes, through = given.quantization, given.acorn
    return edge.SearchParams(
        hnsw_ef=given.hnsw_ef,
        exact=given.exact or False,
        indexed_only=given.indexed_only or False,
        quantization=edge.QuantizationSearchParams(
            ignore=codes.ignore or False, rescore=codes.rescore, oversampling=codes.oversampling
        )
        if codes
        else None,
        acorn=edge.AcornSearchParams(through.enable or False, through.max_selectivity)
        if through
        else None,
    )


def _conditions(given: Any) -> "list[edge.ConditionType] | None":  # noqa: ANN401 - one, many, none
    if given is None:
        return None
    return [_condition(each) for each in (given if isinstance(given, list) else [given])]


def _condition(given: models.Condition) -> "edge.ConditionType":
    match given:
        case models.Filter():
            return filter_(given)
        case models.HasIdCondition():
            return edge.HasIdCondition({identity(each) for each in given.has_id})
        case models.IsEmptyCondition():
            return edge.IsEmptyCondition(given.is_empty.key)
        case models.FieldCondition(match=None, range=models.Range() as limits):
            ends = limits.model_dump(exclude_none=True)
            return edge.FieldCondition(given.key, range=edge.RangeFloat(**ends))
        case models.FieldCondition(match=match, range=None) if match is not None:
            return edge.FieldCondition(given.key, match=_match(match))
    raise Refused(400, f"Wrong input: the stand-in has no condition {given}")


def _match(given: models.Match) -> "edge.MatchType":
    match given:
        case models.MatchValue():
            return edge.MatchValue(given.value)
        case models.MatchAny():
            return edge.MatchAny(given.any)
        case models.MatchExcept():
            return edge.MatchExcept(given.except_)
    raise Refused(400, f"Wrong input: the stand-in has no match {given}")
