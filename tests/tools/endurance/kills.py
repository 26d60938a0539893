"""Kills real builds, at random moments of all their stages, and asks after each.

    python -m tests.tools.endurance.kills [COUNT] [SEED]

After each kill the store must open to the generation before or to the new one, answer every
question right from it, and be built again.
"""

import mmap
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

from index import IndexSettings
from index.build.build import build
from index.domain import Embedder
from index.store.store import Store
from tests.support.model import bare, for_a_script
from tests.tools.endurance.ground import GATE, Ground, gate

STAGES = ("start", "read", "embed", "write", "done")
LONGEST_SECONDS = 120.0


class Child:
    """A build in a forked process, with the model that its parent has loaded."""

    def __init__(self, settings: IndexSettings, embedder: Embedder) -> None:
        """Begin to build."""
        self.stage = mmap.mmap(-1, 1)
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                build(settings, self._progress, lambda _settings: embedder)
                self._progress("done", 0, 0)
                code = 0
            finally:
                os._exit(code)

    def _progress(self, stage: str, _done: int, _total: int) -> None:
        self.stage[0] = STAGES.index(stage)

    def reached(self, stage: str) -> None:
        """Wait until the build has come so far."""
        until = time.monotonic() + LONGEST_SECONDS
        while self.stage[0] < STAGES.index(stage) and time.monotonic() < until:
            time.sleep(0.0005)

    def kill(self) -> str:
        """Kill it, and return the stage that it was in."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return STAGES[self.stage[0]]


def timed(ground: Ground) -> dict[str, float]:
    """How many seconds a build spends in each stage."""
    child = Child(ground.settings, ground.embedder)
    moments = [time.monotonic()]
    for stage in STAGES[1:]:
        child.reached(stage)
        moments.append(time.monotonic())
    os.waitpid(child.pid, 0)
    lengths = [after - before for before, after in pairwise(moments)]
    return dict(zip(STAGES, lengths, strict=False))


def killed(ground: Ground, count: int, dice: random.Random) -> tuple[Counter[str], list[str]]:
    """Kill `count` builds; return the stages that they were in, and everything that went wrong."""
    number = 1000
    ground.write(GATE, gate(number))
    ground.build()
    number += 1
    ground.write(GATE, gate(number))
    seconds = timed(ground)
    stages: Counter[str] = Counter()
    wrong: list[str] = []
    good = number
    for place in range(count):
        number += 1
        ground.write(GATE, gate(number))
        child = Child(ground.settings, ground.embedder)
        # Some stages are short: each is aimed at as often.
        aim = STAGES[place % len(seconds)]
        child.reached(aim)
        time.sleep(dice.uniform(0, 1) * seconds[aim])
        stage = child.kill()
        stages[stage] += 1
        _, faults = ground.opened(ground.settings.store_path, [good, number])
        wrong += [f"kill {place + 1}, while at {stage}: {each}" for each in faults]
        store = Store(ground.settings.store_path)
        if place % 5 == 0:
            name = ground.build()
            if store.current() != name or list(store.generations.glob("*.tmp")):
                wrong.append(f"kill {place + 1}, while at {stage}: leftovers after the next build")
        good = number if not ground.opened(ground.settings.store_path, [number])[1] else good
    return stages, wrong


def main(count: int = 100, seed: int = 1) -> int:
    """Print what came of it; 1 if anything is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        ground = Ground(Path(folder), bare(for_a_script(Path(folder))))
        stages, wrong = killed(ground, count, random.Random(seed))  # noqa: S311 - no secret
    where = ", ".join(f"{stages[stage]} at {stage}" for stage in STAGES)
    sys.stdout.write(f"{count} builds killed ({where}): {len(wrong)} wrong\n")
    sys.stdout.writelines(f"  {each}\n" for each in wrong)
    return bool(wrong)


if __name__ == "__main__":
    # A forked process can't use the threads of its parent.
    os.environ["OMP_NUM_THREADS"] = "1"
    sys.exit(main(*map(int, sys.argv[1:])))
