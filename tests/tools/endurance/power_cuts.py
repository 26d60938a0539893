"""Cuts the power at every step of builds, lets every step fail, and fills the disk.

    python -m tests.tools.endurance.power_cuts [EVERY]

With EVERY, only each such step is tried. After each the store must open to the generation before
or to the new one, and answer every question right from it.
"""

import errno
import os
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from index.errors import SeedIndexError, StoreError
from index.store.store import Store
from tests.support.in_place import read_here, sum_once
from tests.support.model import bare, for_a_script
from tests.tools.endurance.disk import Disk, told, ways
from tests.tools.endurance.ground import GATE, Ground, gate

BUILDS = 3
BUILT_AGAIN_EVERY = 10
LEAST_BYTES = 10
DOUBLINGS = 18


@dataclass
class Cuts:
    """Power cuts in the middle of builds."""

    ground: Ground
    every: int
    count: int = 0
    steps: int = 0
    wrong: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Cut the power before each step of a few builds, and once after each."""
        store = self.ground.settings.store_path
        self.ground.write(GATE, gate(0))
        self.ground.build()
        for number in range(1, BUILDS + 1):
            self.ground.write(GATE, gate(number))
            disk = Disk(store)
            with told(store, self._step(disk, number), disk.note):
                self.ground.build()
            self._cut(disk, "when it was done", [number])

    def _step(self, disk: Disk, number: int) -> Callable[[str], None]:
        def step(what: str) -> None:
            self.steps += 1
            if self.steps % self.every == 0:
                self._cut(disk, f"before {what}, step {self.steps}", [number - 1, number])

        return step

    def _cut(self, disk: Disk, when: str, numbers: list[int]) -> None:
        image = self.ground.folder / "image"
        for which, stays in ways(self.steps).items():
            self.count += 1
            disk.after_a_cut(image, stays)
            try:
                _, faults = self.ground.opened(image, numbers)
                if self.count % BUILT_AGAIN_EVERY == 0:
                    faults += self._built_again(image)
            except SeedIndexError as error:
                faults = [str(error)]
            place = f"{when}, {which} unflushed name left"
            self.wrong += [f"power cut {place}: {each}" for each in faults]
            shutil.rmtree(image)

    def _built_again(self, image: Path) -> list[str]:
        store = Store(image)
        name = self.ground.rebuilt(self.ground.settings_of(image))
        clean = store.current() == name and not list(store.generations.glob("*.tmp"))
        return [] if clean else ["the next build left something behind"]


def failed(ground: Ground, every: int) -> tuple[int, list[str]]:
    """Let each step of a build fail as on a full disk; return how many, and what is wrong."""
    store = ground.settings.store_path
    number, tried = 100, 0
    ground.write(GATE, gate(number))
    ground.build()
    wrong: list[str] = []
    while True:
        ground.write(GATE, gate(number + 1))
        failing = Failing((tried + 1) * every)
        error = ""
        try:
            with told(store, failing.step, lambda _name, _path: None):
                ground.build()
        except StoreError as raised:
            error = str(raised)
        if failing.steps < failing.target:
            return tried, wrong
        tried += 1
        _, faults = ground.opened(store, [number, number + 1])
        told_so = ("the disk is full", "No space left on device")
        if error and not any(words in error for words in told_so):
            faults.append("the reason isn't told")
        wrong += [f"step {failing.target} failed ({error}): {each}" for each in faults]
        number += 1
        ground.build()


@dataclass
class Failing:
    """A disk that is full at one step."""

    target: int
    steps: int = 0

    def step(self, what: str) -> None:
        """Count a step.

        Raises:
            OSError: it is the one.
        """
        self.steps += 1
        if self.steps == self.target:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), what)


def full(ground: Ground) -> tuple[int, list[str]]:
    """Build where no file may be larger than so many bytes; return how many builds failed."""
    store = ground.settings.store_path
    number, failures = 200, 0
    ground.write(GATE, gate(number))
    ground.build()
    wrong: list[str] = []
    for size in (LEAST_BYTES * 2**doublings for doublings in range(DOUBLINGS)):
        ground.write(GATE, gate(number + 1))
        child = os.fork()
        if child == 0:
            code = 1
            try:
                resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
                ground.build()
                code = 0
            except StoreError:
                code = 2
            finally:
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        faults = [] if code in {0, 2} else [f"the build ended with {code}"]
        failures += code == 2
        number += code == 0
        faults += ground.opened(store, [number])[1]
        wrong += [f"no room for more than {size} bytes: {each}" for each in faults]
    return failures, wrong


def main(every: int = 1) -> int:
    """Print what came of it; 1 if anything is wrong."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        sum_once(patch)
        read_here(patch)  # a process that only reads writes nothing that a cut could lose
        ground = Ground(Path(folder).resolve(), bare(for_a_script(Path(folder))))
        failures, everything = full(ground)
        sys.stdout.write(f"{failures} builds without room for their files\n")
        cuts = Cuts(ground, every)
        cuts.run()
        everything += cuts.wrong
        sys.stdout.write(f"{cuts.count} power cuts at {cuts.steps // every} steps\n")
        steps, wrong = failed(ground, every)
        everything += wrong
        sys.stdout.write(f"{steps} steps failed\n")
    sys.stdout.write(f"{len(everything)} wrong\n")
    sys.stdout.writelines(f"  {each}\n" for each in everything)
    return bool(everything)


if __name__ == "__main__":
    # A forked process can't use the threads of its parent.
    os.environ["OMP_NUM_THREADS"] = "1"
    sys.exit(main(*map(int, sys.argv[1:])))
