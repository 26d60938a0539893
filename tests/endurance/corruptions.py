"""Changes one byte of an index at random, again and again, and asks what comes of it.

    python -m tests.endurance.corruptions [COUNT] [SEED]

Each time the store has to notice, name the file and answer from the generation before; or the
change must be harmless and every answer the same.
"""

import random
import sys
import tempfile
from pathlib import Path

from index import IndexSettings, SeedIndexError
from index.embedding import SentenceTransformerEmbedder
from index.store import Store
from tests.endurance.ground import GATE, Ground, gate


def corrupted(ground: Ground, count: int, dice: random.Random) -> tuple[int, int, list[str]]:
    """Change `count` bytes, one at a time; return how many were noticed, harmless, and wrong."""
    numbers = {}
    for number in (1, 2):
        ground.write(GATE, gate(number))
        numbers[ground.build()] = number
    store = Store(ground.settings.store_path)
    current = store.generations / store.current()
    files = [file for file in current.rglob("*") if file.is_file()]
    files.append(store.folder / "current")
    sizes = [file.stat().st_size for file in files]
    noticed = harmless = 0
    wrong: list[str] = []
    for place in range(count):
        # Each file as often as the others; of all bytes, nearly all are of one kind.
        size, file = dice.choice([pair for pair in zip(sizes, files, strict=True) if pair[0]])
        at, flip = dice.randrange(size), dice.randrange(1, 256)
        good = file.read_bytes()
        file.write_bytes(good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :])
        try:
            found = store.open()
            faults = ground.asked(found.generation, [numbers[found.generation.name]])
            if not found.problem:
                harmless += 1
            elif file.name in found.problem:
                noticed += 1
            else:
                faults.append(f"the file isn't named: {found.problem}")
        except SeedIndexError as error:
            faults = [str(error)]
        finally:
            file.write_bytes(good)
        wrong += [f"change {place + 1}, {file.name} at {at}: {each}" for each in faults]
    return noticed, harmless, wrong


def main(count: int = 200, seed: int = 1) -> int:
    """Print what came of it; 1 if anything is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        ground = Ground(Path(folder), SentenceTransformerEmbedder(IndexSettings()))
        dice = random.Random(seed)  # noqa: S311 - no secret
        noticed, harmless, wrong = corrupted(ground, count, dice)
    sys.stdout.write(
        f"{count} bytes changed: {noticed} noticed, {harmless} harmless, {len(wrong)} wrong\n"
    )
    sys.stdout.writelines(f"  {each}\n" for each in wrong)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
