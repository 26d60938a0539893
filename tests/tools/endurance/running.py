"""Damages the files of an index while it answers, again and again, under questions all the time.

    python -m tests.tools.endurance.running [COUNT] [SEED]

Bytes are flipped, files cut short, written over and taken away under the open index; in every
second round all files count as big, of which blocks are read as they are needed. However that goes,
every answer must be right, every quote in its document, and the process must live. What no question
came upon has to be found by a scrub, and when the file is whole again, the newest index answers.
"""

import random
import sys
import threading

from index import Index, SeedIndexError, open_index
from index.store.store import Store
from tests.tools.endurance.damage import IN_PLACE, INSTEAD, Found, both_ways, damaged, flip
from tests.tools.endurance.ground import GATE, Ground, gate

ASKERS = 2


def shaken(ground: Ground, count: int, dice: random.Random) -> Found:
    """Damage `count` files under an open index, one at a time.

    Returns:
        how often it was told as soon as somebody asked, how often by a scrub alone, and what went
        wrong.
    """
    numbers = {}
    for number in (1, 2):
        ground.write(GATE, gate(number))
        numbers[ground.build()] = number
    newest = max(numbers)
    folder = Store(ground.settings.store_path).generations / newest
    files = [file for file in folder.rglob("*") if file.is_file() and file.stat().st_size]
    index = open_index(ground.settings, embedder=ground.embedder)
    asked = scrubbed = 0
    wrong: list[str] = []
    for place in range(count):
        file = dice.choice(files)
        damage = dice.choice([flip, dice.choice([*IN_PLACE, *INSTEAD])])
        with damaged(file, damage, dice):
            faults = _told(ground, index, numbers)
            if file.name in index.problem:
                asked += 1
            else:
                _scrub(index)
                scrubbed += file.name in index.problem
                if file.name not in index.problem:
                    faults.append(f"nobody noticed: {index.problem}")
        _scrub(index)
        index.refresh()
        if index.generation != newest or index.problem:
            faults.append(f"afterwards {index.generation} answers: {index.problem}")
        wrong += [f"{place + 1}, {damage.__name__} of {file.name}: {each}" for each in faults]
    return asked, scrubbed, wrong


def _told(ground: Ground, index: Index, numbers: dict[str, int]) -> list[str]:
    """Ask everything, several at once; return what is wrong."""
    wrong: list[str] = []

    def ask() -> None:
        try:
            wrong.extend(ground.told(index.answer, lambda name: [numbers[name]]))
        except SeedIndexError as error:
            wrong.append(str(error))

    askers = [threading.Thread(target=ask) for _ in range(ASKERS)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    return wrong


def _scrub(index: Index) -> None:
    """Verify what answers, to the end."""
    for _ in index.scrub():
        pass


def main(count: int = 200, seed: int = 1) -> int:
    """Print what came of it; 1 if anything is wrong."""
    asked, scrubbed, wrong = both_ways(shaken, count, seed)
    sys.stdout.write(
        f"{count} files damaged under an open index: {asked} told when asked, {scrubbed} that no "
        f"answer needed told by a scrub, {len(wrong)} wrong\n"
    )
    sys.stdout.writelines(f"  {each}\n" for each in wrong)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
