"""What each request does to the collections, and what is answered."""

from collections.abc import Callable

import qdrant_edge as edge
from pydantic import TypeAdapter
from qdrant_client.http import models

from tests.support.qdrant_standin.errors import Refused
from tests.support.qdrant_standin.shards import Collections
from tests.support.qdrant_standin.translating import (
    DEFAULT_LIMIT,
    filter_,
    found,
    identity,
    numbered,
    points,
    query,
    selected,
)

Update = edge.UpdateOperation
Does = Callable[[Collections, str, bytes], object]
ROUTES: dict[tuple[str, str], Does] = {}
READS: set[Does] = set()
ROOM = "/collections/{name}"

INSERT: TypeAdapter[models.PointsList | models.PointsBatch] = TypeAdapter(
    models.PointInsertOperations
)
SELECTOR: TypeAdapter[models.PointIdsList | models.FilterSelector] = TypeAdapter(
    models.PointsSelector
)


def on(method: str, path: str, *, reads: bool = False) -> Callable[[Does], Does]:
    """Say which requests a function is for, and whether any replica may answer them."""

    def add(does: Does) -> Does:
        ROUTES[method, path] = does
        if reads:
            READS.add(does)
        return does

    return add


@on("GET", "/collections", reads=True)
def _list(all_: Collections, _name: str, _body: bytes) -> object:
    return {"collections": [{"name": each} for each in all_]}


@on("GET", ROOM + "/exists", reads=True)
def _exists(all_: Collections, name: str, _body: bytes) -> object:
    return {"exists": name in all_}


@on("PUT", ROOM)
def _create(all_: Collections, name: str, body: bytes) -> object:
    all_.create(name, models.CreateCollection.model_validate_json(body))
    return True


@on("GET", ROOM, reads=True)
def _info(all_: Collections, name: str, _body: bytes) -> object:
    return all_[name].info().model_dump(mode="json", exclude_none=True)


@on("PATCH", ROOM)
def _change(all_: Collections, name: str, body: bytes) -> object:
    models.UpdateCollection.model_validate_json(body)  # taken, and without effect here
    return name in all_


@on("DELETE", ROOM)
def _delete(all_: Collections, name: str, _body: bytes) -> object:
    return all_.delete(name)


@on("POST", "/collections/aliases")
def _rename(all_: Collections, _name: str, body: bytes) -> object:
    aliases = dict(all_.aliases)
    for action in models.ChangeAliasesOperation.model_validate_json(body).actions:
        match action:
            case models.CreateAliasOperation(create_alias=made):
                all_[made.collection_name]
                aliases[made.alias_name] = made.collection_name
            case models.DeleteAliasOperation(delete_alias=gone):
                aliases.pop(gone.alias_name, None)
            case models.RenameAliasOperation(rename_alias=named):
                aliases[named.new_alias_name] = aliases.pop(named.old_alias_name)
    all_.rename(aliases)
    return True


@on("GET", "/aliases", reads=True)
@on("GET", ROOM + "/aliases", reads=True)
def _aliases(all_: Collections, name: str, _body: bytes) -> object:
    told = [{"alias_name": alias, "collection_name": to} for alias, to in all_.aliases.items()]
    return {"aliases": [each for each in told if name in ("", each["collection_name"])]}


@on("PUT", ROOM + "/index")
def _index(all_: Collections, name: str, body: bytes) -> object:
    all_[name].index(models.CreateFieldIndex.model_validate_json(body))
    return _completed(all_, name)


@on("PUT", ROOM + "/points")
def _upsert(all_: Collections, name: str, body: bytes) -> object:
    return _update(all_, name, Update.upsert_points(points(INSERT.validate_json(body))))


@on("POST", ROOM + "/points/delete")
def _delete_points(all_: Collections, name: str, body: bytes) -> object:
    match SELECTOR.validate_json(body):
        case models.PointIdsList(points=ids):
            return _update(all_, name, Update.delete_points([identity(each) for each in ids]))
        case models.FilterSelector(filter=wanted):
            return _update(all_, name, Update.delete_points_by_filter(filter_(wanted)))


@on("POST", ROOM + "/points/payload")
def _set_payload(all_: Collections, name: str, body: bytes) -> object:
    return _payload(all_, name, body, Update.set_payload, Update.set_payload_by_filter)


@on("PUT", ROOM + "/points/payload")
def _overwrite_payload(all_: Collections, name: str, body: bytes) -> object:
    return _payload(all_, name, body, Update.overwrite_payload, Update.overwrite_payload_by_filter)


@on("POST", ROOM + "/points/query", reads=True)
def _query(all_: Collections, name: str, body: bytes) -> object:
    asked = query(models.QueryRequest.model_validate_json(body))
    return {"points": [found(each) for each in all_[name].shard.query(asked)]}


@on("POST", ROOM + "/points/query/batch", reads=True)
def _queries(all_: Collections, name: str, body: bytes) -> object:
    searches = models.QueryRequestBatch.model_validate_json(body).searches
    asked = edge.QueryBatchRequest([query(each) for each in searches])
    lists = all_[name].shard.query_batch(asked)
    return [{"points": [found(each) for each in every]} for every in lists]


@on("POST", ROOM + "/points/count", reads=True)
def _count(all_: Collections, name: str, body: bytes) -> object:
    given = models.CountRequest.model_validate_json(body)
    wanted = filter_(given.filter) if given.filter else None
    asked = edge.CountRequest(exact=given.exact is not False, filter=wanted)
    return {"count": all_[name].shard.count(asked)}


@on("POST", ROOM + "/points/scroll", reads=True)
def _scroll(all_: Collections, name: str, body: bytes) -> object:
    given = models.ScrollRequest.model_validate_json(body)
    if given.order_by is not None:
        raise Refused(400, "Wrong input: the stand-in scrolls by ids alone")
    asked = edge.ScrollRequest(
        offset=None if given.offset is None else identity(given.offset),
        limit=given.limit or DEFAULT_LIMIT,
        filter=filter_(given.filter) if given.filter else None,
        with_payload=selected(True if given.with_payload is None else given.with_payload),
        with_vector=given.with_vector or False,
    )
    some, following = all_[name].shard.scroll(asked)
    return {"points": [found(each) for each in some], "next_page_offset": numbered(following)}


@on("POST", ROOM + "/points", reads=True)
def _retrieve(all_: Collections, name: str, body: bytes) -> object:
    given = models.PointRequest.model_validate_json(body)
    payload = selected(True if given.with_payload is None else given.with_payload)
    ids = [identity(each) for each in given.ids]
    vectors = given.with_vector or False
    return [found(each) for each in all_[name].shard.retrieve(ids, payload, vectors)]


def _payload(
    all_: Collections,
    name: str,
    body: bytes,
    by_ids: Callable[..., Update],
    by_filter: Callable[..., Update],
) -> object:
    given = models.SetPayload.model_validate_json(body)
    if given.points is not None:
        ids = [identity(each) for each in given.points]
        return _update(all_, name, by_ids(ids, given.payload, given.key))
    if given.filter is None:
        raise Refused(422, "Validation error: either list of point ids or filter should be given")
    return _update(all_, name, by_filter(filter_(given.filter), given.payload, given.key))


def _update(all_: Collections, name: str, operation: edge.UpdateOperation) -> object:
    all_[name].update(operation)
    return _completed(all_, name)


def _completed(all_: Collections, name: str) -> object:
    return {"operation_id": all_[name].updates, "status": "completed"}
