"""Draws world after world, and act after act in each."""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import pytest

from tests.tools.endurance.leaks import quick
from tests.tools.endurance.leaks.acts import Acts
from tests.tools.endurance.leaks.changes import Changes
from tests.tools.endurance.leaks.documents import Shelves, documents
from tests.tools.endurance.leaks.faults import at_times
from tests.tools.endurance.leaks.holes import HOLES
from tests.tools.endurance.leaks.keeping import Keeping
from tests.tools.endurance.leaks.outlet import Leak
from tests.tools.endurance.leaks.stage import Stage
from tests.tools.endurance.leaks.staging import staged

# A world gets fuller and slower; after so many draws another one is drawn.
DRAWS_A_WORLD = 250
# Of what may be seen so much has to come: a bot that says nothing leaks nothing.
ENOUGH = 0.8
WANTED, GOT = ", wanted", ", got"


@dataclass
class Found:
    """What came of it; `tally` counts what was done, `sent` where the bot said something."""

    draws: int = 0
    leaks: list[Leak] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)

    @property
    def answered(self) -> dict[str, tuple[int, int]]:
        """How often each came that was to come, and how often it was to."""
        wanted = sorted(each for each in self.tally if each.endswith(WANTED))
        names = [each.removesuffix(WANTED) for each in wanted]
        return {each: (self.tally[each + GOT], self.tally[each + WANTED]) for each in names}

    @property
    def wrong(self) -> bool:
        """Whether anything was seen that may not be, went wrong, or didn't come."""
        silent = any(got < ENOUGH * wanted for got, wanted in self.answered.values())
        return bool(self.leaks or self.troubles or silent or not self.answered)


async def run(draws: int, seed: int, folder: Path, hole: str = "") -> Found:
    """Make so many draws; with a hole, until something leaks. `folder` is for what is needed."""
    found = Found()
    made = {each.code: each for each in documents()}
    base = Shelves(folder / "base")
    with pytest.MonkeyPatch.context() as patch, _heard():
        quick.hurry(patch)
        base.build([*made.values()])
        if hole:
            HOLES[hole](patch)
        for number in count():
            chance = Random(f"{seed} {number}")  # noqa: S311 - no secret
            where = folder / f"world {number}"
            async with staged(base, made, where, chance, found.tally) as stage:
                await _play(stage, min(DRAWS_A_WORLD, draws - found.draws), found, bool(hole))
            found.leaks += stage.outlet.leaks
            found.troubles += stage.outlet.troubles
            found.sent += stage.outlet.sent
            if found.draws >= draws or (hole and found.leaks):
                return found
    return found


async def _play(stage: Stage, draws: int, found: Found, until_found: bool) -> None:  # noqa: FBT001 - one caller
    """Make so many draws in a world."""
    odds = {
        act: weight
        for kind in (Acts, Keeping, Changes)
        for act, weight in kind(stage).odds_of_all().items()
    }
    for _ in range(draws):
        found.draws += 1
        stage.outlet.draw = found.draws
        [act] = stage.chance.choices([*odds], [*odds.values()])
        with at_times(stage):
            await act()
        if until_found and stage.outlet.leaks:
            return


@contextmanager
def _heard() -> Iterator[None]:
    """Have all logged that the bot and the index would log."""
    levels = {"bot": logging.DEBUG, "index": logging.DEBUG, "discord": logging.ERROR}
    before = {name: logging.getLogger(name).level for name in levels}
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
