"""Damages a file of an index at random, again and again, and asks what comes of opening it.

    python -m tests.tools.endurance.corruptions [COUNT] [SEED]

Each time the index has to notice, name the file and answer from the generation before. In every
second round all files count as big, whose blocks are verified whenever they are used: a change that
no question came upon must then be harmless, every answer the same, and be noticed by a check of the
whole index.
"""

import random
import sys
from pathlib import Path

from index import SeedIndexError, open_index
from index.store.store import Store
from tests.tools.endurance.damage import IN_PLACE, INSTEAD, Found, both_ways, damaged, flip
from tests.tools.endurance.ground import GATE, Ground, gate


def corrupted(ground: Ground, count: int, dice: random.Random) -> Found:
    """Damage `count` files, one at a time; half of the time by a single byte.

    Returns:
        how many were noticed by who asked, how many by a check alone, and what went wrong.
    """
    numbers = {}
    for number in (1, 2):
        ground.write(GATE, gate(number))
        numbers[ground.build()] = number
    store = Store(ground.settings.store_path)
    name = store.current()
    current = store.generations / name
    files = [file for file in current.rglob("*") if file.is_file() and file.stat().st_size]
    files.append(store.folder / "current")
    asked = checked = 0
    wrong: list[str] = []
    for place in range(count):
        # Each file as often as the others; of all bytes, nearly all are of one kind.
        file = dice.choice(files)
        damage = dice.choice([flip, dice.choice([*IN_PLACE, *INSTEAD])])
        faults: list[str] = []
        with damaged(file, damage, dice):
            try:
                index = open_index(ground.settings, embedder=ground.embedder)
                faults = ground.told(index.answer, lambda name: [numbers[name]])
                if file.name in index.problem:
                    asked += 1
                elif index.problem:
                    faults.append(f"the file isn't named: {index.problem}")
                elif noticed(store, name, file):
                    checked += 1
                else:
                    faults.append("nobody noticed")
            except SeedIndexError as error:
                faults = [str(error)]
        wrong += [f"{place + 1}, {damage.__name__} of {file.name}: {each}" for each in faults]
    return asked, checked, wrong


def noticed(store: Store, name: str, file: Path) -> bool:
    """Whether a check of all of a generation names the file."""
    try:
        store.verify(name)
    except SeedIndexError as error:
        return file.name in str(error)
    return False


def main(count: int = 200, seed: int = 1) -> int:
    """Print what came of it; 1 if anything is wrong."""
    asked, checked, wrong = both_ways(corrupted, count, seed)
    sys.stdout.write(
        f"{count} files damaged: {asked} noticed when asked, {checked} that no answer needed "
        f"noticed by a check, {len(wrong)} wrong\n"
    )
    sys.stdout.writelines(f"  {each}\n" for each in wrong)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
