"""Asks from several processes while one builds, on a search engine, and holds every answer.

    python -m tests.tools.endurance.switches [SWITCHES] [READERS] [SECONDS]

Each reader has its own open index of the same store, looks for a newer one twice a second, as the
bot does, and asks without a pause. Every document says which edition it is of, and each build is of
the next one. What is answered must be, to the letter, what the files of the very generation that it
names say, and must be from the new one SECONDS after the switch, 1 if not given.
"""

import json
import multiprocessing
import os
import re
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from multiprocessing.context import ForkProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest

from index import Index
from index.settings import QdrantSettings
from index.store.qdrant.servers import servers_of
from index.store.store import Pointer
from index.store.writing import StoreWriter
from tests.support.editions import Editions, hurry, memory_folder
from tests.support.qdrant_standin.process import StandIn

# More passages than are asked for at a time.
DOCUMENTS = 60
ASKED = 24
# One in so many looks passages up.
LOOKED_UP = 5
REFRESHED_SECONDS = 0.5
REST_SECONDS = 0.5
LATEST_SECONDS = 1.0
EDITION = re.compile(r"\bedition(\d+)")
MANY = multiprocessing.get_context("fork")


class Said(NamedTuple):
    """What was said to a question, and when, in seconds of the clock of all processes."""

    began: float
    ended: float
    question: str
    generation: str
    reply: str
    editions: list[str]
    error: str = ""


@dataclass
class Found:
    """What came of it."""

    answers: int = 0
    failed: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)

    def bad(self, latest: float) -> list[str]:
        """Everything that isn't as it should be, what comes after so many seconds, too."""
        late = [f"after {delay:.2f} s" for delay in self.delays if delay >= latest]
        return [*self.failed, *self.mixed, *self.wrong, *late]


@dataclass
class Reader:
    """A process that asks."""

    editions: Editions
    log: Path
    open: Event = field(default_factory=MANY.Event)
    done: Event = field(default_factory=MANY.Event)

    def start(self) -> ForkProcess:
        """Begin."""
        process = MANY.Process(target=self._run)
        process.start()
        return process

    def said(self) -> list[Said]:
        """What it was told, once it has ended."""
        return [Said(*each) for each in json.loads(self.log.read_text())]

    def _run(self) -> None:
        # The connections of its parent are not for it.
        servers_of.cache_clear()
        index = self.editions.open()
        threading.Thread(target=self._follow, args=(index,), daemon=True).start()
        said = []
        questions = cycle(asked(self.editions))
        for number, question in zip(count(), questions):
            looks_up = number % LOOKED_UP == 0
            said.append(self._looked_up(index, question) if looks_up else _asked(index, question))
            self.open.set()
            if self.done.is_set():
                break
        self.log.write_text(json.dumps(said))

    def _follow(self, index: Index) -> None:
        while not self.done.wait(REFRESHED_SECONDS):
            index.refresh()

    @staticmethod
    def _looked_up(index: Index, question: str) -> Said:
        """Look up, where a hit doesn't say its generation: what they say must be of one edition."""
        began = time.monotonic()
        try:
            found = " ".join(hit.passage.text for hit, _ in index.lookup(question))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a question without answer
            return Said(began, time.monotonic(), question, "", "", [], repr(error))
        return Said(began, time.monotonic(), question, "", "", _editions(found))


def _asked(index: Index, question: str) -> Said:
    began = time.monotonic()
    try:
        reply = index.answer(question)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a question without answer
        return Said(began, time.monotonic(), question, "", "", [], repr(error))
    told = repr(reply)
    return Said(began, time.monotonic(), question, reply.generation, told, _editions(told))


def _editions(text: str) -> list[str]:
    return sorted({*EDITION.findall(text)})


def asked(editions: Editions) -> list[str]:
    """The questions that are asked, one after the other."""
    return editions.questions[:: max(1, 2 * editions.count // ASKED)]


@dataclass
class Switches:
    """When each generation was made current, by the clock of all processes, and its edition."""

    moments: dict[str, float] = field(default_factory=dict)
    editions: dict[str, str] = field(default_factory=dict)

    def build(self, editions: Editions, edition: int) -> None:
        """Build an edition, and work out what is right then, as long as it is kept."""
        name = editions.build(edition).generation
        editions.note(name)
        self.editions[name] = str(edition)

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note each switch that is made meanwhile."""
        point: Callable[[StoreWriter, Pointer], None] = StoreWriter._point  # noqa: SLF001

        def pointed(writer: StoreWriter, pointer: Pointer) -> None:
            point(writer, pointer)
            self.moments[pointer.name] = time.monotonic()

        with mock.patch.object(StoreWriter, "_point", pointed):
            yield

    def delays(self, said: list[Said]) -> list[float]:
        """The seconds from each switch to the first answer from that generation or a later one."""
        answers = [each for each in said if each.generation]
        delays = []
        for name, moment in [*self.moments.items()][1:]:
            newer = (each.ended for each in answers if each.generation >= name)
            delays.append(min(newer, default=float("inf")) - moment)
        return delays


def run(editions: Editions, switches: int, readers: int) -> Found:
    """Build so many times under so many readers."""
    made = Switches()
    with made.noted():
        made.build(editions, 1)
        asking = [Reader(editions, editions.folder / f"{number}.json") for number in range(readers)]
        processes = [each.start() for each in asking]
        for each in asking:
            each.open.wait()
        for edition in range(2, switches + 2):
            made.build(editions, edition)
            time.sleep(REST_SECONDS)
    time.sleep(LATEST_SECONDS)
    for each, process in zip(asking, processes, strict=True):
        each.done.set()
        process.join()
    found = Found()
    for each in asking:
        said = each.said()
        found.delays += made.delays(said)
        for one in said:
            _judge(editions, made, one, found)
    return found


def _judge(editions: Editions, made: Switches, said: Said, found: Found) -> None:
    """Say what is wrong with an answer."""
    found.answers += 1
    told = f"{said.question} {said.generation} {said.error}"
    if said.error:
        found.failed.append(told)
    elif len(said.editions) > 1 or (
        said.generation and said.editions not in ([], [made.editions[said.generation]])
    ):
        found.mixed.append(f"{told}: editions {said.editions}")
    elif said.generation and said.reply != editions.right[said.generation][said.question]:
        found.wrong.append(f"{told}: {said.reply}")


def main(switches: int = 20, readers: int = 4, latest: float = LATEST_SECONDS) -> int:
    """Print what came of it; 1 if anything is wrong."""
    hurry(pytest.MonkeyPatch())
    with memory_folder() as folder, StandIn(folder / "engine") as standin:
        editions = Editions.at(folder, QdrantSettings(url=(standin.url,)), DOCUMENTS)
        found = run(editions, switches, readers)
    sys.stdout.write(
        f"{found.answers} questions from {readers} processes over {switches} switches: "
        f"{len(found.mixed)} mixed, {len(found.wrong)} wrong, {len(found.failed)} failed; "
        f"a new index answered after {statistics.median(found.delays):.2f} s, "
        f"at the latest {max(found.delays):.2f} s\n"
    )
    bad = found.bad(latest)
    sys.stdout.writelines(f"  {each[:500]}\n" for each in bad[:20])
    return bool(bad)


if __name__ == "__main__":
    # A forked process can't use the threads of its parent.
    os.environ["OMP_NUM_THREADS"] = "1"
    sys.exit(main(*map(int, sys.argv[1:3]), *map(float, sys.argv[3:])))
