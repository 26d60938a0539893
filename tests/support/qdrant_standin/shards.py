"""Collections on disk: what each was made with, and its points in a shard of the engine."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import qdrant_edge as edge
from pydantic import BaseModel
from qdrant_client.http import models

from tests.support.qdrant_standin import schema
from tests.support.qdrant_standin.errors import Refused

NAME = re.compile(r"[^<>:\"/\\|?*\0]{1,255}")
FIRST, LAST = "points", "collection.json"


class Record(BaseModel):
    """What a collection was made with."""

    made: models.CreateCollection
    indexes: dict[str, models.CreateFieldIndex] = {}


class Collection:
    """One collection."""

    def __init__(self, folder: Path, shard: edge.EdgeShard) -> None:
        """Take a shard whose record is in the folder."""
        self.folder = folder
        self.shard = shard
        self.record = Record.model_validate_json((folder / LAST).read_bytes())
        self.untidy = True  # there may be something to optimize
        self.updates = 0

    @classmethod
    def create(cls, folder: Path, asked: models.CreateCollection) -> "Collection":
        """Make one; it is there once its record is."""
        shutil.rmtree(folder, ignore_errors=True)
        shard = edge.EdgeShard.create(str(folder / FIRST), schema.config(asked))
        shard.flush()
        written(folder / LAST, Record(made=asked).model_dump_json())
        return cls(folder, shard)

    @classmethod
    def load(cls, folder: Path) -> "Collection":
        """Open one that is there."""
        return cls(folder, edge.EdgeShard.load(str(folder / FIRST)))

    def update(self, operation: edge.UpdateOperation) -> None:
        """Do something to the points.

        The engine writes it to its log first and repeats the log when it is opened, so that the
        end of this process, be it by kill -9, undoes nothing; the machine's own might.
        """
        self.untidy = True
        self.updates += 1
        self.shard.update(operation)

    def index(self, asked: models.CreateFieldIndex) -> None:
        """Index a key of the payloads."""
        _, params = schema.index(asked)
        self.update(edge.UpdateOperation.create_field_index(asked.field_name, params))
        self.record.indexes[asked.field_name] = asked
        written(self.folder / LAST, self.record.model_dump_json())

    def optimize(self) -> None:
        """Build the graphs of what has grown beyond the threshold, and sweep what is deleted."""
        self.untidy = False
        self.shard.optimize()
        self.shard.flush()

    def info(self) -> models.CollectionInfo:
        """Return what a server says of it."""
        told = self.shard.info()
        indexes = {}
        for key, asked in self.record.indexes.items():
            kind, _ = schema.index(asked)
            params = asked.field_schema
            indexes[key] = models.PayloadIndexInfo(
                data_type=models.PayloadSchemaType(kind),
                params=params if isinstance(params, BaseModel) else None,
                points=told.payload_schema[key].points,
            )
        return models.CollectionInfo(
            status=models.CollectionStatus.YELLOW if self.untidy else models.CollectionStatus.GREEN,
            optimizer_status=models.OptimizersStatusOneOf.OK,
            indexed_vectors_count=told.indexed_vectors_count,
            points_count=told.points_count,
            segments_count=told.segments_count,
            config=schema.described(self.record.made),
            payload_schema=indexes,
        )


class Collections:
    """All collections of a folder, and their aliases."""

    def __init__(self, folder: Path) -> None:
        """Open what is there; what wasn't made to its end goes."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._names = folder / "aliases.json"
        self.aliases: dict[str, str] = (
            json.loads(self._names.read_bytes()) if self._names.exists() else {}
        )
        self._known: dict[str, Collection] = {}
        for each in sorted(folder.iterdir()):
            if (each / LAST).exists():
                self._known[each.name] = Collection.load(each)
            elif each.is_dir():
                shutil.rmtree(each)

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._known)

    def __contains__(self, name: str) -> bool:
        """Whether there is one of this name, or this alias."""
        return self.aliases.get(name, name) in self._known

    def __getitem__(self, name: str) -> Collection:
        """Return one by its name or an alias.

        Raises:
            Refused: there is none.
        """
        if name not in self:
            raise Refused(404, f"Not found: Collection `{name}` doesn't exist!")
        return self._known[self.aliases.get(name, name)]

    def create(self, name: str, asked: models.CreateCollection) -> None:
        """Make one.

        Raises:
            Refused: there is one, or it can't be made.
        """
        if name in self:
            raise Refused(409, f"Wrong input: Collection `{name}` already exists!")
        if not NAME.fullmatch(name):
            raise Refused(422, f"Validation error: collection name: invalid characters in {name!r}")
        self._known[name] = Collection.create(self._folder / name, asked)

    def delete(self, name: str) -> bool:
        """Delete one; return whether there was one."""
        if (gone := self._known.pop(name, None)) is None:
            return False
        (gone.folder / LAST).unlink()
        gone.shard.close()
        shutil.rmtree(gone.folder)
        self.rename({alias: to for alias, to in self.aliases.items() if to != name})
        return True

    def rename(self, aliases: dict[str, str]) -> None:
        """Set all aliases, in one step."""
        written(self._names, json.dumps(aliases))
        self.aliases = aliases

    def forget(self, name: str) -> None:
        """Lose all points of a collection."""
        self[name].update(edge.UpdateOperation.delete_points_by_filter(edge.Filter()))

    def copy(self, folder: Path) -> "Collections":
        """Return a copy that stays as all of this is now."""
        shutil.rmtree(folder, ignore_errors=True)
        # The engine makes the next piece of its log under such a name, beside whoever copies.
        shutil.copytree(self._folder, folder, ignore=shutil.ignore_patterns("tmp-*"))
        made = Collections(folder)
        made.optimize()
        return made

    def updates(self) -> int:
        """Return how often anything was done to points."""
        return sum(each.updates for each in self._known.values())

    def optimize(self) -> None:
        """Do for all that need it what a server does in the background."""
        for each in self._known.values():
            if each.untidy:
                each.optimize()

    def close(self) -> None:
        """Let go of all."""
        for each in self._known.values():
            each.shard.close()


def written(file: Path, text: str) -> None:
    """Write a file in one step."""
    new = file.with_suffix(".new")
    new.write_text(text)
    with new.open() as whole:
        os.fsync(whole.fileno())
    new.rename(file)
