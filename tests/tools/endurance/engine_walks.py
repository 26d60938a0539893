"""Does by chance what owners and accidents do to an index on a search engine, one after the other.

    python -m tests.tools.endurance.engine_walks [STEPS] [SEED]

Documents are changed and changed back, builds are made, stopped at any request or made for another
engine, indexes are rolled back, names are lost, points are lost and intrude. After each step the
index must answer to the letter what the files say, and after each build the engine must hold the
points of the generations that are kept, and no others.
"""

import logging
import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from qdrant_client import models

from index.build.tenant import TENANT_FILE
from index.errors import EngineUnavailable, GenerationMissing, PointsMissing
from index.settings import QdrantSettings
from index.store.qdrant.points import BORN, DENSE, DIED, NEVER, TENANT
from index.store.store import Store
from tests.support.editions import EMBEDDER, Editions, client_of, hurry, memory_folder
from tests.support.qdrant_standin.process import StandIn

DOCUMENTS = 4
# So few that documents often say again what they have said before.
EDITIONS = 3
# The writing requests of a build, about.
REQUESTS = 12
WRITES = r"(PUT|POST) .*/(points|points/payload|points/delete|index)$"


@dataclass
class Walk:
    """One step after the other, and what went wrong."""

    editions: Editions
    standin: StandIn
    dice: random.Random
    # Whether somebody else had a hand in the points of a generation that is kept.
    lossy: bool = False
    taken: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def run(self, steps: int) -> None:
        """Take so many steps."""
        self.editions.build(1)
        ways: list[Callable[[], None]] = [
            *(self._build for _ in range(3)),
            *(self._stop for _ in range(3)),
            self._build_everything,
            self._build_for_faiss,
            self._roll_back,
            self._lose_name,
            self._lose_points,
            self._intrude,
        ]
        for number in range(steps):
            way = self.dice.choice(ways)
            if self.lossy and way in {self._lose_points, self._intrude}:
                # As many more as are gone can't be told from none.
                way = self._build
            name = way.__name__.strip("_").replace("_", " ")
            self.taken[name] += 1
            way()
            told = [f"step {number + 1}, {name}: {each}" for each in self._faults()]
            self.wrong += told
            if told:
                return

    def _faults(self) -> list[str]:
        """Ask the index as it is; return what is wrong."""
        store = Store.of(self.editions.settings)
        engine = store.manifest(store.current()).engine
        index = self.editions.open(engine=engine)
        try:
            return [*filter(None, [index.problem]), *self.editions.wrong(index)]
        except PointsMissing as error:
            # Nothing is answered until it is built again; nothing wrong is, either.
            return [] if self.lossy else [str(error)]

    def _edit(self) -> None:
        """Let some documents say another thing, or what they said before."""
        for number in self.dice.sample(range(DOCUMENTS), self.dice.randint(1, DOCUMENTS)):
            self.editions.write(self.dice.randint(1, EDITIONS), [number])

    def _build(self, **more: bool) -> None:
        self._edit()
        if self.editions.build(**more).made:
            self._look()

    def _build_everything(self) -> None:
        self._build(everything=True)

    def _look(self) -> None:
        """Note what the engine has and should not, and what it lacks.

        What was lost, or intruded, is so for the older indexes as long as they are kept.
        """
        stray = self.editions.stray()
        self.lossy = self.lossy and bool(stray)
        if not self.lossy:
            self.wrong += stray

    def _build_for_faiss(self) -> None:
        self._edit()
        self.editions.build(engine="faiss")

    def _stop(self) -> None:
        """Stop a build at one of its requests, or after the last."""
        self._edit()
        self.standin.fault(only=WRITES, after=self.dice.randrange(REQUESTS), refuse=400)
        try:
            self.editions.build()
        except EngineUnavailable:
            self.taken["builds stopped"] += 1
        self.standin.fault()

    def _roll_back(self) -> None:
        store = Store.of(self.editions.settings)
        name = self.dice.choice(store.names())
        engine = store.manifest(store.current()).engine
        if store.manifest(name).engine == engine:
            try:
                self.editions.open(engine=engine).roll_back(name)
            except (GenerationMissing, PointsMissing):
                self.taken["refused to roll back"] += 1

    def _lose_name(self) -> None:
        (Store.of(self.editions.settings).folder / TENANT_FILE).unlink(missing_ok=True)

    def _lose_points(self) -> None:
        """Delete a point of somebody's, as no build does."""
        found = [
            (name, each) for name, all_ in self.editions.server_points().items() for each in all_
        ]
        if found:
            name, point = self.dice.choice(found)
            client = client_of(self.editions.qdrant)
            client.delete(name, models.PointIdsList(points=[point]), wait=True)
            client.close()
            self.lossy = True

    def _intrude(self) -> None:
        """Add a point that no build has sent."""
        store = Store.of(self.editions.settings)
        for name in store.names():
            manifest = store.manifest(name)
            if manifest.collection:
                client = client_of(self.editions.qdrant)
                vector = EMBEDDER.embed_question(self.dice.choice(self.editions.questions)).vector
                payload = {TENANT: manifest.tenant, BORN: 1, DIED: NEVER - self.dice.randrange(3)}
                point = models.PointStruct(
                    id=self.dice.randrange(10**6), vector={DENSE: vector.tolist()}, payload=payload
                )
                client.upsert(manifest.collection, [point], wait=True)
                client.close()
                self.lossy = True
                return


def main(steps: int = 300, seed: int = 1) -> int:
    """Print what came of it; 1 if anything is wrong."""
    hurry(pytest.MonkeyPatch())
    # That points are missing is no news here.
    logging.disable()
    with memory_folder() as folder, StandIn(folder / "engine") as standin:
        editions = Editions.at(folder, QdrantSettings(url=(standin.url,)), DOCUMENTS)
        walk = Walk(editions, standin, random.Random(seed))  # noqa: S311 - no secret
        walk.run(steps)
    taken = ", ".join(f"{count} {name}" for name, count in sorted(walk.taken.items()))
    sys.stdout.write(f"seed {seed}: {taken}: {len(walk.wrong)} wrong\n")
    sys.stdout.writelines(f"  {each[:500]}\n" for each in walk.wrong[:20])
    return bool(walk.wrong)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
