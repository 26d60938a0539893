"""Asks thousands of questions while the index is rebuilt beside, and checks every citation.

    python -m tests.tools.endurance.rebuilds [QUESTIONS] [REBUILDS] [FOLDER]

The documents change before each rebuild. An answer must fit the generation that it names: every
quote on its lines in the very version of the file that it was taken from, and the first quote
right for some version that answered while the question was under way. FOLDER: documents that are
indexed as well, so that a build takes a while. Latencies are given at rest and during builds.
"""

import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from index import Answer, Index, open_index
from tests.support.model import exported, for_a_script
from tests.tools.endurance.ground import GATE, GATE_QUESTION, STEADY_QUESTIONS, Ground, gate

ASKERS = 4
# Of all askers together, a second; each asks at its times, however long the last answer took.
RATE = 20.0
AT_REST = 200


@dataclass
class Load:
    """Questions at a constant rate, from several askers."""

    ground: Ground
    index: Index
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    newest: int = 0
    answered: int = 0
    generations: set[str] = field(default_factory=set)

    def ask(self, number: int) -> None:
        """Ask one question, and note what is wrong with the answer and how long it took."""
        questions = [*STEADY_QUESTIONS, GATE_QUESTION]
        question = questions[number % len(questions)]
        oldest = self.newest - 1
        started = time.perf_counter()
        try:
            reply = self.index.answer(question)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a question without answer
            self.wrong.append(f"{question}: {error!r}")
            return
        self.seconds.append(time.perf_counter() - started)
        self.answered += 1
        self.generations.add(reply.generation)
        if question == GATE_QUESTION:
            wanted = [f"gate is {each}." for each in range(oldest, self.newest + 1)]
        else:
            wanted = [STEADY_QUESTIONS[question]]
        self.wrong += self.ground.faults(reply, wanted)
        if isinstance(reply, Answer):
            named = {each.generation for each in reply.citations}
            if named != {reply.generation}:
                self.wrong.append(f"{question}: citations of {named} in one of {reply.generation}")


def p95(seconds: list[float]) -> float:
    """The time that 95% are within, in milliseconds."""
    return 1000 * statistics.quantiles(seconds, n=20)[-1]


def run(load: Load, questions: int, rebuilds: int) -> tuple[list[float], list[float]]:
    """Ask at rest, then under rebuilds; return both latencies, in seconds."""
    for number in range(AT_REST):
        load.ask(number)
    load.seconds.clear()
    done = threading.Event()
    done.set()
    _together(load, AT_REST, done)
    rest, load.seconds = load.seconds, []
    done.clear()
    asked = threading.Thread(target=_together, args=(load, questions - 2 * AT_REST, done))
    asked.start()
    for _ in range(rebuilds):
        load.ground.write(GATE, gate(load.newest + 1))
        load.newest += 1
        load.index.rebuild()
    done.set()
    asked.join()
    busy, load.seconds = load.seconds, []
    load.ask(0)  # of the last one
    return rest, busy


def _together(load: Load, least: int, done: threading.Event) -> None:
    """Ask at least so many questions, and until `done`, from several threads."""
    numbers = iter(range(sys.maxsize))
    begun = load.answered
    started = time.monotonic()

    def asker() -> None:
        for number in numbers:
            time.sleep(max(0.0, started + number / RATE - time.monotonic()))
            if load.answered - begun >= least and done.is_set():
                return
            load.ask(number)

    threads = [threading.Thread(target=asker) for _ in range(ASKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main(questions: int, rebuilds: int, extra: str = "") -> int:
    """Print what came of it; 1 if anything is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        ground = Ground(Path(folder), exported(for_a_script(Path(folder))))
        for file in Path(extra).glob("*") if extra else []:
            ground.write(f"extra/{file.name}", file.read_text(encoding="utf-8"))
        ground.write(GATE, gate(1))
        load = Load(ground, open_index(ground.settings, embedder=ground.embedder), newest=1)
        rest, busy = run(load, questions, rebuilds)
    sys.stdout.write(
        f"{load.answered} questions over {rebuilds} rebuilds, answered from "
        f"{len(load.generations)} generations: {len(load.wrong)} wrong\n"
        f"p95 at rest {p95(rest):.1f} ms, during rebuilds {p95(busy):.1f} ms: "
        f"{p95(busy) / p95(rest):.2f} times\n"
    )
    sys.stdout.writelines(f"  {each}\n" for each in load.wrong[:20])
    return bool(load.wrong)


if __name__ == "__main__":
    given = [*sys.argv[1:], *["5000", "20", ""][len(sys.argv) - 1 :]]
    sys.exit(main(int(given[0]), int(given[1]), given[2]))
