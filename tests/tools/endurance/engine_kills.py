"""Kills builds for a search engine, the engine, and both, and looks at what is left of each.

    python -m tests.tools.endurance.engine_kills [COUNT] [SEED]

By kill -9, at moments by chance and at each of the steps in which points are sent. The engine is
started anew after a second. Then the index before, or the new one if the build had come so far,
must answer to the letter what its files say; the next build must be made and answer right; and the
engine must hold the points of the generations that are kept, and no others.
"""

import logging
import mmap
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from index.build import batches, sending
from index.build.build import build
from index.build.sending import QdrantBuild
from index.errors import SeedIndexError
from index.front import silent
from index.settings import QdrantSettings
from index.store.qdrant.servers import servers_of
from index.store.store import Store
from index.store.writing import StoreWriter
from tests.support.editions import EMBEDDER, Editions, hurry, memory_folder
from tests.support.qdrant_standin.process import StandIn

DOCUMENTS = 12
# Points that are sent at a time, so that there is a middle.
SENT = 5
RESTARTED_SECONDS = 1.0
LONGEST_SECONDS = 60.0
WHO = ("build", "engine", "both")
# What a build does, in this order; each is a moment to be killed at.
STEPS: dict[str, tuple[object, str]] = {
    "create": (sending, "create"),
    "take back": (QdrantBuild, "_take_back"),
    "undo": (QdrantBuild, "_delete"),
    "deaths": (QdrantBuild, "_bury"),
    "send": (sending, "upsert"),
    "wait": (QdrantBuild, "_wait"),
    "count": (QdrantBuild, "_count"),
    "name": (Path, "rename"),
    "switch": (StoreWriter, "_point"),
    "remove": (StoreWriter, "prune"),
    "forget": (QdrantBuild, "prune"),
}
ANY = "any time"


class Child:
    """A build in a forked process, which stands still at a step until it is killed or let go."""

    def __init__(self, editions: Editions, step: str, *, after: bool) -> None:
        """Begin to build; stand still before or `after` a step, if there is one of that name."""
        self._state = mmap.mmap(-1, 2)
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                with self._standing(step, after=after), suppress(SeedIndexError):
                    # The connections of its parent are not for it.
                    servers_of.cache_clear()
                    build(editions.settings, silent, lambda _settings: EMBEDDER)
                    code = 0
            finally:
                self._state[0] = 1
                os._exit(code)

    @contextmanager
    def _standing(self, step: str, *, after: bool) -> Iterator[None]:
        if step == ANY:
            yield
            return
        place, name = STEPS[step]
        does: Callable[..., Any] = getattr(place, name)

        def stood(*given: Any, **more: Any) -> Any:  # noqa: ANN401
            result = does(*given, **more) if after else None
            self._state[0] = 1
            while not self._state[1]:
                time.sleep(0.001)
            return result if after else does(*given, **more)

        with mock.patch.object(place, name, stood):
            yield

    def reached(self) -> None:
        """Wait until it stands at its step, or has ended."""
        until = time.monotonic() + LONGEST_SECONDS
        while not self._state[0] and time.monotonic() < until:
            time.sleep(0.001)

    def go(self) -> None:
        """Let it go on."""
        self._state[1] = 1

    def end(self, *, kill: bool) -> bool:
        """Wait for its end, or make it; return whether it built to the end."""
        if kill:
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        return status == 0


@dataclass
class Kills:
    """One kill after the other, and what went wrong."""

    editions: Editions
    standin: StandIn
    dice: random.Random
    seconds: float = 0.0
    edition: int = 1
    harmless: int = 0
    survived: int = 0
    who: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def run(self, count: int) -> None:
        """Kill so many times, at each step in turn and as often at any time."""
        for self.edition in (1, 2, 3):
            began = time.monotonic()
            self.editions.build(self.edition)
            self.seconds = time.monotonic() - began
        steps = self.dice.sample([*STEPS], len(STEPS))
        for number in range(count):
            step = steps[number // 2 % len(steps)] if number % 2 else ANY
            who = WHO[number % len(WHO)]
            after = self.dice.random() < 1 / 2
            wrong = self._killed(who, step, after=after)
            told = f"{number + 1}, {who} killed {'after' if after else 'before'} {step}"
            self.wrong += [f"{told}: {each}" for each in wrong]
            self.harmless += not wrong
            self.who[who] += 1

    def _killed(self, who: str, step: str, *, after: bool) -> list[str]:
        """Kill during a build, and build again; return what is wrong then."""
        store = Store.of(self.editions.settings)
        before = store.current()
        self.edition += 1
        self.editions.write(self.edition)
        child = Child(self.editions, step, after=after)
        if step == ANY:
            time.sleep(self.dice.uniform(0, self.seconds))
        else:
            child.reached()
        if who != "build":
            self.standin.kill()
        if who != "engine":
            child.end(kill=True)
        else:
            child.go()
        if who != "build":
            time.sleep(RESTARTED_SECONDS)
            self.standin.restart()
        if who == "engine":
            self.survived += child.end(kill=False)
        wrong = self._left(store, {before, *store.names()[-1:]})
        self.edition += 1
        try:
            report = self.editions.build(self.edition)
        except SeedIndexError as error:
            return [*wrong, f"the next build fails: {error}"]
        if not report.made:
            wrong.append("the next build made nothing")
        wrong += self._left(store, {report.generation})
        return wrong + self.editions.stray()

    def _left(self, store: Store, may_answer: set[str]) -> list[str]:
        """Ask the index as it is now; return what is wrong."""
        servers_of.cache_clear()
        name = store.current()
        if name not in may_answer:
            return [f"{name} is current"]
        index = self.editions.open()
        return [*filter(None, [index.problem]), *self.editions.wrong(index)]


def main(count: int = 30, seed: int = 1) -> int:
    """Print what came of it; 1 if anything is wrong."""
    hurry(pytest.MonkeyPatch())
    # That the engine is gone is no news here.
    logging.disable()
    with (
        memory_folder() as folder,
        StandIn(folder / "engine") as standin,
        mock.patch.object(batches, "STEP", SENT),
    ):
        editions = Editions.at(folder, QdrantSettings(url=(standin.url,)), DOCUMENTS)
        kills = Kills(editions, standin, random.Random(seed))  # noqa: S311 - no secret
        kills.run(count)
    who = ", ".join(f"{kills.who[each]} of {each}" for each in WHO if kills.who[each])
    sys.stdout.write(
        f"{kills.harmless} of {count} kills harmless ({who}; {kills.survived} builds went on to "
        f"their end when the engine was back), {len(kills.wrong)} wrong\n"
    )
    sys.stdout.writelines(f"  {each[:500]}\n" for each in kills.wrong[:20])
    return bool(kills.wrong)


if __name__ == "__main__":
    # A forked process can't use the threads of its parent.
    os.environ["OMP_NUM_THREADS"] = "1"
    sys.exit(main(*map(int, sys.argv[1:])))
